//! Why the server was not reached, or did not let in, in words that say what to do next.

use kube::client::AuthError;

use super::connect::Connection;
use super::request::reasons;
use crate::diagnostic::{Code, Diagnostic, codes};
use crate::model::api::ApiError;

/// How the message of a request begins that took too long.
pub(super) const NO_ANSWER: &str = "no answer";

/// Whether a connection that was made broke, so that another one may hold.
pub(super) fn broke_off(message: &str) -> bool {
    let signs = [
        "connection closed",
        "Connection reset",
        "Broken pipe",
        "broken pipe",
        "GOAWAY",
        "unexpected EOF",
        "unexpected end of file",
        "connection error",
        "channel closed",
    ];
    !message.contains("certificate") && signs.iter().any(|sign| message.contains(sign))
}

/// Whether no later try can do better: nobody is trusted who was not before.
pub(super) fn is_lasting(message: &str) -> bool {
    message.contains("invalid peer certificate") || message.contains("received fatal alert")
}

/// The credentials of the kubeconfig cannot be used, or their plugin failed.
pub(super) fn credentials(error: &kube::Error, context: &str, plugin: Option<&str>) -> Diagnostic {
    let fault = |message: String| Diagnostic::error(codes::CREDENTIALS, message);
    let place = format!("of context `{context}`");
    let program = plugin.map_or_else(String::new, |command| format!(" `{command}`"));
    let kube::Error::Auth(auth) = error else {
        return fault(format!(
            "the credentials {place} cannot be used: {}",
            reasons(error)
        ))
        .help("write the kubeconfig again with the tool that made it");
    };
    match auth {
        AuthError::AuthExecStart(error) if error.kind() == std::io::ErrorKind::NotFound => {
            fault(format!("the credential plugin{program} {place} is not installed"))
                .help("install it where PATH leads, or name it by its whole path under `users[].user.exec.command` of the kubeconfig")
        }
        AuthError::AuthExecStart(error) => {
            fault(format!("the credential plugin{program} {place} cannot be started: {error}"))
        }
        AuthError::AuthExecRun { out, .. } => {
            let status = match out.status.code() {
                Some(code) => format!("with exit code {code}"),
                None => "by a signal".to_owned(),
            };
            let said = match last_line(&out.stderr) {
                Some(line) => format!(": {line}"),
                None => String::new(),
            };
            fault(format!("the credential plugin{program} {place} failed {status}{said}"))
                .help("log in again with it, or run it by hand to see what it says")
        }
        // Their texts may hold what the plugin printed: a token.
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed => {
            fault(format!("the credential plugin{program} {place} printed no credentials"))
                .help("it must print an ExecCredential with a status; run it by hand to see what it says")
        }
        AuthError::MissingCommand => fault(format!("the credential plugin{program} {place} has no command")),
        AuthError::InvalidBearerToken(_) | AuthError::InvalidBasicAuth(_) => {
            fault(format!("the token {place} holds characters that no token has"))
        }
        error => fault(format!("the credentials {place} cannot be used: {error}")),
    }
}

pub(super) fn broken_token(context: &str) -> Diagnostic {
    Diagnostic::error(
        codes::CREDENTIALS,
        format!("the token of context `{context}` holds characters that no token has"),
    )
    .help("a line end at its end is the most common of them")
}

/// The last line that says something, and that holds no token: a plugin prints those to stdout.
fn last_line(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().rev().map(str::trim);
    let line = lines.find(|line| !line.is_empty())?;
    Some(line.chars().take(200).collect())
}

/// The first request failed.
pub(super) fn unreachable(connection: &Connection, error: &ApiError) -> Diagnostic {
    let server = connection.server();
    let context = connection.context();
    let diagnostic = |code: &'static Code, message: String| Diagnostic::error(code, message);
    match error.code {
        0 => cut_off(connection, &error.message),
        401 => diagnostic(
            codes::CREDENTIALS,
            format!("{server} does not accept the credentials of context `{context}` (401)"),
        )
        .help(
            "log in again: the token or certificate may have expired, or belong to another cluster",
        ),
        403 => diagnostic(
            codes::CREDENTIALS,
            format!(
                "{server} lets the user of context `{context}` not even ask for its version (403)"
            ),
        )
        .help(
            "use credentials that the cluster knows; it may have taken yours for those of nobody",
        ),
        404 => no_api_server(connection),
        407 => diagnostic(
            codes::CLUSTER_UNREACHABLE,
            format!("the proxy wants credentials before it leads to {server} (407)"),
        ),
        code => diagnostic(
            codes::CLUSTER_UNREACHABLE,
            format!("{server} answers {code}: {}", error.message),
        )
        .help("the API server may be starting or overloaded; try again in a minute"),
    }
}

