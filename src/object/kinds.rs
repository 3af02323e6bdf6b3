//! What the table says about the built-in kinds.

use super::schema::table;

/// Whether the objects of a kind stand outside namespaces; `None` for kinds that are not built in.
pub fn is_cluster_scoped(group: &str, kind: &str) -> Option<bool> {
    let known = table().kinds.get(kind)?;
    let found = known.iter().find(|known| known.group == group)?;
    Some(found.cluster_scoped)
}

/// The group of a built-in kind that people name without its group.
///
/// One kind, `Event`, is in two groups; the core one is the one meant.
pub fn well_known_group(kind: &str) -> Option<&'static str> {
    // The kinds stand in the order of the table, which begins with the core group.
    table().kinds.get(kind)?.first().map(|known| known.group)
}

#[cfg(test)]
mod tests {
    use super::{is_cluster_scoped, well_known_group};

    #[test]
    fn scopes_are_those_of_the_api() {
        assert_eq!(is_cluster_scoped("", "Namespace"), Some(true));
        assert_eq!(
            is_cluster_scoped("storage.k8s.io", "StorageClass"),
            Some(true)
        );
        assert_eq!(
            is_cluster_scoped("storage.k8s.io", "CSIStorageCapacity"),
            Some(false)
        );
        assert_eq!(
            is_cluster_scoped("apiextensions.k8s.io", "CustomResourceDefinition"),
            Some(true)
        );
        assert_eq!(is_cluster_scoped("apps", "Deployment"), Some(false));
        assert_eq!(is_cluster_scoped("serving.knative.dev", "Service"), None);
    }

    #[test]
    fn well_known_kinds_have_one_group() {
        assert_eq!(well_known_group("Event"), Some(""));
        assert_eq!(well_known_group("Ingress"), Some("networking.k8s.io"));
        assert_eq!(well_known_group("Gateway"), None);
    }
}
