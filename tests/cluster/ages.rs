//! The age of machines, where whoever plans may not list nodes.

use std::path::Path;
use std::process::Command;

use super::life::Environment;
use crate::support::ROOT;

/// What a plan of nothing but the cluster reads, and no nodes.
const ROLE: [&str; 4] = [
    "create clusterrole planner --verb=get,list --resource=secrets,namespaces,configmaps",
    "create serviceaccount planner -n default",
    "create clusterrolebinding planner --clusterrole=planner --serviceaccount=default:planner",
    "create token planner -n default",
];

/// What kubectl says; nothing where there is none.
fn kubectl(kubeconfig: &Path, arguments: &str) -> Option<String> {
    let kubectl = Path::new(ROOT).join("target/oracles/kubectl");
    if !kubectl.exists() {
        assert!(std::env::var_os("CI").is_none(), "kubectl is missing");
        eprintln!("skipped: no kubectl; tools/oracles.sh gets it");
        return None;
    }
    let output = Command::new(kubectl)
        .env("KUBECONFIG", kubeconfig)
        .args(arguments.split(' '))
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "kubectl {arguments}: {output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_plan_that_may_not_list_nodes_says_that_nobody_looked_at_their_age() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("apply prod --yes").succeeds();
    let left = prod
        .kops
        .path("work/.local/state/kops-stack/prod.example.com/kubeconfig");
    let mut said = String::new();
    for arguments in ROLE {
        let Some(answer) = kubectl(&left, arguments) else {
            return;
        };
        said = answer;
    }
    // The way of the user's own comes before the one that an apply left.
    let own = prod.kops.path("kubeconfig");
    fs_err::copy(&left, &own).expect("it can be copied");
    let user = format!("config set-credentials planner --token={}", said.trim());
    kubectl(&own, &user);
    kubectl(&own, "config set-context prod.example.com --user=planner");
    let plan = prod.plan("plan prod --format json").succeeds();
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).expect("it is JSON");
    let plan = &plan["plans"][0];
    let notes = plan["notes"].to_string();
    assert!(
        notes.contains("nobody looked at the age of the machines: nodes cannot be listed"),
        "{plan:#}"
    );
    assert_eq!(plan["cluster"]["ages"], serde_json::json!([]));
}
