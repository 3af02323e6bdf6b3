//! A cluster and what runs on it, by kops: made from nothing, changed, and made smaller, each by a plan
//! and an apply of the whole environment.

use crate::support::fake_kops::{FakeKops, digest};
use crate::support::{Ran, Run, Sandbox};

pub const NAME: &str = "prod.example.com";

pub const GROUPS: &str = "nodeGroups:\n  general: { machine: m6i.large, min: 2, max: 3 }\n";

/// An environment that kops makes, with the fake kops in its path.
pub struct Environment {
    pub sandbox: Sandbox,
    pub kops: FakeKops,
}

impl Environment {
    /// Nothing where there is no control plane to be had.
    pub fn new(components: &str) -> Option<Self> {
        let kops = FakeKops::with_machines()?;
        let sandbox = Sandbox::with(&[
            ("kops-stack.yaml", ""),
            (
                "environments/prod/environment.yaml",
                &format!("stack: reference/2026.12\ncrds: stand-in\ncomponents: {components}\n"),
            ),
        ]);
        let environment = Self { sandbox, kops };
        environment.cluster("1.36.3", GROUPS);
        Some(environment)
    }

    pub fn cluster(&self, kubernetes: &str, groups: &str) {
        let state = self.kops.path("state");
        let text = format!(
            "provider: kops\nname: {NAME}\nstate: file://{}\nkubernetes: {kubernetes}\nregion: eu-west-1\nzones: [eu-west-1a]\nnetwork: {{ cidr: 10.20.0.0/16, cni: cilium }}\ncontrolPlane: {{ machine: m6i.large }}\n{groups}",
            state.display()
        );
        self.sandbox.write("environments/prod/cluster.yaml", text);
        self.run("render prod").succeeds();
    }

    /// The program, with all that it may know of the cloud; folders of this run are left out of what it
    /// says.
    pub fn run(&self, arguments: &str) -> Ran {
        self.command(arguments).run()
    }

    /// The same before it begins.
    pub fn command(&self, arguments: &str) -> Run {
        let mut run = self.sandbox.command(arguments);
        for (name, value) in self.kops.environment() {
            run = run.env(&name, &value);
        }
        let program = FakeKops::program();
        let folder = program.parent().expect("it lies in a folder");
        run.env("PATH", folder.to_str().expect("it is text"))
    }

    /// Plans, and sees that neither the state store nor a kubeconfig was written.
    pub fn plan(&self, arguments: &str) -> Ran {
        let before = self.written();
        let planned = self.run(arguments);
        assert_eq!(before, self.written(), "a plan writes nothing");
        planned
    }

    fn written(&self) -> [String; 2] {
        ["state", "work"].map(|folder| digest(&self.kops.path(folder)))
    }

    /// The verbs that kops was called with since the log had so many lines.
    pub fn calls(&self, since: usize) -> Vec<String> {
        let log = self.kops.log();
        let words = |call: &serde_json::Value| {
            let arguments = call["arguments"].as_array().cloned().unwrap_or_default();
            let words = arguments.iter().filter_map(|word| word.as_str());
            let words = words.take_while(|word| !word.starts_with('-'));
            words.take(2).collect::<Vec<_>>().join(" ")
        };
        log.iter().skip(since).map(words).collect()
    }
}

/// The plan, and what the apply said of the cluster itself, without what differs from run to run.
fn shown(plan: &Ran, applied: &Ran) -> String {
    let (_, steps) = applied
        .stdout
        .split_once("\nCluster prod.example.com\n")
        .expect("the cluster itself is a part of it");
    let (steps, _) = steps
        .split_once("\nprod: ")
        .expect("the rest comes after it");
    let text = format!("{}---\n{steps}\n", plan.stdout);
    let varies = regex_lite::Regex::new(r"\b\d+ s\b").expect("the pattern is right");
    let text = varies.replace_all(&text, "[TIME]");
    let digest = regex_lite::Regex::new(r"plan [0-9a-f]{16}").expect("the pattern is right");
    digest.replace_all(&text, "plan [DIGEST]").into_owned()
}

