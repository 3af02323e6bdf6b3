//! The life of prod, as its knobs stand in this repository: made from nothing on Kubernetes 1.35 with all that
//! runs on it, given a group of nodes and relieved of it, moved to the next release of its stack and to
//! Kubernetes 1.36, with what is in the way found beforehand, and taken away. kops is killed within each call that
//! writes.

use super::life::Environment;
use crate::support::fake_kops::FakeKops;
use crate::support::{Ran, fixtures};
use crate::upgrade::obstacles::{BUDGET, WORKLOAD};

const CLUSTER: &str = "environments/prod/cluster.yaml";
const SETTINGS: &str = "environments/prod/environment.yaml";

/// prod on the fake kops: its state store is a folder, and nobody's account is asked for.
fn prod() -> Option<Environment> {
    let kops = FakeKops::with_machines()?;
    let sandbox = fixtures::environments();
    let state = kops.path("state");
    sandbox.replace(
        "environments/layers/aws/cluster.yaml",
        "account: \"210987654321\"\nstate: s3://kops-state.example.com\n",
        &format!("state: file://{}\n", state.display()),
    );
    // Upstream's CRDs are not committed, and what protects an environment refuses stand-ins.
    sandbox.replace(SETTINGS, "protect: true", "protect: false");
    let prod = Environment { sandbox, kops };
    prod.run("render prod").succeeds();
    Some(prod)
}

/// kops is killed in each call that writes, again and again: after a document of some, a part of what is in
/// the cloud, a machine. What it does to a group that goes the cloud undoes, so that it comes further each time.
const KILLS: &str = "\
- { fault: kill, call: create, after: 3 }
- { fault: kill, call: replace, after: 1 }
- { fault: kill, call: update cluster, after: 40 }
- { fault: kill, call: rolling-update, after: 1 }
- { fault: kill, call: delete ig, after: TIMES }
";

/// Now and then it waits in vain for what it made. The same fault is counted over the whole life.
const UNWELL: &str =
    "- { fault: fail, call: validate, text: 'validation failed, NUMBER', times: 1 }\n";

impl Environment {
    fn edit(&self, file: &str, from: &str, to: &str) {
        self.sandbox.replace(file, from, to);
        self.run("render prod").succeeds();
    }

    /// Applies, and finds nothing left to do.
    fn applies(&self) -> Ran {
        let applied = self.run("apply prod --yes --timeout 300").succeeds();
        self.plan("plan prod --detailed-exitcode").succeeds();
        applied
    }

    /// Applies until nothing is left to be killed; how often it was broken.
    fn applies_broken(&self, faults: &str) -> usize {
        for broken in 0..80 {
            let times = (broken + 1).to_string();
            let number = self.kops.log().len().to_string();
            self.kops.faults(&match broken % 4 {
                3 => UNWELL.replace("NUMBER", &number),
                _ => faults.replace("TIMES", &times),
            });
            let applied = self.run("apply prod --yes --timeout 300");
            self.kops.faults("");
            if applied.code == Some(0) {
                self.plan("plan prod --detailed-exitcode").succeeds();
                return broken;
            }
            assert_eq!(applied.code, Some(1), "{applied:#?}");
            let way_on = "To go on: kops-stack apply prod";
            assert!(applied.stdout.contains(way_on), "{applied:#?}");
            let plan = self.plan("plan prod --detailed-exitcode");
            assert_eq!(plan.code, Some(2), "something is left: {plan:#?}");
            assert!(plan.stdout.contains("unfinished: apply of "), "{plan:#?}");
        }
        panic!(
            "it does not come to an end: {}",
            self.run("plan prod").stdout
        );
    }

    /// The calls of kops that change something, since the log had so many lines.
    pub fn writes(&self, since: usize) -> Vec<String> {
        let reads = ["version", "get ", "validate", "export"];
        let calls = self.calls(since).into_iter();
        calls
            .filter(|call| !reads.iter().any(|read| call.starts_with(read)))
            .collect()
    }
}

