//! What differs between two renderings, for reviewers: by component, field by field, without order.

#[cfg(test)]
mod tests;

use serde_json::json as value;

use super::cluster;
use super::paper::Paper;
use super::plan::{against, component, json_counts, json_patches, json_step};
use super::style::{Ink, Style};
use super::words::{by_component, counted, notes, title};
use crate::model::plan::{Action, Plan, Step};
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.diff/1";

/// All differences; one line when there are none.
pub fn text(plan: &Plan, style: Style) -> String {
    let mut paper = Paper::new(style);
    if plan.is_empty() {
        let unchanged = counted(plan.unchanged(), "object");
        paper.line(
            Ink::Heading,
            &format!("{}: no difference, {unchanged}", title(plan)),
        );
        return paper.text;
    }
    paper.line(Ink::Heading, &title(plan));
    for note in notes(plan) {
        paper.line(Ink::Quiet, &format!("  {note}"));
    }
    if let Some(cluster) = &plan.cluster {
        cluster::text(&mut paper, cluster);
    }
    for (component, steps) in by_component(plan) {
        paper.gap();
        paper.line(Ink::Heading, component);
        paper.steps(&steps.iter().collect::<Vec<&Step>>());
    }
    paper.gap();
    paper.line(Ink::Heading, &counts(plan));
    paper.text
}

/// `Diff: 3 added, 5 changed, 1 removed, 412 unchanged, in 2 components`
pub fn counts(plan: &Plan) -> String {
    let (added, removed) = (plan.count(Action::Create), plan.count(Action::Delete));
    let changed = plan.steps.len() - added - removed;
    let components = counted(by_component(plan).count(), "component");
    let unchanged = plan.unchanged();
    let cluster = plan.cluster.as_ref().map(cluster::counts);
    format!(
        "Diff: {added} added, {changed} changed, {removed} removed, {unchanged} unchanged, in {components}{}",
        cluster.unwrap_or_default()
    )
}

/// All differences for machines; steps as in the plan, without their order.
pub fn json(plan: &Plan) -> Value {
    value!({
        "format": FORMAT,
        "environment": plan.environment,
        "against": against(&plan.heading.against),
        "stack": {"from": plan.heading.stack_from, "to": plan.heading.stack_to},
        "patches": json_patches(&plan.heading),
        "counts": json_counts(plan),
        "components": plan.components.iter().map(component).collect::<Vec<_>>(),
        "changes": plan.steps.iter().map(json_step).collect::<Vec<_>>(),
        "unchanged": plan.unchanged,
        "cluster": plan.cluster.as_ref().map(cluster::json),
    })
}

/// The differences as a comment on a pull request. `whole` is the command that shows all of them.
pub fn markdown(plan: &Plan, whole: &str) -> String {
    super::markdown::markdown("Diff", plan, whole)
}

/// The differences of several environments as one comment.
pub fn comment(plans: &[Plan], whole: impl Fn(&Plan) -> String) -> String {
    super::markdown::comment("Diff", plans, whole)
}
