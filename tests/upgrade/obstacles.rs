//! What is in the way of a hop, and what is only told.

use super::{existing, knobs_and_manifests, prod, seen};
use crate::support::Sandbox;

/// What stands below "In the way", to its end.
fn in_the_way(sandbox: &Sandbox, arguments: &str) -> String {
    let before = knobs_and_manifests(sandbox);
    let ran = sandbox.run(arguments).exits(3);
    assert_eq!(
        knobs_and_manifests(sandbox),
        before,
        "something was written"
    );
    let part = ran.stdout.split("  In the way\n").nth(1);
    part.unwrap_or_else(|| panic!("{}", ran.stdout)).to_owned()
}

/// A budget that lets no pod go.
pub const BUDGET: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: web, image: \"registry.example.com/web:1.0.0\" }]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: shop }
spec:
  maxUnavailable: 0
  selector: { matchLabels: { app: web } }
";

#[test]
fn a_budget_that_lets_no_pod_go_is_in_the_way_of_the_nodes() {
    let sandbox = prod();
    sandbox.write("environments/prod/objects/web.yaml", BUDGET);
    sandbox.run("render prod").succeeds();
    insta::assert_snapshot!(in_the_way(&sandbox, "upgrade prod --to kubernetes=1.36"));
    // A budget that leaves room is not.
    sandbox.replace(
        "environments/prod/objects/web.yaml",
        "maxUnavailable: 0",
        "maxUnavailable: 1",
    );
    sandbox.run("render prod").succeeds();
    sandbox.run("upgrade prod --check").succeeds();
}

/// An object of an API that Kubernetes 1.36 no longer serves.
pub const WORKLOAD: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: train }
---
apiVersion: scheduling.k8s.io/v1alpha1
kind: Workload
metadata: { name: nightly, namespace: train }
spec:
  podGroups: [{ name: workers, policy: { gang: { minCount: 4 } } }]
";

#[test]
fn an_object_of_an_api_that_goes_is_in_the_way_with_its_successor() {
    let sandbox = prod();
    sandbox.write("environments/prod/objects/nightly.yaml", WORKLOAD);
    sandbox.run("render prod").succeeds();
    insta::assert_snapshot!(in_the_way(&sandbox, "upgrade prod --to kubernetes=1.36"));
    let whole = sandbox.run("upgrade prod --check").exits(3);
    assert!(
        whole
            .stdout
            .contains("APIs that go with 1.36: 1 of 136 objects uses one"),
        "{}",
        whole.stdout
    );
}

/// Of a hop behind the next: it can wait, and the next hop is made all the same.
#[test]
fn what_is_in_the_way_of_a_later_hop_stops_the_answer_and_not_the_next_hop() {
    let sandbox = existing("1.34.10", "reference/2026.8", "  metrics-server: {}\n");
    sandbox.write("environments/one/objects/nightly.yaml", WORKLOAD);
    sandbox.run("render one").succeeds();
    let check = sandbox
        .run("upgrade one --to kubernetes=1.36 --check")
        .exits(3);
    assert!(
        check
            .stdout
            .contains("no: 1 obstacle on the way to Kubernetes 1.36, none in the first hop"),
        "{}",
        check.stdout
    );
    sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    in_the_way(&sandbox, "upgrade one --to kubernetes=1.36");
}

#[test]
fn an_ignored_finding_is_not_in_the_way() {
    let sandbox = prod();
    sandbox.write("environments/prod/objects/web.yaml", BUDGET);
    let file = "environments/prod/environment.yaml";
    let text = sandbox.read(file);
    sandbox.write(
        file,
        format!("{text}ignore:\n  - {{ code: blocking-budget, object: PodDisruptionBudget shop/web, reason: drained by hand }}\n"),
    );
    sandbox.run("render prod").succeeds();
    sandbox.run("upgrade prod --check").succeeds();
}

#[test]
fn a_retired_module_is_told_with_the_way_out() {
    let sandbox = existing("1.35", "reference/2026.8", "  ingress-nginx: {}\n");
    let ran = sandbox
        .run("upgrade one --to kubernetes=1.36 --dry-run")
        .succeeds();
    insta::assert_snapshot!(seen(&ran));
}

/// A module whose versions 1 and 3 share no minor, and whose version 2 leads over.
#[test]
fn two_versions_that_share_no_minor_are_in_the_way_when_another_leads_over() {
    let module = "\
summary: Something that goes with its Kubernetes
namespace: demo
versions:
  \"3.0.0\": { kubernetes: \">=1.36\", images: {} }
  \"2.0.0\": { kubernetes: \">=1.35, <1.37\", images: {} }
  \"1.0.0\": { kubernetes: \">=1.30, <1.36\", images: {} }
";
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ meta(name()) }}\ndata: { version: {{ component.version }} }\n";
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        ("modules/demo/module.yaml", module),
        ("modules/demo/templates/config.yaml", template),
        (
            "environments/one/environment.yaml",
            "stack: reference/2026.11\ncomponents:\n  demo: { version: 1.0.0 }\n",
        ),
        ("environments/one/cluster.yaml", "kubernetes: \"1.35\"\n"),
    ]);
    sandbox.run("render one").succeeds();
    insta::assert_snapshot!(in_the_way(&sandbox, "upgrade one --to kubernetes=1.36"));
    sandbox.replace("environments/one/environment.yaml", "1.0.0", "2.0.0");
    sandbox.run("render one").succeeds();
    sandbox.run("upgrade one --check").succeeds();
}

/// A patch that fits the objects of now and not those of the new version.
#[test]
fn a_hop_that_cannot_be_rendered_says_why_and_the_hops_behind_it_are_not_guessed() {
    let sandbox = existing("1.34.10", "reference/2026.8", "  cluster-autoscaler: {}\n");
    sandbox.write(
        "environments/one/patches.yaml",
        "image:\n  target: { kind: Deployment, name: cluster-autoscaler }\n  json:\n    - { op: test, path: /spec/template/spec/containers/0/image, value: \"registry.k8s.io/autoscaling/cluster-autoscaler:v1.34.5\" }\n    - { op: replace, path: /spec/replicas, value: 3 }\n  reason: Only this image was tested\n",
    );
    sandbox.run("render one").succeeds();
    insta::assert_snapshot!(in_the_way(&sandbox, "upgrade one --to kubernetes=1.36"));
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").exits(3);
    assert!(
        ran.stdout
            .contains("not looked at: the hop before cannot be rendered"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_answer_for_ci_is_the_exit_code() {
    let sandbox = prod();
    let before = knobs_and_manifests(&sandbox);
    // dev is on the newest minor that the catalogue knows.
    for (arguments, code) in [
        ("upgrade prod --check", 0),
        ("upgrade prod --check --to kubernetes=1.36", 0),
        ("upgrade prod --check --to stack=2026.12", 0),
        ("upgrade prod --check --to kubernetes=1.37", 3),
        ("upgrade dev --check", 3),
        ("upgrade dev --check --to kubernetes=1.36.3", 0),
        ("upgrade prod", 64),
    ] {
        sandbox.run(arguments).exits(code);
    }
    assert_eq!(knobs_and_manifests(&sandbox), before);
}
