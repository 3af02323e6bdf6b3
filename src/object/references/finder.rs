//! Collects references.

use super::cursor::Cursor;
use super::{How, Reference, is_true};
use crate::object::{Identity, is_cluster_scoped};

/// What a name names.
#[derive(Debug, Clone)]
pub(super) struct Target {
    group: String,
    kind: String,
    scope: Scope,
}

#[derive(Debug, Clone)]
enum Scope {
    Cluster,
    /// The namespace of the object that names it.
    Same,
    Namespace(String),
}

impl Target {
    pub fn namespaced(group: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
            scope: Scope::Same,
        }
    }

    pub fn cluster(group: &str, kind: &str) -> Self {
        Self {
            scope: Scope::Cluster,
            ..Self::namespaced(group, kind)
        }
    }

    /// A namespaced kind of the core group.
    pub fn core(kind: &str) -> Self {
        Self::namespaced("", kind)
    }

    /// The kind that a reference with group and kind fields names, or the one meant without them.
    pub fn named_by(reference: &Cursor<'_>, group_key: &str, (group, kind): (&str, &str)) -> Self {
        let group = reference.text(&[group_key]).unwrap_or(group);
        let kind = reference.text(&["kind"]).unwrap_or(kind);
        let target = match is_cluster_scoped(group, kind) {
            Some(true) => Self::cluster(group, kind),
            _ => Self::namespaced(group, kind),
        };
        target.within(reference)
    }

    /// In the namespace that the reference names beside the name, if it does.
    pub fn within(mut self, reference: &Cursor<'_>) -> Self {
        if let Some(namespace) = reference
            .text(&["namespace"])
            .filter(|name| !name.is_empty())
        {
            self.scope = Scope::Namespace(namespace.to_owned());
        }
        self
    }

    pub fn in_namespace(mut self, namespace: &str) -> Self {
        self.scope = Scope::Namespace(namespace.to_owned());
        self
    }
}

pub(super) struct Finder<'a> {
    /// Of the object that names the others.
    namespace: Option<&'a str>,
    pub found: Vec<Reference>,
}

impl<'a> Finder<'a> {
    pub fn new(namespace: Option<&'a str>) -> Self {
        Self {
            namespace,
            found: Vec::new(),
        }
    }

    pub fn is_cluster_wide(&self) -> bool {
        self.namespace.is_none()
    }

    /// Takes the name that stands in a field.
    pub fn field(&mut self, name: Option<Cursor<'_>>, target: &Target) {
        self.add(name, target, How::Field, false);
    }

    /// Takes the `name` of a reference that may say itself that it is optional.
    pub fn named(&mut self, reference: &Cursor<'_>, key: &str, kind: &str, how: How) {
        let optional = is_true(reference.get("optional"));
        self.add(reference.at(&[key]), &Target::core(kind), how, optional);
    }

    /// Adds what `name` names, unless there is none.
    pub fn add(&mut self, name: Option<Cursor<'_>>, target: &Target, how: How, optional: bool) {
        let Some(cursor) = name else { return };
        let Some(name) = cursor.value.as_str().filter(|name| !name.is_empty()) else {
            return;
        };
        let namespace = match &target.scope {
            Scope::Cluster => None,
            Scope::Same => self.namespace.map(str::to_owned),
            Scope::Namespace(namespace) => Some(namespace.clone()),
        };
        let (group, kind) = (target.group.clone(), target.kind.clone());
        let to = Identity {
            namespace,
            kind,
            group,
            name: name.to_owned(),
        };
        self.found.push(Reference {
            to,
            at: cursor.path,
            how,
            optional,
        });
    }
}
