//! The objects of a rendering, to be found by who they are.

use std::collections::HashMap;

use crate::model::rendering::{RenderedObject, Rendering};
use crate::object::{Identity, Object};

pub struct Index<'r> {
    entries: Vec<Entry<'r>>,
    by_identity: HashMap<Identity, usize>,
    /// CRDs by the group and kind that they make.
    crds: HashMap<(&'r str, &'r str), &'r Object>,
}

pub struct Entry<'r> {
    pub component: &'r str,
    pub identity: Identity,
    pub rendered: &'r RenderedObject,
    /// Names of its patches.
    pub patches: Vec<String>,
}

impl<'r> Entry<'r> {
    pub fn object(&self) -> &'r Object {
        &self.rendered.object
    }
}

impl<'r> Index<'r> {
    pub fn of(rendering: &'r Rendering) -> Self {
        let entries: Vec<Entry<'r>> = rendering.components.iter().flat_map(entries).collect();
        let numbered = entries.iter().enumerate();
        let by_identity = numbered.map(|(place, entry)| (entry.identity.clone(), place));
        let crds = entries.iter().filter_map(|entry| {
            let object = entry.object();
            Some((made_by(object)?, object))
        });
        Self {
            by_identity: by_identity.collect(),
            crds: crds.collect(),
            entries,
        }
    }

    pub fn entries(&self) -> impl Iterator<Item = &Entry<'r>> {
        self.entries.iter()
    }

    pub fn objects(&self) -> impl Iterator<Item = &'r Object> {
        self.entries.iter().map(Entry::object)
    }

    pub fn find(&self, identity: &Identity) -> Option<&Entry<'r>> {
        self.by_identity
            .get(identity)
            .map(|place| &self.entries[*place])
    }

    /// The CRD that makes the kind of an object.
    pub fn crd_of(&self, object: &Object) -> Option<&'r Object> {
        self.crds.get(&(object.group(), object.kind())).copied()
    }
}

fn entries<'r>(
    (component, rendered): (&'r String, &'r crate::model::rendering::RenderedComponent),
) -> impl Iterator<Item = Entry<'r>> {
    let patches = &rendered.patches;
    rendered.objects.iter().map(move |rendered| {
        let identity = rendered.object.identity();
        let of_object = patches.iter().filter(|patch| patch.object == identity);
        Entry {
            component,
            patches: of_object.map(|patch| patch.name.clone()).collect(),
            identity,
            rendered,
        }
    })
}

pub fn is_crd(object: &Object) -> bool {
    object.is("apiextensions.k8s.io", "CustomResourceDefinition")
}

/// Group and kind of the objects that a CRD makes known.
pub fn made_by(crd: &Object) -> Option<(&str, &str)> {
    let group = crd.get(&["spec", "group"])?.as_str()?;
    let kind = crd.get(&["spec", "names", "kind"])?.as_str()?;
    is_crd(crd).then_some((group, kind))
}
