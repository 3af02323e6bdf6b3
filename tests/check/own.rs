//! Our own environments, and one with every module of the newest release.

use crate::support::{Sandbox, catalogue::CATALOGUE, fixtures};

#[test]
fn our_environments_are_clean() {
    let ran = fixtures::environments().run("check --strict").exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in lines {
        assert!(line.ends_with(" objects · nothing found"), "{line}");
    }
}

/// What stands here is told to everyone who switches a module on and sets no knob.
#[test]
fn every_module_at_its_defaults_says_only_what_is_known() {
    let ran = everything().run("check").exits(0);
    let lines: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("warning["))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    warning[module-lifecycle]: component ingress-nginx uses the module `ingress-nginx`, which is retired
    warning[wildcard-rbac]: ClusterRole istio-reader-clusterrole-istio-system grants by `*` in resources
    warning[wildcard-rbac]: ClusterRole istiod-clusterrole-istio-system grants by `*` in resources
    warning[wildcard-rbac]: ClusterRole istiod-clusterrole-istio-system grants by `*` in verbs
    warning[wildcard-rbac]: ClusterRole istiod-clusterrole-istio-system grants by `*` in resources
    warning[wildcard-rbac]: ClusterRole kube-prometheus-operator grants by `*` in verbs
    warning[wildcard-rbac]: ClusterRole kube-prometheus-operator grants by `*` in verbs
    warning[wildcard-rbac]: ClusterRole kube-prometheus-operator grants by `*` in verbs
    warning[missing-secret]: Deployment monitoring/kube-prometheus-grafana names Secret monitoring/kube-prometheus-grafana, which nothing makes
    ");
}

/// An environment with all modules of a release and no knob set.
fn everything() -> Sandbox {
    let stack = CATALOGUE
        .stack("reference/2026.11")
        .expect("the release is there");
    let components = stack
        .modules
        .keys()
        .map(|module| format!("  {module}: {{}}\n"));
    let components: String = components.collect();
    Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        (
            "environments/all/environment.yaml",
            &format!("stack: reference/2026.11\ncrds: stand-in\ncomponents:\n{components}"),
        ),
        ("environments/all/global.yaml", "domain: all.example.com\n"),
        (
            "environments/all/cluster.yaml",
            "provider: kops\nname: all.example.com\nstate: s3://state.example.com\nregion: eu-west-1\nzones: [eu-west-1a, eu-west-1b]\nnetwork: { cidr: 10.0.0.0/16, cni: cilium }\ncontrolPlane: { machine: m6i.large }\nkubernetes: \"1.36.3\"\nnodeGroups: { general: { machine: m6i.large, min: 1, max: 5 } }\n",
        ),
    ])
}
