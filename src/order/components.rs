//! A component starts when what it needs of others is ready.
//!
//! Nearly everything of the component waits, not only its pods: where an apply stops half way, a
//! component is then wholly old or wholly new, and no pod of the old version that restarts reads
//! the ConfigMap or the role of the new one. Waiting costs nothing, since only pods take time.
//!
//! What does nothing by itself goes ahead: Namespaces, CRDs, ServiceAccounts and classes. A CRD must:
//! a network plug-in has a ServiceMonitor, and Prometheus cannot run without the network. For the
//! same reason `crd:` capabilities wait for the CRDs of a component and not for its pods.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::{Builder, Strength};
use super::facts::{Fact, Facts};
use crate::model::graph::EdgeKind;
use crate::model::resolved::Dependency;

pub fn connect(facts: &Facts<'_>, dependencies: &[Dependency], builder: &mut Builder) {
    let members = members(facts);
    let crds = own_crds(facts, &members, builder);
    let mut components = Components {
        facts,
        members,
        crds,
        builder,
    };
    let mut awaited = BTreeSet::new();
    let mut waiting = BTreeSet::new();
    for dependency in dependencies {
        let Some(provided) = components.provided(dependency, &mut awaited) else {
            continue;
        };
        let start = components
            .builder
            .milestone(&started(&dependency.component));
        let reason = format!("{} provides {}", dependency.on, dependency.capability);
        components
            .builder
            .must((provided, start), EdgeKind::Ready, reason);
        waiting.insert(dependency.component.as_str());
    }
    for component in &waiting {
        components.start(component, awaited.contains(component));
    }
    for component in &awaited {
        components.ready(component);
    }
}

/// Objects of each component, in their order.
fn members<'r>(facts: &Facts<'r>) -> BTreeMap<&'r str, Vec<usize>> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (node, fact) in facts.numbered() {
        members.entry(fact.component).or_default().push(node);
    }
    members
}

fn started(component: &str) -> String {
    format!("what {component} needs is ready")
}

fn is_ready(component: &str) -> String {
    format!("{component} is ready")
}

/// The milestones of the components that have CRDs. Programs look for the kinds that they serve
/// when they start, and many end without, so the workloads of the component follow.
fn own_crds<'r>(
    facts: &Facts<'_>,
    members: &BTreeMap<&'r str, Vec<usize>>,
    builder: &mut Builder,
) -> BTreeMap<&'r str, usize> {
    let mut milestones = BTreeMap::new();
    for (component, nodes) in members {
        let nodes_that = |wanted: fn(&Fact<'_>) -> bool| {
            nodes
                .iter()
                .copied()
                .filter(move |node| wanted(&facts.objects[*node]))
        };
        for crd in nodes_that(|fact| fact.is_crd()) {
            let name = format!("CRDs of {component}");
            let milestone = builder.milestone(&name);
            builder.must((crd, milestone), EdgeKind::Ready, name);
            milestones.insert(*component, milestone);
        }
        if let Some(milestone) = milestones.get(component) {
            for workload in nodes_that(|fact| fact.runs_pods()) {
                builder.must(
                    (*milestone, workload),
                    EdgeKind::Ready,
                    "CRDs of its component",
                );
            }
        }
    }
    milestones
}

struct Components<'a, 'r> {
    facts: &'a Facts<'r>,
    members: BTreeMap<&'r str, Vec<usize>>,
    /// Milestones of the components that have CRDs.
    crds: BTreeMap<&'r str, usize>,
    builder: &'a mut Builder,
}

impl Components<'_, '_> {
    /// The milestone that a dependency waits for; none where the component has no objects.
    fn provided<'d>(
        &mut self,
        dependency: &'d Dependency,
        awaited: &mut BTreeSet<&'d str>,
    ) -> Option<usize> {
        let provider = dependency.on.as_str();
        if !self.members.contains_key(provider) {
            return None;
        }
        if let (true, Some(crds)) = (
            dependency.capability.0.starts_with("crd:"),
            self.crds.get(provider),
        ) {
            return Some(*crds);
        }
        awaited.insert(provider);
        Some(self.builder.milestone(&is_ready(provider)))
    }

    fn start(&mut self, component: &str, awaited: bool) {
        let name = started(component);
        let start = self.builder.milestone(&name);
        for node in self.members.get(component).into_iter().flatten() {
            let fact = &self.facts.objects[*node];
            if !goes_ahead(fact) {
                let strength = strength(fact);
                self.builder
                    .add((start, *node), EdgeKind::Ready, name.as_str(), strength);
            }
        }
        // Also where nothing of the component changes, what needs it waits for what it needs.
        if awaited {
            let ready = self.builder.milestone(&is_ready(component));
            self.builder.must((start, ready), EdgeKind::Ready, name);
        }
    }

    fn ready(&mut self, component: &str) {
        let ready = self.builder.milestone(&is_ready(component));
        let reason = format!("part of {component}");
        for node in self.members.get(component).into_iter().flatten() {
            let strength = strength(&self.facts.objects[*node]);
            self.builder
                .add((*node, ready), EdgeKind::Ready, reason.as_str(), strength);
        }
    }
}

/// What does nothing by itself, and others may need early.
fn goes_ahead(fact: &Fact<'_>) -> bool {
    fact.is_crd()
        || matches!(
            fact.object.kind(),
            "Namespace" | "ServiceAccount" | "PriorityClass" | "RuntimeClass"
        )
}

/// What works is what a component provides and needs others for. The rest, such as the rules that
/// a network plug-in gives to a Prometheus that needs the network, follows where it can.
fn strength(fact: &Fact<'_>) -> Strength {
    match fact.runs_pods() || fact.is_served() {
        true => Strength::Must,
        false => Strength::Should,
    }
}
