//! Who stands behind a Service, as its EndpointSlices say.

use super::cluster::Cluster;
use crate::model::api::{ApiError, Kind};
use crate::model::server::Server;
use crate::object::Object;
use crate::yaml::Value;

/// The label by which the slices of a Service are found.
const OF_SERVICE: &str = "kubernetes.io/service-name";

impl Cluster {
    /// Addresses behind a Service that take requests; none where it is not there.
    pub async fn addresses_behind(
        &self,
        namespace: &str,
        service: &str,
    ) -> Result<usize, ApiError> {
        let kind = Kind::new("discovery.k8s.io", "v1", "EndpointSlice");
        let selector = format!("{OF_SERVICE}={service}");
        let slices = self.list(&kind, Some(namespace), &selector).await?;
        Ok(slices.iter().map(ready).sum())
    }
}

/// Addresses of a slice that are ready, or of which nothing is known, which counts as ready.
fn ready(slice: &Object) -> usize {
    let endpoints = slice.get(&["endpoints"]).and_then(Value::as_array);
    let endpoints = endpoints.into_iter().flatten();
    endpoints
        .filter(|endpoint| endpoint.pointer("/conditions/ready") != Some(&false.into()))
        .filter_map(|endpoint| endpoint.get("addresses")?.as_array())
        .map(Vec::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ready;
    use crate::object::Object;

    #[test]
    fn addresses_count_unless_they_are_said_to_be_unready() {
        let count = |endpoints: serde_json::Value| {
            let slice = json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": {"name": "a", "namespace": "a"}, "addressType": "IPv4",
                "endpoints": endpoints,
            });
            ready(&Object::new(slice).expect("an object"))
        };
        assert_eq!(count(json!(null)), 0);
        assert_eq!(count(json!([{"addresses": ["10.0.0.1"]}])), 1);
        let unready = json!({"addresses": ["10.0.0.1"], "conditions": {"ready": false}});
        let both = json!({"addresses": ["10.0.0.2"], "conditions": {"ready": true}});
        assert_eq!(count(json!([unready])), 0);
        assert_eq!(count(json!([unready, both])), 1);
    }
}
