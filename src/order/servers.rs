//! What the API server asks others about: webhooks and aggregated APIs.
//!
//! A webhook configuration that nobody answers refuses the writes that it is about, and an
//! APIService without server breaks discovery, so both go after the workload behind their Service.

use std::collections::{BTreeSet, HashMap};

use super::builder::Builder;
use super::facts::{Fact, Facts};
use crate::model::graph::EdgeKind;
use crate::yaml::Value;

pub fn connect(facts: &Facts<'_>, builder: &mut Builder) {
    let served = |(_, fact): &(usize, &Fact<'_>)| fact.is_served();
    for (node, fact) in facts.numbered().filter(served) {
        let what = match fact.is_webhook_configuration() {
            true => "webhook",
            false => "API",
        };
        behind(facts, fact, |server, name| {
            let reason = format!("{what} is served by {name}");
            builder.must((server, node), EdgeKind::Ready, reason);
        });
    }
    custom_resources(facts, builder);
}

/// Visits the workloads behind the Services that an object names.
fn behind(facts: &Facts<'_>, fact: &Fact<'_>, mut visit: impl FnMut(usize, String)) {
    let services = fact.references.iter().map(|reference| &reference.to);
    let services = services.filter(|to| to.kind == "Service" && to.group.is_empty());
    let services: BTreeSet<usize> = services.filter_map(|to| facts.find(to)).collect();
    for service in services {
        for workload in facts.workloads_behind(service) {
            let identity = &facts.objects[workload].identity;
            visit(workload, format!("{} {}", identity.kind, identity.name));
        }
    }
}

/// Custom resources go after the webhooks that check or convert them: before, they would pass
/// unchecked, or be refused since nobody answers.
fn custom_resources(facts: &Facts<'_>, builder: &mut Builder) {
    let mut resources: HashMap<usize, Vec<usize>> = HashMap::new();
    for (node, fact) in facts.numbered() {
        if let Some(crd) = facts.crd_of(fact.object) {
            resources.entry(crd).or_default().push(node);
        }
    }
    let crds = Crds::of(facts, &resources);
    let mut asked: BTreeSet<usize> = BTreeSet::new();
    for (node, fact) in facts.numbered() {
        if fact.is_webhook_configuration() {
            for crd in crds.named_by(fact) {
                let milestone = milestone(facts, builder, crd);
                let reason = format!("checked by webhook {}", fact.identity.name);
                builder.must((node, milestone), EdgeKind::Ready, reason);
                asked.insert(crd);
            }
        } else if resources.contains_key(&node) {
            behind(facts, fact, |server, name| {
                let milestone = milestone(facts, builder, node);
                let reason = format!("converted by {name}");
                builder.must((server, milestone), EdgeKind::Ready, reason);
                asked.insert(node);
            });
        }
    }
    for crd in asked {
        let milestone = milestone(facts, builder, crd);
        for resource in &resources[&crd] {
            builder.must(
                (milestone, *resource),
                EdgeKind::Ready,
                "webhooks that check its kind",
            );
        }
    }
}

fn milestone(facts: &Facts<'_>, builder: &mut Builder, crd: usize) -> usize {
    builder.milestone(&format!(
        "webhooks of {} serve",
        facts.objects[crd].identity.name
    ))
}

/// CRDs of which there are objects, as the rules of webhooks name them.
struct Crds<'a> {
    by_group: HashMap<&'a str, Vec<(&'a str, usize)>>,
    by_component: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Crds<'a> {
    fn of(facts: &'a Facts<'_>, used: &HashMap<usize, Vec<usize>>) -> Self {
        let mut crds = Self {
            by_group: HashMap::new(),
            by_component: HashMap::new(),
        };
        for (node, fact) in facts.numbered().filter(|(node, _)| used.contains_key(node)) {
            let text = |keys: &[&str]| fact.object.get(keys).and_then(Value::as_str);
            let group = text(&["spec", "group"]).unwrap_or_default();
            let plural = text(&["spec", "names", "plural"]).unwrap_or_default();
            crds.by_group.entry(group).or_default().push((plural, node));
            crds.by_component
                .entry(fact.component)
                .or_default()
                .push(node);
        }
        crds
    }

    fn named_by(&self, configuration: &Fact<'_>) -> BTreeSet<usize> {
        let webhooks = list(configuration.object.value(), "webhooks");
        let rules = webhooks.flat_map(|webhook| list(webhook, "rules"));
        rules
            .flat_map(|rule| self.of_rule(configuration, rule))
            .collect()
    }

    /// A rule for all groups means anything, policies mostly; only the kinds of its own component
    /// are known to need it.
    fn of_rule(&self, configuration: &Fact<'_>, rule: &Value) -> Vec<usize> {
        let mut found = Vec::new();
        for group in list(rule, "apiGroups").filter_map(Value::as_str) {
            if group == "*" {
                let own = self.by_component.get(configuration.component);
                found.extend(own.into_iter().flatten());
            }
            for (plural, crd) in self.by_group.get(group).into_iter().flatten() {
                let mut resources = list(rule, "resources").filter_map(Value::as_str);
                if resources.any(|resource| matches!(resource, "*" | "*/*") || resource == *plural)
                {
                    found.push(*crd);
                }
            }
        }
        found
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
