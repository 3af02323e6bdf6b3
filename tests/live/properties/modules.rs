//! Every module of the newest release, with its default knobs; with `PROPERTIES=all`, or `CASES=WORD` for those
//! whose name has the word, with those of its own cases too, which takes minutes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kops_stack::diagnostic::Diagnostics;
use kops_stack::load::read_case;
use kops_stack::model::case::Case;
use kops_stack::model::module::Module;
use kops_stack::model::version::Version;
use rayon::prelude::*;
use serde_json::json;

use super::bed::{Bed, STACK, done};
use super::by_hand;
use crate::support::catalogue::CATALOGUE;
use crate::support::control_plane::{ControlPlane, start};

/// Most of an apply is waiting for the server.
const AT_ONCE: usize = 3;

/// Namespaces that cases name, and labels of nodes that they ask for.
const NAMESPACES: [&str; 2] = ["apps", "edge"];
const LABELS: [&str; 2] = [
    "node.example.com/metrics=yes",
    "node-role.kubernetes.io/control-plane=",
];
const ARM: &str = "kubernetes.io/arch=arm64";
const POOLS: [&str; 2] = [
    "node.example.com/pool=infrastructure",
    "node.example.com/pool=edge",
];

/// Runs after the cases of all others, whose certificates it issues.
const LAST: &str = "cert-manager";

/// Why a case cannot be applied after the others here.
const ONE_FAMILY: &str = "the cluster has one family of addresses";
const SCALED: &str =
    "the autoscaler that comes scales while the apply runs, which no plan predicts";
const OTHER_ADDRESSES: &str = "its address is not one of the cluster's";

/// Cases that cannot be applied after the others here, with the reason.
const LEFT_OUT: &[(&str, &str)] = &[
    ("cert-manager/customized", ONE_FAMILY),
    (
        "cert-manager/issuers",
        "the certificate of one of its issuers is made by hand",
    ),
    ("cluster-autoscaler/customized", OTHER_ADDRESSES),
    (
        "cluster-autoscaler/sized-by-use",
        "no VerticalPodAutoscaler is there",
    ),
    ("envoy-gateway/autoscaled", SCALED),
    (
        "envoy-gateway/beside-gateways",
        "its Gateways are of another controller's class",
    ),
    ("envoy-gateway/customized", SCALED),
    (
        "envoy-gateway/gateways",
        "the certificate of its Gateway is made by hand",
    ),
    ("external-dns/customized", ONE_FAMILY),
    (
        "ingress-nginx/cluster-issuer",
        "its ClusterIssuer is not there",
    ),
    ("ingress-nginx/internal", ONE_FAMILY),
    ("ingress-nginx/internal-alone", ONE_FAMILY),
    ("ingress-nginx/scraped-from-outside", OTHER_ADDRESSES),
    ("ingress-nginx/tuned", ONE_FAMILY),
    ("istio-base/canary", "no istiod of its revision runs"),
    (
        "istio-base/outside",
        "its authority is not the one of the istiod that runs",
    ),
    ("istio-gateway/on-every-node", OTHER_ADDRESSES),
    ("istio-gateway/public", ONE_FAMILY),
    ("istiod/highly-available", ONE_FAMILY),
    (
        "kube-prometheus/alertmanager-by-secret",
        "its Secret holds a configuration",
    ),
    ("kube-prometheus/customized", OTHER_ADDRESSES),
    (
        "kube-prometheus/highly-available",
        "its Issuer is not there",
    ),
    ("kube-prometheus/routes", "its Gateway is not there"),
    ("metrics-server/customized", "its scheduler is not there"),
    (
        "metrics-server/tls-cert-manager",
        "the caBundle that is injected stays, and what follows is refused",
    ),
    (
        "metrics-server/tls-existing",
        "its Secret holds a certificate that the API server trusts",
    ),
    (
        "metrics-server/tls-own-issuer",
        "the caBundle that is injected stays, and what follows is refused",
    ),
];

/// The modules that need one another, since an object belongs to one environment: each with its version.
pub fn groups() -> Vec<BTreeMap<&'static str, Version>> {
    let kubernetes = Version::parse("1.36.3").expect("it is a version");
    let stack = CATALOGUE.stack(STACK).expect("it is there");
    let mut groups: Vec<BTreeMap<&str, Version>> = Vec::new();
    for (name, version) in &stack.modules {
        let Some(version) = version.for_kubernetes(&kubernetes) else {
            continue;
        };
        let module = &CATALOGUE.modules[name];
        let needs = |one: &Module, other: &Module| {
            let provides = |need: &str| other.provides.iter().any(|rule| rule.capability.0 == need);
            one.requires.iter().any(|rule| provides(&rule.capability.0))
        };
        let mut group = BTreeMap::from([(name.as_str(), version.clone())]);
        groups.retain(|other| {
            let joined = other.keys().any(|other| {
                let other = &CATALOGUE.modules[*other];
                needs(module, other) || needs(other, module)
            });
            if joined {
                group.extend(other.clone());
            }
            !joined
        });
        groups.push(group);
    }
    groups
}

