//! What the objects of a rendering say about themselves, ready to be asked.

use std::collections::HashMap;

use crate::model::rendering::Rendering;
use crate::object::{Identity, Object, Reference, pod_labels, pod_template, workload_selects};
use crate::yaml::Value;

pub struct Facts<'r> {
    /// By component and identity; the positions are the nodes of the graph.
    pub objects: Vec<Fact<'r>>,
    by_identity: HashMap<Identity, usize>,
    crds: HashMap<(&'r str, &'r str), usize>,
    /// Workloads by namespace and one label of their pods.
    workloads: HashMap<(Option<&'r str>, &'r str, &'r str), Vec<usize>>,
}

pub struct Fact<'r> {
    pub component: &'r str,
    pub object: &'r Object,
    pub identity: Identity,
    pub references: &'r [Reference],
}

impl<'r> Facts<'r> {
    pub fn of(rendering: &'r Rendering) -> Self {
        let objects = collect(rendering);
        let by_identity = numbered(&objects)
            .map(|(node, fact)| (fact.identity.clone(), node))
            .collect();
        let crds = numbered(&objects)
            .filter_map(|(node, fact)| Some((crd_kind(fact.object)?, node)))
            .collect();
        let workloads = workloads_by_label(&objects);
        Self {
            objects,
            by_identity,
            crds,
            workloads,
        }
    }

    pub fn numbered(&self) -> impl Iterator<Item = (usize, &Fact<'r>)> {
        numbered(&self.objects)
    }

    pub fn find(&self, identity: &Identity) -> Option<usize> {
        self.by_identity.get(identity).copied()
    }

    /// The CRD that makes the kind of this object.
    pub fn crd_of(&self, object: &Object) -> Option<usize> {
        self.crds.get(&(object.group(), object.kind())).copied()
    }

    /// Workloads whose pods a Service leads to, by one label first: a Service with the rarest of
    /// its labels looks at few.
    pub fn workloads_behind(&self, service: usize) -> Vec<usize> {
        let service = self.objects[service].object;
        let labels = service
            .get(&["spec", "selector"])
            .and_then(Value::as_object);
        let candidates = labels.into_iter().flatten().map(|(key, value)| {
            let label = (
                service.namespace(),
                key.as_str(),
                value.as_str().unwrap_or_default(),
            );
            self.workloads.get(&label).map_or(&[][..], Vec::as_slice)
        });
        let fewest = candidates.min_by_key(|nodes| nodes.len()).unwrap_or(&[]);
        let selected = |node: &&usize| workload_selects(service, self.objects[**node].object);
        fewest.iter().filter(selected).copied().collect()
    }
}

impl Fact<'_> {
    /// Whether it makes pods, so that what the pods need must be there.
    pub fn runs_pods(&self) -> bool {
        pod_template(self.object).is_some()
    }

    pub fn is_crd(&self) -> bool {
        is_crd(self.object)
    }

    /// Whether the API server calls a Service for it, and fails where nobody answers.
    pub fn is_served(&self) -> bool {
        self.is_webhook_configuration() || self.object.is("apiregistration.k8s.io", "APIService")
    }

    pub fn is_webhook_configuration(&self) -> bool {
        self.object.group() == "admissionregistration.k8s.io"
            && self.object.kind().ends_with("WebhookConfiguration")
    }
}

fn collect(rendering: &Rendering) -> Vec<Fact<'_>> {
    let mut objects: Vec<Fact<'_>> = Vec::new();
    for (component, rendered) in &rendering.components {
        let first = objects.len();
        objects.extend(rendered.objects.iter().map(|rendered| Fact {
            component,
            object: &rendered.object,
            identity: rendered.object.identity(),
            references: rendered.object.references(),
        }));
        objects[first..].sort_by(|a, b| a.identity.cmp(&b.identity));
    }
    objects
}

fn numbered<'a, 'r>(objects: &'a [Fact<'r>]) -> impl Iterator<Item = (usize, &'a Fact<'r>)> {
    objects.iter().enumerate()
}

fn is_crd(object: &Object) -> bool {
    object.is("apiextensions.k8s.io", "CustomResourceDefinition")
}

/// Group and kind that a CRD makes.
fn crd_kind(object: &Object) -> Option<(&str, &str)> {
    let group = object.get(&["spec", "group"])?.as_str()?;
    let kind = object.get(&["spec", "names", "kind"])?.as_str()?;
    is_crd(object).then_some((group, kind))
}

fn workloads_by_label<'r>(
    objects: &[Fact<'r>],
) -> HashMap<(Option<&'r str>, &'r str, &'r str), Vec<usize>> {
    let mut workloads: HashMap<_, Vec<usize>> = HashMap::new();
    for (node, fact) in numbered(objects).filter(|(_, fact)| fact.runs_pods()) {
        for (key, value) in pod_labels(fact.object) {
            let place = (fact.object.namespace(), key, value);
            workloads.entry(place).or_default().push(node);
        }
    }
    workloads
}
