//! A Secret's values stand in no output, whatever is done with it: a word that only Secrets hold is
//! looked for in all that is said and written.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::support::control_plane::{ControlPlane, shared};
use crate::support::{Ran, Sandbox};

const NAME: &str = "secrets";
const CANARY: &str = "canary-7f3a";

/// Every form in which the server or we may hold it.
fn forms() -> Vec<String> {
    let mut forms = vec![CANARY.to_owned()];
    for word in [CANARY, "canary-7f3a-old", "canary-7f3a-new"] {
        forms.push(
            BASE64_STANDARD
                .encode(word)
                .trim_end_matches('=')
                .to_owned(),
        );
    }
    forms
}

fn objects(value: &str, more: &str) -> String {
    format!(
        r#"apiVersion: v1
kind: Namespace
metadata: {{ name: {NAME} }}
---
apiVersion: v1
kind: Secret
metadata: {{ name: encoded, namespace: {NAME} }}
data: {{ password: {} }}
---
apiVersion: v1
kind: Secret
metadata: {{ name: plain, namespace: {NAME} }}
stringData: {{ password: {value}, config: "[{{ user: {value} }}]" }}
{more}"#,
        BASE64_STANDARD.encode(value)
    )
}

struct Repository<'p> {
    sandbox: Sandbox,
    plane: &'p ControlPlane,
    heard: Vec<(String, String)>,
}

impl Repository<'_> {
    fn desire(&mut self, objects: &str) {
        let path = format!("environments/{NAME}/objects/all.yaml");
        self.sandbox.write(&path, objects);
        self.run(&format!("render {NAME}")).succeeds();
    }

    fn run(&mut self, arguments: &str) -> Ran {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let run = self.sandbox.command(arguments);
        let ran = run.env("KUBECONFIG", kubeconfig).run();
        let text = format!("{}{}", ran.stdout, ran.stderr);
        self.heard.push((arguments.to_owned(), text));
        ran
    }

    /// What is kept in the cluster, unpacked.
    fn hear_inventory(&mut self) {
        let inventory = [
            "get",
            "secrets",
            "--namespace=kops-stack-system",
            "-o",
            "json",
        ];
        let stored = self.plane.kubectl(&inventory).expect("there is a kubectl");
        let stored: serde_json::Value = serde_json::from_str(&stored).expect("it is JSON");
        let mut unpacked = 0;
        for secret in stored["items"].as_array().expect("it is a list") {
            let data = secret["data"].as_object().into_iter().flatten();
            for (key, value) in data {
                let text = value.as_str().unwrap_or_default();
                let bytes = BASE64_STANDARD.decode(text).expect("the server encodes it");
                let bytes = miniz_oxide::inflate::decompress_to_vec_zlib(&bytes)
                    .inspect(|_| unpacked += 1)
                    .unwrap_or(bytes);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.heard.push((format!("the inventory's {key}"), text));
            }
            self.heard
                .push(("the inventory".to_owned(), secret["metadata"].to_string()));
        }
        assert!(unpacked > 0, "the inventory is packed");
    }

    fn look(&mut self) {
        for format in ["text", "json", "markdown"] {
            for command in ["plan", "plan --verify", "diff"] {
                self.run(&format!("{command} {NAME} --format {format}"));
            }
        }
        for format in ["text", "json"] {
            self.run(&format!("status {NAME} --format {format}"));
        }
        self.run(&format!("plan {NAME} --out saved.json"));
        self.heard
            .push(("saved.json".to_owned(), self.sandbox.read("saved.json")));
    }
}

#[test]
fn values_of_secrets_are_seen_nowhere() {
    let Some(plane) = shared() else { return };
    let sandbox = Sandbox::with(&[("kops-stack.yaml", "{}\n")]);
    let settings = "stack: reference/2026.12\ncontext: test\ncrds: stand-in\n";
    sandbox.write(&format!("environments/{NAME}/environment.yaml"), settings);
    let cluster = "kubernetes: \"1.36.3\"\n";
    sandbox.write(&format!("environments/{NAME}/cluster.yaml"), cluster);
    let mut repository = Repository {
        sandbox,
        plane,
        heard: Vec::new(),
    };
    let old = objects("canary-7f3a-old", "");
    repository.desire(&old);
    repository.run(&format!("pin {NAME} --yes")).succeeds();

    // Created, changed here and there, refused, replaced, gone.
    repository.look();
    repository.run(&format!("apply {NAME} --yes")).succeeds();
    repository.look();
    repository.desire(&objects("canary-7f3a-new", ""));
    repository.look();
    let patch =
        r#"--patch={"stringData":{"password":"canary-7f3a-elsewhere","more":"canary-7f3a"}}"#;
    let within = format!("--namespace={NAME}");
    if plane
        .kubectl(&["patch", "secret", "plain", &within, "--type=merge", patch])
        .is_none()
    {
        return;
    }
    repository.look();
    repository.run("apply saved.json").succeeds();
    repository.hear_inventory();
    repository.desire(&objects("canary-7f3a-old", ""));
    repository
        .run(&format!("apply {NAME} --yes --format json"))
        .succeeds();
    for wrong in [
        "type: kubernetes.io/tls\n",
        "type: kubernetes.io/dockerconfigjson\n",
        "datas: { a: canary-7f3a }\n",
        "immutable: canary-7f3a\n",
    ] {
        repository.desire(&(objects("canary-7f3a-new", "") + wrong));
        repository.look();
        repository.run(&format!("apply {NAME} --yes"));
    }
    repository.desire(&format!(
        "apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {NAME} }}\n"
    ));
    repository.look();
    repository.run(&format!("apply {NAME} --yes")).succeeds();
    repository.run(&format!("destroy {NAME} --yes={NAME}"));

    let forms = forms();
    let mut leaks = Vec::new();
    for (what, text) in &repository.heard {
        let shown = text
            .lines()
            .filter(|line| forms.iter().any(|form| line.contains(form)));
        leaks.extend(shown.map(|line| format!("{what}: {line}")));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    let seen = repository.heard.iter();
    assert!(
        seen.into_iter().any(|(_, text)| text.contains("<secret ")),
        "masked values are seen"
    );
}
