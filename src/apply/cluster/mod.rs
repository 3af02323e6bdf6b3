//! The steps of the cluster itself, one after the other, each written down before and after.
//!
//! Whoever is killed in between loses nothing: the next plan finds in the provider's store, in the cloud and
//! in the journal how far it came.

mod declared;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::pin;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::model::cluster::change::{ClusterPlan, ClusterStep};
use crate::model::cluster::journal::{Journal, Note, State};
use crate::model::cluster::making::{Event, Failure, Happening, Outcome};
use crate::model::cluster::provider::{Part, Provider, Which};
use crate::object::Object;

/// What is to be done.
#[derive(Debug)]
pub struct Request<'a> {
    pub plan: &'a ClusterPlan,
    /// All documents of the environment.
    pub documents: &'a [&'a Object],
    /// Public key of the machines, where the environment says one.
    pub ssh_key: Option<&'a str>,
}

/// Empties the machines of a group, by the cluster's own API.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Empty {
    /// Cordons the nodes of a group and evicts their pods, within what disruption budgets allow.
    async fn empty(&self, group: &str) -> Result<(), String>;

    /// The cluster answers for the first time: who it is, into the journal.
    async fn met(&self) -> Result<Option<String>, String>;

    /// Lets go of what the cloud holds for Services and claims, and waits until it is gone.
    async fn release(&self) -> Result<(), String>;
}

/// Carries the steps out.
///
/// `stop` resolves when somebody wants it to stop: the call under way ends, but waiting for health does
/// not. `said` brings what the provider's program says.
pub async fn apply<P: Provider, J: Journal, E: Empty>(
    request: &Request<'_>,
    provider: &P,
    journal: &J,
    nodes: &E,
    said: &mut UnboundedReceiver<String>,
    stop: impl Future<Output = String>,
    mut tell: impl FnMut(Event),
) -> Outcome {
    let began = Instant::now();
    let mut stop = pin!(stop);
    let mut outcome = Outcome::default();
    let mut tell = |what| {
        tell(Event {
            after: began.elapsed(),
            what,
        });
    };
    let mut met = !request.plan.comes;
    for (index, step) in request.plan.steps.iter().enumerate() {
        tell(Happening::Started { step: index });
        let since = Instant::now();
        let mut work = pin!(taken_down(
            index, step, request, provider, journal, nodes, &mut met
        ));
        let result = loop {
            tokio::select! {
                biased;
                result = &mut work => break Some(result),
                reason = &mut stop, if !outcome.interrupted => {
                    outcome.interrupted = true;
                    tell(Happening::Stopping { reason });
                    if step.is_wait() {
                        break None;
                    }
                }
                Some(message) = said.recv() => tell(Happening::Said { step: index, message }),
            }
        };
        match result {
            None => break,
            Some(Ok(())) => {
                outcome.done += 1;
                tell(Happening::Done {
                    step: index,
                    took: since.elapsed(),
                });
            }
            Some(Err(failure)) => {
                tell(Happening::Failed {
                    step: index,
                    failure: failure.clone(),
                });
                outcome.failed = Some(failure);
                break;
            }
        }
        if outcome.interrupted {
            break;
        }
    }
    outcome.interrupted &= outcome.done < request.plan.steps.len();
    outcome.took = began.elapsed();
    outcome
}

/// One step between its two entries of the journal.
async fn taken_down<P: Provider, J: Journal, E: Empty>(
    index: usize,
    step: &ClusterStep,
    request: &Request<'_>,
    provider: &P,
    journal: &J,
    nodes: &E,
    met: &mut bool,
) -> Result<(), Failure> {
    let note = |state| Note {
        step: index,
        words: step.to_string(),
        state,
    };
    let begun = journal.note(&note(State::Begun)).await;
    begun.map_err(Failure::Journal)?;
    let result = one(index, step, request, provider, nodes).await;
    let state = match &result {
        Ok(()) => State::Done,
        Err(failure) => State::Failed(failure.sentence()),
    };
    let ended = journal.note(&note(state)).await;
    result?;
    ended.map_err(Failure::Journal)?;
    if !*met && *step == ClusterStep::Validate {
        let id = nodes.met().await.map_err(Failure::Cluster)?;
        if let Some(id) = id {
            journal.met(&id).await.map_err(Failure::Journal)?;
        }
        *met = true;
    }
    Ok(())
}

async fn one<P: Provider, E: Empty>(
    index: usize,
    step: &ClusterStep,
    request: &Request<'_>,
    provider: &P,
    nodes: &E,
) -> Result<(), Failure> {
    let of_provider = Failure::Provider;
    let is_write = |step: &ClusterStep| {
        matches!(
            step,
            ClusterStep::Create { .. } | ClusterStep::Replace { .. }
        )
    };
    match step {
        ClusterStep::Create { .. } => {
            let documents: Vec<Object> =
                request.documents.iter().map(|one| (*one).clone()).collect();
            provider.create(&documents).await.map_err(of_provider)?;
        }
        ClusterStep::SshKey => {
            if let Some(key) = request.ssh_key {
                provider.ssh_key(key).await.map_err(of_provider)?;
            }
        }
        ClusterStep::Replace { document } => {
            let named =
                |object: &&&Object| *document == format!("{} {}", object.kind(), object.name());
            if let Some(object) = request.documents.iter().find(named) {
                provider.replace(object).await.map_err(of_provider)?;
            }
        }
        ClusterStep::Update { control_plane_only } => {
            let part = match control_plane_only {
                true => Part::ControlPlane,
                false => Part::Whole,
            };
            provider.update(part).await.map_err(of_provider)?;
            if request.plan.comes {
                provider.admit().await.map_err(of_provider)?;
            }
        }
        ClusterStep::Validate => provider.validate().await.map_err(of_provider)?,
        ClusterStep::Roll { group } => {
            provider
                .roll(group, Which::Old)
                .await
                .map_err(of_provider)?;
        }
        ClusterStep::Renew { group } => {
            provider
                .roll(group, Which::All)
                .await
                .map_err(of_provider)?;
        }
        ClusterStep::Remove { group } => {
            nodes.empty(group).await.map_err(Failure::Cluster)?;
            provider.remove(group).await.map_err(of_provider)?;
        }
        ClusterStep::Prune => provider.update(Part::Prune).await.map_err(of_provider)?,
        ClusterStep::Release => nodes.release().await.map_err(Failure::Cluster)?,
        ClusterStep::Delete { .. } => provider.delete().await.map_err(of_provider)?,
    }
    let next = request.plan.steps.get(index + 1);
    if is_write(step) && !next.is_some_and(is_write) {
        declared::stored(request, provider).await?;
        if !request.plan.comes {
            declared::update(request, provider).await?;
        }
    }
    Ok(())
}
