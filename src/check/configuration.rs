//! Configurations that stand in Secrets only since their program reads nothing else.
//!
//! The operator of Prometheus takes the configuration of Alertmanager from a Secret: it is no secret
//! as long as it holds no password.

use crate::diagnostic::Source;
use crate::yaml::{Value, kubernetes_stream};

/// How names of variables and fields end whose values are secret.
const ENDINGS: [&str; 13] = [
    "ACCESS_KEY",
    "API_KEY",
    "AUTH",
    "CREDENTIALS",
    "KEY_DATA",
    "PASSWD",
    "PASSWORD",
    "PRIVATE_KEY",
    "ROUTING_KEY",
    "SECRET",
    "SECRET_KEY",
    "SERVICE_KEY",
    "TOKEN",
];

/// How files end that hold configurations.
const FILES: [&str; 3] = [".yaml", ".yml", ".json"];

/// Whether a variable or field of this name holds a secret.
pub fn sounds_secret(name: &str) -> bool {
    let name = name.to_uppercase().replace('-', "_");
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// The mapping that a file of this name holds; nothing where it is another text, which may be a
/// secret as a whole.
pub fn read(file: &str, text: &str) -> Option<Value> {
    if !FILES.iter().any(|end| file.ends_with(end)) {
        return None;
    }
    let source = Source::new("", text);
    let (value, _) = kubernetes_stream(&source).ok()?.pop()?;
    value.is_object().then_some(value)
}

/// The name of the first field whose value is secret: by its name, as an address that whoever knows
/// it may post to, or as a key.
pub fn secret_field(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.iter().find_map(secret_field),
        Value::Object(map) => map.iter().find_map(|(name, inner)| match inner {
            Value::String(text) => is_secret(name, text).then(|| name.clone()),
            inner => secret_field(inner),
        }),
        _ => None,
    }
}

fn is_secret(name: &str, text: &str) -> bool {
    let is_address = name.to_lowercase().ends_with("url") && tells_a_secret(text);
    !text.is_empty() && (sounds_secret(name) || is_address || text.contains("PRIVATE KEY-----"))
}

/// Whether an address holds more than a host: a path that is hard to guess, or a password.
fn tells_a_secret(address: &str) -> bool {
    let Some((_, rest)) = address.split_once("://") else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    host.contains('@') || !path.is_empty()
}

/// The text that base64 stands for; nothing where it is not base64, or not text.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{decoded, read, secret_field, sounds_secret};

    #[test]
    fn a_configuration_is_secret_where_a_field_of_it_is() {
        let read = |text: &str| read("mail.yaml", text);
        let field = |text: &str| read(text).and_then(|value| secret_field(&value));
        assert_eq!(
            field("route: { receiver: none }\nreceivers: [{ name: none }]"),
            None
        );
        let posts = "receivers: [{ slack_configs: [{ api_url: https://example.com/T1 }] }]";
        assert_eq!(field(posts).as_deref(), Some("api_url"));
        assert_eq!(
            field("webhook_configs: [{ url: http://notifier.svc:8080/ }]"),
            None
        );
        let mails = "global: { smtp_auth_password: a, smtp_auth_username: b }";
        assert_eq!(field(mails).as_deref(), Some("smtp_auth_password"));
        assert_eq!(
            field("global: { smtp_auth_password_file: /etc/mail }"),
            None
        );
        assert_eq!(read("a password"), None);
        assert_eq!(super::read("password", "a: password"), None);
        let registry = r#"{"auths": {"registry.example.com": {"auth": "YTpi"}}}"#;
        assert_eq!(field(registry).as_deref(), Some("auth"));
    }

    #[test]
    fn base64_is_read_and_other_text_is_not() {
        assert_eq!(decoded("YTogMQ==").as_deref(), Some("a: 1"));
        assert_eq!(decoded("YTogMQo=").as_deref(), Some("a: 1\n"));
        assert_eq!(decoded("a: 1"), None);
        assert_eq!(decoded("/w=="), None);
    }

    #[test]
    fn names_tell_what_is_secret() {
        assert!(sounds_secret("DB_PASSWORD"));
        assert!(sounds_secret("client-secret"));
        assert!(!sounds_secret("DB_PASSWORD_FILE"));
        assert!(!sounds_secret("AWS_ACCESS_KEY_ID"));
    }
}
