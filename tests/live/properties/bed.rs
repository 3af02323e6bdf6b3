//! An environment that is applied again and again, each time with both properties looked at.

use std::collections::BTreeMap;

use kops_stack::diagnostic::Source;
use kops_stack::object::{Identity, Object, Schemas};
use kops_stack::yaml::{Value, kubernetes_stream};

use super::prediction;
use crate::support::control_plane::ControlPlane;
use crate::support::{Ran, Sandbox};

/// The newest release of the stack.
pub const STACK: &str = "reference/2026.12";

pub struct Bed<'p> {
    pub sandbox: Sandbox,
    pub plane: &'p ControlPlane,
    pub name: String,
}

/// How a run ended.
pub struct Raw {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// What one apply showed.
#[derive(Debug, Default)]
pub struct Looked {
    /// Objects whose prediction was compared.
    pub compared: usize,
    pub problems: Vec<String>,
}

impl<'p> Bed<'p> {
    /// An environment of the cluster, with limits that stand in no way.
    pub fn new(plane: &'p ControlPlane, name: &str) -> Self {
        let bed = Self {
            sandbox: Sandbox::with(&[("kops-stack.yaml", "{}\n")]),
            plane,
            name: name.to_owned(),
        };
        bed.write("cluster.yaml", "kubernetes: \"1.36.3\"\n");
        bed
    }

    /// Writes environment.yaml, with the cluster that it is for.
    pub fn settings(&self, more: &str) {
        let path = "jsonpath={.metadata.uid}";
        let id = ["get", "namespace", "kube-system", "-o", path];
        let id = self.plane.kubectl(&id).unwrap_or_default();
        let text = format!(
            "stack: {STACK}\ncontext: test\ncluster: {id}\ncrds: stand-in\nlimits: {{ maxDeletes: 1000, maxDeletePercent: 100 }}\n{more}"
        );
        self.write("environment.yaml", &text);
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = format!("environments/{}/{file}", self.name);
        self.sandbox.write(&path, text);
    }

    /// Runs the program; `{}` stands for the environment.
    pub fn run(&self, arguments: &str) -> Ran {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let arguments = arguments.replace("{}", &self.name);
        let run = self.sandbox.command(&arguments);
        run.env("KUBECONFIG", kubeconfig).run()
    }

    /// The same with times and addresses as they were said.
    pub fn raw(&self, arguments: &str) -> Raw {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let arguments = arguments.replace("{}", &self.name);
        let run = self
            .sandbox
            .command(&arguments)
            .env("KUBECONFIG", kubeconfig);
        let output = run.spawn().wait_with_output().expect("it ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Raw {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Renders, plans and applies; then compares what is there with what was predicted, and plans
    /// again, by proof and by asking about everything.
    pub fn applies(&self) -> Result<Looked, String> {
        done(self.run("render {}"))?;
        let plan = done(self.run("plan {} --format json"))?;
        let plan: Value = serde_json::from_str(&plan.stdout).map_err(|error| error.to_string())?;
        let plan = &plan["plans"][0];
        let desired = self.desired();
        let written = |actions: &[&str]| -> Vec<Identity> {
            let steps = plan["steps"].as_array().into_iter().flatten();
            let steps = steps.filter(|step| actions.iter().any(|action| step["action"] == *action));
            steps.map(identity).collect()
        };
        let before = self.read(&desired, &written(&["update", "adopt"]))?;
        done(self.run("apply {} --yes --timeout 300"))?;
        let after = self.read(
            &desired,
            &written(&["update", "adopt", "create", "replace"]),
        )?;
        let mut looked = Looked::default();
        let schemas: Schemas = desired.values().map(Object::value).collect();
        for step in plan["steps"].as_array().into_iter().flatten() {
            let identity = identity(step);
            let (Some(desired), Some(after)) = (desired.get(&identity), after.get(&identity))
            else {
                continue;
            };
            looked.compared += 1;
            let problems = match before.get(&identity) {
                Some(before) => prediction::of_update(before, step, after, &schemas.of(after)),
                None => prediction::of_create(desired, after, &schemas.of(after)),
            };
            let problems = problems.into_iter();
            let told = problems.map(|problem| format!("{identity}: {problem}"));
            looked.problems.extend(told);
        }
        for plan in [
            "plan {} --detailed-exitcode",
            "plan {} --verify --detailed-exitcode",
        ] {
            let again = self.run(plan);
            if again.code != Some(0) {
                let told = format!("`{plan}` is not empty: {}{}", again.stdout, again.stderr);
                looked.problems.push(told);
            }
        }
        Ok(looked)
    }

    /// The rendered objects.
    pub fn desired(&self) -> BTreeMap<Identity, Object> {
        let files = self
            .sandbox
            .files(&format!("environments/{}/manifests", self.name));
        let mut objects = BTreeMap::new();
        for (path, bytes) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
            let text = String::from_utf8(bytes.clone()).expect("manifests are text");
            let source = Source::new(path.clone(), text);
            let values = kubernetes_stream(&source).expect("manifests are YAML");
            for (value, _) in values {
                let object = Object::new(value).expect("manifests hold objects");
                objects.insert(object.identity(), object);
            }
        }
        objects
    }

    /// The objects as the server has them, managedFields included.
    fn read(
        &self,
        desired: &BTreeMap<Identity, Object>,
        wanted: &[Identity],
    ) -> Result<BTreeMap<Identity, Object>, String> {
        let wanted: Vec<Value> = wanted
            .iter()
            .filter_map(|identity| desired.get(identity))
            .map(|object| {
                let mut bare = serde_json::json!({
                    "apiVersion": object.api_version(),
                    "kind": object.kind(),
                    "metadata": { "name": object.name() },
                });
                if let Some(namespace) = object.namespace() {
                    bare["metadata"]["namespace"] = namespace.into();
                }
                bare
            })
            .collect();
        if wanted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": wanted});
        let get = [
            "get",
            "-f",
            "-",
            "-o",
            "json",
            "--show-managed-fields",
            "--ignore-not-found",
        ];
        let Some(said) = self.plane.ask(&get, &list.to_string()) else {
            return Ok(BTreeMap::new());
        };
        let said: Value = serde_json::from_str(&said?).map_err(|error| error.to_string())?;
        let items = match said["items"].as_array() {
            Some(items) => items.clone(),
            None => vec![said],
        };
        let objects = items
            .into_iter()
            .map(|item| Object::new(item).expect("an object"));
        Ok(objects.map(|object| (object.identity(), object)).collect())
    }
}

fn identity(step: &Value) -> Identity {
    serde_json::from_value(step["object"].clone()).expect("a step names its object")
}

pub fn done(ran: Ran) -> Result<Ran, String> {
    match ran.code {
        Some(0) => Ok(ran),
        code => Err(format!("exit code {code:?}\n{}{}", ran.stdout, ran.stderr)),
    }
}
