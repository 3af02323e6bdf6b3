//! The schemas of all kinds at hand: the built-in ones, and those of CRDs.

use std::collections::BTreeMap;

use super::Schema;
use crate::object::{Object, is_cluster_scoped};
use crate::yaml::Value;

/// What the CRDs of an environment say about the shape and scope of their kinds.
#[derive(Debug, Clone, Default)]
pub struct Schemas {
    schemas: BTreeMap<[String; 3], Schema>,
    cluster_scoped: BTreeMap<[String; 2], bool>,
}

impl Schemas {
    /// Takes in all versions of a CRD; what is not a CRD, or a malformed one, adds nothing.
    pub fn add(&mut self, crd: &Value) {
        let text = |pointer: &str| {
            crd.pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let is_crd = text("/kind").is_some_and(|kind| kind == "CustomResourceDefinition");
        let (Some(group), Some(kind), true) =
            (text("/spec/group"), text("/spec/names/kind"), is_crd)
        else {
            return;
        };
        let scope = text("/spec/scope").is_some_and(|scope| scope == "Cluster");
        self.cluster_scoped
            .insert([group.clone(), kind.clone()], scope);
        let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
        for version in versions
            .into_iter()
            .flatten()
            .filter_map(|version| version.get("name")?.as_str())
        {
            if let Some(schema) = Schema::from_crd(crd, version) {
                self.schemas
                    .insert([group.clone(), version.to_owned(), kind.clone()], schema);
            }
        }
    }

    /// The schema of an object's kind: built in, of a CRD, or what holds for every object.
    pub fn of(&self, object: &Object) -> Schema {
        let key = [object.group(), object.version(), object.kind()].map(str::to_owned);
        self.schemas
            .get(&key)
            .cloned()
            .unwrap_or_else(|| Schema::of(object))
    }

    /// Whether the objects of a kind stand outside namespaces; `None` for kinds nobody defined.
    pub fn is_cluster_scoped(&self, group: &str, kind: &str) -> Option<bool> {
        let custom = || {
            self.cluster_scoped
                .get(&[group.to_owned(), kind.to_owned()])
                .copied()
        };
        is_cluster_scoped(group, kind).or_else(custom)
    }
}

impl<'v> FromIterator<&'v Value> for Schemas {
    fn from_iter<T: IntoIterator<Item = &'v Value>>(crds: T) -> Self {
        let mut schemas = Self::default();
        crds.into_iter().for_each(|crd| schemas.add(crd));
        schemas
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Schemas;
    use crate::object::{ListKind, Object};

    #[test]
    fn kinds_of_crds_are_known_in_their_versions() {
        let spec = json!({"properties": {"tags": {"x-kubernetes-list-type": "set"}}});
        let version =
            json!({"name": "v1", "schema": {"openAPIV3Schema": {"properties": {"spec": spec}}}});
        let crd = json!({
            "kind": "CustomResourceDefinition",
            "spec": {"group": "x.io", "names": {"kind": "Thing"}, "scope": "Cluster", "versions": [version]},
        });
        let schemas = Schemas::from_iter([&crd, &json!({"kind": "Other"})]);
        let list = |api_version: &str| {
            let object =
                json!({"apiVersion": api_version, "kind": "Thing", "metadata": {"name": "a"}});
            let schema = schemas.of(&Object::new(object).expect("an object"));
            schema.root().field("spec").field("tags").list().clone()
        };
        assert_eq!(list("x.io/v1"), ListKind::Set);
        assert_eq!(list("x.io/v2"), ListKind::Atomic);
        assert_eq!(schemas.is_cluster_scoped("x.io", "Thing"), Some(true));
        assert_eq!(schemas.is_cluster_scoped("apps", "Deployment"), Some(false));
        assert_eq!(schemas.is_cluster_scoped("x.io", "Other"), None);
    }
}
