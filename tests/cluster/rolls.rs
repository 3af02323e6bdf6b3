//! Whose machines an apply may replace: `rolls` in cluster.yaml.

use super::life::Environment;

const LARGE: &str = "nodeGroups:\n  general: { machine: m6i.xlarge, min: 2, max: 3 }\n";

/// What a plan says, without its digest.
fn said(plan: &str) -> String {
    let digest = regex_lite::Regex::new(r"plan [0-9a-f]{16}").expect("the pattern is right");
    digest.replace_all(plan, "plan [DIGEST]").into_owned()
}

#[test]
fn machines_are_replaced_only_where_it_is_allowed() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    prod.run("apply prod --yes").succeeds();
    let none = format!("{LARGE}rolls: {{ allow: [] }}\n");
    prod.cluster("1.36.3", &none);
    let plan = prod.plan("plan prod").succeeds();
    insta::assert_snapshot!("held", said(&plan.stdout));
    let calls = prod.kops.log().len();
    prod.run("apply prod --yes").succeeds();
    let calls = prod.calls(calls);
    assert!(calls.iter().any(|call| call == "update cluster"));
    assert!(!calls.iter().any(|call| call == "rolling-update cluster"));

    // It is told as long as the machines are old, and is nothing that an apply would do.
    let plan = prod.plan("plan prod --detailed-exitcode").succeeds();
    insta::assert_snapshot!("open", said(&plan.stdout));
    let markdown = prod.plan("plan prod --format markdown").succeeds();
    assert!(markdown.stdout.contains("is not allowed"), "{markdown:#?}");
    let unread = prod.plan("plan prod --as-committed").succeeds();
    assert!(unread.stdout.contains("was not read"), "{unread:#?}");
    let refused = prod.run("roll prod general --reason now --yes").exits(3);
    insta::assert_snapshot!("refused", refused.stderr);

    // Allowed by one word, which changes no manifest; the times reach kops.
    let some =
        format!("{LARGE}rolls: {{ allow: [general], drainTimeout: 2m, validationTimeout: 3m }}\n");
    prod.cluster("1.36.3", &some);
    let plan = prod.plan("plan prod --detailed-exitcode").exits(2);
    insta::assert_snapshot!("allowed", said(&plan.stdout));
    prod.run("apply prod --yes").succeeds();
    let log = prod.kops.log();
    let flags = |verb: &str| {
        let mut calls = log.iter().rev();
        let call = calls.find(|call| call["arguments"][0] == verb);
        call.expect("it was called")["arguments"].to_string()
    };
    let roll = flags("rolling-update");
    assert!(roll.contains("--drain-timeout=120s"), "{roll}");
    assert!(roll.contains("--validation-timeout=180s"), "{roll}");
    assert!(flags("validate").contains("180s"));
    prod.plan("plan prod --detailed-exitcode").succeeds();
    // On demand, the control plane stays where only nodes may be rolled.
    let rolled = prod.run("roll prod --reason images --yes").succeeds();
    let head: Vec<&str> = rolled.stdout.lines().take(4).collect();
    insta::assert_snapshot!("on_demand", head.join("\n"));
}

#[test]
fn a_protected_environment_rolls_nothing_that_it_does_not_name() {
    let sandbox = super::review::committed();
    let environment = sandbox.read("environments/prod/environment.yaml");
    sandbox.write(
        "environments/prod/environment.yaml",
        format!("{environment}protect: true\n"),
    );
    sandbox.replace(
        "environments/prod/cluster.yaml",
        "machine: m7g.large, min: 1, max: 3 }",
        "machine: m7g.xlarge, min: 1, max: 3 }",
    );
    sandbox.run("render prod").succeeds();
    let plan = sandbox.run("plan prod --against git:HEAD").succeeds();
    insta::assert_snapshot!(plan.stdout);

    // What is allowed stands in no manifest.
    let cluster = sandbox.read("environments/prod/cluster.yaml");
    let cluster = format!("{cluster}rolls: {{ allow: [general] }}\n");
    sandbox.write("environments/prod/cluster.yaml", cluster);
    sandbox.run("render prod --check").succeeds();
    let plan = sandbox.run("plan prod --against git:HEAD").succeeds();
    assert!(
        plan.stdout
            .contains("! roll     general  1 to 3 machines are replaced"),
        "{}",
        plan.stdout
    );
}
