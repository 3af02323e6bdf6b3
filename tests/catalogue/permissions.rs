//! Roles: for service accounts that are there, no wider than they must be, each shown by a case.

use std::collections::BTreeSet;

use kops_stack::model::permission::{Role, Statement};

use super::case::listed_everywhere;
use crate::support::catalogue::CATALOGUE;

/// What has no narrower resource in AWS: everything that only looks, and what finds zones by name.
fn may_be_wide(statement: &Statement) -> bool {
    let looks = |action: &String| {
        let (_, verb) = action.split_once(':').unwrap_or_default();
        ["Describe", "Discover", "List", "Get"]
            .iter()
            .any(|begin| verb.starts_with(begin))
    };
    statement.actions.iter().all(looks)
}

#[test]
fn roles_are_for_accounts_that_are_rendered_and_used() {
    let mut seen = 0;
    for ((case, version, objects), _, roles) in listed_everywhere() {
        for role in roles {
            seen += 1;
            let account = objects.iter().find(|rendered| {
                let identity = rendered.object.identity();
                identity.kind == "ServiceAccount"
                    && identity.name == role.account.name
                    && identity.namespace.as_deref() == Some(&role.account.namespace)
            });
            let title = format!("{} at {version}", case.title());
            let account = account.unwrap_or_else(|| panic!("{title}: {:?}", role.account));
            let annotation = "/metadata/annotations/eks.amazonaws.com~1role-arn";
            let arn = account.object.value().pointer(annotation);
            let arn = arn.and_then(serde_json::Value::as_str);
            assert_eq!(arn, role.arn.as_deref(), "{title}");
            let runs = objects.iter().any(|rendered| {
                let pod = kops_stack::object::pod_spec(&rendered.object);
                pod.is_some_and(|pod| pod["serviceAccountName"] == role.account.name.as_str())
            });
            assert!(runs, "{title}: no pod runs as {}", role.account.name);
        }
    }
    assert!(seen > 10, "only {seen} roles");
}

#[test]
fn what_changes_something_is_narrowed() {
    let mut wide = BTreeSet::new();
    each_statement(|title, _, statement| {
        let anything = statement.resources.iter().any(|resource| resource == "*");
        if anything && statement.conditions.is_empty() && !may_be_wide(statement) {
            wide.insert(format!("{title}: {} on everything", statement.name));
        }
    });
    assert!(wide.is_empty(), "{wide:#?}");
}

/// A statement that no case needs is one that nobody has looked at.
#[test]
fn every_declared_statement_is_needed_by_some_case() {
    let mut needed = BTreeSet::new();
    each_statement(|_, role, statement| {
        needed.insert((role.component.clone(), statement.name.clone()));
    });
    for module in CATALOGUE.modules.values() {
        for permission in &module.permissions {
            for statement in &permission.statements {
                let place = (module.name.clone(), statement.name.clone());
                assert!(needed.contains(&place), "no case needs {place:?}");
            }
        }
    }
}

fn each_statement(mut look: impl FnMut(&str, &Role, &Statement)) {
    for ((case, _, _), _, roles) in listed_everywhere() {
        for role in roles {
            for statement in &role.statements {
                look(&case.title(), role, statement);
            }
        }
    }
}
