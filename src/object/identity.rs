//! Who an object is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::kinds::well_known_group;

/// Group, kind, namespace and name: what makes two objects the same one, whatever the version.
///
/// The order is the one that people read: what has no namespace first (it holds for the whole
/// cluster), then by namespace, kind, group and name. The fields stand in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub kind: String,
    /// Empty for the core group.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub group: String,
    pub name: String,
}

impl Identity {
    /// The group, where the kind alone does not say it.
    ///
    /// A core kind that is not built in, and a core kind named as one of another group, have an
    /// empty group to show: `Deployment.`. They do not exist; the text stays unambiguous.
    pub(super) fn shown_group(&self) -> Option<&str> {
        let known = well_known_group(&self.kind).unwrap_or_default();
        (known != self.group).then_some(self.group.as_str())
    }
}

/// `Deployment cert-manager/webhook`; `Gateway.gateway.networking.k8s.io istio-ingress/main`.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(group) = self.shown_group() {
            write!(f, ".{group}")?;
        }
        f.write_str(" ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` does not name an object; write `Kind name`, `Kind namespace/name` or `Kind.group namespace/name`"
)]
pub struct IdentityError(String);

/// Reads what [`Display`](fmt::Display) writes.
impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        parse(text).ok_or_else(|| IdentityError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Identity> {
    let (label, place) = text.trim().split_once(' ')?;
    let (kind, group) = match label.split_once('.') {
        Some((kind, group)) => (kind, group),
        None => (label, well_known_group(label).unwrap_or_default()),
    };
    let (namespace, name) = match place.trim().split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, place.trim()),
    };
    let parts = [kind, name, namespace.unwrap_or("-")];
    let well_formed = |part: &&str| !part.is_empty() && !part.contains(['/', ' ']);
    parts.iter().all(well_formed).then(|| Identity {
        namespace: namespace.map(str::to_owned),
        kind: kind.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::Identity;

    fn identity(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Identity {
        Identity {
            namespace: namespace.map(str::to_owned),
            kind: kind.to_owned(),
            group: group.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn text_shows_the_group_only_where_the_kind_does_not_say_it() {
        let cases = [
            (
                identity("apps", "Deployment", Some("a"), "b"),
                "Deployment a/b",
            ),
            (identity("", "Namespace", None, "a"), "Namespace a"),
            (identity("", "Event", Some("a"), "b"), "Event a/b"),
            (
                identity("events.k8s.io", "Event", Some("a"), "b"),
                "Event.events.k8s.io a/b",
            ),
            (
                identity("serving.knative.dev", "Service", Some("a"), "b"),
                "Service.serving.knative.dev a/b",
            ),
            (
                identity("", "Deployment", Some("a"), "b"),
                "Deployment. a/b",
            ),
            (identity("", "Unheard", Some("a"), "b"), "Unheard a/b"),
            (
                identity(
                    "rbac.authorization.k8s.io",
                    "ClusterRole",
                    None,
                    "system:node",
                ),
                "ClusterRole system:node",
            ),
        ];
        for (identity, text) in cases {
            assert_eq!(identity.to_string(), text);
            assert_eq!(text.parse(), Ok(identity));
        }
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in [
            "",
            "Deployment",
            "Deployment ",
            "Deployment a/b/c",
            "Deployment /b",
            "Deployment a b",
        ] {
            assert!(text.parse::<Identity>().is_err(), "{text}");
        }
    }

    #[test]
    fn order_puts_cluster_wide_objects_first() {
        let mut all = [
            identity("apps", "Deployment", Some("b"), "a"),
            identity("", "Service", Some("a"), "a"),
            identity("apps", "Deployment", Some("a"), "z"),
            identity("", "Namespace", None, "z"),
        ];
        all.sort();
        let shown: Vec<_> = all.iter().map(Identity::to_string).collect();
        assert_eq!(
            shown,
            [
                "Namespace z",
                "Deployment a/z",
                "Service a/a",
                "Deployment b/a"
            ]
        );
    }
}
