//! Service and Ingress.

use super::conditions::Verdict;
use super::{WAIT, in_progress, text};
use crate::object::Object;
use crate::yaml::Value;

/// A load balancer's Service has an address, unless the annotation says that its cluster IP is
/// enough.
pub(super) fn service(object: &Object) -> Verdict {
    if text(object, &["spec", "type"]) != "LoadBalancer" {
        return Ok(String::new());
    }
    if text(object, &["spec", "clusterIP"]).is_empty() && !has_address(object) {
        return in_progress("waiting for a cluster IP");
    }
    match has_address(object) || object.annotation(WAIT) == Some("clusterip") {
        true => Ok(String::new()),
        false => in_progress("waiting for an address of the load balancer"),
    }
}

/// An Ingress is well as soon as it is there, unless the annotation asks for its address: there are
/// controllers that never write one.
pub(super) fn ingress(object: &Object) -> Verdict {
    match has_address(object) || object.annotation(WAIT) != Some("address") {
        true => Ok(String::new()),
        false => in_progress("waiting for an address of the ingress controller"),
    }
}

fn has_address(object: &Object) -> bool {
    let ingress = object.get(&["status", "loadBalancer", "ingress"]);
    let ingress = ingress.and_then(Value::as_array);
    ingress.is_some_and(|addresses| !addresses.is_empty())
}
