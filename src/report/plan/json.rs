//! A plan for machines. Fields are added, never renamed; then the format gets another number.

use crate::model::plan::{
    Action, Against, ComponentChange, Edge, Effect, Heading, LivePlan, Pace, Plan, Step,
};
use crate::object::{ChangeKind, FieldChange};
use crate::report::{cluster, effect};
use crate::yaml::{Map, Value};
use serde_json::json as value;

pub const FORMAT: &str = "kops-stack.plan/1";

/// The whole plan. Steps and milestones are numbered; edges and waves name the numbers.
pub fn json(plan: &Plan) -> Value {
    let heading = &plan.heading;
    let overrides = heading.overrides.iter().map(|given| {
        value!({"component": given.component, "stack": given.stack, "chosen": given.chosen})
    });
    let first = plan.steps.len();
    let milestones = plan.milestones.iter().enumerate();
    value!({
        "format": FORMAT,
        "environment": plan.environment,
        "against": against(&heading.against),
        "stack": {"from": heading.stack_from, "to": heading.stack_to},
        "kubernetes": heading.kubernetes,
        "overrides": overrides.collect::<Vec<_>>(),
        "patches": patches(heading),
        "notes": heading.notes,
        "counts": counts(plan),
        "steps": steps(plan),
        "milestones": milestones
            .map(|(index, name)| value!({"id": first + index, "name": **name}))
            .collect::<Vec<_>>(),
        "edges": plan.edges.iter().map(edge).collect::<Vec<_>>(),
        "waves": plan.waves,
        "unchanged": plan.unchanged,
        "components": plan.components.iter().map(component).collect::<Vec<_>>(),
        "cluster": plan.cluster.as_ref().map(cluster::json),
        "live": plan.live.as_ref().map(live),
    })
}

fn live(live: &LivePlan) -> Value {
    value!({
        "digest": live.digest,
        "serial": live.serial,
        "refusals": live.refusals,
        "only": live.only,
        "elsewhere": live.elsewhere,
    })
}

pub(in crate::report) fn against(against: &Against) -> Value {
    match against {
        Against::Empty => value!({"kind": "empty"}),
        Against::Revision(revision) => value!({"kind": "revision", "revision": revision}),
        Against::Committed => value!({"kind": "committed"}),
        Against::Live => value!({"kind": "live"}),
    }
}

pub(in crate::report) fn counts(plan: &Plan) -> Value {
    let count = |action: Action| (action.name().to_owned(), value!(plan.count(action)));
    let mut counts: Map<String, Value> = Action::ALL.into_iter().map(count).collect();
    counts.insert("unchanged".to_owned(), value!(plan.unchanged()));
    Value::Object(counts)
}

fn steps(plan: &Plan) -> Vec<Value> {
    let mut waves = vec![0; plan.steps.len()];
    for (wave, steps) in plan.waves.iter().enumerate() {
        steps.iter().for_each(|step| waves[*step] = wave);
    }
    let numbered = plan.steps.iter().enumerate();
    numbered
        .map(|(id, step)| {
            let mut shown = self::step(step);
            shown["id"] = value!(id);
            shown["wave"] = value!(waves[id]);
            shown
        })
        .collect()
}

/// Patches of the desired state, whether or not the plan changes their objects.
pub(in crate::report) fn patches(heading: &Heading) -> Vec<Value> {
    let patches = heading.patches.iter().map(|patch| {
        value!({
            "name": patch.name,
            "component": patch.component,
            "object": patch.object,
            "reason": patch.reason,
        })
    });
    patches.collect()
}

/// A step without its place in the order.
pub(in crate::report) fn step(step: &Step) -> Value {
    value!({
        "component": step.component,
        "object": step.identity,
        "action": step.action.name(),
        "dangerous": step.is_dangerous(),
        "changes": step.changes.iter().map(change).collect::<Vec<_>>(),
        "effects": step.effects.iter().map(effect).collect::<Vec<_>>(),
        "unverified": step.unverified,
        "patches": step.patches,
    })
}

/// A side that is not there has no key; null is a value.
pub(in crate::report) fn change(change: &FieldChange) -> Value {
    let kind = match change.kind {
        ChangeKind::Value => "value",
        ChangeKind::Spelling => "spelling",
        ChangeKind::Reordered => "reordered",
    };
    let mut shown = value!({"path": change.path.to_string(), "kind": kind});
    for (key, side) in [("old", &change.old), ("new", &change.new)] {
        if let Some(side) = side {
            shown[key] = side.clone();
        }
    }
    shown
}

fn effect(effect: &Effect) -> Value {
    let mut shown = match effect {
        Effect::Restarts { pods, pace, reason } => {
            value!({"pods": pods, "atOnce": *pace == Pace::AtOnce, "reason": reason})
        }
        Effect::Immutable { path, reason } => value!({"path": path, "reason": reason}),
        Effect::DeletesKind {
            objects,
            namespaces,
        } => value!({"objects": objects, "namespaces": namespaces}),
        Effect::Conflict {
            field,
            manager,
            ours,
            theirs,
        } => value!({"field": field, "manager": manager, "ours": ours, "theirs": theirs}),
        Effect::TakesOver { field, manager } => value!({"field": field, "manager": manager}),
        Effect::CrdChange { reason }
        | Effect::Refused { reason }
        | Effect::DeletesData { reason }
        | Effect::Protected { reason } => value!({"reason": reason}),
        Effect::Moved { from } => value!({"from": from}),
        Effect::Note { text } => value!({"reason": text}),
    };
    shown["kind"] = value!(effect::name(effect));
    shown["dangerous"] = value!(effect.is_dangerous());
    shown["text"] = value!(effect::words(effect));
    shown
}

pub(in crate::report) fn component(change: &ComponentChange) -> Value {
    value!({"component": change.component, "from": change.from, "to": change.to})
}

fn edge(edge: &Edge) -> Value {
    value!({
        "before": edge.before,
        "after": edge.after,
        "kind": edge.kind.name(),
        "reason": *edge.reason,
    })
}
