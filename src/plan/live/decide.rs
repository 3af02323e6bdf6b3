//! All answers to the plan.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use super::one::{self, Verdict};
use super::survey::Standing;
use super::{Planner, limits, removed};
use crate::model::digest::sha256;
use crate::model::graph::Graph;
use crate::model::inventory::Inventory;
use crate::model::live::Live;
use crate::model::plan::{Action, ComponentChange, Heading, LivePlan, Plan};
use crate::model::rendering::{
    FileText, RenderedComponent, RenderedObject, Rendering, SharedObject,
};
use crate::model::work::Decision;
use crate::object::{Identity, Object};
use crate::plan::index::Index;
use crate::plan::{finalizers, scalers, schedule};

pub fn decide(
    planner: &Planner<'_>,
    mut verdicts: HashMap<Identity, Verdict>,
    heading: Heading,
) -> Decision {
    let situation = &planner.situation;
    let (mut steps, mut unchanged) = (Vec::new(), Vec::new());
    for surveyed in &planner.survey.objects {
        let identity = &surveyed.entry.identity;
        let verdict = verdicts.remove(identity).unwrap_or_else(|| {
            // To take what is proven apart again would cost as much as to prove it.
            let asked = matches!(surveyed.standing, Standing::Ask { .. });
            let live = asked.then(|| situation.live.object(identity)).flatten();
            one::verdict(planner, surveyed, live.as_deref(), None)
        });
        match verdict {
            Verdict::Kept(kept) => unchanged.push(*kept),
            Verdict::Step(step) => steps.push(*step),
        }
    }
    let current = match removed::any(situation, planner.index) {
        true => current(situation.live),
        false => Rendering::default(),
    };
    let before = Index::of(&current);
    let inside = &planner.known.inside;
    steps.extend(removed::steps(situation, planner.index, &before, inside));
    steps.sort_by(|(a, _), (b, _)| (&a.component, &a.identity).cmp(&(&b.component, &b.identity)));
    let (steps, works): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for kept in &unchanged {
        *counts.entry(kept.component.clone()).or_default() += 1;
    }
    let mut plan = Plan {
        environment: situation.desired.rendering.environment.clone(),
        heading,
        steps,
        milestones: Vec::new(),
        edges: Vec::new(),
        waves: Vec::new(),
        unchanged: counts,
        components: components(
            situation.live.inventory.as_ref(),
            situation.desired.rendering,
            |name| {
                situation
                    .only
                    .is_none_or(|only| only.components.contains(name))
            },
        ),
        cluster: None,
        live: None,
    };
    let controllers = finalizers::controllers(&plan, &before);
    let deletes = plan.count(Action::Delete) > 0;
    // Only deletes follow the order of what is there; it comes from the objects themselves, and a
    // circle among them leaves it open.
    let graph: Option<Graph> = deletes.then(|| (situation.order)(&current)).flatten();
    let released = scalers::released(&plan, &before, planner.index);
    schedule::schedule(
        &mut plan,
        situation.desired.graph,
        graph.as_ref(),
        controllers,
        &released,
    );
    let differences: Vec<&str> = works.iter().map(|work| work.difference.as_str()).collect();
    let refusals = limits::refusals(situation, &plan);
    let elsewhere = planner
        .survey
        .objects
        .iter()
        .filter(|surveyed| surveyed.standing == (Standing::Ask { elsewhere: true }));
    plan.live = Some(LivePlan {
        digest: sha256(json!(differences).to_string().as_bytes())[..16].to_owned(),
        serial: situation
            .live
            .inventory
            .as_ref()
            .map_or(0, |inventory| inventory.serial),
        refusals,
        only: situation
            .only
            .map(|only| only.components.iter().cloned().collect()),
        elsewhere: elsewhere.count(),
    });
    Decision {
        gone: removed::gone(situation, planner.index),
        plan,
        works,
        unchanged,
    }
}

/// The objects of the inventory that are there, as a rendering: what goes is judged by it.
fn current(live: &Live) -> Rendering {
    let mut components: BTreeMap<String, RenderedComponent> = BTreeMap::new();
    let nothing = FileText::new("");
    for (component, member) in live.inventory.iter().flat_map(Inventory::all) {
        let Some(object) = live.object(&member.identity) else {
            continue;
        };
        let rendered = components.entry(component.to_owned()).or_default();
        rendered.objects.push(RenderedObject {
            object: SharedObject::from(without_managers(object.into_owned())),
            path: String::new(),
            text: nothing.clone(),
        });
    }
    Rendering {
        components,
        ..Rendering::default()
    }
}

fn without_managers(mut object: Object) -> Object {
    if let Some(metadata) = object.value_mut().get_mut("metadata")
        && let Some(metadata) = metadata.as_object_mut()
    {
        metadata.remove("managedFields");
    }
    object
}

fn components(
    inventory: Option<&Inventory>,
    desired: &Rendering,
    concerns: impl Fn(&str) -> bool,
) -> Vec<ComponentChange> {
    let nothing = BTreeMap::new();
    let before = inventory.map_or(&nothing, |inventory| &inventory.versions);
    let names: std::collections::BTreeSet<&String> =
        before.keys().chain(desired.components.keys()).collect();
    let changes = names.into_iter().map(|name| ComponentChange {
        component: name.clone(),
        from: before.get(name).cloned(),
        to: desired
            .components
            .get(name)
            .map(|component| component.version.clone()),
    });
    changes
        .filter(|change| change.from != change.to && concerns(&change.component))
        .collect()
}
