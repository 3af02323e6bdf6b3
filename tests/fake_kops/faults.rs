//! Each fault of the fake kops, and its log of calls.

use super::specs::{NAME, about, cluster, nodes};
use crate::support::fake_kops::{FakeKops, digest};

fn made() -> Option<FakeKops> {
    let kops = FakeKops::new()?;
    kops.file("all.yaml", &(cluster("1.36.3") + &nodes("web", "large", 2)));
    Some(kops)
}

fn stored(kops: &FakeKops) -> Vec<String> {
    let groups = kops.path("state").join(NAME).join("instancegroup");
    let mut names: Vec<String> = fs_err::read_dir(groups)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("it can be read").file_name())
        .map(|name| name.into_string().expect("names are UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_call_is_killed_between_two_documents() {
    let Some(kops) = made() else { return };
    kops.faults("[{fault: kill, call: create, after: 2, times: 1}]");
    let killed = kops.call(&["create", "-f", "all.yaml"]);
    assert_eq!(killed.code, None, "a signal ended it: {killed:#?}");
    assert_eq!(
        stored(&kops),
        ["control-plane-test-1a"],
        "the second group is not there"
    );
    assert_eq!(kops.log().last().expect("it is logged")["event"], "begin");
    // What was stored stays, and the fault is used up.
    kops.done(&["replace", "--force", "-f", "all.yaml"]);
    assert_eq!(stored(&kops), ["control-plane-test-1a", "web"]);
    let ended = kops.log();
    let ended = ended.last().expect("it is logged");
    assert_eq!(
        (ended["event"].as_str(), ended["code"].as_i64()),
        (Some("end"), Some(0))
    );
    assert_eq!(ended["writes"], 3);
}

#[test]
fn calls_that_read_write_nothing() {
    let Some(kops) = made() else { return };
    kops.done(&["create", "-f", "all.yaml"]);
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    let before = (digest(&kops.path("state")), kops.log().len());
    let reading: [&[&str]; 6] = [
        &["get", "all", "-o", "yaml"],
        &["get", "ig"],
        &["get", "assets", "-o", "json"],
        &["update", "cluster"],
        &["reconcile", "cluster"],
        &["toolbox", "dump", "-o", "json"],
    ];
    for words in reading {
        kops.done(&about(words));
    }
    assert_eq!(digest(&kops.path("state")), before.0);
    let log = kops.log();
    assert_eq!(log.len(), before.1 + reading.len());
    for call in &log[before.1..] {
        assert_eq!(
            (&call["writes"], &call["cloudWrites"]),
            (&0.into(), &0.into()),
            "{call}"
        );
    }
    let wrote = |call: &serde_json::Value| call["writes"] != 0 && call["cloudWrites"] != 0;
    assert!(
        wrote(&log[before.1 - 1]),
        "the update before them wrote: {log:?}"
    );
}

#[test]
fn the_store_and_the_credentials_fail_as_long_as_the_fault_says() {
    let Some(kops) = made() else { return };
    kops.done(&["create", "-f", "all.yaml"]);
    let get = about(&["get", "all", "-o", "yaml"]);
    kops.faults("[{fault: credentials, times: 1}]");
    let expired = kops.call(&get);
    assert_eq!(expired.code, Some(1));
    assert!(
        expired
            .stderr
            .contains("api error ExpiredToken: The provided token has expired."),
        "{expired:#?}"
    );
    kops.done(&get);
    kops.faults("[{fault: store}]");
    for _ in 0..2 {
        let unreached = kops.call(&get);
        assert_eq!(unreached.code, Some(1));
        assert!(unreached.stderr.contains("no such host"), "{unreached:#?}");
    }
    kops.faults("");
    kops.done(&get);
}

#[test]
fn deletions_stay_until_they_are_pruned() {
    let Some(kops) = made() else { return };
    kops.done(&["create", "-f", "all.yaml"]);
    let update = |more: &[&'static str]| {
        let mut words = vec!["update", "cluster", "--create-kube-config=false"];
        words.extend(more);
        kops.done(&about(&words))
    };
    kops.faults("[{fault: deferred, text: TargetGroup old-api, times: 1}]");
    update(&["--yes"]);
    for _ in 0..2 {
        let dry = update(&[]);
        let wanted = "Items will be deleted only when the --prune flag is specified:\n  TargetGroup          old-api\n\nMust specify --yes to apply changes\n";
        assert_eq!(dry, wanted);
        update(&["--yes"]);
    }
    update(&["--yes", "--prune"]);
    assert_eq!(update(&[]), "No changes need to be applied\n");
}

#[test]
fn it_is_slow_or_another_version_or_fails_when_told() {
    let Some(kops) = made() else { return };
    assert_eq!(kops.done(&["version", "--short"]), "1.36.2\n");
    kops.faults("[{fault: version, text: 1.35.1}, {fault: slow, call: get, wait: 300ms}, {fault: fail, call: replace, text: a reason}]");
    assert_eq!(kops.done(&["version", "--short"]), "1.35.1\n");
    let begun = std::time::Instant::now();
    assert_eq!(
        kops.call(&about(&["get", "ig"])).code,
        Some(1),
        "there is no cluster"
    );
    assert!(begun.elapsed().as_millis() >= 300);
    let failed = kops.call(&["replace", "-f", "all.yaml"]);
    assert_eq!(
        (failed.code, failed.stderr.as_str()),
        (Some(1), "Error: a reason\n")
    );
    kops.faults("[{fault: typo}]");
    let unknown = kops.call(&["version", "--short"]);
    assert!(
        unknown.stderr.contains("knows no fault \"typo\""),
        "{unknown:#?}"
    );
}

#[test]
fn what_runs_goes_wrong_when_told() {
    let Some(kops) = FakeKops::with_machines() else {
        return;
    };
    kops.file("all.yaml", &(cluster("1.36.3") + &nodes("web", "large", 1)));
    kops.done(&["create", "-f", "all.yaml"]);
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    kops.faults("[{fault: validation, call: validate, times: 2, text: it flaps}]");
    let wait = about(&["validate", "cluster", "-o", "json", "--wait", "1m"]);
    let said = kops.done(&wait);
    let attempts: Vec<serde_json::Value> = serde_json::Deserializer::from_str(&said)
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("documents follow one another");
    let failures: Vec<bool> = attempts
        .iter()
        .map(|one| one["failures"].is_array())
        .collect();
    assert_eq!(failures, [true, true, false], "{said}");
    kops.faults("[{fault: validation}]");
    let never = kops.call(&about(&["validate", "cluster", "--wait", "1s"]));
    let last = "Error: validation failed: wait time exceeded during validation\n";
    assert_eq!(never.code, Some(1));
    assert!(never.stderr.ends_with(last), "{never:#?}");
    let now = kops.call(&about(&["validate", "cluster"]));
    assert_eq!(
        now.stderr,
        "Error: validation failed: cluster not yet healthy\n"
    );
    kops.faults("[{fault: drain, text: it hangs}]");
    let roll = kops.call(&about(&[
        "rolling-update",
        "cluster",
        "--yes",
        "--force",
        "--instance-group",
        "web",
    ]));
    assert_eq!(roll.code, Some(1));
    assert!(
        roll.stderr.ends_with(": error draining node: it hangs\n"),
        "{roll:#?}"
    );
    kops.faults("");
    kops.done(&about(&["delete", "cluster", "--yes"]));
}
