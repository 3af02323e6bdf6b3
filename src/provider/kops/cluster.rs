//! The calls for one cluster.

use std::time::Duration;

use super::{Kops, KopsError, READING, Surroundings, answers, listing, report};
use crate::model::cluster::assets::Assets;
use crate::model::cluster::cloud::{CloudChanges, Machine};
use crate::model::cluster::provider::{Part, Provider, ProviderError, Which};
use crate::model::cluster::rolls::Rolls;
use crate::object::Object;
use crate::yaml;

/// Tasks of an update are repeated by kops for ten minutes each.
const UPDATING: Duration = Duration::from_mins(45);

/// Each machine may take fifteen minutes to be emptied and twenty until its successor is well, where
/// nobody says otherwise; a group that takes longer than a day is looked at by somebody.
const ROLLING: Duration = Duration::from_hours(24);

/// How long the credentials of an administrator live: as long as kops lets them by itself.
const ADMIN: &str = "--admin=18h";

/// One cluster of a store.
#[derive(Debug)]
pub struct KopsCluster {
    kops: Kops,
    name: String,
    around: Surroundings,
    drain: Duration,
    validation: Duration,
}

impl KopsCluster {
    /// `rolls` says how long machines may take; whose they may be was decided before.
    pub fn new(kops: Kops, name: &str, around: Surroundings, rolls: &Rolls) -> Self {
        Self {
            kops,
            name: name.to_owned(),
            around,
            drain: rolls.drain,
            validation: rolls.validation,
        }
    }

    /// What the machines of the cluster pull and fetch, as it is stored. Writes nothing.
    pub async fn assets(&self) -> Result<Assets, ProviderError> {
        let words = ["get", "assets"];
        let said = self.call(&words, &["-o", "json"], READING).await?;
        let assets = answers::assets(&said);
        Ok(assets.map_err(|error| KopsError::Unreadable {
            call: words.join(" "),
            reason: error.to_string(),
        })?)
    }

    /// A call about this cluster and this store.
    async fn call(
        &self,
        words: &[&str],
        flags: &[&str],
        patience: Duration,
    ) -> Result<String, KopsError> {
        let mut arguments = words.to_vec();
        arguments.extend(["--name", &self.name, "--state", &self.kops.state]);
        arguments.extend(flags);
        self.kops.run(&arguments, &self.around, patience).await
    }

    /// Documents reach kops in a file.
    async fn hand_over(&self, words: &[&str], file: &str, text: &str) -> Result<String, KopsError> {
        let Some(log) = &self.around.log else {
            return Err(KopsError::Unreadable {
                call: words.join(" "),
                reason: "there is no folder for what is handed over".to_owned(),
            });
        };
        let written = log.file(file, text).await;
        let path = written.map_err(|error| KopsError::Log {
            folder: log.folder().to_owned(),
            reason: error.to_string(),
        })?;
        let path = path.to_string_lossy();
        let mut arguments = words.to_vec();
        let flag = match words {
            ["create", "sshpublickey", ..] => "-i",
            _ => "-f",
        };
        arguments.extend([flag, &path, "--state", &self.kops.state]);
        self.kops.run(&arguments, &self.around, READING).await
    }
}

impl Provider for KopsCluster {
    async fn stored(&self) -> Result<Option<Vec<Object>>, ProviderError> {
        Ok(self.kops.stored(&self.name, &self.around).await?)
    }

    async fn cloud_changes(&self) -> Result<CloudChanges, ProviderError> {
        let words = ["update", "cluster"];
        let said = self.call(&words, &[], READING).await?;
        let changes = report::read(&said).ok_or_else(|| KopsError::Unreadable {
            call: words.join(" "),
            reason: "it does not end as a dry run does".to_owned(),
        })?;
        Ok(changes)
    }

    async fn holdings(&self) -> Result<CloudChanges, ProviderError> {
        // Without `--yes` it only lists.
        let words = ["delete", "cluster"];
        let said = self.call(&words, &[], READING).await?;
        let listed = listing::read(&said).ok_or_else(|| KopsError::Unreadable {
            call: words.join(" "),
            reason: "it does not end as a list of what would be deleted does".to_owned(),
        })?;
        Ok(listed)
    }

