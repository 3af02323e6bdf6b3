//! The repositories below examples/: each is complete, and what is committed is what it renders.

mod custom_module;
mod workflows;

use std::path::{Path, PathBuf};

use crate::support::{ROOT, Sandbox};

const EXAMPLES: [&str; 5] = ["ci", "custom-module", "kind", "minimal", "ways-out"];

fn folder(name: &str) -> PathBuf {
    Path::new(ROOT).join("examples").join(name)
}

fn example(name: &str) -> Sandbox {
    Sandbox::copy_of(&folder(name))
}

#[test]
fn every_example_is_tested() {
    let folders = fs_err::read_dir(Path::new(ROOT).join("examples")).expect("there are examples");
    let mut names: Vec<String> = folders
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    assert_eq!(names, EXAMPLES);
}

/// When a module changes what it renders: tools/regenerate.sh, and look at the difference.
#[test]
fn every_example_renders_what_is_committed() {
    for name in EXAMPLES {
        let sandbox = example(name);
        sandbox.run("render --check").succeeds();
        let before = sandbox.files("");
        let ran = sandbox.run("render").succeeds();
        assert!(
            ran.stderr.contains("nothing changed"),
            "{name}: {}",
            ran.stderr
        );
        assert!(before == sandbox.files(""), "{name}: something was written");
    }
}

/// Also where it lies: this repository is one too, and the nearest wins.
#[test]
fn every_example_is_a_repository_where_it_lies() {
    for name in EXAMPLES {
        let directory = folder(name).display().to_string();
        let sandbox = Sandbox::empty();
        sandbox
            .run(&format!("-C {directory} render --check"))
            .succeeds();
    }
}

#[test]
fn every_example_is_complete() {
    let fresh = Sandbox::empty();
    fresh.run("init").succeeds();
    for name in EXAMPLES {
        let sandbox = example(name);
        for file in [".gitattributes", ".gitignore", "kops-stack.yaml"] {
            assert_eq!(sandbox.read(file), fresh.read(file), "{file} of {name}");
        }
        sandbox.run("lock --check").succeeds();
        let title = format!("# {name}\n");
        assert!(sandbox.read("README.md").starts_with(&title), "{name}");
        sandbox.run("plan --all --against empty").succeeds();
    }
}

/// What its README promises: patches of a layer and of the environment, and own objects in order.
#[test]
fn ways_out_patches_and_adds() {
    let sandbox = example("ways-out");
    let explained = sandbox.run("explain demo patches").succeeds().stdout;
    for line in [
        "patches.last-words changes Deployment kube-system/metrics-server of metrics-server\n",
        "  spec.minReadySeconds  + 20  by environments/layers/base/patches.yaml:6:7\n",
        "FallbackToLogsOnError  by environments/layers/base/patches.yaml:11:15\n",
        "  set by layer base, environments/layers/base/patches.yaml:2:1\n",
        "patches.patient changes Deployment kube-system/metrics-server of metrics-server\n",
        "3 → 10  by environments/demo/patches.yaml:6:22\n",
    ] {
        assert!(explained.contains(line), "{line}\n{explained}");
    }
    let plan = sandbox.run("plan demo --against empty").succeeds().stdout;
    let place = |line: &str| plan.find(line).unwrap_or_else(|| panic!("{line}\n{plan}"));
    assert!(place("+ Namespace shop") < place("+ ResourceQuota shop/shop"));
    assert!(plan.contains("+ RoleBinding shop/readers"), "{plan}");
    assert!(plan.contains("patched by last-words, patient"), "{plan}");
}

/// A cluster on one's own machine has nobody who would make a load balancer.
#[test]
fn kind_asks_for_no_load_balancer() {
    let sandbox = example("kind");
    for (path, text) in sandbox.files("environments/local/manifests") {
        // The schemas of CRDs may speak of them.
        let text = String::from_utf8(text).expect("manifests are text");
        assert!(!text.contains("LoadBalancer"), "{path}");
    }
}
