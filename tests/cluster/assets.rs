//! What kops itself has machines pull, beside what components do.

use serde_json::Value;

use super::life::Environment;

#[test]
fn what_kops_pulls_is_listed_where_kops_is_asked() {
    let Some(prod) = Environment::new("{ metrics-server: {} }") else {
        return;
    };
    let offline = prod.plan("images prod").succeeds();
    insta::assert_snapshot!("images_without_kops", offline.stdout);
    assert!(prod.kops.log().is_empty(), "nobody is asked");
    let json = prod.plan("images prod --format json").succeeds();
    let list: Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    assert_eq!(list["environments"][0]["files"], Value::Null);

    // Nothing is stored yet; and then it is, whatever the cloud has.
    let refused = prod.plan("images prod --kops").exits(1);
    let state = prod.kops.path("state").display().to_string();
    insta::assert_snapshot!(
        "images_not_stored",
        refused.stderr.replace(&state, "[STATE]")
    );
    prod.kops
        .faults("- {fault: kill, call: update cluster, after: 1, times: 1}\n");
    prod.run("apply prod --yes").exits(1);
    let asked = prod.plan("images prod --kops").succeeds();
    insta::assert_snapshot!("images_with_kops", asked.stdout);
    let json = prod.plan("images --kops --format json").succeeds();
    let list: Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    let list = &list["environments"][0];
    let images = list["images"].as_array().expect("it is a list");
    let pause = images.iter().find(|image| image["repository"] == "pause");
    insta::assert_snapshot!(
        "image_of_kops",
        serde_json::to_string_pretty(&pause).expect("it is JSON")
    );
    let files = list["files"].as_array().expect("it is a list");
    let kubelet = files
        .iter()
        .find(|file| file["file"].to_string().contains("amd64/kubelet"));
    let kubelet = kubelet.expect("machines run one");
    assert_eq!(kubelet["mirrored"], false);
    assert_eq!(kubelet["sha256"].as_str().map(str::len), Some(64));
}

#[test]
fn who_asks_kops_needs_it_and_a_cluster_of_its() {
    let Some(prod) = Environment::new("{}") else {
        return;
    };
    let refused = prod.sandbox.run("images prod --kops").exits(1);
    insta::assert_snapshot!("images_no_kops", refused.stderr);
    prod.sandbox
        .write("environments/prod/cluster.yaml", "kubernetes: 1.36.3\n");
    prod.run("render prod").succeeds();
    let refused = prod.run("images prod --kops").exits(1);
    insta::assert_snapshot!("images_elsewhere", refused.stderr);
    let offline = prod.run("images --kops").succeeds();
    assert!(!offline.stdout.contains("kops"), "{}", offline.stdout);
}
