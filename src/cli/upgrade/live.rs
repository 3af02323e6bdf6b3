//! The same way, with what the cluster knows of it. Nothing but lists is asked.

use crate::cli::cluster::{Session, failed, runtime};
use crate::cli::exit::Failure;
use crate::cli::terminal::Terminal;
use crate::model::api::{ApiError, Kind};
use crate::model::environment::EnvironmentSettings;
use crate::model::server::Server;
use crate::model::upgrade::{GoneApi, Obstacle, UpgradePath};
use crate::object::Object;
use crate::upgrade::{of_budgets, of_objects};

/// Adds what the cluster of the environment holds in the way: to each hop the objects of versions that
/// go with it, to the first that leaves a minor the budgets as they stand now.
pub fn ask(
    path: &mut UpgradePath,
    settings: &EnvironmentSettings,
    terminal: &Terminal,
) -> Result<(), Failure> {
    let (context, pinned) = (settings.context.as_deref(), settings.cluster.as_deref());
    let name = path.environment.clone();
    runtime()?.block_on(async {
        let session = Session::open(&name, context, pinned, terminal).await?;
        let cluster = Cluster { session };
        let could_not = |error: ApiError| failed("the cluster cannot be asked", &error);
        cluster.learn().await.map_err(could_not)?;
        let mut budgets = cluster.budgets().await.map_err(could_not)?;
        for hop in path.hops.iter_mut().filter(|hop| hop.leaves_minor()) {
            for gone in &hop.going {
                let found = cluster.objects(gone).await.map_err(could_not)?;
                hop.obstacles.extend(found);
            }
            // One that the manifests show is told already, with its place.
            let told: Vec<String> = hop
                .obstacles
                .iter()
                .map(|obstacle| obstacle.message.clone())
                .collect();
            let is_told = |found: &Obstacle| {
                let name = found.message.split(" lets ").next().unwrap_or_default();
                told.iter()
                    .any(|message| message.starts_with(&format!("{name} ")))
            };
            budgets.retain(|found| !is_told(found));
            hop.obstacles.append(&mut budgets);
        }
        Ok(())
    })
}

struct Cluster {
    session: Session,
}

impl Cluster {
    async fn learn(&self) -> Result<(), ApiError> {
        self.session.cluster.learn_kinds().await
    }

    /// All objects of a kind; none where it is not served.
    async fn list(&self, kind: &Kind) -> Result<Vec<Object>, ApiError> {
        match self.session.cluster.kinds().contains_key(kind) {
            true => self.session.cluster.list(kind, None, "").await,
            false => Ok(Vec::new()),
        }
    }

    async fn budgets(&self) -> Result<Vec<Obstacle>, ApiError> {
        let kind = Kind::new("policy", "v1", "PodDisruptionBudget");
        Ok(of_budgets(&self.list(&kind).await?))
    }

    async fn objects(&self, gone: &GoneApi) -> Result<Vec<Obstacle>, ApiError> {
        let (group, version) = match gone.api_version.split_once('/') {
            Some((group, version)) => (group, version),
            None => ("", gone.api_version.as_str()),
        };
        let kind = Kind::new(group, version, &gone.kind);
        Ok(of_objects(gone, &self.list(&kind).await?))
    }
}
