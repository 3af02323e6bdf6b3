//! Profiles of AWS: the files below `~/.aws`, and the programs that give credentials for them.
//!
//! Keys that stand in the files and `credential_process` are read here. Whatever else a profile may
//! say (SSO, roles of other profiles, a second factor) the program `aws` knows, which everybody who
//! has such a profile has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;

use super::ambient::Ambient;

/// How a profile leads to credentials.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Source {
    Keys {
        id: String,
        secret: String,
        token: Option<String>,
    },
    /// A program and its arguments, which print credentials.
    Program(Vec<String>),
}

/// Why a profile leads to no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    #[error("there is no profile `{0}` in the files of AWS")]
    NoProfile(String),
    #[error("{} cannot be read: {reason}", path.display())]
    File { path: PathBuf, reason: String },
    #[error("the profile `{0}` logs in or assumes a role, and there is no program `aws` to do so")]
    NoProgram(String),
    #[error("the keys in {0} hold characters that no key has, such as a line end")]
    Broken(String),
    #[error("the program `{program}` for the profile `{profile}` {reason}")]
    Failed {
        profile: String,
        program: String,
        reason: String,
    },
}

impl CredentialsError {
    /// What to do next, in the imperative.
    pub(super) fn help(&self) -> String {
        match self {
            Self::NoProfile(_) => {
                "correct AWS_PROFILE; `aws configure list-profiles` lists what there is".to_owned()
            }
            Self::File { .. } => {
                "make it readable, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()
            }
            Self::Broken(_) => "set them again, without quotes and line ends".to_owned(),
            Self::NoProgram(profile) => {
                format!(
                    "install it, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN to what it says elsewhere: `aws configure export-credentials --profile {profile} --format env`"
                )
            }
            Self::Failed { profile, .. } => {
                format!(
                    "log in again (`aws sso login --profile {profile}`), or run it by hand to see what it says"
                )
            }
        }
    }
}

/// What the files say of profiles.
#[derive(Default)]
pub(super) struct Profiles {
    /// By name, what both files say of it.
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

impl Profiles {
    pub fn read(ambient: &Ambient) -> Result<Self, CredentialsError> {
        let mut profiles = Self::default();
        let files = [
            ("AWS_CONFIG_FILE", ".aws/config", true),
            ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", false),
        ];
        for (variable, below, config) in files {
            let path = ambient.get(variable).map(PathBuf::from);
            let Some(path) = path.or_else(|| ambient.at_home(below)) else {
                continue;
            };
            match read(&path) {
                Ok(text) => profiles.add(&text, config),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    let reason = error.to_string();
                    return Err(CredentialsError::File { path, reason });
                }
            }
        }
        Ok(profiles)
    }

    /// In the config file a profile is `[profile NAME]`, in the credentials file `[NAME]`.
    fn add(&mut self, text: &str, config: bool) {
        let mut name = None;
        for line in text.lines() {
            let nested = line.starts_with([' ', '\t']);
            let line = line.trim();
            if let Some(section) = line.strip_prefix('[') {
                let section = section.split(']').next().unwrap_or_default().trim();
                name = match (config, section.strip_prefix("profile ")) {
                    (true, Some(name)) => Some(name.trim().to_owned()),
                    (true, None) => (section == "default").then(|| section.to_owned()),
                    (false, _) => Some(section.to_owned()),
                };
                if let Some(name) = &name {
                    self.sections.entry(name.clone()).or_default();
                }
                continue;
            }
            let pair = line.split_once('=').filter(|_| !nested);
            let comment = line.starts_with(['#', ';']);
            if let (Some(name), Some((key, value)), false) = (&name, pair, comment) {
                let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().to_owned());
                let section = self.sections.entry(name.clone()).or_default();
                section.insert(key, value);
            }
        }
    }

    pub fn get(&self, profile: &str, key: &str) -> Option<&str> {
        let value = self.sections.get(profile)?.get(key)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// How this profile leads to credentials; none where it says nothing of them.
    pub fn source(
        &self,
        profile: &str,
        ambient: &Ambient,
    ) -> Result<Option<Source>, CredentialsError> {
        if !self.sections.contains_key(profile) {
            return Err(CredentialsError::NoProfile(profile.to_owned()));
        }
        let get = |key: &str| self.get(profile, key);
        let others = [
            "role_arn",
            "sso_session",
            "sso_start_url",
            "login_session",
            "web_identity_token_file",
        ];
        if others.iter().any(|key| get(key).is_some()) {
            let aws = program_of("aws", ambient)
                .ok_or_else(|| CredentialsError::NoProgram(profile.to_owned()))?;
            let call = [
                "configure",
                "export-credentials",
                "--format",
                "process",
                "--profile",
                profile,
            ];
            let words = std::iter::once(aws.display().to_string());
            return Ok(Some(Source::Program(
                words.chain(call.map(str::to_owned)).collect(),
            )));
        }
        if let (Some(id), Some(secret)) = (get("aws_access_key_id"), get("aws_secret_access_key")) {
            let token = get("aws_session_token");
            if [Some(id), Some(secret), token]
                .into_iter()
                .flatten()
                .any(is_broken)
            {
                return Err(CredentialsError::Broken(format!("the profile `{profile}`")));
            }
            return Ok(Some(Source::Keys {
                id: id.to_owned(),
                secret: secret.to_owned(),
                token: token.map(str::to_owned),
            }));
        }
        Ok(get("credential_process").map(|call| Source::Program(words(call))))
    }
}

