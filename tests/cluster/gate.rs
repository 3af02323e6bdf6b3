//! The gate between what moves before the cluster and the cluster.

use super::life::Environment;

const GROUPS: &str = "nodeGroups:\n  general: { machine: m6i.large, min: 2, max: 3 }\n";

#[test]
fn the_control_plane_stays_while_what_moves_before_it_is_not_well() {
    let Some(prod) = Environment::new("{ metrics-server: {} }") else {
        return;
    };
    prod.cluster("1.35.4", GROUPS);
    prod.run("apply prod --yes --timeout 300").succeeds();
    // Its pods go, and no node takes new ones: of what is applied nothing has changed.
    let Some(nodes) = prod.kubectl(&["get", "nodes", "-o", "name"], "") else {
        return;
    };
    let each = |word: &str| {
        for node in nodes.lines() {
            prod.kubectl(&[word, node], "");
        }
    };
    each("cordon");
    let pods = [
        "delete",
        "pods",
        "--all",
        "-n",
        "kube-system",
        "--wait=false",
    ];
    prod.kubectl(&pods, "");
    let deployment = [
        "get",
        "deployment",
        "metrics-server",
        "-n",
        "kube-system",
        "-o",
    ];
    let ready = [&deployment[..], &["jsonpath={.status.readyReplicas}"]].concat();
    prod.until("no pod is ready", || {
        prod.kubectl(&ready, "").is_some_and(|said| said.is_empty())
    });

    prod.cluster("1.36.3", GROUPS);
    let calls = prod.kops.log().len();
    let refused = prod.run("apply prod --yes --timeout 1").exits(1);
    insta::assert_snapshot!("not_well", refused.stderr);
    assert_eq!(prod.writes(calls), [""; 0]);

    each("uncordon");
    prod.run("apply prod --yes --timeout 300").succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();
}
