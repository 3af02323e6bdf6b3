//! The objects that every cluster has.

use crate::object::Identity;

/// Whether the control plane makes the object itself, so that no manifest has to.
///
/// From the bootstrap policy of RBAC, the scheduling API's system classes and the controllers for
/// namespaces, all in k8s.io/kubernetes.
pub fn is_always_there(identity: &Identity) -> bool {
    let namespace = identity.namespace.as_deref();
    match (
        identity.group.as_str(),
        identity.kind.as_str(),
        identity.name.as_str(),
    ) {
        ("", "ServiceAccount", "default") | ("", "ConfigMap", "kube-root-ca.crt") => true,
        ("", "Service", "kubernetes") => namespace == Some("default"),
        ("scheduling.k8s.io", "PriorityClass", name) => name.starts_with("system-"),
        (
            "rbac.authorization.k8s.io",
            "ClusterRole",
            "admin" | "cluster-admin" | "edit" | "view",
        ) => true,
        ("rbac.authorization.k8s.io", "ClusterRole", name) => name.starts_with("system:"),
        ("rbac.authorization.k8s.io", "Role", name) => is_role_there(namespace, name),
        _ => false,
    }
}

fn is_role_there(namespace: Option<&str>, name: &str) -> bool {
    let reader = name == "extension-apiserver-authentication-reader";
    namespace == Some("kube-system") && (reader || name.starts_with("system:"))
}

#[cfg(test)]
mod tests {
    use super::is_always_there;

    #[test]
    fn objects_of_the_control_plane_are_known() {
        let known = |text: &str| is_always_there(&text.parse().expect("an identity"));
        assert!(known("ServiceAccount shop/default"));
        assert!(known("ClusterRole system:auth-delegator"));
        assert!(known(
            "Role kube-system/extension-apiserver-authentication-reader"
        ));
        assert!(!known(
            "Role shop/extension-apiserver-authentication-reader"
        ));
        assert!(!known("PriorityClass critical"));
    }
}
