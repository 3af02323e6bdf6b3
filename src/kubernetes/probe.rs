//! Dry runs: what the server would make of a payload, and who owns what it sets.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use super::cluster::Cluster;
use super::request::Request;
use crate::model::api::{ApiError, Target};
use crate::model::inventory::MANAGER;
use crate::model::live::{Answer, Conflict, Probe};
use crate::object::Object;

/// Dry runs under way at a time: more only makes each wait longer.
const AT_ONCE: usize = 16;

/// Where objects are tried whose own namespace comes with the plan. Every cluster has it.
const ELSEWHERE: &str = "default";

impl Cluster {
    /// Asks them all, and tells each answer when it is there: what an answer says of an object is
    /// large, and what follows from it is small.
    pub async fn probes(&self, probes: &[Probe], mut told: impl FnMut(&Probe, Answer)) {
        let asked =
            stream::iter(probes).map(async |probe| (probe, self.dry_run(probe, true).await));
        let mut answers = std::pin::pin!(asked.buffer_unordered(AT_ONCE));
        while let Some((probe, answer)) = answers.next().await {
            told(probe, answer);
        }
    }

    /// One dry run, first without force; where fields are owned by others, again with it, so that
    /// the answer holds both the owners and what would be stored if all was taken.
    ///
    /// `patient`: throttling and the like are asked again.
    pub(super) async fn dry_run(&self, probe: &Probe, patient: bool) -> Answer {
        let moved = probe.elsewhere.then(|| Moved::of(probe));
        let (target, payload) = match &moved {
            Some(moved) => (&moved.target, &moved.payload),
            None => (&probe.target, &*probe.payload),
        };
        let answer = match self.path(target) {
            Ok(path) => self.dry_run_at(&path, payload, patient).await,
            Err(error) => Answer::Refused(error),
        };
        match moved {
            Some(moved) => moved.back(answer, probe),
            None => answer,
        }
    }

    async fn dry_run_at(&self, path: &str, payload: &Value, patient: bool) -> Answer {
        let ask = async |force: bool| {
            let path = format!("{}&dryRun=All", apply_path(path, force));
            let request = Request::apply(path, payload);
            match patient {
                true => self.connection.ask(&request).await,
                false => self.connection.send(&request).await,
            }
        };
        let (reply, conflicts) = match ask(false).await {
            Ok(reply) => (Ok(reply), Vec::new()),
            Err(error) => match owned_by_others(&error) {
                Some(conflicts) => (ask(true).await, conflicts),
                None => (Err(error), Vec::new()),
            },
        };
        let accepted = reply.and_then(|reply| {
            Ok(Answer::Accepted {
                predicted: Box::new(reply.object()?),
                conflicts,
                warnings: reply.warnings(),
            })
        });
        accepted.unwrap_or_else(Answer::Refused)
    }
}

/// The path of a server-side apply.
pub(super) fn apply_path(object: &str, force: bool) -> String {
    let force = if force { "&force=true" } else { "" };
    format!("{object}?fieldManager={MANAGER}&fieldValidation=Strict{force}")
}

/// The fields that stand in the way, each once; none where it is no conflict, or one that cannot be
/// read, which stays a refusal.
fn owned_by_others(error: &ApiError) -> Option<Vec<Conflict>> {
    let conflicts: Option<BTreeSet<Conflict>> = error.conflicts().map(Conflict::of).collect();
    conflicts
        .filter(|conflicts| !conflicts.is_empty())
        .map(|conflicts| conflicts.into_iter().collect())
}

/// A probe under another namespace and name.
struct Moved {
    target: Target,
    payload: Value,
}

impl Moved {
    fn of(probe: &Probe) -> Self {
        let name = format!(
            "kops-stack-{}",
            &uuid::Uuid::new_v4().simple().to_string()[..12]
        );
        let mut target = probe.target.clone();
        target.identity.name.clone_from(&name);
        let mut payload = Value::clone(&probe.payload);
        if target.identity.namespace.is_some() {
            target.identity.namespace = Some(ELSEWHERE.to_owned());
            payload["metadata"]["namespace"] = ELSEWHERE.into();
        }
        payload["metadata"]["name"] = name.into();
        Self { target, payload }
    }

