//! An apply that is killed at a write, during creation, change and removal: the next one goes on,
//! nothing is left over, and nothing of others is touched.

use std::time::Duration;

use crate::support::Sandbox;
use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Moment, Proxy};

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

struct Repository<'p> {
    sandbox: Sandbox,
    plane: &'p ControlPlane,
    proxy: Proxy,
}

impl<'p> Repository<'p> {
    fn new(plane: &'p ControlPlane) -> Self {
        let environment = "stack: reference/2026.12\ncontext: test\ncrds: stand-in\nlimits: { maxDeletes: 100, maxDeletePercent: 100 }\n";
        let sandbox = Sandbox::with(&[
            ("kops-stack.yaml", "{}\n"),
            ("environments/killed/environment.yaml", environment),
            (
                "environments/killed/cluster.yaml",
                "kubernetes: \"1.36.3\"\n",
            ),
            ("environments/killed/objects/all.yaml", &objects(0..1, "x")),
        ]);
        let repository = Self {
            sandbox,
            plane,
            proxy: Proxy::before(plane),
        };
        repository.run("render killed");
        repository.run("pin killed --yes");
        repository
    }

    fn desire(&self, objects: &str) {
        self.sandbox
            .write("environments/killed/objects/all.yaml", objects);
        self.run("render killed");
    }

    fn run(&self, arguments: &str) -> String {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let run = self.sandbox.command(arguments);
        run.env("KUBECONFIG", kubeconfig).run().succeeds().stdout
    }

    /// Kills an apply at a write, and frees its lock. False when it has no such write.
    fn kill_at(&self, write: usize, moment: Moment) -> bool {
        self.proxy.hold_at_write(write, moment);
        let kubeconfig = self.proxy.kubeconfig.to_str().expect("it is text");
        let run = self.sandbox.command("apply killed --yes --timeout 60");
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
        self.proxy.go_on();
        let status = self.run("lock status killed");
        if let Some(id) = status
            .lines()
            .find_map(|line| line.trim().strip_prefix("id "))
        {
            self.run(&format!("lock break killed {}", id.trim()));
        }
        held
    }

    /// The next apply goes on to the end, and then nothing is to be done.
    fn converges(&self, what: &str) {
        self.run("apply killed --yes --timeout 60");
        let plan = self.run("plan killed --verify");
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
    let repository = Repository::new(plane);
    repository.run("apply killed --yes");
    // Somebody else's object beside ours.
    plane.kubectl(&["-n", NAME, "create", "configmap", "foreign"]);
    let mut kills = 0;
    let mut at = |write: usize, what: &str| {
        let moment = match write % 2 {
            0 => Moment::Before,
            _ => Moment::After,
        };
        kills += usize::from(repository.kill_at(write, moment));
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
