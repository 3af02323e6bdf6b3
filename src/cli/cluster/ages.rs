//! How old the machines of a cluster are that kops makes: one list of the names of its nodes.

use super::session::Session;
use crate::kubernetes::births;
use crate::model::plan::Plan;
use crate::model::refusal;
use crate::plan::cluster::ages;

/// Puts the ages of machines into the plan of a cluster that kops makes, or a note where nodes cannot be
/// listed. Asks nothing of another.
pub async fn look(session: &Session, plan: &mut Plan) {
    let Some(cluster) = &mut plan.cluster else {
        return;
    };
    match births(session.cluster.connection()).await {
        Ok(births) => {
            let now = jiff::Timestamp::now();
            let machines = births.into_iter().map(|(group, born)| {
                let days = now.duration_since(born).as_hours() / 24;
                (group, u64::try_from(days).unwrap_or_default())
            });
            cluster.ages = ages(machines);
        }
        Err(error) => {
            let reason = refusal::sentence(&error);
            let note = format!(
                "nobody looked at the age of the machines: nodes cannot be listed: {reason}"
            );
            plan.heading.notes.push(note);
        }
    }
}
