//! The public key of the machines, which stands in no document: another one is handed over, and all
//! machines are replaced for it.

use super::life::Environment;

const GROUPS: &str = "nodeGroups:\n  general: { machine: m6i.large, min: 1, max: 2 }\n";

fn with_key(prod: &Environment, key: &str) {
    let groups = format!("{GROUPS}ssh: {{ publicKey: \"ssh-ed25519 {key} jo@laptop\" }}\n");
    prod.cluster("1.36.3", &groups);
}

fn stored(prod: &Environment) -> String {
    let state = format!("file://{}", prod.kops.path("state").display());
    let words = ["get", "sshpublickeys", "--name", "prod.example.com"];
    let flags = ["--state", &state, "-o", "json"];
    prod.kops.done(&[words.as_slice(), &flags].concat())
}

#[test]
fn another_key_is_handed_over_in_place_of_the_one_before() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    with_key(&prod, "Zmlyc3Q=");
    prod.run("apply prod --yes").succeeds();
    prod.plan("plan prod --detailed-exitcode").succeeds();

    with_key(&prod, "c2Vjb25k");
    let plan = prod.plan("plan prod").succeeds();
    let digest = regex_lite::Regex::new(r"plan [0-9a-f]{16}").expect("the pattern is right");
    insta::assert_snapshot!(digest.replace_all(&plan.stdout, "plan [DIGEST]"));

    // The key of before is gone and the new one not yet there.
    prod.kops
        .faults("- {fault: fail, call: create sshpublickey, text: throttled, times: 1}\n");
    prod.run("apply prod --yes").exits(1);
    prod.kops.faults("");
    prod.plan("plan prod --detailed-exitcode").exits(2);

    prod.run("apply prod --yes").succeeds();
    let kept = stored(&prod);
    assert!(
        kept.contains("c2Vjb25k") && !kept.contains("Zmlyc3Q="),
        "{kept}"
    );
    prod.plan("plan prod --detailed-exitcode").succeeds();
}
