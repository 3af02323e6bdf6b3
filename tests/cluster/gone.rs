//! A cluster that is taken away with what runs on it: whole, in part, and broken at each step.

use std::cell::Cell;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::life::{Environment, NAME};
use crate::support::{Ran, oracle};

/// What an environment applies beside its components; the second object is kept until somebody lets it go.
const OBJECTS: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: held, namespace: shop, finalizers: [example.com/held] }
";

/// What others made on the cluster, and the cloud holds something for.
const OTHERS: &str = "\
apiVersion: v1
kind: Service
metadata: { name: door, namespace: shop, finalizers: [example.com/held] }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data, namespace: shop }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
";

/// A claim of which the volume does not go with it.
const KEPT: &str = "\
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: kept }
spec:
  accessModes: [ReadWriteOnce]
  capacity: { storage: 1Gi }
  persistentVolumeReclaimPolicy: Retain
  hostPath: { path: /kept }
  claimRef: { namespace: shop, name: kept }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: kept, namespace: shop }
spec: { accessModes: [ReadWriteOnce], volumeName: kept, resources: { requests: { storage: 1Gi } } }
";

const DESTROY: &str = "destroy prod --cluster --yes=prod";

impl Environment {
    /// kubectl by the credentials that kops gave; none where there is no kubectl.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Option<String> {
        let file = self.kops.path("work/input.yaml");
        fs_err::write(&file, input).expect("it can be written");
        let kubeconfig = format!("work/.local/state/kops-stack/{NAME}/kubeconfig");
        let output = oracle::kubectl()?
            .env("KUBECONFIG", self.kops.path(&kubeconfig))
            .args(arguments)
            .stdin(
                fs_err::File::open(&file)
                    .expect("it is there")
                    .into_parts()
                    .0,
            )
            .output()
            .expect("kubectl runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        Some(text(&output.stdout))
    }

    fn let_go(&self, kind: &str, name: &str) {
        let patch = r#"{"metadata":{"finalizers":null}}"#;
        self.kubectl(
            &[
                "-n",
                "shop",
                "patch",
                kind,
                name,
                "--type=merge",
                "-p",
                patch,
            ],
            "",
        );
    }

    fn until_it_goes(&self, kind: &str, name: &str) {
        let going = [
            "-n",
            "shop",
            "get",
            kind,
            name,
            "-o",
            "jsonpath={.metadata.deletionTimestamp}",
        ];
        let goes = || self.kubectl(&going, "").is_none_or(|said| !said.is_empty());
        self.until("it goes", goes);
    }

    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while !is_so() {
            assert!(Instant::now() < deadline, "{what}: not within two minutes");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A removal under way, killed as the kernel would; its locks are taken away from it.
    fn kill(&self, mut destroy: Child) {
        destroy.kill().expect("it is our child");
        destroy.wait().expect("it is our child");
        self.breaks_locks();
    }

    fn environment_yaml(&self) -> String {
        self.sandbox.read("environments/prod/environment.yaml")
    }
}

/// What a removal said, without what differs from run to run.
fn steady(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"\b\d+ s\b", "[TIME]"),
        (r"plan [0-9a-f]{16}", "plan [DIGEST]"),
        (r"\d+ requests", "[REQUESTS]"),
        (r"/\S*/repository/", "[FOLDER]/"),
    ] {
        let pattern = regex_lite::Regex::new(pattern).expect("the pattern is right");
        text = pattern.replace_all(&text, with).into_owned();
    }
    text
}