    /// The answer as if it had been asked for where the object belongs.
    fn back(self, answer: Answer, probe: &Probe) -> Answer {
        let made_up = &self.target.identity.name;
        let own = &probe.target.identity.name;
        let namespace = probe.target.identity.namespace.as_deref();
        let renamed = |text: &str| {
            let text = text.replace(made_up, own);
            match namespace {
                // As in: error looking up service account default/NAME.
                Some(namespace) => {
                    text.replace(&format!(" {ELSEWHERE}/"), &format!(" {namespace}/"))
                }
                None => text,
            }
        };
        match answer {
            Answer::Accepted {
                predicted,
                conflicts,
                warnings,
            } => {
                let mut value = predicted.into_value();
                rename(&mut value, made_up, own);
                value["metadata"]["namespace"] = match &probe.target.identity.namespace {
                    Some(namespace) => namespace.as_str().into(),
                    None => Value::Null,
                };
                let object = Object::new(value);
                let object = object.map_err(|error| ApiError::transport(error.to_string()));
                match object {
                    Ok(predicted) => Answer::Accepted {
                        predicted: Box::new(predicted),
                        conflicts,
                        warnings: warnings.iter().map(|text| renamed(text)).collect(),
                    },
                    Err(error) => Answer::Refused(error),
                }
            }
            Answer::Refused(mut error) => {
                error.message = renamed(&error.message);
                for cause in &mut error.causes {
                    cause.message = renamed(&cause.message);
                }
                Answer::Refused(error)
            }
        }
    }
}

/// The server copies names: a Job's into the labels of its pods.
fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text.contains(from) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, from, to)),
        Value::Object(map) => map.values_mut().for_each(|value| rename(value, from, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::api::Cause;

    fn cause(message: &str) -> Cause {
        Cause {
            reason: "FieldManagerConflict".to_owned(),
            field: ".spec.template.spec.containers[name=\"c\"].image".to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn every_form_of_a_conflict_is_read() {
        let cases = [
            ("conflict with \"helm\"", "helm", None),
            (
                "conflict with \"kubectl edit\" using apps/v1",
                "kubectl edit",
                None,
            ),
            (
                "conflict with \"kube-controller-manager\" with subresource \"scale\" using apps/v1",
                "kube-controller-manager",
                Some("scale"),
            ),
        ];
        for (message, manager, subresource) in cases {
            let conflict = Conflict::of(&cause(message)).expect("it is one");
            assert_eq!(conflict.manager, manager);
            assert_eq!(conflict.subresource.as_deref(), subresource);
            assert_eq!(
                conflict.field,
                "spec.template.spec.containers[name=\"c\"].image"
            );
        }
    }

    #[test]
    fn what_was_asked_elsewhere_comes_back_under_its_own_name() {
        let payload = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a", "namespace": "n"}});
        let probe = Probe {
            target: Target::of(&Object::new(payload.clone()).unwrap()),
            payload: payload.into(),
            elsewhere: true,
        };
        let moved = Moved::of(&probe);
        assert_eq!(moved.payload["metadata"]["namespace"], "default");
        assert_ne!(moved.payload["metadata"]["name"], "a");
        let mut predicted = moved.payload.clone();
        predicted["metadata"]["labels"] = json!({"job-name": moved.target.identity.name});
        let answer = Answer::Accepted {
            predicted: Box::new(Object::new(predicted).unwrap()),
            conflicts: Vec::new(),
            warnings: vec![format!("{} is odd", moved.target.identity.name)],
        };
        let Answer::Accepted {
            predicted,
            warnings,
            ..
        } = moved.back(answer, &probe)
        else {
            panic!("it was accepted");
        };
        assert_eq!(predicted.identity().to_string(), "Job n/a");
        assert_eq!(predicted.label("job-name"), Some("a"));
        assert_eq!(warnings, ["a is odd"]);
        let moved = Moved::of(&probe);
        let forbidden = ApiError {
            code: 403,
            message: "error looking up service account default/nobody: not found".to_owned(),
            ..ApiError::default()
        };
        let Answer::Refused(error) = moved.back(Answer::Refused(forbidden), &probe) else {
            panic!("it was refused");
        };
        assert!(error.message.contains(" n/nobody: "), "{}", error.message);
    }
}
