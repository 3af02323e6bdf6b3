//! `images`: what an environment pulls.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

fn listed(sandbox: &Sandbox, command: &str) -> Value {
    let ran = sandbox.run(command).succeeds();
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

fn environment(components: &str, globals: &str) -> Sandbox {
    let sandbox = fixtures::small();
    sandbox
        .write(
            "environments/one/environment.yaml",
            format!("stack: reference/2026.11\ncrds: stand-in\nexternal: [loadbalancer]\ncomponents:\n{components}"),
        )
        .write("environments/one/global.yaml", globals);
    sandbox
}

#[test]
fn images_are_listed_by_registry_with_those_of_made_pods() {
    let sandbox = environment("  cert-manager: {}\n  metrics-server: {}\n", "{}\n");
    let ran = sandbox.run("images one").succeeds();
    insta::assert_snapshot!(ran.stdout, @r"
    one · 5 images from 2 registries

    quay.io
      jetstack/cert-manager-acmesolver:v1.21.1  cert-manager
          made by cert-manager for HTTP-01 challenges
      jetstack/cert-manager-cainjector:v1.21.1  cert-manager
      jetstack/cert-manager-controller:v1.21.1  cert-manager
      jetstack/cert-manager-webhook:v1.21.1     cert-manager

    registry.k8s.io
      metrics-server/metrics-server:v0.9.0  metrics-server
    ");
}

#[test]
fn a_mirrored_image_shows_its_own_name() {
    let sandbox = environment(
        "  metrics-server: {}\n",
        "imageMirrors: { registry.k8s.io: mirror.example.com/k8s }\n",
    );
    let ran = sandbox.run("images one").succeeds();
    insta::assert_snapshot!(ran.stdout, @r"
    one · 1 image from 1 registry

    mirror.example.com
      k8s/metrics-server/metrics-server:v0.9.0  metrics-server
          for registry.k8s.io/metrics-server/metrics-server:v0.9.0
    ");
    let list = listed(&sandbox, "images one --format json");
    assert_eq!(list["format"], "kops-stack.images/1");
    insta::assert_snapshot!(
        serde_json::to_string_pretty(&list["environments"][0]["images"][0]).expect("it is JSON"),
        @r#"
    {
      "digest": null,
      "image": "mirror.example.com/k8s/metrics-server/metrics-server:v0.9.0",
      "mirrored": true,
      "registry": "mirror.example.com",
      "repository": "k8s/metrics-server/metrics-server",
      "tag": "v0.9.0",
      "upstream": {
        "digest": null,
        "image": "registry.k8s.io/metrics-server/metrics-server:v0.9.0",
        "registry": "registry.k8s.io",
        "repository": "metrics-server/metrics-server",
        "tag": "v0.9.0"
      },
      "uses": [
        {
          "component": "metrics-server",
          "name": "server",
          "object": "Deployment kube-system/metrics-server",
          "place": "container metrics-server"
        }
      ]
    }
    "#
    );
}

/// The placeholder of a gateway's pod is no image; the mesh's proxy is.
#[test]
fn a_gateway_of_the_mesh_pulls_the_proxy_of_istiod() {
    let sandbox = environment(
        "  istio-base: {}\n  istiod: {}\n  istio-gateway: {}\n",
        "{}\n",
    );
    let list = listed(&sandbox, "images one --format json");
    let images = list["environments"][0]["images"]
        .as_array()
        .expect("a list");
    let users = |name: &str| -> Vec<String> {
        let image = images.iter().find(|image| {
            image["image"]
                .as_str()
                .is_some_and(|image| image.contains(name))
        });
        let uses = image.and_then(|image| image["uses"].as_array());
        let users: BTreeSet<String> = uses
            .into_iter()
            .flatten()
            .filter_map(|used| used["component"].as_str().map(str::to_owned))
            .collect();
        users.into_iter().collect()
    };
    assert_eq!(users("/proxyv2:"), ["istio-gateway", "istiod"]);
    assert_eq!(users("/pilot:"), ["istiod"]);
    assert!(
        images.iter().all(|image| image["image"] != "auto"),
        "{list:#}"
    );
}

/// Held against the manifests that are committed, read as anybody reads YAML.
#[test]
fn every_image_of_the_committed_manifests_is_listed() {
    let sandbox = fixtures::environments();
    let list = listed(&sandbox, "images --format json");
    let environments = list["environments"].as_array().expect("a list");
    assert_eq!(environments.len(), 3);
    for environment in environments {
        let name = environment["environment"].as_str().expect("a name");
        let images = environment["images"].as_array().expect("a list");
        let listed: BTreeSet<&str> = images
            .iter()
            .filter_map(|image| image["image"].as_str())
            .collect();
        let files = sandbox.files(&format!("environments/{name}/manifests"));
        let mut seen = 0;
        // A file in a ConfigMap may name what no pod runs.
        let files = files
            .iter()
            .filter(|(path, _)| !path.contains("/configmap-"))
            // Machines have images that are no containers'.
            .filter(|(path, _)| !path.starts_with("cluster/"));
        for (path, bytes) in files {
            let text = String::from_utf8_lossy(bytes);
            for line in text.lines() {
                let line = line.trim_start().trim_start_matches("- ");
                if let Some(image) = line.strip_prefix("image: ") {
                    let image = image.trim_matches('"');
                    seen += 1;
                    assert!(listed.contains(image), "{path}: {image}");
                }
            }
        }
        assert!(seen > 5, "only {seen} images in {name}");
    }
}

#[test]
fn an_image_of_no_list_is_told_apart() {
    let sandbox = fixtures::workloads();
    sandbox.write(
        "modules/workloads/templates/extra.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {{ meta(name(\"extra\")) }}\nspec:\n  containers: [{ name: extra, image: busybox }]\n",
    );
    let ran = sandbox.run("images one").succeeds();
    insta::assert_snapshot!(ran.stdout, @r"
    one · 2 images from 2 registries

    docker.io
      library/busybox  workloads (in no module's list)

    registry.example.com
      program:1.0.0  workloads
    ");
}

/// Manifests of the user's own are of no module.
#[test]
fn images_of_own_manifests_are_listed() {
    let sandbox = environment("  metrics-server: {}\n", "{}\n");
    sandbox.write(
        "environments/one/objects/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: { name: own, namespace: default }\nspec: { containers: [{ name: own, image: \"registry.example.com/own:1\" }] }\n",
    );
    let list = listed(&sandbox, "images one --format json");
    let images = list["environments"][0]["images"].as_array();
    let mut images = images.into_iter().flatten();
    let own = images.find(|image| image["image"] == "registry.example.com/own:1");
    let own = own.unwrap_or_else(|| panic!("{list:#}"));
    assert_eq!(own["uses"][0]["name"], Value::Null);
    assert_eq!(own["uses"][0]["component"], "objects");
}