#[test]
fn an_environment_goes_with_its_cluster_and_is_made_anew() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    let before = prod.environment_yaml();
    let nothing = prod.run(DESTROY).succeeds();
    assert!(nothing.stderr.contains("nothing to delete"), "{nothing:#?}");
    prod.sandbox.write(
        "environments/prod/objects/all.yaml",
        OBJECTS.replace(", finalizers: [example.com/held]", ""),
    );
    prod.run("render prod").succeeds();
    prod.run("apply prod --yes").succeeds();
    assert_ne!(before, prod.environment_yaml());
    let others = OTHERS.replace(", finalizers: [example.com/held]", "") + KEPT;
    if prod.kubectl(&["apply", "-f", "-"], &others).is_none() {
        return;
    }
    let calls = prod.kops.log().len();
    let gone = prod.run(DESTROY).succeeds();
    insta::assert_snapshot!("gone", steady(&gone.stdout));
    assert!(gone.stderr.contains("commit it"), "{}", gone.stderr);
    assert_eq!(before, prod.environment_yaml(), "only the line goes");
    let expected = [
        "version",
        "get all",
        "delete cluster",
        "get instances",
        "delete cluster",
    ];
    let mut made = prod.calls(calls);
    // Two of them are made at once.
    made[2..4].sort();
    assert_eq!(made, expected);
    let again = prod.run(DESTROY).succeeds();
    assert!(again.stderr.contains("nothing to delete"), "{again:#?}");

    let plan = prod.plan("plan prod").succeeds();
    assert!(
        plan.stdout.contains("the cluster to create"),
        "{}",
        plan.stdout
    );
    assert!(!plan.stdout.contains("unfinished"), "{}", plan.stdout);
    prod.run("apply prod --yes").succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();
}

#[test]
fn a_removal_that_is_broken_anywhere_goes_on_where_it_stopped() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.sandbox
        .write("environments/prod/objects/all.yaml", OBJECTS);
    prod.run("render prod").succeeds();
    prod.run("apply prod --yes").succeeds();
    if prod.kubectl(&["apply", "-f", "-"], OTHERS).is_none() {
        return;
    }
    let broken = Cell::new(0);
    let count = || broken.set(broken.get() + 1);
    let stops = |what: &str, code: i32, said: &str| {
        let ran = prod.run(&format!("{DESTROY} --timeout 2"));
        assert_eq!(ran.code, Some(code), "{what}: {ran:#?}");
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(all.contains(said), "{what}: {all}");
        count();
        ran
    };

    let killed_while_it_goes = |kind: &str, name: &str| {
        let destroy = prod.command(DESTROY).spawn();
        prod.until_it_goes(kind, name);
        prod.kill(destroy);
        count();
    };
    let goes_on = |stopped: &Ran| {
        let way_on = "To go on: kops-stack destroy prod --cluster\n";
        assert!(stopped.stdout.contains(way_on), "{stopped:#?}");
    };

    // The store refuses before anything goes.
    prod.kops
        .faults("- {fault: credentials, call: delete cluster, times: 1}\n");
    stops("credentials at first", 1, "ExpiredToken");
    prod.kops.faults("");

    // Killed, and stopped, while components go.
    killed_while_it_goes("configmap", "held");
    let stopped = stops("a component stays", 1, "example.com/held");
    goes_on(&stopped);
    prod.let_go("configmap", "held");

    // Killed, and stopped, while the cloud still holds something.
    killed_while_it_goes("service", "door");
    let stopped = stops("a load balancer stays", 1, "Service shop/door");
    goes_on(&stopped);
    // Told to stop, while nothing is done but waiting.
    let listed = |since: usize| {
        let lists = || {
            prod.calls(since)
                .iter()
                .any(|call| call == "delete cluster")
        };
        prod.until("kops is asked", lists);
    };
    let calls = prod.kops.log().len();
    let destroy = prod.command(DESTROY).spawn();
    listed(calls);
    prod.until("it waits", || waits(&prod));
    let told = Command::new("kill")
        .args(["-INT", &destroy.id().to_string()])
        .status();
    assert!(told.is_ok_and(|status| status.success()));
    let ended = destroy.wait_with_output().expect("it ends");
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    count();
    // The credentials run out meanwhile.
    let calls = prod.kops.log().len();
    let destroy = prod.command(DESTROY).spawn();
    listed(calls);
    prod.kops
        .faults("- {fault: credentials, call: delete cluster, text: again, times: 1}\n");
    prod.let_go("service", "door");
    let ended = destroy.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(said.contains("ExpiredToken"), "{said}");
    count();

    // kops dies, nearer to the end each time; and another machine goes on, without the cluster's API.
    for after in [1, 2, 4, 8] {
        fs_err::remove_dir_all(prod.kops.path("work/.local")).expect("it is there");
        prod.kops.faults(&format!(
            "- {{fault: kill, call: delete cluster, after: {after}, times: 1}}\n"
        ));
        stops("killed", 1, "To go on: kops-stack destroy prod --cluster\n");
        let plan = prod.plan("plan prod");
        assert!(plan.stdout.contains("unfinished: destroy of"), "{plan:#?}");
    }
    // All that the cloud had is gone; then what is not listed; then what is stored, and only we do not know it.
    for after in [remaining(&prod), 1, 2] {
        let fault =
            format!("{{fault: kill, call: delete cluster, after: {after}, text: late, times: 1}}");
        prod.kops.faults(&format!("- {fault}\n"));
        stops(
            "killed near the end",
            1,
            "To go on: kops-stack destroy prod --cluster\n",
        );
    }
    prod.kops.faults("");
    prod.run(DESTROY).succeeds();
    assert!(!prod.environment_yaml().contains("cluster:"));
    let plan = prod.plan("plan prod").succeeds();
    assert!(
        plan.stdout.contains("the cluster to create"),
        "{}",
        plan.stdout
    );
    assert!(!plan.stdout.contains("unfinished"), "{}", plan.stdout);
    assert_eq!(broken.get(), 14, "places at which it was broken");
}

