//! What a cluster that kops makes says of its machines: how old they are, and what would hold up their
//! replacement.

use super::session::Session;
use crate::kubernetes::births;
use crate::model::api::{ApiError, Kind};
use crate::model::cluster::change::Stuck;
use crate::model::plan::Plan;
use crate::model::refusal;
use crate::model::server::Server;
use crate::plan::cluster::ages;
use crate::upgrade::held_up;

/// Puts that into the plan of a cluster that kops makes, or notes where it cannot be listed. Asks nothing
/// of another; one list, and one more where machines are replaced.
pub async fn look(session: &Session, plan: &mut Plan) {
    let Some(cluster) = &mut plan.cluster else {
        return;
    };
    let notes = &mut plan.heading.notes;
    match births(session.cluster.connection()).await {
        Ok(births) => {
            let now = jiff::Timestamp::now();
            let machines = births.into_iter().map(|(group, born)| {
                let days = now.duration_since(born).as_hours() / 24;
                (group, u64::try_from(days).unwrap_or_default())
            });
            cluster.ages = ages(machines);
        }
        Err(error) => notes.push(format!(
            "nobody looked at the age of the machines: nodes cannot be listed: {}",
            refusal::sentence(&error)
        )),
    }
    if cluster.rolled().next().is_none() {
        return;
    }
    match budgets(session).await {
        Ok(stuck) => cluster.stuck = stuck,
        Err(error) => notes.push(format!(
            "nobody looked for what would hold up the replacement of machines: disruption budgets cannot be listed: {}",
            refusal::sentence(&error)
        )),
    }
}

/// The disruption budgets that let no pod go now.
async fn budgets(session: &Session) -> Result<Vec<Stuck>, ApiError> {
    let kind = Kind::new("policy", "v1", "PodDisruptionBudget");
    let listed = session.cluster.list(&kind, None, "").await?;
    let found = listed.iter().filter_map(|budget| {
        let (reason, help) = held_up(budget)?;
        Some(Stuck {
            budget: budget.identity().to_string(),
            reason: format!("{reason}; {help}"),
        })
    });
    Ok(found.collect())
}
