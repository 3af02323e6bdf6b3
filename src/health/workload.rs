//! Deployment, StatefulSet, DaemonSet, ReplicaSet.

use super::conditions::{Conditions, Verdict};
use super::{count, failed, in_progress, number, of_pods, text};
use crate::object::Object;

/// What the server puts where a Deployment shall never give up.
const NEVER: i64 = i32::MAX as i64;

pub(super) fn deployment(object: &Object, conditions: &Conditions<'_>) -> Verdict {
    let progressing = conditions.get("Progressing");
    let failure = conditions.get("ReplicaFailure").filter(|c| c.is_true());
    if let Some(condition) = progressing
        && condition.reason() == "ProgressDeadlineExceeded"
    {
        // Why no pod was made says more than that the time is up.
        return match failure {
            Some(failure) => failed(format!("ProgressDeadlineExceeded: {}", failure.said())),
            None => failed(condition.said()),
        };
    }
    if object
        .get(&["spec", "paused"])
        .is_some_and(|paused| paused == true)
    {
        return Ok("paused".to_owned());
    }
    observed(object)?;
    if let Some(failure) = failure {
        return in_progress(failure.named());
    }
    let wanted = wanted(object);
    let status = |key| count(object, &["status", key]);
    let (all, updated) = (status("replicas"), status("updatedReplicas"));
    if all < wanted {
        return in_progress(of_pods(all, wanted, "made"));
    }
    if updated < wanted {
        return in_progress(of_pods(updated, wanted, "updated"));
    }
    no_more_than(all, wanted)?;
    enough(
        status("availableReplicas"),
        updated,
        status("readyReplicas"),
    )?;
    enough(status("readyReplicas"), wanted, status("readyReplicas"))?;
    let gives_up = number(object, &["spec", "progressDeadlineSeconds"]);
    if gives_up.is_some_and(|seconds| seconds != NEVER) {
        match progressing {
            Some(condition)
                if condition.reason() == "NewReplicaSetAvailable" && condition.is_true() => {}
            Some(condition) => return in_progress(condition.said()),
            None => return in_progress("its controller has not said Progressing yet"),
        }
    }
    conditions.need(&["Available"])
}

pub(super) fn stateful_set(object: &Object) -> Verdict {
    if text(object, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Ok(String::new());
    }
    let wanted = wanted(object);
    let status = |key| count(object, &["status", key]);
    let (all, updated) = (status("replicas"), status("updatedReplicas"));
    if all < wanted {
        return in_progress(of_pods(all, wanted, "made"));
    }
    enough(status("readyReplicas"), wanted, status("readyReplicas"))?;
    no_more_than(all, wanted)?;
    let slow = number(object, &["spec", "minReadySeconds"]).is_some_and(|seconds| seconds > 0);
    if slow {
        enough(status("availableReplicas"), wanted, status("readyReplicas"))?;
    }
    let partition = number(
        object,
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
    );
    if let Some(partition) = partition.filter(|partition| *partition > 0) {
        let moving = (wanted - partition).max(0);
        return match updated < moving {
            true => in_progress(of_pods(updated, moving, "updated")),
            false => Ok(String::new()),
        };
    }
    let (current, update) = (
        text(object, &["status", "currentRevision"]),
        text(object, &["status", "updateRevision"]),
    );
    if current != update {
        return in_progress(of_pods(updated, wanted, "updated"));
    }
    match status("currentReplicas").max(updated) < wanted {
        true => in_progress(of_pods(status("currentReplicas"), wanted, "updated")),
        false => Ok(String::new()),
    }
}

pub(super) fn daemon_set(object: &Object) -> Verdict {
    if text(object, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        return Ok(String::new());
    }
    observed(object)?;
    let Some(wanted) = number(object, &["status", "desiredNumberScheduled"]) else {
        return in_progress("its controller has not counted the nodes yet");
    };
    let status = |key| count(object, &["status", key]);
    let ready = status("numberReady");
    if status("currentNumberScheduled") < wanted {
        return in_progress(of_pods(status("currentNumberScheduled"), wanted, "made"));
    }
    if status("updatedNumberScheduled") < wanted {
        return in_progress(of_pods(status("updatedNumberScheduled"), wanted, "updated"));
    }
    enough(ready, wanted, ready)?;
    enough(status("numberAvailable"), wanted, ready)?;
    Ok(match wanted {
        0 => "no node is meant to run it".to_owned(),
        _ => String::new(),
    })
}

pub(super) fn replica_set(object: &Object, conditions: &Conditions<'_>) -> Verdict {
    if let Some(failure) = conditions.get("ReplicaFailure").filter(|c| c.is_true()) {
        return in_progress(failure.named());
    }
    let wanted = wanted(object);
    let status = |key| count(object, &["status", key]);
    if status("fullyLabeledReplicas") < wanted {
        return in_progress(of_pods(status("fullyLabeledReplicas"), wanted, "made"));
    }
    enough(status("availableReplicas"), wanted, status("readyReplicas"))?;
    enough(status("readyReplicas"), wanted, status("readyReplicas"))?;
    no_more_than(status("replicas"), wanted)
}

fn wanted(object: &Object) -> i64 {
    number(object, &["spec", "replicas"]).unwrap_or(1)
}

/// A status without it is the one that the object had before its controller came by.
fn observed(object: &Object) -> Verdict {
    match number(object, &["status", "observedGeneration"]) {
        Some(_) => Ok(String::new()),
        None => in_progress("its controller has not seen it yet"),
    }
}

/// Names what is short: a pod that is ready may still have to prove itself.
fn enough(there: i64, wanted: i64, ready: i64) -> Verdict {
    match there < wanted {
        true if ready < wanted => in_progress(of_pods(ready, wanted, "ready")),
        true => in_progress(of_pods(there, wanted, "available")),
        false => Ok(String::new()),
    }
}

fn no_more_than(all: i64, wanted: i64) -> Verdict {
    match all - wanted {
        ..=0 => Ok(String::new()),
        1 => in_progress("1 old pod is still there"),
        more => in_progress(format!("{more} old pods are still there")),
    }
}