/// Whether the journal says that a removal waits for what the cloud holds.
fn waits(prod: &Environment) -> bool {
    let folder = prod.kops.path(&format!("state/kops-stack/{NAME}"));
    let entries = fs_err::read_dir(folder).expect("it is there");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| fs_err::read_to_string(path).unwrap_or_default());
    let mut texts = texts.filter(|text| !text.contains("renewed"));
    texts
        .next_back()
        .is_some_and(|text| text.contains("wait until") && text.contains("started"))
}

/// How many things the cloud still has of the cluster.
fn remaining(prod: &Environment) -> usize {
    let state = format!("file://{}", prod.kops.path("state").display());
    let said = prod
        .kops
        .done(&["delete", "cluster", "--name", NAME, "--state", &state]);
    let rows = said.lines().filter(|line| line.contains('\t'));
    rows.count() - 1
}

#[test]
fn a_cluster_that_was_never_ready_goes_without_being_asked() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    for (call, resources) in [
        ("create, after: 3", false),
        ("update cluster, after: 1", true),
    ] {
        let fault = format!("{{fault: kill, call: {call}, times: 1}}");
        prod.kops.faults(&format!("- {fault}\n"));
        prod.run("apply prod --yes").exits(1);
        prod.kops.faults("");
        let gone = prod.run(DESTROY).succeeds();
        assert!(gone.stdout.contains("was never ready"), "{gone:#?}");
        assert_eq!(
            gone.stdout.contains("of the cloud:"),
            resources,
            "{gone:#?}"
        );
        assert!(gone.stdout.contains("The cluster is gone"), "{gone:#?}");
        let plan = prod.plan("plan prod").succeeds();
        assert!(
            plan.stdout.contains("the cluster to create"),
            "{}",
            plan.stdout
        );
    }
}

#[test]
fn a_cluster_that_does_not_answer_goes_only_where_somebody_says_so() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("apply prod --yes").succeeds();
    // No credentials on this machine.
    fs_err::remove_dir_all(prod.kops.path("work/.local")).expect("it is there");
    let refused = prod.run(DESTROY).exits(1);
    insta::assert_snapshot!("unanswered", steady(&refused.stderr));
    let skipped = prod.run(&format!("{DESTROY} --skip-components")).succeeds();
    assert!(
        skipped.stdout.contains("may be left in the cloud"),
        "{skipped:#?}"
    );
}

#[test]
fn what_may_not_go_stays() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("destroy prod --cluster --yes=dev").exits(64);
    prod.run("destroy prod --skip-components --yes=prod")
        .exits(64);
    let text = prod.environment_yaml();
    prod.sandbox.write(
        "environments/prod/environment.yaml",
        format!("{text}protect: true\n"),
    );
    prod.run("render prod").succeeds();
    let refused = prod.run(DESTROY).exits(3);
    assert!(
        refused.stderr.contains("`prod` is protected"),
        "{}",
        refused.stderr
    );
    prod.sandbox
        .write("environments/prod/environment.yaml", text);
    prod.sandbox
        .write("environments/prod/cluster.yaml", "kubernetes: 1.36.3\n");
    prod.run("render prod").succeeds();
    let refused = prod.run(DESTROY).exits(1);
    assert!(
        refused.stderr.contains("nothing here makes the cluster"),
        "{}",
        refused.stderr
    );
    assert!(prod.kops.log().is_empty(), "kops was not asked");
}
