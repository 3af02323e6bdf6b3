//! Where objects are found: the paths of requests.

use crate::model::api::{ApiError, Kind, Served, Target};

/// The path of a kind's objects, in one namespace or in all.
pub(super) fn collection(kind: &Kind, served: &Served, namespace: Option<&str>) -> String {
    let root = match kind.group.as_str() {
        "" => format!("/api/{}", kind.version),
        group => format!("/apis/{group}/{}", kind.version),
    };
    match namespace {
        Some(namespace) => format!("{root}/namespaces/{}/{}", escape(namespace), served.plural),
        None => format!("{root}/{}", served.plural),
    }
}

/// The path of one object, where its namespace is as its kind wants it.
pub(super) fn object(target: &Target, served: &Served) -> Result<String, ApiError> {
    let identity = &target.identity;
    let fault = match (&identity.namespace, served.namespaced) {
        (None, true) => "names no namespace, and its kind has one",
        (Some(_), false) => "names a namespace, and its kind has none",
        _ => {
            let namespace = identity.namespace.as_deref();
            let collection = collection(&target.kind(), served, namespace);
            return Ok(format!("{collection}/{}", escape(&identity.name)));
        }
    };
    Err(ApiError {
        code: 400,
        reason: "BadRequest".to_owned(),
        message: format!("{identity} {fault}"),
        ..ApiError::default()
    })
}

/// What the server says when it does not know the kind.
pub(super) fn not_served(kind: &Kind) -> ApiError {
    ApiError {
        code: 404,
        message: format!("the server has no {} {}", kind.api_version(), kind.kind),
        ..ApiError::default()
    }
}

/// One segment of a path, or one value of a query.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Identity;

    fn served(plural: &str, namespaced: bool) -> Served {
        Served {
            plural: plural.to_owned(),
            namespaced,
            verbs: Vec::new(),
        }
    }

    fn target(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Target {
        Target {
            identity: Identity {
                namespace: namespace.map(str::to_owned),
                kind: kind.to_owned(),
                group: group.to_owned(),
                name: name.to_owned(),
            },
            version: "v1".to_owned(),
        }
    }

    #[test]
    fn paths_hold_group_namespace_and_name() {
        let cases = [
            (
                target("", "Secret", Some("a"), "b.c"),
                served("secrets", true),
                "/api/v1/namespaces/a/secrets/b.c",
            ),
            (
                target("rbac.authorization.k8s.io", "ClusterRole", None, "a:b/c"),
                served("clusterroles", false),
                "/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab%2Fc",
            ),
        ];
        for (target, served, path) in cases {
            assert_eq!(object(&target, &served).as_deref(), Ok(path));
        }
    }

    #[test]
    fn a_namespace_must_be_as_the_kind_wants_it() {
        let none = object(&target("", "Secret", None, "a"), &served("secrets", true));
        let one = object(&target("", "Node", Some("a"), "b"), &served("nodes", false));
        assert_eq!(none.expect_err("it has one").code, 400);
        assert_eq!(one.expect_err("it has none").code, 400);
    }
}