#[test]
fn a_plan_after_an_apply_of_any_module_is_empty_and_told_what_came() {
    let Some(plane) = start("1.36", &["-nodes", "6"]) else {
        return;
    };
    if prepare(&plane).is_none() {
        return;
    }
    let groups = groups();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build();
    let pool = pool.expect("threads can be made");
    // All with their defaults first: cases use kinds and issuers of other modules.
    let beds: Vec<(Bed<'_>, Vec<String>)> = pool.install(|| {
        let beds = groups.par_iter().map(|group| first(&plane, group));
        beds.collect()
    });
    let mut problems: Vec<String> = beds.iter().flat_map(|(_, told)| told.clone()).collect();
    for last in [false, true] {
        let told: Vec<Vec<String>> = pool.install(|| {
            let beds = beds.par_iter().zip(&groups);
            let beds = beds.filter(|(_, group)| group.contains_key(LAST) == last);
            beds.map(|((bed, _), group)| cases(bed, group)).collect()
        });
        problems.extend(told.into_iter().flatten());
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Nodes and namespaces that cases ask for.
fn prepare(plane: &ControlPlane) -> Option<()> {
    let nodes = plane.kubectl(&["get", "nodes", "-o", "name"])?;
    for (number, node) in nodes.lines().enumerate() {
        let pool = POOLS[number % POOLS.len()];
        plane.kubectl(&["label", node, pool, LABELS[0], LABELS[1]])?;
        if number == 0 {
            plane.kubectl(&["label", node, ARM, "--overwrite"])?;
        }
    }
    for namespace in NAMESPACES {
        plane.kubectl(&["create", "namespace", namespace])?;
    }
    Some(())
}

fn first<'p>(
    plane: &'p ControlPlane,
    group: &BTreeMap<&'static str, Version>,
) -> (Bed<'p>, Vec<String>) {
    let name = group.keys().next().expect("a group has a module");
    let bed = Bed::new(plane, name);
    turn(&bed, group, None);
    let problems = looked(&bed, "default");
    (bed, problems)
}

/// The knobs of each case after one another.
fn cases(bed: &Bed<'_>, group: &BTreeMap<&'static str, Version>) -> Vec<String> {
    let wanted = std::env::var("CASES").ok();
    let mut problems = Vec::new();
    if wanted.is_none() && std::env::var("PROPERTIES").is_err() {
        return problems;
    }
    let wanted = wanted.unwrap_or_default();
    for (name, version) in group {
        let module = &CATALOGUE.modules[*name];
        for case in cases_of(module, version) {
            let title = format!("{name}/{}", case.name);
            let left_out = LEFT_OUT.iter().any(|(left, _)| *left == title);
            if left_out || !title.contains(&wanted) || case.is_default() {
                continue;
            }
            turn(bed, group, Some(&case));
            problems.extend(looked(bed, &title));
        }
    }
    problems
}

#[test]
fn every_case_that_is_left_out_exists() {
    for (title, _) in LEFT_OUT {
        let (module, case) = title.split_once('/').expect("a module and a case");
        assert!(
            CATALOGUE.modules[module].tests.contains_key(case),
            "{title}"
        );
    }
}

fn cases_of(module: &Arc<Module>, version: &Version) -> Vec<Case> {
    let names: BTreeSet<&String> = module.tests.keys().collect();
    let cases = names.into_iter().filter_map(|name| {
        let mut diagnostics = Diagnostics::default();
        read_case(module, name, &mut diagnostics)
    });
    let fits = |case: &Case| case.versions().iter().any(|(known, _)| known == version);
    cases.filter(fits).collect()
}

/// Writes the environment: its modules with their defaults, or one of them as a case has it.
pub fn turn(bed: &Bed<'_>, group: &BTreeMap<&'static str, Version>, case: Option<&Case>) {
    let components: BTreeMap<&str, serde_json::Value> =
        group.keys().map(|name| (*name, json!({}))).collect();
    let provided: BTreeSet<&str> = group
        .keys()
        .flat_map(|name| &CATALOGUE.modules[*name].provides)
        .map(|rule| rule.capability.0.as_str())
        .collect();
    let available = case.map(|case| case.available.clone()).unwrap_or_default();
    let external: Vec<&String> = available
        .iter()
        .filter(|capability| !provided.contains(capability.as_str()))
        .collect();
    bed.settings(&format!(
        "components: {}\nexternal: {}\n",
        json!(components),
        json!(external)
    ));
    let mut cluster =
        json!({"name": "dev.example.com", "region": "eu-west-1", "provider": "existing"});
    for (key, value) in case
        .and_then(|case| case.cluster.as_object())
        .into_iter()
        .flatten()
    {
        cluster[key] = value.clone();
    }
    cluster["kubernetes"] = json!("1.36.3");
    // Nothing is made of the cluster itself here.
    cluster["provider"] = json!("existing");
    bed.write("cluster.yaml", &cluster.to_string());
    let globals = case.map_or_else(|| json!({}), |case| case.globals.clone());
    bed.write("global.yaml", &globals.to_string());
    for name in group.keys() {
        let of_it = case.filter(|case| case.module.name == *name);
        let knobs = of_it.map_or_else(|| json!({}), |case| case.knobs.clone());
        bed.write(&format!("{name}.yaml"), &knobs.to_string());
    }
}

/// Makes what people make by hand, applies, and looks.
fn looked(bed: &Bed<'_>, title: &str) -> Vec<String> {
    let looked = done(bed.run("render {}")).and_then(|_| {
        by_hand::make(bed);
        bed.applies()
    });
    let problems = match looked {
        Ok(looked) => {
            eprintln!("{} {title}: {} objects", bed.name, looked.compared);
            looked.problems
        }
        Err(problem) => vec![problem],
    };
    let problems = problems.into_iter();
    problems
        .map(|problem| format!("== {} {title}: {problem}", bed.name))
        .inspect(|told| eprintln!("{told}"))
        .collect()
}
