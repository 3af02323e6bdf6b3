//! `--live`: what only the cluster knows, asked of a server that answers what it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::existing;

const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// A server of Kubernetes 1.35 with one budget that lets no pod go, and one object of an API that goes.
fn answer(path: &str) -> Option<(&'static str, Value)> {
    let kind = |plural: &str, kind: &str| json!({ "resource": plural, "responseKind": { "kind": kind }, "scope": "Namespaced", "verbs": ["get", "list"] });
    let group = |name: &str, version: &str, kind: Value| json!({ "metadata": { "name": name }, "versions": [{ "version": version, "resources": [kind] }] });
    let list = |item: Value| json!({ "metadata": { "resourceVersion": "7" }, "items": [item] });
    Some(match path {
        "/version" => ("application/json", json!({ "gitVersion": "v1.35.4" })),
        "/api/v1/namespaces/kube-system" => (
            "application/json",
            json!({ "apiVersion": "v1", "kind": "Namespace",
                "metadata": { "name": "kube-system", "uid": "0b0e0c52-0000-4000-8000-000000000001" } }),
        ),
        "/api" => (DISCOVERY, json!({ "items": [] })),
        "/apis" => (
            DISCOVERY,
            json!({ "items": [
                group("policy", "v1", kind("poddisruptionbudgets", "PodDisruptionBudget")),
                group("scheduling.k8s.io", "v1alpha1", kind("workloads", "Workload")),
            ]}),
        ),
        "/apis/policy/v1/poddisruptionbudgets" => (
            "application/json",
            list(json!({ "metadata": { "name": "web", "namespace": "shop" },
                "status": { "disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2, "expectedPods": 2 } })),
        ),
        "/apis/scheduling.k8s.io/v1alpha1/workloads" => (
            "application/json",
            list(
                json!({ "metadata": { "name": "nightly", "namespace": "train", "managedFields": [
                { "manager": "argo", "operation": "Update", "apiVersion": "scheduling.k8s.io/v1alpha1",
                  "fieldsType": "FieldsV1", "fieldsV1": {} }] } }),
            ),
        ),
        _ => return None,
    })
}

/// Answers until the test ends; gives the address, and what was asked.
fn serve() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || connection(&stream, &seen));
        }
    });
    (format!("http://{address}"), asked)
}

fn connection(stream: &TcpStream, seen: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream).lines();
    // One request after the other, until the client has no more.
    while let Some(Ok(first)) = lines.next() {
        for line in lines.by_ref() {
            if line.is_ok_and(|line| line.is_empty()) {
                break;
            }
        }
        let path = first.split(' ').nth(1).unwrap_or_default();
        seen.lock().expect("no thread panics").push(first.clone());
        let path = path.split('?').next().unwrap_or_default();
        let (status, content, body) = match answer(path) {
            Some((content, body)) => ("200 OK", content, body),
            None => (
                "404 Not Found",
                "application/json",
                json!({ "kind": "Status", "code": 404, "reason": "NotFound" }),
            ),
        };
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        if stream.write_all((head + &body).as_bytes()).is_err() {
            return;
        }
    }
}

#[test]
fn what_the_cluster_holds_is_in_the_way_too_and_only_lists_are_asked() {
    let (server, asked) = serve();
    let sandbox = existing("1.35", "reference/2026.11", "  metrics-server: {}\n");
    sandbox.replace(
        "environments/one/environment.yaml",
        "crds: stand-in\n",
        "crds: stand-in\ncontext: test\ncluster: 0b0e0c52-0000-4000-8000-000000000001\n",
    );
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{ name: c, cluster: {{ server: \"{server}\" }} }}]\nusers: [{{ name: u, user: {{ token: t }} }}]\ncontexts: [{{ name: test, context: {{ cluster: c, user: u }} }}]\n"
    );
    let file = sandbox.home().join("kubeconfig");
    fs_err::write(&file, kubeconfig).expect("files can be written");
    let run = |arguments: &str| {
        let command = sandbox.command(arguments);
        command
            .env("KUBECONFIG", file.to_str().expect("it is text"))
            .run()
    };
    let ran = run("upgrade one --check --live").exits(3);
    let part = ran.stdout.split("  In the way\n").nth(1);
    insta::assert_snapshot!(part.expect("something is in the way"));
    let asked = asked.lock().expect("no thread panics").clone();
    assert!(
        asked.iter().all(|line| line.starts_with("GET ")),
        "{asked:?}"
    );
    assert_eq!(
        asked.iter().filter(|line| line.contains("?limit=")).count(),
        2,
        "{asked:?}"
    );
    // Without the flag nobody is asked, and nothing is in the way.
    run("upgrade one --check").succeeds();
}