/// The namespace that says who the cluster is cannot be read.
pub(super) fn unidentified(connection: &Connection, error: &ApiError) -> Diagnostic {
    match error.code {
        403 => Diagnostic::error(
            codes::CREDENTIALS,
            format!(
                "the user of context `{}` may not read namespace kube-system of {}, whose uid says which cluster it is (403)",
                connection.context(),
                connection.server()
            ),
        )
        .help("allow `get` on namespaces, at least on the one named kube-system"),
        _ => unreachable(connection, error),
    }
}

pub(super) fn no_api_server(connection: &Connection) -> Diagnostic {
    Diagnostic::error(
        codes::CLUSTER_UNREACHABLE,
        format!("{} answers, but it is no Kubernetes API server", connection.server()),
    )
    .help(format!(
        "look at `server` of the cluster to which context `{}` leads: something else listens there, or a login page stands before it",
        connection.context()
    ))
}

/// No answer came.
fn cut_off(connection: &Connection, reason: &str) -> Diagnostic {
    let server = connection.server();
    let context = connection.context();
    let has = |texts: &[&str]| texts.iter().any(|text| reason.contains(text));
    let unreachable = |message: String| Diagnostic::error(codes::CLUSTER_UNREACHABLE, message);
    if let Some(proxy) = connection.proxy()
        && has(&[
            "tunnel",
            "proxy",
            "socks",
            "SOCKS",
            "Connection refused",
            "dns error",
            "deadline",
            "timed out",
        ])
    {
        return unreachable(format!(
            "{server} is not reached through the proxy {proxy}: {reason}"
        ))
        .help("look at `proxy-url` of the kubeconfig, HTTPS_PROXY and NO_PROXY");
    }
    if has(&["invalid peer certificate", "certificate not valid"]) {
        let message = if has(&["Expired", "expired"]) {
            format!("the certificate of {server} has expired")
        } else if has(&["NotValidForName", "not valid for name"]) {
            format!("the certificate of {server} is for another name")
        } else if has(&["UnknownIssuer"]) {
            format!("the certificate of {server} is signed by nobody whom the kubeconfig trusts")
        } else {
            format!("the certificate of {server} is not accepted: {reason}")
        };
        return Diagnostic::error(codes::CREDENTIALS, message).help(format!(
            "is it the cluster that you mean? Then take `certificate-authority-data` and `server` of context `{context}` from it anew; never switch the check off"
        ));
    }
    if has(&["received fatal alert", "HandshakeFailure"]) {
        return Diagnostic::error(
            codes::CREDENTIALS,
            format!("{server} does not accept the client certificate of context `{context}`: {reason}"),
        )
        .help("the certificate may have expired, or belong to another cluster: write the kubeconfig again");
    }
    if has(&["InvalidContentType", "corrupt message"]) {
        return unreachable(format!("{server} does not speak TLS")).help(format!(
            "look at `server` of the cluster to which context `{context}` leads"
        ));
    }
    if has(&["dns error", "failed to lookup address"]) {
        return unreachable(format!("the name in {server} is not known"))
            .help("is it misspelt, or known only within a network that you are not in (VPN)?");
    }
    if has(&["Connection refused"]) {
        return unreachable(format!(
            "nothing listens at {server}: the connection was refused"
        ))
        .help("is the cluster running, and the port right?");
    }
    if has(&["deadline has elapsed", "timed out", NO_ANSWER]) {
        return unreachable(format!("{server} does not answer within the time limit"))
            .help("is it reached only from within a network that you are not in (VPN), or behind a firewall?");
    }
    unreachable(format!("{server} is not reached: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_is_what_a_plugin_says_last() {
        assert_eq!(
            last_line(b"a\nb is wrong\n\n"),
            Some("b is wrong".to_owned())
        );
        assert_eq!(last_line(b" \n"), None);
    }

    #[test]
    fn a_bad_certificate_is_no_broken_connection() {
        assert!(broke_off("connection closed before message completed"));
        assert!(!broke_off(
            "connection error: invalid peer certificate: UnknownIssuer"
        ));
    }
}
