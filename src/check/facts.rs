//! What the objects of a rendering say about themselves, ready to be asked by every rule.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::checking::{Checking, ComponentFacts};
use crate::model::rendering::{FileText, RenderedObject, Rendering, SharedObject};
use crate::object::{Identity, Object, Reference};
use crate::yaml::Value;

use super::references::made;
use super::selectors::pods::{PodSet, pod_sets};

/// CRDs above this size are upstream's, verified byte for byte when they were vendored. They are
/// looked into only where a custom resource needs their schema: they take longer than all the rest.
const BULKY: usize = 64 * 1024;

pub struct Facts<'r> {
    pub checking: &'r Checking,
    pub objects: Vec<Fact<'r>>,
    /// Sets of pods that the objects make, directly or by an operator.
    pub pods: Vec<PodSet>,
    by_identity: HashMap<Identity, usize>,
    /// CRDs of the groups that custom resources have, by group and kind.
    crds: BTreeMap<(String, String), &'r Object>,
    /// Objects that programs make while they run.
    made: BTreeSet<Identity>,
}

pub struct Fact<'r> {
    pub component: &'r str,
    pub object: &'r SharedObject,
    pub identity: Identity,
    pub text: &'r FileText,
    pub references: &'r [Reference],
    /// Below the component's folder.
    file: &'r str,
    /// Not to be looked into without need.
    bulky: bool,
}

impl<'r> Facts<'r> {
    pub fn of(rendering: &'r Rendering, checking: &'r Checking) -> Self {
        let mut facts = Self {
            checking,
            objects: objects(rendering),
            pods: Vec::new(),
            by_identity: HashMap::new(),
            crds: BTreeMap::new(),
            made: BTreeSet::new(),
        };
        facts.by_identity = facts
            .numbered()
            .map(|(node, fact)| (fact.identity.clone(), node))
            .collect();
        facts.crds = crds(&facts.objects, checking);
        facts.made = made::objects(&facts);
        facts.pods = pod_sets(&facts);
        facts
    }

    /// All objects with their numbers.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Fact<'r>)> {
        self.objects.iter().enumerate()
    }

    /// The objects that rules look into: all but upstream's large CRDs.
    pub fn looked_into(&self) -> impl Iterator<Item = (usize, &Fact<'r>)> {
        self.numbered().filter(|(_, fact)| !fact.bulky)
    }

    /// Objects of a kind.
    pub fn of_kind<'f>(
        &'f self,
        group: &'f str,
        kind: &'f str,
    ) -> impl Iterator<Item = (usize, &'f Fact<'r>)> {
        self.looked_into()
            .filter(move |(_, fact)| fact.identity.group == group && fact.identity.kind == kind)
    }

    pub fn find(&self, identity: &Identity) -> Option<&Fact<'r>> {
        let node = self.by_identity.get(identity)?;
        self.objects.get(*node)
    }

    /// The CRD that makes a kind.
    pub fn crd(&self, group: &str, kind: &str) -> Option<&'r Object> {
        self.crds.get(&(group.to_owned(), kind.to_owned())).copied()
    }

    /// Whether something outside has the CRDs of a group.
    pub fn has_outside(&self, group: &str) -> bool {
        self.checking.external.contains(&format!("crd:{group}"))
    }

    /// Whether an object will be there: rendered, made by a program, or by something outside.
    pub fn is_there(&self, identity: &Identity) -> bool {
        self.find(identity).is_some()
            || self.made.contains(identity)
            || self.checking.external.contains(&identity.to_string())
    }

    /// What the module of an object's component says.
    pub fn of_component(&self, fact: &Fact<'_>) -> Option<&ComponentFacts> {
        self.checking.components.get(fact.component)
    }

    /// The path of an object's file, from the root of the repository.
    pub fn path(&self, fact: &Fact<'_>) -> String {
        format!("{}/{}/{}", self.checking.folder, fact.component, fact.file)
    }
}

impl Fact<'_> {
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.identity.kind == kind && self.identity.group == group
    }

    pub fn namespace(&self) -> Option<&str> {
        self.identity.namespace.as_deref()
    }

    pub fn value(&self) -> &Value {
        self.object.value()
    }
}

fn objects(rendering: &Rendering) -> Vec<Fact<'_>> {
    let components = rendering.components.iter();
    components
        .flat_map(|(component, rendered)| {
            let objects = rendered.objects.iter();
            objects.map(move |object| fact(component, object))
        })
        .collect()
}

fn fact<'r>(component: &'r str, rendered: &'r RenderedObject) -> Fact<'r> {
    let identity = rendered.object.identity();
    let text = &rendered.text;
    let is_crd = identity.kind == "CustomResourceDefinition";
    let bulky = is_crd && text.as_bytes().len() > BULKY;
    // The only reference of a CRD is the Service that converts.
    let refers = !bulky || text.as_str().contains("clientConfig:");
    Fact {
        component,
        references: match refers {
            true => rendered.object.references(),
            false => &[],
        },
        object: &rendered.object,
        file: &rendered.path,
        identity,
        text,
        bulky,
    }
}

/// CRDs are called `<plural>.<group>`, so that those of other groups need not be read. A vendored one
/// goes over the stand-in that is rendered, but makes no kind that no component has.
fn crds<'r>(
    objects: &[Fact<'r>],
    checking: &'r Checking,
) -> BTreeMap<(String, String), &'r Object> {
    let used: BTreeSet<&str> = objects
        .iter()
        .map(|fact| fact.identity.group.as_str())
        .collect();
    let is_used = |identity: &Identity| {
        let group = identity.name.split_once('.').map(|(_, group)| group);
        group.is_some_and(|group| used.contains(group))
    };
    let is_crd = |identity: &Identity| identity.kind == "CustomResourceDefinition";
    let vendored: HashMap<Identity, &'r SharedObject> = checking
        .vendored
        .iter()
        .map(|document| (document.object.identity(), &document.object))
        .collect();
    let rendered = objects
        .iter()
        .filter(|fact| is_crd(&fact.identity) && is_used(&fact.identity));
    let crds = rendered.filter_map(|fact| {
        let object: &'r Object = vendored.get(&fact.identity).copied().unwrap_or(fact.object);
        let text = |keys: &[&str]| Some(object.get(keys)?.as_str()?.to_owned());
        let kind = (text(&["spec", "group"])?, text(&["spec", "names", "kind"])?);
        Some((kind, object))
    });
    crds.collect()
}
