//! Each module of the newest release with something of it that never gets ready: the apply ends within its
//! timeout and says why, and where to read on; when the fault is gone, it goes on. `UPDATE_SNAPSHOTS=1`
//! writes what people see, `never-ready/<module>.txt`.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::model::version::Version;
use rayon::prelude::*;
use regex_lite::Regex;

use super::bed::{Bed, done};
use super::by_hand;
use super::modules::{groups, turn};
use crate::support::ROOT;
use crate::support::catalogue::CATALOGUE;
use crate::support::control_plane::{ControlPlane, Fault, start};

/// Seconds that a step may take: enough for what works, on a machine that does much else.
const TIMEOUT: f64 = 20.0;

/// What the report may say beyond it: the steps before, and the end. Less than the time that it has when none is
/// asked for.
const BESIDE: f64 = 240.0;

/// Columns of a report that is no terminal.
const WIDTH: usize = 120;

/// What is wrong with something that the module waits for.
enum Wrong {
    /// A fault of the stand-ins.
    Fault(&'static str),
    /// Another CRD has the kind's name: group, kind.
    Taken(&'static str, &'static str),
}

const WRONG: [(&str, Wrong); 12] = [
    (
        "cert-manager",
        Wrong::Fault("Pod cert-manager/cert-manager-webhook-* crash no certificate to serve with"),
    ),
    (
        "cluster-autoscaler",
        Wrong::Fault(
            "Pod kube-system/cluster-autoscaler-* crash AccessDenied: may not describe groups",
        ),
    ),
    (
        "envoy-gateway",
        Wrong::Fault("Secret envoy-gateway-system/envoy-gateway absent"),
    ),
    (
        "external-dns",
        Wrong::Fault("Pod external-dns/external-dns-* pull denied: the mirror does not have it"),
    ),
    (
        "gateway-api-crds",
        Wrong::Taken("gateway.networking.k8s.io", "HTTPRoute"),
    ),
    (
        "ingress-nginx",
        Wrong::Fault("Service ingress-nginx/ingress-nginx-controller fail no more load balancers"),
    ),
    ("istio-base", Wrong::Taken("networking.istio.io", "Sidecar")),
    (
        "istio-gateway",
        Wrong::Fault("Pod istio-ingress/istio-gateway-* unready istiod does not answer"),
    ),
    (
        "istiod",
        Wrong::Fault("Pod istio-system/istiod-* crash may not list secrets"),
    ),
    (
        "kube-prometheus",
        Wrong::Fault("Prometheus monitoring/kube-prometheus-prometheus fail no such storage class"),
    ),
    (
        "metrics-server",
        Wrong::Fault("Service kube-system/metrics-server absent"),
    ),
    (
        "prometheus-operator-crds",
        Wrong::Taken("monitoring.coreos.com", "Probe"),
    ),
];

#[test]
fn every_module_that_never_gets_ready_says_why_in_time() {
    let Some(plane) = start("1.36", &["-nodes", "3"]) else {
        return;
    };
    if plane.kubectl(&["version", "--client"]).is_none() {
        return;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
    let problems: Vec<String> = pool.expect("threads can be made").install(|| {
        let groups = groups();
        let told = groups
            .par_iter()
            .flat_map_iter(|group| one_by_one(&plane, group));
        told.collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The modules of a group in the order in which they need one another, each added when the ones before
/// are well.
fn one_by_one(plane: &ControlPlane, group: &BTreeMap<&'static str, Version>) -> Vec<String> {
    let name = group.keys().next().expect("a group has a module");
    let bed = Bed::new(plane, name);
    let mut there = BTreeMap::new();
    let mut problems = Vec::new();
    while let Some((name, version)) = group.iter().find(|(name, _)| {
        let module = &CATALOGUE.modules[**name];
        let provided = |need: &str| {
            there.keys().any(|other: &&str| {
                let provides = &CATALOGUE.modules[*other].provides;
                provides.iter().any(|rule| rule.capability.0 == need)
            })
        };
        let needs = &module.requires;
        !there.contains_key(**name) && needs.iter().all(|rule| provided(&rule.capability.0))
    }) {
        there.insert(*name, version.clone());
        turn(&bed, &there, None);
        // What an autoscaler says of pods that are not ready depends on when it looks.
        for scaled in ["istiod", "istio-gateway"] {
            if there.contains_key(scaled) {
                let file = format!("{scaled}.yaml");
                bed.write(&file, "autoscaling: { enabled: false }\n");
            }
        }
        let told = fails_and_goes_on(&bed, name).err().into_iter();
        problems.extend(told.map(|problem| format!("== {name}: {problem}")));
    }
    assert_eq!(there.len(), group.len(), "{group:?}");
    problems
}

fn fails_and_goes_on(bed: &Bed<'_>, name: &str) -> Result<(), String> {
    let wrong = WRONG.iter().find(|(module, _)| *module == name);
    let (_, wrong) = wrong.ok_or("nobody has said what may be wrong with it")?;
    done(bed.run("render {}"))?;
    by_hand::make(bed);
    let broken = Broken::of(bed.plane, name, wrong);
    let said = bed.raw(&format!("apply {{}} --yes --timeout {TIMEOUT}"));
    drop(broken);
    if said.code != Some(1) {
        return Err(format!(
            "exit code {:?}\n{}{}",
            said.code, said.stdout, said.stderr
        ));
    }
    let took = Regex::new(r"Failed in (\d+(?:\.\d+)?) s").expect("it is right");
    let took = took
        .captures(&said.stdout)
        .map(|found| found[1].parse::<f64>());
    match took {
        Some(Ok(took)) if took < TIMEOUT + BESIDE => {}
        took => return Err(format!("it took {took:?} s\n{}", said.stdout)),
    }
    let runbook = CATALOGUE.modules[name].runbook.clone();
    let runbook = runbook.ok_or("its module names no runbook")?;
    if !said.stdout.contains(&format!("read on: {runbook}")) {
        return Err(format!("the runbook is not named\n{}", said.stdout));
    }
    expected(name, &steady(&said.stdout))?;
    done(bed.run("apply {} --yes --timeout 300"))?;
    done(bed.run("plan {} --verify --detailed-exitcode"))?;
    Ok(())
}

/// Something that does not work, as long as this lives.
enum Broken<'p> {
    Fault(#[expect(dead_code, reason = "it ends when it is dropped")] Option<Fault<'p>>),
    Taken(&'p ControlPlane, String),
}

impl<'p> Broken<'p> {
    fn of(plane: &'p ControlPlane, module: &str, wrong: &Wrong) -> Self {
        match wrong {
            Wrong::Fault(line) => Self::Fault(plane.fault(module, line)),
            Wrong::Taken(group, kind) => {
                plane.apply(&format!(
                    r#"
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: others.{group}
  annotations: {{ api-approved.kubernetes.io: "unapproved, a test" }}
spec:
  group: {group}
  scope: Namespaced
  names: {{ kind: {kind}, plural: others, singular: other, listKind: OtherList }}
  versions: [{{ name: v1, served: true, storage: true, schema: {{ openAPIV3Schema: {{ type: object }} }} }}]
"#
                ));
                let name = format!("others.{group}");
                let wait = ["wait", "crd", &name, "--for=condition=Established"];
                plane.kubectl(&wait);
                Self::Taken(plane, name)
            }
        }
    }
}

impl Drop for Broken<'_> {
    fn drop(&mut self) {
        if let Self::Taken(plane, name) = self {
            let _ = plane.ask(&["delete", "crd", name], "");
        }
    }
}

/// What it sums up at the end, a detail a line; what differs from run to run is left out.
fn steady(text: &str) -> String {
    let from = text.find("\nNot done\n").map_or(0, |place| place + 1);
    let patterns = [
        (r"-[0-9a-f]{6,10}-[0-9a-z]{5}", "-[POD]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[UID]"),
        (r"\b\d+(\.\d+)? s\b", "[TIME]"),
        (r"127\.\d+\.\d+\.\d+(:\d+)?", "[ADDRESS]"),
        (r"restarted (once|\d+ times)", "restarted [N] times"),
    ];
    let mut lines = unwrapped(&text[from..]);
    // A Secret that comes a moment later is a warning by then, or is not.
    lines.retain(|line| !line.contains("FailedMount"));
    let text = lines.join("\n") + "\n";
    patterns.iter().fold(text, |text, (pattern, with)| {
        let pattern = Regex::new(pattern).expect("it is right");
        pattern.replace_all(&text, *with).into_owned()
    })
}

/// Lines as they were before they were broken at the width of the report, since names of pods are of
/// many lengths.
fn unwrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut last = 0;
    for line in text.lines() {
        let word = line.trim_start();
        let first = word.split(' ').next().unwrap_or_default().chars().count();
        let runbook = word.starts_with("read on: ");
        let broken = line.starts_with("     ") && !runbook && last + 1 + first > WIDTH;
        match lines.last_mut() {
            Some(before) if broken => *before += &format!(" {word}"),
            _ => lines.push(line.to_owned()),
        }
        last = line.chars().count();
    }
    lines
}

fn expected(name: &str, seen: &str) -> Result<(), String> {
    let file = format!("tests/live/properties/never-ready/{name}.txt");
    let path = Path::new(ROOT).join(file);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs_err::write(&path, seen).expect("it can be written");
        return Ok(());
    }
    let expected = fs_err::read_to_string(&path).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(expected.as_str(), seen);
    match difference.unified_diff().to_string() {
        same if same.is_empty() => Ok(()),
        differs => Err(format!("it says something else:\n{differs}")),
    }
}
