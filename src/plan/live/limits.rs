//! How much one apply may take away.

use super::Situation;
use crate::model::plan::{Action, Plan};

/// From this number of objects on, the share counts as well.
const SHARE_FROM: usize = 20;

/// Why the plan as a whole must not be applied; empty when it may.
pub fn refusals(situation: &Situation<'_>, plan: &Plan) -> Vec<String> {
    if situation.rules.destroys {
        return Vec::new();
    }
    let limits = &situation.rules.limits;
    let known = situation
        .live
        .inventory
        .as_ref()
        .map_or(0, |inventory| inventory.all().count());
    let mut refusals = Vec::new();
    let deletes = plan.count(Action::Delete);
    let counted = |count: usize| match count {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    };
    if situation
        .desired
        .rendering
        .components
        .values()
        .all(|component| component.objects.is_empty())
        && known > 0
    {
        refusals.push(format!(
            "the rendering is empty, and {known} objects are in the cluster; `kops-stack destroy {}` takes them away",
            plan.environment
        ));
    }
    if deletes as u64 > limits.max_deletes {
        refusals.push(format!(
            "{} would be deleted, and `limits.maxDeletes` is {}",
            counted(deletes),
            limits.max_deletes
        ));
    }
    if known >= SHARE_FROM && deletes as u64 * 100 > limits.max_delete_percent * known as u64 {
        refusals.push(format!(
            "{deletes} of {known} objects would be deleted, and `limits.maxDeletePercent` is {}",
            limits.max_delete_percent
        ));
    }
    let replaces = plan.count(Action::Replace);
    if replaces as u64 > limits.max_replaces {
        refusals.push(format!(
            "{} would be replaced, and `limits.maxReplaces` is {}",
            counted(replaces),
            limits.max_replaces
        ));
    }
    refusals
}
