//! Changes that take two writes, killed before every write of their apply: an object that goes and comes
//! anew, a Deployment that is recreated in place of rolled, an autoscaler that goes and its workload.

use super::killed::Repository;
use crate::support::control_plane::shared;
use crate::support::proxy::{Moment, Seen};

/// More writes than any of these applies has.
const WRITES: usize = 30;

fn workload(name: &str, app: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1
kind: Namespace
metadata: {{ name: {name} }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: {name} }}
spec:
  {spec}
  selector: {{ matchLabels: {{ app: {app} }} }}
  template:
    metadata: {{ labels: {{ app: {app} }} }}
    spec: {{ containers: [{{ name: web, image: \"web:1\" }}] }}
"
    )
}

fn autoscaler(name: &str) -> String {
    format!(
        "---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{ name: web, namespace: {name} }}
spec:
  scaleTargetRef: {{ apiVersion: apps/v1, kind: Deployment, name: web }}
  minReplicas: 2
  maxReplicas: 5
  metrics: [{{ type: Resource, resource: {{ name: cpu, target: {{ type: Utilization, averageUtilization: 50 }} }} }}]
"
    )
}

/// A change from one state to another whose two writes belong together.
struct Change {
    name: &'static str,
    from: String,
    to: String,
    /// Method and end of the path of the first write, and of the second.
    writes: [(&'static str, &'static str); 2],
    /// What is there in the end, as kubectl says it by this path.
    path: &'static str,
    ends: &'static str,
}

impl Change {
    /// Kills an apply before each of its writes, and lets the next one end it. How often the kill came
    /// between the two.
    fn killed_everywhere(&self) -> usize {
        let Some(plane) = shared() else { return 1 };
        let repository = Repository::new(plane, self.name, &self.from);
        let mut between = 0;
        for write in 1..WRITES {
            repository.desire(&self.from);
            repository.converges("the state before");
            repository.desire(&self.to);
            let Some(seen) = repository.kill_at(write, Moment::Before) else {
                assert!(write > 4, "an apply with {write} writes");
                return between;
            };
            // The last did not reach the server.
            let (held, came) = seen.split_last().expect("one was held");
            let is = |seen: &Seen, (method, end): (&str, &str)| {
                seen.method == method && seen.path.ends_with(end)
            };
            let first = came.iter().any(|seen| is(seen, self.writes[0]));
            between += usize::from(first && is(held, self.writes[1]));
            repository.converges(&format!("killed before {held}"));
            let get = ["-n", self.name, "get", "deployment", "web", "-o"];
            let path = format!("jsonpath={}", self.path);
            if let Some(is) = plane.kubectl(&[&get[..], &[&path]].concat()) {
                assert_eq!(is, self.ends, "killed before {held}");
            }
        }
        panic!("an apply with more than {WRITES} writes");
    }
}

#[test]
fn what_is_replaced_comes_again_after_a_kill() {
    let name = "killed-replace";
    let change = Change {
        name,
        from: workload(name, "web", "replicas: 1"),
        to: workload(name, "shop", "replicas: 1"),
        writes: [
            ("DELETE", "/deployments/web"),
            ("PATCH", "/deployments/web"),
        ],
        path: "{.spec.selector.matchLabels.app} {.status.readyReplicas}",
        ends: "shop 1",
    };
    assert!(change.killed_everywhere() > 0);
}

#[test]
fn what_is_recreated_in_place_of_rolled_stays_so_after_a_kill() {
    let name = "killed-recreate";
    let change = Change {
        name,
        from: workload(name, "web", "replicas: 1"),
        to: workload(name, "web", "strategy: { type: Recreate }"),
        writes: [("PATCH", "/deployments/web"), ("PATCH", "/deployments/web")],
        path: "{.spec.strategy}",
        ends: "{\"type\":\"Recreate\"}",
    };
    assert!(change.killed_everywhere() > 0);
}

#[test]
fn what_an_autoscaler_scaled_has_its_own_number_after_a_kill() {
    let name = "killed-autoscaler";
    let change = Change {
        name,
        from: workload(name, "web", "minReadySeconds: 0") + &autoscaler(name),
        to: workload(name, "web", "replicas: 1"),
        writes: [
            ("DELETE", "/horizontalpodautoscalers/web"),
            ("PATCH", "/deployments/web"),
        ],
        path: "{.spec.replicas}",
        ends: "1",
    };
    assert!(change.killed_everywhere() > 0);
}
