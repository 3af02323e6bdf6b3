//! Files of the web: fetched over HTTPS, bounded in size and time, never redirected.

use std::io::Read;
use std::time::Duration;

use ureq::Agent;

/// No file that a module declares is larger: the largest CRD has a megabyte and a half.
const LARGEST: u64 = 16 << 20;

/// Tries for one file; a cut connection is common, a wrong answer is not tried again.
const TRIES: u32 = 3;

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("{url} answered {status}")]
    Status { url: String, status: u16 },
    #[error("{url} leads elsewhere, to {to}: redirects are not followed")]
    Redirect { url: String, to: String },
    #[error("{url} is larger than {} MiB", LARGEST >> 20)]
    TooLarge { url: String },
    #[error("failed to get {url}: {reason}")]
    Transport { url: String, reason: String },
    #[error("{url} is not https: only loopback may be asked without")]
    NotSecure { url: String },
}

/// Gets files from one place, several at a time.
pub struct Web {
    agent: Agent,
}

impl Web {
    /// `timeout` bounds one try of one file, from connecting to its last byte.
    pub fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(timeout))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .user_agent(concat!("kops-stack/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: config.into(),
        }
    }

    /// The bytes at `url`.
    pub fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        if !is_secure(url) {
            return Err(FetchError::NotSecure {
                url: url.to_owned(),
            });
        }
        let mut last = None;
        for _ in 0..TRIES {
            match self.once(url) {
                Err(FetchError::Transport { url, reason }) => {
                    last = Some(FetchError::Transport { url, reason });
                }
                answer => return answer,
            }
        }
        Err(last.expect("there was a try"))
    }

    fn once(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let transport = |reason: String| FetchError::Transport {
            url: url.to_owned(),
            reason,
        };
        let answer = self.agent.get(url).call();
        let mut answer = answer.map_err(|error| transport(error.to_string()))?;
        let status = answer.status().as_u16();
        if (300..400).contains(&status) {
            let to = answer.headers().get("location");
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or("nowhere");
            return Err(FetchError::Redirect {
                url: url.to_owned(),
                to: to.to_owned(),
            });
        }
        if status != 200 {
            return Err(FetchError::Status {
                url: url.to_owned(),
                status,
            });
        }
        let mut bytes = Vec::new();
        // One byte more than allowed tells a body that is too large from one that just fits.
        let mut body = answer.body_mut().as_reader().take(LARGEST + 1);
        body.read_to_end(&mut bytes)
            .map_err(|error| transport(error.to_string()))?;
        match u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST) {
            true => Ok(bytes),
            false => Err(FetchError::TooLarge {
                url: url.to_owned(),
            }),
        }
    }
}

/// Digests protect the bytes whatever the way; HTTPS keeps what is asked for to oneself.
fn is_secure(url: &str) -> bool {
    let host = url.strip_prefix("http://").map(|rest| {
        let authority = rest.split('/').next().unwrap_or_default();
        authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host)
    });
    match host {
        Some(host) => matches!(host, "127.0.0.1" | "localhost" | "[::1]"),
        None => url.starts_with("https://"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_secure;

    #[test]
    fn only_loopback_is_asked_without_encryption() {
        assert!(is_secure("https://mirror.example.com/a"));
        assert!(is_secure("http://127.0.0.1:8080/a"));
        assert!(!is_secure("http://mirror.example.com/a"));
        assert!(!is_secure("http://127.0.0.1.example.com/a"));
        assert!(!is_secure("ftp://mirror.example.com/a"));
    }
}
