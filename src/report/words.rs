//! Words that several reports share.

use super::line::printable;
use super::style::Ink;
use crate::model::plan::{Action, Against, Heading, LivePlan, Plan, Step};
use crate::object::Identity;

/// An object as people call it.
pub fn object(identity: &Identity) -> String {
    let text = printable(&identity.to_string());
    if let Some(name) = text.strip_prefix("CustomResourceDefinition ") {
        return format!("CRD {name}");
    }
    // Kinds of kops, which no other group has.
    text.replacen(".kops.k8s.io ", " ", 1)
}

/// `patched by more-memory`, where the object of a step is.
pub fn patched(step: &Step) -> Option<String> {
    let names = step.patches.iter().map(|name| printable(name));
    let names: Vec<String> = names.collect();
    (!names.is_empty()).then(|| format!("patched by {}", names.join(", ")))
}

pub fn mark(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update | Action::Adopt => "~",
        Action::Replace => "±",
        Action::Delete | Action::Orphan => "-",
        Action::Noop => "=",
        Action::Blocked => "x",
        Action::Unverified => "?",
    }
}

pub fn ink(action: Action) -> Ink {
    match action {
        Action::Create => Ink::Added,
        Action::Update | Action::Adopt | Action::Unverified => Ink::Changed,
        Action::Delete | Action::Orphan => Ink::Removed,
        Action::Replace | Action::Blocked => Ink::Danger,
        Action::Noop => Ink::Quiet,
    }
}

pub fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

/// `prod · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main`
pub fn title(plan: &Plan) -> String {
    let against = match &plan.heading.against {
        Against::Empty => " · against an empty cluster".to_owned(),
        Against::Revision(revision) => format!(" · against {}", printable(revision)),
        Against::Committed => " · against the manifests on disk".to_owned(),
        Against::Live => String::new(),
    };
    let stack = stack(&plan.heading);
    let kubernetes = kubernetes(&plan.heading).map(|kubernetes| format!(" · {kubernetes}"));
    format!(
        "{} · {stack}{}{against}",
        plan.environment,
        kubernetes.unwrap_or_default()
    )
}

/// `Kubernetes 1.36.3`, where it is known.
pub fn kubernetes(heading: &Heading) -> Option<String> {
    let version = heading.kubernetes.as_ref()?;
    Some(format!("Kubernetes {version}"))
}

/// `reference/2026.8 → 2026.11`, or the only one.
pub fn stack(heading: &Heading) -> String {
    let to = &heading.stack_to;
    match &heading.stack_from {
        Some(from) if from != to => {
            let (name, release) = to.split_once('/').unwrap_or(("", to));
            match from.split_once('/') {
                Some((same, _)) if same == name => format!("{from} → {release}"),
                _ => format!("{from} → {to}"),
            }
        }
        _ => to.clone(),
    }
}

/// What the caller wants to be known, a line each.
pub fn notes(plan: &Plan) -> Vec<String> {
    let overrides = plan.heading.overrides.iter().map(|given| {
        format!(
            "{} {} is set over {} of the stack",
            given.component, given.chosen, given.stack
        )
    });
    let versions = plan.components.iter().filter_map(|change| {
        let (from, to) = (change.from.as_ref()?, change.to.as_ref()?);
        Some(format!("{} {from} → {to}", change.component))
    });
    let patches = plan.heading.patches.iter().map(|patch| {
        format!(
            "patch {} changes {}: {}",
            patch.name,
            object(&patch.object),
            patch.reason
        )
    });
    let notes = plan.heading.notes.iter().cloned();
    let live = plan.live.iter().flat_map(live_notes);
    let all = versions
        .chain(overrides)
        .chain(patches)
        .chain(notes)
        .chain(live);
    all.map(|note| printable(&note)).collect()
}

/// What a plan against a cluster wants to be known.
fn live_notes(live: &LivePlan) -> Vec<String> {
    let only = live.only.as_ref().map(|only| {
        format!(
            "only {}: nothing else is looked at or touched",
            only.join(", ")
        )
    });
    let elsewhere = (live.elsewhere > 0).then(|| {
        format!(
            "{} in namespaces that come with this plan: checked in namespace default, so without their quotas and policies",
            counted(live.elsewhere, "object")
        )
    });
    only.into_iter().chain(elsewhere).collect()
}

/// ` · plan 5f0c6a1d29e84b73`: what people approve, of a plan against a cluster.
pub fn digest(plan: &Plan) -> String {
    let digest = plan.live.as_ref().map(|live| &live.digest);
    digest.map_or_else(String::new, |digest| format!(" · plan {digest}"))
}

/// `3 to create, 5 to update, 1 to replace, 2 to delete, 0 blocked, 412 unchanged`
pub fn counts(plan: &Plan) -> String {
    let always = [
        (Action::Create, "to create"),
        (Action::Update, "to update"),
        (Action::Replace, "to replace"),
        (Action::Delete, "to delete"),
        (Action::Blocked, "blocked"),
    ];
    let sometimes = [
        (Action::Adopt, "to adopt"),
        (Action::Orphan, "to leave alone"),
        (Action::Unverified, "unverified"),
        (Action::Noop, "only moved"),
    ];
    let count = |(action, words): &(Action, &str)| {
        (
            plan.count(*action),
            format!("{} {words}", plan.count(*action)),
        )
    };
    let always = always.iter().map(|kind| count(kind).1);
    let sometimes = sometimes.iter().map(count).filter(|(count, _)| *count > 0);
    let unchanged = format!("{} unchanged", plan.unchanged());
    let parts = always
        .chain(sometimes.map(|(_, text)| text))
        .chain([unchanged]);
    let cluster = plan.cluster.as_ref().map(super::cluster::counts);
    parts.collect::<Vec<_>>().join(", ") + &cluster.unwrap_or_default()
}

/// Steps by component, in the order of the plan.
pub fn by_component(plan: &Plan) -> impl Iterator<Item = (&str, &[Step])> {
    let groups = plan.steps.chunk_by(|a, b| a.component == b.component);
    groups.map(|steps| (steps[0].component.as_str(), steps))
}