#[test]
fn an_environment_is_made_from_nothing_and_changed() {
    let Some(prod) = Environment::new("{ metrics-server: {} }") else {
        return;
    };
    let plan = prod.plan("plan prod");
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    assert!(
        plan.stdout.contains("Cluster prod.example.com"),
        "{}",
        plan.stdout
    );
    let calls = prod.calls(0);
    let reads = ["version", "get all"];
    assert!(
        calls
            .iter()
            .all(|call| reads.iter().any(|read| call.starts_with(read))),
        "{calls:?}"
    );

    let applied = prod.run("apply prod --yes --timeout 300");
    assert_eq!(applied.code, Some(0), "{applied:#?}");
    prod.plan("plan prod --detailed-exitcode").succeeds();
    prod.run("status prod").succeeds();
    insta::assert_snapshot!("made", shown(&plan, &applied));

    // A group more, and other machines in the one that is there.
    let calls = prod.kops.log().len();
    prod.cluster(
        "1.36.3",
        "nodeGroups:\n  general: { machine: m6i.xlarge, min: 2, max: 3 }\n  batch: { machine: m6i.large, min: 1, max: 4 }\n",
    );
    let plan = prod.plan("plan prod").succeeds();
    let applied = prod.run("apply prod --yes").succeeds();
    insta::assert_snapshot!("changed", shown(&plan, &applied));
    let expected = [
        // The plan, and the plan of the apply.
        "version",
        "get all",
        "get instances",
        "version",
        "get all",
        "get instances",
        "export kubeconfig",
        "replace",
        "replace",
        // What is stored, and what the update would do.
        "get all",
        "update cluster",
        "update cluster",
        "validate cluster",
        "rolling-update cluster",
        "update cluster",
        "validate cluster",
    ];
    assert_eq!(prod.calls(calls), expected);
    prod.plan("plan prod --detailed-exitcode").succeeds();
}

/// What kops is told to do wrong, the exit code of the apply that meets it, and what the plan after it says.
const BREAKS: [(&str, &str); 6] = [
    ("create", "{fault: kill, call: create, after: 1, times: 1}"),
    (
        "update",
        "{fault: kill, call: update cluster, after: 1, times: 1}",
    ),
    (
        "update",
        "{fault: kill, call: update cluster, after: 2, times: 1}",
    ),
    (
        "export",
        "{fault: fail, call: export kubeconfig, text: no route to host, times: 1}",
    ),
    (
        "validate",
        "{fault: fail, call: validate, text: 'validation failed: wait time exceeded during validation', times: 1}",
    ),
    ("store", "{fault: credentials, call: validate, times: 1}"),
];

#[test]
fn a_creation_that_is_broken_anywhere_goes_on_where_it_stopped() {
    let Some(prod) = Environment::new("{ metrics-server: {} }") else {
        return;
    };
    let mut failed = 0;
    for (at, fault) in BREAKS {
        prod.kops.faults(&format!("- {fault}\n"));
        let applied = prod.run("apply prod --yes --timeout 300");
        prod.kops.faults("");
        assert_eq!(applied.code, Some(1), "{fault}: {applied:#?}");
        assert!(
            applied.stdout.contains("To go on: kops-stack apply prod"),
            "{applied:#?}"
        );
        failed += 1;
        let plan = prod.plan("plan prod").succeeds();
        assert!(
            plan.stdout.contains("unfinished: apply of "),
            "{at}: {}",
            plan.stdout
        );
    }
    assert_eq!(failed, BREAKS.len());
    // Another machine goes on: it has nothing but the repository, and the state store.
    fs_err::remove_dir_all(prod.kops.path("work/.local")).expect("it is there");
    let elsewhere = prod.command("apply prod --yes --timeout 300");
    elsewhere.env("HOSTNAME", "runner-2").run().succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();
}

