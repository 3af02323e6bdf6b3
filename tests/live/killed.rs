//! An apply that is killed at a write, during creation, change and removal: the next one goes on,
//! nothing is left over, and nothing of others is touched.

use std::time::Duration;

use crate::support::Sandbox;
use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Moment, Proxy, Seen};

const NAME: &str = "killed";

/// Kills in each of creation, change and removal.
const KILLS: usize = 10;

fn objects(values: std::ops::Range<usize>, text: &str) -> String {
    let mut objects = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {NAME} }}\n");
    for number in values {
        objects += &format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: c{number}, namespace: {NAME} }}\ndata: {{ text: {text} }}\n"
        );
    }
    objects
}

/// An environment, and a way to its cluster on which an apply can be killed.
pub struct Repository<'p> {
    sandbox: Sandbox,
    pub plane: &'p ControlPlane,
    proxy: Proxy,
    name: &'static str,
}

impl<'p> Repository<'p> {
    /// With these objects, which are not applied yet.
    pub fn new(plane: &'p ControlPlane, name: &'static str, objects: &str) -> Self {
        let environment = "stack: reference/2026.12\ncontext: test\ncrds: stand-in\nlimits: { maxDeletes: 100, maxDeletePercent: 100 }\n";
        let file = |file: &str| format!("environments/{name}/{file}");
        let sandbox = Sandbox::with(&[
            ("kops-stack.yaml", "{}\n"),
            (&file("environment.yaml"), environment),
            (&file("cluster.yaml"), "kubernetes: \"1.36.3\"\n"),
            (&file("objects/all.yaml"), objects),
        ]);
        let repository = Self {
            sandbox,
            plane,
            proxy: Proxy::before(plane),
            name,
        };
        repository.run("render {}");
        repository.run("pin {} --yes");
        repository
    }

    pub fn desire(&self, objects: &str) {
        let file = format!("environments/{}/objects/all.yaml", self.name);
        self.sandbox.write(&file, objects);
        self.run("render {}");
    }

    /// Runs the program; `{}` stands for the environment.
    pub fn run(&self, arguments: &str) -> String {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let run = self.sandbox.command(&arguments.replace("{}", self.name));
        run.env("KUBECONFIG", kubeconfig).run().succeeds().stdout
    }

    /// Kills an apply at a write, and frees its lock. What it wrote until then, the last of which may
    /// not have reached the server; nothing when it has no such write.
    pub fn kill_at(&self, write: usize, moment: Moment) -> Option<Vec<Seen>> {
        self.proxy.hold_at_write(write, moment);
        let kubeconfig = self.proxy.kubeconfig.to_str().expect("it is text");
        let run = format!("apply {} --yes --timeout 300", self.name);
        let run = self.sandbox.command(&run);
        let mut child = run.env("KUBECONFIG", kubeconfig).spawn();
        let mut held = false;
        for _ in 0..600 {
            held = self.proxy.wait_until_held(Duration::from_millis(50));
            if held || child.try_wait().expect("it is our child").is_some() {
                break;
            }
        }
        child.kill().expect("it is our child");
        child.wait().expect("it is our child");
        let writes = self.proxy.writes();
        self.proxy.go_on();
        let status = self.run("lock status {}");
        if let Some(id) = status
            .lines()
            .find_map(|line| line.trim().strip_prefix("id "))
        {
            self.run(&format!("lock break {{}} {}", id.trim()));
        }
        held.then_some(writes)
    }

    /// The next apply goes on to the end, and then nothing is to be done.
    pub fn converges(&self, what: &str) {
        self.run("apply {} --yes --timeout 300");
        let plan = self.run("plan {} --verify");
        assert!(plan.contains("nothing to do"), "{what}: {plan}");
    }

    fn there(&self) -> Option<String> {
        let names = ["-n", NAME, "get", "configmaps", "-o", "name"];
        self.plane.kubectl(&names)
    }
}

#[test]
fn a_killed_apply_loses_nothing() {
    let Some(plane) = shared() else {
        return;
    };
    let repository = Repository::new(plane, NAME, &objects(0..1, "x"));
    repository.run("apply {} --yes");
    // Somebody else's object beside ours.
    plane.kubectl(&["-n", NAME, "create", "configmap", "foreign"]);
    let mut kills = 0;
    let mut at = |write: usize, what: &str| {
        let moment = match write % 2 {
            0 => Moment::Before,
            _ => Moment::After,
        };
        kills += usize::from(repository.kill_at(write, moment).is_some());
        repository.converges(what);
    };
    for kill in 0..KILLS {
        repository.desire(&objects(0..8, &format!("v{kill}")));
        at(kill + 1, "change and creation");
        let expected = 8 + 2;
        if let Some(there) = repository.there() {
            assert_eq!(there.lines().count(), expected, "{there}");
        }
        repository.desire(&objects(0..1, &format!("v{kill}")));
        at(kill + 1, "removal");
        if let Some(there) = repository.there() {
            assert_eq!(there.lines().count(), 1 + 2, "{there}");
            assert!(there.contains("configmap/foreign"), "{there}");
        }
        repository.desire(&objects(0..8, &format!("w{kill}")));
        at(12 - kill, "creation");
    }
    assert!(kills >= 25, "only {kills} applies were killed");
}
