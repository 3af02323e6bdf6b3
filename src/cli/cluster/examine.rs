//! Health, for apply and status.

use std::time::Duration;

use crate::apply::Examine;
use crate::health::{self, Context};
use crate::model::health::Health;
use crate::object::Object;

/// Judges objects by what they say of themselves.
pub struct Examiner;

impl Examine for Examiner {
    fn health(&self, object: &Object, waited: Duration) -> Health {
        // A webhook's workload is a step of its own, which the order puts before it.
        let behind = health::services(object)
            .into_iter()
            .map(|service| (service, 1));
        let context = Context {
            age: waited,
            ready_addresses: behind.collect(),
            ..Context::default()
        };
        health::health(object, &context)
    }
}
