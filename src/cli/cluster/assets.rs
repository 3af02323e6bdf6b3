//! What kops itself has the machines of a cluster pull.

use super::desired::Desired;
use super::itself::ask;
use super::turn::{self, Purpose};
use crate::cli::exit::Failure;
use crate::diagnostic::codes;
use crate::model::cluster::assets::Assets;
use crate::model::cluster::kops::KOPS;
use crate::model::cluster::provider::{Provider, ProviderError};

/// Asks kops about the cluster that it has stored, and writes nothing; None where it makes none of this
/// environment.
pub async fn assets(desired: &Desired) -> Result<Option<Assets>, Failure> {
    let Some(place) = &desired.place else {
        return Ok(None);
    };
    turn::check_caller(desired, place, Purpose::Look).await?;
    let (_, asked) = ask(desired, place, KOPS, "; without `--kops` nobody is asked").await?;
    let stored = asked.stored().await.map_err(|error| failed(&error))?;
    if stored.is_none() {
        let message = format!(
            "kops has no cluster {} in {}, and lists only what one pulls that it has stored",
            place.name, place.state
        );
        let name = &desired.environment;
        let help = format!(
            "`kops-stack apply {name}` makes it; without `--kops`, what components pull is listed"
        );
        return Err(Failure::plain(codes::KOPS, message, &help));
    }
    let assets = asked.assets().await;
    assets.map(Some).map_err(|error| failed(&error))
}

fn failed(error: &ProviderError) -> Failure {
    let help = "look at the credentials of the cloud, and at `state` in cluster.yaml; without `--kops` nobody is asked";
    Failure::plain(codes::KOPS, error.message.clone(), help)
}