/// What a program for credentials prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Printed {
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
    pub expiration: Option<jiff::Timestamp>,
}

/// Runs a program for credentials. It may ask somebody at the terminal, and is waited for.
pub(super) fn run(profile: &str, call: &[String]) -> Result<Printed, CredentialsError> {
    let program = call.first().cloned().unwrap_or_default();
    let failed = |reason: String| CredentialsError::Failed {
        profile: profile.to_owned(),
        program: program.clone(),
        reason,
    };
    let output = command(&program)
        .args(call.iter().skip(1))
        .stdin(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().rev().find(|line| !line.trim().is_empty());
        let said = said.map_or_else(String::new, |line| format!(": {}", super::mask::mask(line)));
        return Err(failed(format!("failed ({}){said}", output.status)));
    }
    // What it printed is a secret, and so may be what an error says of it.
    let printed = serde_json::from_slice::<Printed>(&output.stdout);
    let printed = printed.map_err(|_| failed("printed no credentials".to_owned()))?;
    let keys = [
        Some(&printed.access_key_id),
        Some(&printed.secret_access_key),
        printed.session_token.as_ref(),
    ];
    let broken = keys.into_iter().flatten().any(|key| is_broken(key));
    match broken {
        true => Err(failed("printed keys that are none".to_owned())),
        false => Ok(printed),
    }
}

/// Whether a key cannot stand in a request: the library takes it for whole.
pub(super) fn is_broken(key: &str) -> bool {
    key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic())
}

#[expect(
    clippy::disallowed_methods,
    reason = "programs are run by the provider adapters"
)]
fn command(program: &str) -> std::process::Command {
    std::process::Command::new(program)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the files of AWS are read where its credentials are needed"
)]
fn read(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

fn program_of(name: &str, ambient: &Ambient) -> Option<PathBuf> {
    let path = ambient.get("PATH")?;
    // An empty entry would be the current folder.
    let folders = path.split(':').filter(|folder| !folder.is_empty());
    let mut programs = folders.map(|folder| Path::new(folder).join(name));
    programs.find(|program| program.is_file())
}

/// The words of a command line: quotes of both kinds, and a backslash before one character.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut open, mut quote) = (String::new(), false, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (None, '"' | '\'') => (quote, open) = (Some(c), true),
            (None | Some('"'), '\\') => word.extend(chars.next()),
            (None, c) if c.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profiles(config: &str, credentials: &str) -> Profiles {
        let mut profiles = Profiles::default();
        profiles.add(config, true);
        profiles.add(credentials, false);
        profiles
    }

    #[test]
    fn keys_of_both_files_are_one_profile() {
        let profiles = profiles(
            "[profile ops]\nregion = eu-west-1 \n# secret = x\n[sso-session corp]\nregion=us-east-1\n[profile nested]\ns3 =\n  region = x\n",
            "[ops]\naws_access_key_id=ID\naws_secret_access_key = a=b\n",
        );
        assert_eq!(profiles.get("ops", "region"), Some("eu-west-1"));
        assert_eq!(profiles.get("corp", "region"), None);
        assert_eq!(profiles.get("nested", "region"), None);
        let source = profiles.source("ops", &Ambient::default()).unwrap();
        let keys = Source::Keys {
            id: "ID".to_owned(),
            secret: "a=b".to_owned(),
            token: None,
        };
        assert!(source == Some(keys));
    }

    #[test]
    fn a_profile_that_logs_in_needs_the_program_of_aws() {
        let profiles = profiles(
            "[profile dev]\nsso_session = corp\n[default]\nregion=x\n",
            "",
        );
        let none = profiles.source("dev", &Ambient::default());
        assert!(none.err() == Some(CredentialsError::NoProgram("dev".to_owned())));
        let missing = profiles.source("prod", &Ambient::default());
        assert!(missing.err() == Some(CredentialsError::NoProfile("prod".to_owned())));
        assert!(profiles.source("default", &Ambient::default()) == Ok(None));
    }

    #[test]
    fn a_call_is_split_as_a_shell_does() {
        let call = r#"/opt/my\ tool "a b" 'c "d"' --e="f" "" g"#;
        assert_eq!(
            words(call),
            ["/opt/my tool", "a b", "c \"d\"", "--e=f", "", "g"]
        );
    }
}
