//! One scenario: its environment, what happened to the cluster, and what is seen then.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::steady::steady;
use crate::support::control_plane::ControlPlane;
use crate::support::{ROOT, Ran, Sandbox};

pub struct Case {
    pub name: String,
    folder: PathBuf,
}

/// What a person sees, by the file of the snapshot.
pub struct Seen {
    pub outputs: Vec<(&'static str, String)>,
    /// Of the plan and of the same with `--verify`, where both were made.
    pub digests: Option<(String, String)>,
}

impl Case {
    /// All cases, by name.
    pub fn all() -> Vec<Self> {
        let top = Path::new(ROOT).join("tests/live/plans/cases");
        let entries = fs_err::read_dir(&top).expect("the folder of cases is there");
        let mut cases: Vec<Self> = entries
            .map(|entry| {
                let folder = entry.expect("the folder can be read").path();
                let name = folder.file_name().expect("it has a name");
                let name = name.to_string_lossy().into_owned();
                Self { name, folder }
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        cases
    }

    pub fn text(&self, file: &str) -> Option<String> {
        fs_err::read_to_string(self.folder.join(file)).ok()
    }

    pub fn write(&self, file: &str, text: &str) {
        fs_err::write(self.folder.join(file), text).expect("snapshots can be written");
    }

    /// Makes it so, and looks; or what of the preparation failed.
    pub fn run(&self, plane: &ControlPlane) -> Result<Seen, String> {
        let sandbox = self.repository(plane);
        let name = &self.name;
        if let Some(before) = self.text("before.yaml") {
            sandbox.write(&self.objects(), before);
            done(self.kops(&sandbox, plane, &format!("render {name}")))?;
            let apply = format!("apply {name} --yes --timeout 300");
            done(self.kops(&sandbox, plane, &apply))?;
        }
        match self.text("after.yaml").filter(|text| !text.is_empty()) {
            Some(after) => drop(sandbox.write(&self.objects(), after)),
            None => drop(sandbox.remove(&self.objects())),
        }
        let settings = format!("environments/{name}/environment.yaml");
        let more = self.text("environment.yaml").unwrap_or_default();
        sandbox.write(&settings, sandbox.read(&settings) + &more);
        done(self.kops(&sandbox, plane, &format!("render {name}")))?;
        for line in self.text("earlier").unwrap_or_default().lines() {
            done(self.kops(&sandbox, plane, line))?;
        }
        for line in self.text("cluster").unwrap_or_default().lines() {
            self.kubectl(plane, line)?;
        }
        if let Some(text) = self.text("unrendered.yaml") {
            sandbox.write(&settings, text.replace("[CLUSTER]", cluster(plane)));
        }
        let seen = self.look(&sandbox, plane);
        for line in self.text("cleanup").unwrap_or_default().lines() {
            self.kubectl(plane, line)?;
        }
        Ok(seen)
    }

    fn look(&self, sandbox: &Sandbox, plane: &ControlPlane) -> Seen {
        let command = self.text("command");
        let command = command.unwrap_or_else(|| format!("plan {}", self.name));
        let command = command.trim();
        let text = self.kops(sandbox, plane, command);
        let mut outputs = vec![("expected.txt", self.transcript(command, &text, plane))];
        if !command.starts_with("plan ") {
            return Seen {
                outputs,
                digests: None,
            };
        }
        let verified = format!("{command} --verify --format json");
        let json = self.kops(
            sandbox,
            plane,
            &verified.replace("--verify --verify", "--verify"),
        );
        let markdown = self.kops(sandbox, plane, &format!("{command} --format markdown"));
        let digests = digest(&text.stdout).zip(digest_of_json(&json.stdout));
        let same = |text: &str| steady(text, cluster(plane), server(plane));
        outputs.push(("expected.json", same(&json.stdout)));
        outputs.push(("expected.md", same(&markdown.stdout)));
        Seen { outputs, digests }
    }

    fn transcript(&self, command: &str, ran: &Ran, plane: &ControlPlane) -> String {
        let mut text = format!("$ kops-stack {command}\n");
        for (title, part) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            if !part.is_empty() {
                let part = steady(part, cluster(plane), server(plane));
                let kubeconfig = plane.kubeconfig.display().to_string();
                let part = part.replace(&kubeconfig, "[KUBECONFIG]");
                text.push_str(&format!("--- {title}\n{part}"));
            }
        }
        let code = ran.code.map_or("none".to_owned(), |code| code.to_string());
        text + &format!("--- exit code {code}\n")
    }

    fn objects(&self) -> String {
        format!("environments/{}/objects/all.yaml", self.name)
    }

    fn repository(&self, plane: &ControlPlane) -> Sandbox {
        let name = &self.name;
        let sandbox = Sandbox::with(&[(
            "kops-stack.yaml",
            "defaults: { stack: reference/2026.12 }\n",
        )]);
        let id = cluster(plane);
        sandbox.write(
            &format!("environments/{name}/environment.yaml"),
            format!("stack: reference/2026.12\ncontext: test\ncluster: {id}\ncrds: stand-in\n"),
        );
        let knobs = format!("name: {name}.example.com\nkubernetes: \"1.36.3\"\n");
        sandbox.write(&format!("environments/{name}/cluster.yaml"), knobs);
        sandbox
    }

    fn kops(&self, sandbox: &Sandbox, plane: &ControlPlane, arguments: &str) -> Ran {
        let kubeconfig = plane.kubeconfig.display().to_string();
        sandbox
            .command(arguments)
            .env("KUBECONFIG", &kubeconfig)
            .run()
    }

    /// A line of `cluster`: arguments of kubectl, files from the case's folder. With `! `
    /// before it, it is tried until it is refused.
    fn kubectl(&self, plane: &ControlPlane, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        let words = line
            .split_whitespace()
            .map(|word| match word.ends_with(".yaml") {
                true => self.folder.join(word).display().to_string(),
                false => word.to_owned(),
            });
        let words: Vec<String> = words.collect();
        let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
        if let ["!", arguments @ ..] = arguments.as_slice() {
            let deadline = Instant::now() + Duration::from_secs(30);
            while let Some(Ok(_)) = plane.ask(arguments, "") {
                if Instant::now() > deadline {
                    return Err(format!("kubectl {line}: it is not refused"));
                }
            }
            return Ok(());
        }
        match plane.ask(&arguments, "") {
            Some(Err(said)) => Err(format!("kubectl {line}: {said}")),
            _ => Ok(()),
        }
    }
}

fn done(ran: Ran) -> Result<(), String> {
    match ran.code {
        Some(0) => Ok(()),
        code => Err(format!("exit code {code:?}\n{}{}", ran.stdout, ran.stderr)),
    }
}

/// A plan that has nothing to do, in place of its digest.
const NOTHING: &str = "nothing to do";

/// `… · plan a168aa7e3dbae557 · …` in the last line.
fn digest(text: &str) -> Option<String> {
    if text.contains(NOTHING) {
        return Some(NOTHING.to_owned());
    }
    let (_, rest) = text.rsplit_once("· plan ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

fn digest_of_json(text: &str) -> Option<String> {
    let document: serde_json::Value = serde_json::from_str(text).ok()?;
    let plan = &document["plans"][0];
    if plan["steps"].as_array().is_some_and(Vec::is_empty) {
        return Some(NOTHING.to_owned());
    }
    let digest = plan["live"]["digest"].as_str();
    digest.map(str::to_owned)
}

/// Who the shared control plane is.
fn cluster(plane: &ControlPlane) -> &'static str {
    static ID: OnceLock<String> = OnceLock::new();
    ID.get_or_init(|| {
        let path = "jsonpath={.metadata.uid}";
        let said = plane.kubectl(&["get", "namespace", "kube-system", "-o", path]);
        said.expect("there is a kubectl")
    })
}

fn server(plane: &ControlPlane) -> &'static str {
    static SERVER: OnceLock<String> = OnceLock::new();
    SERVER.get_or_init(|| {
        let path = "jsonpath={.clusters[0].cluster.server}";
        let said = plane.kubectl(&["config", "view", "-o", path]);
        said.expect("there is a kubectl")
    })
}
