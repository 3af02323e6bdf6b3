//! What looks writes nothing, and asks little: seen by a proxy before the API server.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Proxy, Seen};
use crate::support::{Ran, Sandbox};

/// Requests beside one LIST for each kind: the cluster's id, two of discovery, the inventory with
/// its one piece, and what one may do.
const BESIDE_THE_LISTS: usize = 6;

/// Objects of five kinds and a Namespace, several of each.
fn objects(name: &str, text: &str) -> String {
    let mut all = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {name} }}\n");
    for number in 0..8 {
        let about = format!("metadata: {{ name: o{number}, namespace: {name} }}");
        write!(
            all,
            r#"---
apiVersion: v1
kind: ConfigMap
{about}
data: {{ text: "{text}" }}
---
apiVersion: v1
kind: Secret
{about}
stringData: {{ text: not-for-eyes }}
---
apiVersion: v1
kind: Service
{about}
spec: {{ selector: {{ app: o{number} }}, ports: [{{ port: 80 }}] }}
---
apiVersion: apps/v1
kind: Deployment
{about}
spec:
  replicas: 0
  selector: {{ matchLabels: {{ app: o{number} }} }}
  template:
    metadata: {{ labels: {{ app: o{number} }} }}
    spec: {{ containers: [{{ name: c, image: "c:1" }}] }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{about}
spec: {{ podSelector: {{}}, policyTypes: [Ingress] }}
"#
        )
        .expect("text can be added to");
    }
    all
}

const KINDS: usize = 6;

struct Repository {
    name: &'static str,
    sandbox: Sandbox,
    proxy: Proxy,
}

impl Repository {
    fn new(plane: &ControlPlane, name: &'static str) -> Self {
        let sandbox = Sandbox::with(&[("kops-stack.yaml", "{}\n")]);
        let folder = format!("environments/{name}");
        let settings = "stack: reference/2026.12\ncontext: test\ncrds: stand-in\n";
        sandbox.write(&format!("{folder}/environment.yaml"), settings);
        sandbox.write(
            &format!("{folder}/cluster.yaml"),
            "kubernetes: \"1.36.3\"\n",
        );
        let repository = Self {
            name,
            sandbox,
            proxy: Proxy::before(plane),
        };
        repository.desire("one");
        repository.run(&format!("pin {name} --yes")).succeeds();
        repository
    }

    fn desire(&self, text: &str) {
        let path = format!("environments/{}/objects/all.yaml", self.name);
        self.sandbox.write(&path, objects(self.name, text));
        self.run(&format!("render {}", self.name)).succeeds();
    }

    fn run(&self, arguments: &str) -> Ran {
        let kubeconfig = self.proxy.kubeconfig.to_str().expect("it is text");
        let run = self.sandbox.command(arguments);
        run.env("KUBECONFIG", kubeconfig).run()
    }

    /// What a command sends.
    fn sends(&self, arguments: &str) -> Vec<Seen> {
        self.proxy.go_on();
        let arguments = arguments.replace("ENV", self.name);
        self.run(&arguments).succeeds();
        self.proxy.requests()
    }
}

fn writes(seen: &[Seen]) -> Vec<String> {
    let writes = seen.iter().filter(|seen| seen.is_write());
    writes.map(ToString::to_string).collect()
}

#[test]
fn what_looks_writes_nothing() {
    let Some(plane) = shared() else { return };
    let repository = Repository::new(plane, "purity-looks");
    let looks = ["plan ENV", "plan ENV --verify", "diff ENV", "status ENV"];
    let look = |when: &str| {
        for command in looks {
            let seen = repository.sends(command);
            assert!(!seen.is_empty(), "{command} asks something");
            assert_eq!(writes(&seen), [""; 0], "{command}, {when}");
        }
    };
    look("nothing there");
    repository.run("apply purity-looks --yes").succeeds();
    look("in sync");
    repository.desire("two");
    look("with changes");
    // The proxy would have seen it.
    assert!(!writes(&repository.sends("apply ENV --yes")).is_empty());
}

#[test]
fn a_plan_in_sync_asks_once_for_each_kind() {
    let Some(plane) = shared() else { return };
    let repository = Repository::new(plane, "purity-asks");
    repository.run("apply purity-asks --yes").succeeds();
    let seen = repository.sends("plan ENV");
    let said: Vec<String> = seen.iter().map(ToString::to_string).collect();
    assert!(
        said.len() <= KINDS + BESIDE_THE_LISTS,
        "{} requests:\n{}",
        said.len(),
        said.join("\n")
    );
    assert!(
        !said.iter().any(|seen| seen.starts_with("PATCH")),
        "{said:?}"
    );
}

#[test]
fn an_apply_in_sync_writes_only_lock_and_inventory() {
    let Some(plane) = shared() else { return };
    let repository = Repository::new(plane, "purity-apply");
    repository.run("apply purity-apply --yes").succeeds();
    let seen = repository.sends("apply ENV --yes");
    let written: BTreeSet<String> = seen
        .iter()
        .filter(|seen| seen.is_write())
        .map(|seen| seen.path.clone())
        .collect();
    let own = |path: &String| {
        let rest = path
            .strip_prefix("/apis/coordination.k8s.io/v1/namespaces/kops-stack-system/leases")
            .or_else(|| path.strip_prefix("/api/v1/namespaces/kops-stack-system/secrets"));
        rest.is_some_and(|name| name.is_empty() || name.contains("purity-apply"))
    };
    let others: Vec<&String> = written.iter().filter(|path| !own(path)).collect();
    assert!(others.is_empty(), "{others:?}");
}
