//! An object as the server has it, to whether it works.
//!
//! ```text
//! object, Context ── health ──► Current, InProgress, Failed or Terminating, and why
//! ```
//!
//! The rules are those of kstatus and what it leaves out: Jobs that have run, addresses of load
//! balancers, aggregated APIs, webhooks, and the custom resources of the catalogue. `Failed` is
//! said only of what does not get well by itself; all else is in progress, with the reason, and
//! fails when the time is up. There is no clock here: who asks says how old the object is.

mod api;
mod conditions;
mod custom;
mod gateway;
mod job;
mod network;
mod pod;
mod scaling;
mod storage;
#[cfg(test)]
mod tests;
mod workload;

use std::time::Duration;

pub use api::services;
pub use storage::binds_late;

use crate::model::health::{Health, Ready, Status};
use crate::object::Object;
use conditions::{Conditions, Verdict};

/// What cannot be seen at the object itself.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Since the object was made.
    pub age: Duration,
    /// Whether the schema of its kind has `status.conditions`, so that a controller is going to
    /// write some.
    pub declares_conditions: bool,
    /// Ready addresses behind Services, by namespace and name; what is missing has none. Asked for
    /// with [`services`].
    pub ready_addresses: Ready,
    /// Whether the class of the claim waits for the first pod that uses it; see [`binds_late`].
    pub binds_late: bool,
}

/// Asks for the address of an Ingress, or does without that of a load balancer.
const WAIT: &str = "kops-stack.io/wait";

/// Whether an object works.
pub fn health(object: &Object, context: &Context) -> Health {
    match verdict(object, context) {
        Ok(message) => Health {
            status: Status::Current,
            message,
        },
        Err(health) => health,
    }
}

/// What holds for every object comes first, then the rule of its kind.
fn verdict(object: &Object, context: &Context) -> Verdict {
    being_deleted(object)?;
    seen_by_its_controller(object)?;
    let conditions = Conditions::of(object, &["status", "conditions"]);
    conditions.reconciling_or_stalled()?;
    match (object.group(), object.kind()) {
        ("apps", "Deployment") => workload::deployment(object, &conditions),
        ("apps", "StatefulSet") => workload::stateful_set(object),
        ("apps", "DaemonSet") => workload::daemon_set(object),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => {
            workload::replica_set(object, &conditions)
        }
        ("", "Pod") => pod::pod(object, &conditions, context),
        ("batch", "Job") => job::job(object, &conditions),
        ("", "PersistentVolumeClaim") => storage::claim(object, context),
        ("", "PersistentVolume") => storage::volume(object),
        ("", "Namespace") => api::namespace(object),
        ("", "Service") => network::service(object),
        ("networking.k8s.io" | "extensions", "Ingress") => network::ingress(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => api::crd(&conditions),
        ("apiregistration.k8s.io", "APIService") => api::api_service(&conditions),
        ("autoscaling", "HorizontalPodAutoscaler") => scaling::autoscaler(object),
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => api::webhooks(object, context),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => api::policy(object),
        // They are there, and their conditions speak of something else than of them.
        ("batch", "CronJob") | ("policy", "PodDisruptionBudget") => Ok(String::new()),
        ("gateway.networking.k8s.io" | "gateway.networking.x-k8s.io", kind) => {
            gateway::gateway_api(object, kind, &conditions)
        }
        ("gateway.envoyproxy.io", _) => gateway::envoy(object, &conditions, context),
        ("cert-manager.io", kind) => custom::cert_manager(kind, &conditions),
        ("monitoring.coreos.com", kind) => custom::prometheus_operator(object, kind, &conditions),
        _ => custom::any(object, &conditions, context),
    }
}

fn being_deleted(object: &Object) -> Verdict {
    if object.get(&["metadata", "deletionTimestamp"]).is_none() {
        return Ok(String::new());
    }
    let finalizers = object.get(&["metadata", "finalizers"]);
    let finalizers = finalizers.and_then(|list| list.as_array());
    let finalizers = finalizers.into_iter().flatten();
    let names: Vec<_> = finalizers.filter_map(|name| name.as_str()).collect();
    Err(Health {
        status: Status::Terminating,
        message: match names.as_slice() {
            [] => "is being deleted".to_owned(),
            names => format!("is being deleted and waits for {}", names.join(", ")),
        },
    })
}

fn seen_by_its_controller(object: &Object) -> Verdict {
    let seen = number(object, &["status", "observedGeneration"]);
    let is = number(object, &["metadata", "generation"]);
    match seen.zip(is) {
        Some((seen, is)) if seen != is => {
            in_progress("its controller has not seen the last change")
        }
        _ => Ok(String::new()),
    }
}

fn in_progress(message: impl Into<String>) -> Verdict {
    Err(Health {
        status: Status::InProgress,
        message: message.into(),
    })
}

fn failed(message: impl Into<String>) -> Verdict {
    Err(Health {
        status: Status::Failed,
        message: message.into(),
    })
}

fn number(object: &Object, keys: &[&str]) -> Option<i64> {
    object.get(keys)?.as_i64()
}

/// A count of the status, which the server leaves out where it is 0.
fn count(object: &Object, keys: &[&str]) -> i64 {
    number(object, keys).unwrap_or_default()
}

fn text<'o>(object: &'o Object, keys: &[&str]) -> &'o str {
    let value = object.get(keys).and_then(|value| value.as_str());
    value.unwrap_or_default()
}

/// `1 of 3 pods ready`.
fn of_pods(there: i64, wanted: i64, what: &str) -> String {
    let pods = if wanted == 1 { "pod" } else { "pods" };
    format!("{there} of {wanted} {pods} {what}")
}
