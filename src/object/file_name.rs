//! Where the manifest of an object stands.

use sha2::{Digest, Sha256};

use super::Identity;

/// Names stay below the 255 bytes of common file systems with room for a temporary suffix, and
/// below what ecryptfs and Windows paths leave.
const LENGTH: usize = 199;
const DIGEST_HEX: usize = 32;
const EXTENSION: &str = ".yaml";

/// `<kind>[.<group>]-<name>.yaml`, safe on every disk.
///
/// Different identities of one namespace have different names, but for two kinds of one group that
/// differ in case alone, which nobody serves. How the name comes apart again, and so why it is
/// unambiguous:
/// - the kind ends at the first `-` or `.`;
/// - a group ends at the first `-` behind its first dot: later hyphens are escaped, and a group
///   without a dot gets one;
/// - a name with a digest has exactly `LENGTH` bytes, all others have fewer.
pub fn file_name(identity: &Identity) -> String {
    let mut stem = escaped_word(&identity.kind.to_ascii_lowercase(), "");
    if let Some(group) = identity.shown_group() {
        stem.push('.');
        stem.push_str(&escaped_group(group));
    }
    stem.push('-');
    stem.push_str(&escaped(&identity.name, "-._"));
    if stem.len() + EXTENSION.len() < LENGTH {
        return stem + EXTENSION;
    }
    shortened(&stem)
}

/// Where the manifest stands in the folder of its component: `[<namespace>/]<file name>`.
pub fn file_path(identity: &Identity) -> String {
    let name = file_name(identity);
    match &identity.namespace {
        Some(namespace) => format!("{}/{name}", directory(namespace)),
        None => name,
    }
}

/// The folder of a namespace.
pub fn directory(namespace: &str) -> String {
    escaped_word(namespace, "-")
}

fn escaped_group(group: &str) -> String {
    match group.split_once('.') {
        None => escaped(group, "-") + ".",
        Some((first, rest)) => format!("{}.{}", escaped(first, "-"), escaped(rest, ".")),
    }
}

fn shortened(stem: &str) -> String {
    let digest = Sha256::digest(stem.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = LENGTH - DIGEST_HEX - EXTENSION.len() - 1;
    format!("{}-{}{EXTENSION}", &stem[..kept], &hex[..DIGEST_HEX])
}

/// Escapes a first part of a path: Windows keeps some names for devices, whatever follows a dot.
fn escaped_word(word: &str, allowed: &str) -> String {
    match word.chars().next() {
        Some(first) if is_device(word) => {
            format!("%{:02x}{}", first as u32, escaped(&word[1..], allowed))
        }
        _ => escaped(word, allowed),
    }
}

fn is_device(word: &str) -> bool {
    let numbered = |prefix| {
        let rest = word.strip_prefix(prefix);
        rest.is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    matches!(word, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

/// Percent-escapes all but lower-case letters, digits and what is allowed. Upper case is escaped
/// too, because two names may differ in case alone and many disks do not.
fn escaped(text: &str, allowed: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => escaped.push(char::from(byte)),
            _ if allowed.as_bytes().contains(&byte) => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{directory, file_name, file_path};
    use crate::object::Identity;

    fn named(group: &str, kind: &str, name: &str) -> String {
        file_name(&identity(group, kind, name))
    }

    fn identity(group: &str, kind: &str, name: &str) -> Identity {
        Identity {
            namespace: None,
            kind: kind.to_owned(),
            group: group.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn usual_names_are_readable() {
        assert_eq!(named("apps", "Deployment", "web"), "deployment-web.yaml");
        assert_eq!(
            named("gateway.networking.k8s.io", "Gateway", "main"),
            "gateway.gateway.networking.k8s.io-main.yaml"
        );
        assert_eq!(
            named("cert-manager.io", "Issuer", "le.prod"),
            "issuer.cert-manager.io-le.prod.yaml"
        );
        assert_eq!(
            named("rbac.authorization.k8s.io", "ClusterRole", "system:Node"),
            "clusterrole-system%3a%4eode.yaml"
        );
    }

    #[test]
    fn a_namespace_is_a_folder() {
        let mut identity = identity("apps", "Deployment", "web");
        assert_eq!(file_path(&identity), "deployment-web.yaml");
        identity.namespace = Some("shop".to_owned());
        assert_eq!(file_path(&identity), "shop/deployment-web.yaml");
    }

    #[test]
    fn hyphens_of_groups_and_names_do_not_mix() {
        assert_eq!(
            named("trust.cert-manager.io", "Bundle", "x"),
            "bundle.trust.cert%2dmanager.io-x.yaml"
        );
        assert_ne!(named("a.b", "Foo", "c.io-d"), named("a.b-c.io", "Foo", "d"));
        assert_ne!(named("a", "Foo", "b.io-d"), named("a-b.io", "Foo", "d"));
        assert_ne!(
            named("", "Deployment", "x"),
            named("apps", "Deployment", "x")
        );
    }

    #[test]
    fn device_names_of_windows_are_escaped() {
        assert_eq!(named("example.com", "Con", "x"), "%63on.example.com-x.yaml");
        assert_eq!(directory("aux"), "%61ux");
        assert_eq!(directory("com1"), "%63om1");
        assert_eq!(directory("common"), "common");
        assert_eq!(directory("..a"), "%2e%2ea");
    }

    #[test]
    fn long_names_keep_their_beginning_and_differ() {
        let (a, b) = ("x".repeat(253), "x".repeat(252) + "y");
        assert_eq!(named("", "Secret", &a).len(), 199);
        assert!(named("", "Secret", &a).starts_with("secret-xxx"));
        assert_ne!(named("", "Secret", &a), named("", "Secret", &b));
    }

    proptest! {
        #[test]
        fn names_are_injective(
            a in ("(|a|a-b|a\\.b|a\\.b-c)", "(Foo|Con)", "[a-c.:A-]{1,4}"),
            b in ("(|a|a-b|a\\.b|a\\.b-c)", "(Foo|Con)", "[a-c.:A-]{1,4}"),
        ) {
            prop_assert_eq!(a == b, named(&a.0, &a.1, &a.2) == named(&b.0, &b.1, &b.2));
        }
    }
}
