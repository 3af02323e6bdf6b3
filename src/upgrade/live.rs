//! What only the cluster knows: who writes in an API version that goes, and how many pods a budget
//! lets go right now.

use std::collections::BTreeSet;

use crate::diagnostic::codes;
use crate::model::upgrade::{GoneApi, IN_CLUSTER, Obstacle};
use crate::object::Object;
use crate::yaml::Value;

/// Objects that somebody wrote in a version that goes. All objects of a kind are listed in every
/// version that is served, so that the list alone says nothing; managedFields name the version in which
/// each manager wrote. Where nothing takes the place of the version, every object counts.
pub fn of_objects(gone: &GoneApi, objects: &[Object]) -> Vec<Obstacle> {
    let found = objects.iter().filter_map(|object| {
        let managers = managers(object, &gone.api_version);
        let counts = !managers.is_empty() || gone.replacement.is_none();
        counts.then(|| obstacle(gone, object, &managers))
    });
    found.collect()
}

/// Managers that wrote an object in an API version.
fn managers(object: &Object, api_version: &str) -> BTreeSet<String> {
    let entries = object.get(&["metadata", "managedFields"]);
    let entries = entries.and_then(Value::as_array).into_iter().flatten();
    let in_version = entries.filter(|entry| entry["apiVersion"] == api_version);
    in_version
        .filter_map(|entry| entry["manager"].as_str().map(str::to_owned))
        .collect()
}

fn obstacle(gone: &GoneApi, object: &Object, managers: &BTreeSet<String>) -> Obstacle {
    let who: Vec<&str> = managers.iter().map(String::as_str).collect();
    let who = match who.as_slice() {
        [] => "is".to_owned(),
        who => format!("was written by `{}` as", who.join("`, `")),
    };
    Obstacle {
        code: codes::API_REMOVED,
        message: format!(
            "{} {who} {} {}, which goes",
            object.identity(),
            gone.api_version,
            gone.kind
        ),
        place: Some(IN_CLUSTER.to_owned()),
        helps: vec![match &gone.replacement {
            Some(replacement) => {
                format!("have whoever writes it write {replacement}, then write the object once")
            }
            None => "nothing takes its place: delete it, once nobody needs it".to_owned(),
        }],
    }
}

/// Budgets that let no pod go now, though there are pods.
pub fn of_budgets(budgets: &[Object]) -> Vec<Obstacle> {
    let found = budgets.iter().filter_map(|budget| {
        let (reason, help) = held_up(budget)?;
        Some(Obstacle {
            code: codes::BUDGET_BLOCKS,
            message: format!("{} {reason}", budget.identity()),
            place: Some(IN_CLUSTER.to_owned()),
            helps: vec![help.to_owned()],
        })
    });
    found.collect()
}

/// Why a budget lets no pod go now, by its status, and the way out.
pub fn held_up(budget: &Object) -> Option<(String, &'static str)> {
    let number = |key: &str| budget.get(&["status", key]).and_then(Value::as_u64);
    let (pods, healthy) = (number("expectedPods")?, number("currentHealthy")?);
    let wanted = number("desiredHealthy")?;
    if pods == 0 || number("disruptionsAllowed")? > 0 {
        return None;
    }
    let reason =
        format!("lets no pod go now: {healthy} of {pods} pods are healthy, and {wanted} must be");
    let help = match healthy < wanted {
        true => "have its pods get well first",
        false => "run one replica more, or write `maxUnavailable: 1`",
    };
    Some((reason, help))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Object {
        Object::new(value).expect("an object")
    }

    fn gone(replacement: Option<&str>) -> GoneApi {
        GoneApi {
            api_version: "networking.k8s.io/v1beta1".to_owned(),
            kind: "ServiceCIDR".to_owned(),
            replacement: replacement.map(str::to_owned),
        }
    }

    fn cidr(name: &str, written_as: &str) -> Object {
        object(json!({
            "apiVersion": "networking.k8s.io/v1beta1", "kind": "ServiceCIDR",
            "metadata": { "name": name, "managedFields": [
                { "manager": "terraform", "operation": "Update", "apiVersion": written_as },
            ]},
        }))
    }

    #[test]
    fn only_what_somebody_wrote_in_the_version_that_goes_counts() {
        let old = cidr("old", "networking.k8s.io/v1beta1");
        let new = cidr("new", "networking.k8s.io/v1");
        let all = [old, new];
        let found = of_objects(&gone(Some("networking.k8s.io/v1 ServiceCIDR")), &all);
        let said: Vec<&str> = found.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(
            said,
            [
                "ServiceCIDR old was written by `terraform` as networking.k8s.io/v1beta1 ServiceCIDR, which goes"
            ]
        );
        assert_eq!(of_objects(&gone(None), &all).len(), 2);
    }

    #[test]
    fn a_budget_counts_by_what_it_lets_go_now() {
        let budget = |allowed: u64, healthy: u64, pods: u64| {
            object(json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": { "name": "web", "namespace": "shop" },
                "status": { "disruptionsAllowed": allowed, "currentHealthy": healthy,
                    "desiredHealthy": 2, "expectedPods": pods },
            }))
        };
        assert!(of_budgets(&[budget(1, 3, 3), budget(0, 0, 0)]).is_empty());
        let help = |healthy| of_budgets(&[budget(0, healthy, 3)])[0].helps[0].clone();
        assert_eq!(help(1), "have its pods get well first");
        assert_eq!(
            help(2),
            "run one replica more, or write `maxUnavailable: 1`"
        );
    }
}