    async fn machines(&self) -> Result<Vec<Machine>, ProviderError> {
        let words = ["get", "instances"];
        let said = self.call(&words, &["-o", "json"], READING).await?;
        let machines = answers::machines(&said, &self.name);
        Ok(machines.map_err(|error| KopsError::Unreadable {
            call: words.join(" "),
            reason: error.to_string(),
        })?)
    }

    async fn create(&self, documents: &[Object]) -> Result<(), ProviderError> {
        let text = yaml::emit_stream(documents.iter().map(Object::value));
        self.hand_over(&["create"], "create.yaml", &text).await?;
        Ok(())
    }

    async fn ssh_keys(&self) -> Result<Vec<String>, ProviderError> {
        let words = ["get", "sshpublickeys"];
        let said = self.call(&words, &["-o", "json"], READING).await?;
        let keys = answers::keys(&said);
        Ok(keys.map_err(|error| KopsError::Unreadable {
            call: words.join(" "),
            reason: error.to_string(),
        })?)
    }

    async fn ssh_key(&self, key: &str) -> Result<(), ProviderError> {
        // kops adds a key to those that are there, and takes no more than one.
        if !self.ssh_keys().await?.is_empty() {
            self.call(&["delete", "sshpublickey"], &[], READING).await?;
        }
        let words = ["create", "sshpublickey", &self.name];
        self.hand_over(&words, "ssh.pub", &format!("{}\n", key.trim()))
            .await?;
        Ok(())
    }

    async fn replace(&self, document: &Object) -> Result<(), ProviderError> {
        let file = format!("replace-{}-{}.yaml", document.kind(), document.name());
        let text = yaml::emit(document.value());
        self.hand_over(&["replace", "--force"], &file, &text)
            .await?;
        Ok(())
    }

    async fn update(&self, part: Part) -> Result<(), ProviderError> {
        // The kubeconfig is written by `admit` alone.
        let mut flags = vec!["--yes", "--create-kube-config=false"];
        match part {
            Part::ControlPlane => flags.push("--instance-group-roles=control-plane,apiserver"),
            Part::Prune => flags.push("--prune"),
            Part::Whole => {}
        }
        self.call(&["update", "cluster"], &flags, UPDATING).await?;
        Ok(())
    }

    async fn admit(&self) -> Result<(), ProviderError> {
        self.call(&["export", "kubeconfig"], &[ADMIN], READING)
            .await?;
        Ok(())
    }

    async fn validate(&self) -> Result<(), ProviderError> {
        let wait = format!("{}s", self.validation.as_secs());
        let flags = ["--wait", &wait, "-o", "json"];
        let patience = self.validation + READING;
        match self.call(&["validate", "cluster"], &flags, patience).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let details = match &error {
                    KopsError::Failed { stdout, .. } => answers::failures(stdout),
                    _ => Vec::new(),
                };
                let mut error = ProviderError::from(error);
                error.details.splice(0..0, details);
                Err(error)
            }
        }
    }

    async fn roll(&self, group: &str, which: Which) -> Result<(), ProviderError> {
        let group = format!("--instance-group={group}");
        let drain = format!("--drain-timeout={}s", self.drain.as_secs());
        let validation = format!("--validation-timeout={}s", self.validation.as_secs());
        let mut flags = vec!["--yes", &group, &drain, &validation];
        if which == Which::All {
            flags.push("--force");
        }
        self.call(&["rolling-update", "cluster"], &flags, ROLLING)
            .await?;
        Ok(())
    }

    async fn remove(&self, group: &str) -> Result<(), ProviderError> {
        self.call(&["delete", "ig", group], &["--yes"], UPDATING)
            .await?;
        Ok(())
    }

    async fn delete(&self) -> Result<(), ProviderError> {
        self.call(&["delete", "cluster"], &["--yes"], UPDATING)
            .await?;
        Ok(())
    }
}

impl From<KopsError> for ProviderError {
    fn from(error: KopsError) -> Self {
        let kept = match &error {
            KopsError::Failed { kept, .. } => kept.as_ref(),
            _ => None,
        };
        let details = kept.map(|kept| format!("all that it said: {}", kept.display()));
        Self {
            message: error.to_string(),
            details: details.into_iter().collect(),
        }
    }
}