#[test]
fn prod_lives() {
    let Some(prod) = prod() else {
        return;
    };
    let broken = prod.applies_broken(KILLS);
    assert!(broken > 3, "its creation was broken {broken} times");
    let status = prod.run("status prod").succeeds();
    assert!(status.stdout.contains("cert-manager"), "{}", status.stdout);

    let general = "  general: { machine: m6i.2xlarge, min: 3, max: 24 }\n";
    let memory = "  memory: { machine: r6i.large, min: 1, max: 2 }\n";
    prod.edit(CLUSTER, general, &format!("{general}{memory}"));
    prod.applies();
    let other = memory.replace("large", "xlarge");
    prod.edit(CLUSTER, memory, &other);
    prod.applies();
    prod.edit(CLUSTER, &other, "");
    let broken = prod.applies_broken(KILLS);
    assert!(
        broken > 1,
        "the removal of a group was broken {broken} times"
    );
    upgraded(&prod);
    removed(&prod);
}

/// To the next release of the stack and to Kubernetes 1.36.
fn upgraded(prod: &Environment) {
    let web = "environments/prod/objects/web.yaml";
    prod.sandbox.write(web, BUDGET);
    prod.run("render prod").succeeds();
    prod.applies();
    prod.sandbox
        .write("environments/prod/objects/nightly.yaml", WORKLOAD);
    prod.run("render prod").succeeds();
    let upgrade = "upgrade prod --to kubernetes=1.36";
    let refused = prod.run(&format!("{upgrade} --check")).exits(3);
    for obstacle in ["x blocking-budget", "x removed-api"] {
        assert!(refused.stdout.contains(obstacle), "{}", refused.stdout);
    }
    prod.sandbox
        .remove("environments/prod/objects/nightly.yaml");
    // Machines that would have to wait for the budget are told in a plan too.
    prod.edit(CLUSTER, "m6i.2xlarge", "m6i.4xlarge");
    let plan = prod.plan("plan prod").succeeds();
    let stuck = "! budget   PodDisruptionBudget shop/web";
    assert!(plan.stdout.contains(stuck), "{}", plan.stdout);
    prod.edit(CLUSTER, "m6i.4xlarge", "m6i.2xlarge");
    prod.edit(web, "maxUnavailable: 0", "maxUnavailable: 1");
    prod.applies();
    prod.run(upgrade).succeeds();

    let plan = prod.plan("plan prod").succeeds();
    let (_, way) = plan.stdout.split_once("  way  ").expect("it says the way");
    let (way, _) = way.split_once("\n\n").expect("more follows");
    insta::assert_snapshot!("way_of_an_upgrade", way);

    // What moves first does not get ready: the cluster itself is left alone.
    let calls = prod.kops.log().len();
    let applied = prod.run("apply prod --yes --timeout 0").exits(1);
    assert!(
        applied
            .stdout
            .contains("Before the cluster itself: cert-manager"),
        "{applied:#?}"
    );
    assert_eq!(prod.writes(calls), [""; 0]);
    let broken = prod.applies_broken(KILLS);
    assert!(broken > 12, "its upgrade was broken {broken} times");
}

/// What runs on it goes first; the cloud's part is broken a few times.
fn removed(prod: &Environment) {
    let mut broken = 0;
    loop {
        prod.kops
            .faults("- { fault: kill, call: delete cluster, after: 40 }\n");
        let destroyed = prod.run("destroy prod --cluster --yes=prod --timeout 300");
        prod.kops.faults("");
        if destroyed.code == Some(0) {
            break;
        }
        let way_on = "To go on: kops-stack destroy prod --cluster";
        assert!(destroyed.stdout.contains(way_on), "{destroyed:#?}");
        broken += 1;
        assert!(broken < 20, "it does not come to an end");
    }
    assert!(broken > 0, "nothing was broken");
    let plan = prod.plan("plan prod").succeeds();
    assert!(
        plan.stdout.contains("the cluster to create"),
        "{}",
        plan.stdout
    );
}
