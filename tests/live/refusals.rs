//! What a person reads whose plan or apply is refused: the wrong cluster, somebody else's lock, a
//! plan that moved, more than may be taken away. `UPDATE_SNAPSHOTS=1` writes the texts anew.

use std::net::TcpListener;

use regex_lite::Regex;

use crate::support::control_plane::shared;
use crate::support::{ROOT, Ran, Sandbox};

const ENVIRONMENT: &str = "stack: reference/2026.12\ncrds: stand-in\n";

const OBJECTS: &str = "apiVersion: v1
kind: Namespace
metadata: { name: refusals }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: a, namespace: refusals }
data: { text: one }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: b, namespace: refusals }
";

/// Text without what differs from run to run.
fn steady(text: &str) -> String {
    let patterns = [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[ID]"),
        (r"\b[0-9a-f]{64}\b", "[DIGEST]"),
        (r"\b[0-9a-f]{16}\b", "[PLAN]"),
        (r"127\.0\.0\.1:\d+", "[SERVER]"),
        (r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z", "[TIME]"),
        (r"\d+ requests", "[N] requests"),
    ];
    patterns
        .iter()
        .fold(text.to_owned(), |text, (pattern, with)| {
            let pattern = Regex::new(pattern).expect("it is right");
            pattern.replace_all(&text, *with).into_owned()
        })
}

/// The way to the cluster is made ready while the manifests are looked at.
#[test]
fn wrong_manifests_are_told_and_not_that_the_cluster_does_not_answer() {
    let folder = "environments/unanswered";
    let sandbox = Sandbox::with(&[("kops-stack.yaml", "{}\n")]);
    let write = |file: &str, text: &str| sandbox.write(&format!("{folder}/{file}"), text);
    let cluster = "context: test\ncluster: 00000000-0000-0000-0000-000000000000\n";
    write("environment.yaml", &format!("{ENVIRONMENT}{cluster}"));
    write("cluster.yaml", "kubernetes: \"1.36.3\"\n");
    write("objects/all.yaml", OBJECTS);
    let server = |port: u16| {
        let cluster = format!("{{ name: c, cluster: {{ server: \"http://127.0.0.1:{port}\" }} }}");
        let context = "{ name: test, context: { cluster: c, user: \"\" } }";
        let text = format!(
            "apiVersion: v1\nkind: Config\nclusters: [{cluster}]\nusers: []\ncontexts: [{context}]\n"
        );
        sandbox.write("kubeconfig", &text);
    };
    let run = |arguments: &str| {
        let run = sandbox.command(arguments).env("KUBECONFIG", "kubeconfig");
        run.run()
    };
    // Takes connections and says nothing, for which nobody waits.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    server(silent.local_addr().expect("it has an address").port());
    for command in ["plan unanswered", "apply unanswered --yes"] {
        let stale = run(command);
        assert_eq!(stale.code, Some(1), "{}", stale.stderr);
        assert!(
            stale.stderr.contains("[stale-manifests]"),
            "{}",
            stale.stderr
        );
        assert!(!stale.stderr.contains("127.0.0.1"), "{}", stale.stderr);
    }
    run("render unanswered").succeeds();
    // Nobody listens there.
    server(1);
    let unanswered = run("plan unanswered");
    let told = unanswered.stderr.matches("[cluster-unreachable]").count();
    assert_eq!(told, 1, "{}", unanswered.stderr);
}

#[test]
fn refusals_say_why_and_what_next() {
    let Some(plane) = shared() else {
        return;
    };
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        ("environments/refusals/environment.yaml", ENVIRONMENT),
        (
            "environments/refusals/cluster.yaml",
            "kubernetes: \"1.36.3\"\n",
        ),
        ("environments/refusals/objects/all.yaml", OBJECTS),
    ]);
    let file = "environments/refusals/environment.yaml";
    let objects = "environments/refusals/objects/all.yaml";
    let kubeconfig = plane.kubeconfig.to_str().expect("it is text");
    let run = |arguments: &str| {
        sandbox
            .command(arguments)
            .env("KUBECONFIG", kubeconfig)
            .run()
    };
    let mut texts = String::new();
    let mut tell = |title: &str, ran: Ran, code: i32| {
        let ran = ran.exits(code);
        texts += &format!(
            "## {title} (exit code {code})\n{}{}\n",
            ran.stdout, ran.stderr
        );
    };
    run("render refusals").succeeds();
    tell("no context", run("plan refusals"), 1);
    sandbox.write(file, format!("{ENVIRONMENT}context: test\n"));
    tell("nobody pinned the cluster", run("plan refusals"), 1);
    tell("nobody answers", run("pin refusals"), 64);
    run("pin refusals --yes").succeeds();
    let pinned = sandbox.read(file);
    let other = "00000000-0000-4000-8000-000000000000";
    let id = Regex::new("cluster: .*").expect("it is right");
    sandbox.write(
        file,
        id.replace(&pinned, format!("cluster: {other}")).as_bytes(),
    );
    tell("another cluster", run("apply refusals --yes"), 1);
    sandbox.write(file, &pinned);
    tell("nobody answers the apply", run("apply refusals"), 64);
    run("plan refusals --out plan.json").succeeds();
    run("apply refusals --yes").succeeds();
    tell("a saved plan that moved", run("apply plan.json"), 4);
    tell("no saved plan", run("apply kops-stack.yaml"), 1);
    sandbox.replace(objects, "one", "two");
    tell("the knobs say something else", run("plan refusals"), 1);
    run("render refusals").succeeds();
    let reviewed = run("apply refusals --reviewed 0123456789abcdef");
    tell("another plan was approved", reviewed, 4);
    sandbox.write(file, format!("{pinned}limits: {{ maxDeletes: 0 }}\n"));
    let without_b = OBJECTS
        .split("---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: b")
        .next();
    sandbox.write(objects, without_b.expect("there is a first part"));
    run("render refusals").succeeds();
    tell("more than may go", run("apply refusals --yes"), 3);
    sandbox.write(file, format!("{pinned}protect: true\n"));
    run("render refusals").succeeds();
    tell("a protected environment", run("apply refusals --yes"), 3);
    tell(
        "a protected environment is destroyed",
        run("destroy refusals --yes=refusals"),
        3,
    );
    sandbox.write(file, &pinned);
    let lock = serde_json::json!({"spec": {
        "holderIdentity": "jo@laptop#3a1f0f5e-7b1f-4a43-9a43-0a3f3f1f3a52",
        "leaseDurationSeconds": 3600,
        "acquireTime": "2026-11-24T10:00:00.000000Z",
        "renewTime": "2026-11-24T10:00:00.000000Z",
    }});
    let (namespace, lock) = ("--namespace=kops-stack-system", lock.to_string());
    let patch = [
        "patch",
        "lease",
        "kops-stack-refusals",
        "--type=merge",
        "-p",
        &lock,
    ];
    if plane
        .kubectl(&[&[namespace][..], &patch].concat())
        .is_none()
    {
        return;
    }
    tell("somebody else applies", run("apply refusals --yes"), 1);
    tell("who that is", run("lock status refusals"), 0);
    tell("not that one", run("lock break refusals somebody"), 1);
    tell(
        "the lock is taken away",
        run("lock break refusals 3a1f0f5e-7b1f-4a43-9a43-0a3f3f1f3a52"),
        0,
    );
    run("apply refusals --yes").succeeds();

    let texts = steady(&texts);
    let path = std::path::Path::new(ROOT).join("tests/live/refusals.txt");
    let expected = fs_err::read_to_string(&path).unwrap_or_default();
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs_err::write(&path, &texts).expect("it can be written");
        return;
    }
    let difference = similar::TextDiff::from_lines(&expected, &texts);
    let difference = difference.unified_diff().to_string();
    assert_eq!(difference, "", "UPDATE_SNAPSHOTS=1 writes it anew");
}