#[test]
fn a_change_that_is_broken_anywhere_goes_on_where_it_stopped() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("apply prod --yes").succeeds();
    prod.cluster(
        "1.36.3",
        "nodeGroups:\n  general: { machine: m6i.xlarge, min: 2, max: 3 }\n  batch: { machine: m6i.large, min: 1, max: 4 }\n",
    );
    for fault in [
        "{fault: kill, call: replace, after: 1, times: 1}",
        "{fault: kill, call: update cluster, after: 2, times: 1}",
        "{fault: fail, call: validate, text: wait time exceeded during validation, times: 1}",
        "{fault: kill, call: rolling-update, after: 1, times: 1}",
        "{fault: drain, call: rolling-update, text: a budget, times: 1}",
        "{fault: fail, call: update cluster, text: throttled, times: 1}",
    ] {
        prod.kops.faults(&format!("- {fault}\n"));
        let applied = prod.run("apply prod --yes");
        prod.kops.faults("");
        assert_eq!(applied.code, Some(1), "{fault}: {applied:#?}");
        let plan = prod.plan("plan prod --detailed-exitcode");
        assert_eq!(plan.code, Some(2), "{fault}: something is left: {plan:#?}");
    }
    prod.run("apply prod --yes").succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();
    // The group goes again: its pods are evicted first.
    prod.cluster(
        "1.36.3",
        "nodeGroups:\n  general: { machine: m6i.xlarge, min: 2, max: 3 }\n",
    );
    let plan = prod.plan("plan prod").succeeds();
    assert!(
        plan.stdout.contains("- InstanceGroup batch"),
        "{}",
        plan.stdout
    );
    prod.run("apply prod --yes").succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();
}

#[test]
fn machines_are_rolled_on_demand_and_only_where_nothing_else_is_to_be_done() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("roll prod --reason images --yes").exits(3);
    prod.run("apply prod --yes").succeeds();
    let locks = prod.run("lock status prod").succeeds();
    let free = "\
prod: nobody holds the lock beside the state store
prod: nobody holds the lock in the cluster
";
    assert_eq!(locks.stdout, free);
    let machines = || {
        let folder = prod.kops.path("state");
        let state = format!("file://{}", folder.display());
        let words = [
            "get",
            "instances",
            "--name",
            NAME,
            "--state",
            &state,
            "-o",
            "json",
        ];
        let said = prod.kops.done(&words);
        let all: Vec<serde_json::Value> = serde_json::from_str(&said).expect("it is JSON");
        let of = |machine: &serde_json::Value| {
            let text = |key: &str| machine[key].as_str().unwrap_or_default().to_owned();
            (text("instanceGroup"), text("id"))
        };
        all.iter()
            .map(of)
            .collect::<std::collections::BTreeSet<_>>()
    };
    let before = machines();
    let unknown = prod.run("roll prod generl --reason images --yes").exits(64);
    assert!(unknown.stderr.contains("general"), "{}", unknown.stderr);
    let rolled = prod
        .run("roll prod general --reason images --yes")
        .succeeds();
    let expected = "\
Cluster prod.example.com · kops 1.36.2
  ! roll general  2 to 3 machines are replaced in turn, for images
  way  validate · renew general · validate
";
    assert!(rolled.stdout.starts_with(expected), "{}", rolled.stdout);
    let after = machines();
    let stayed: Vec<_> = before.intersection(&after).collect();
    assert_eq!(before.len(), after.len());
    let plan = prod.plan("plan prod").succeeds();
    assert!(!plan.stdout.contains("days old"), "{}", plan.stdout);
    let plan = prod.plan("plan prod --format json").succeeds();
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).expect("it is JSON");
    let fresh = serde_json::json!([
        {"group": "control-plane-eu-west-1a", "days": 0},
        {"group": "general", "days": 0},
    ]);
    assert_eq!(plan["plans"][0]["cluster"]["ages"], fresh);
    assert!(
        stayed.len() == 1 && stayed[0].0.starts_with("control-plane"),
        "{before:?} {after:?}"
    );
}
