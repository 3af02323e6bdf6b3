//! `kubectl` as a reader of YAML, without a cluster.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Deserializer, Value, json};

/// The pinned `kubectl`, which `tools/oracles.sh` gets.
pub struct Kubectl {
    program: PathBuf,
}

impl Kubectl {
    /// The program, if it is there; where continuous integration runs, it must be.
    pub fn find() -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/oracles/kubectl");
        if program.is_file() {
            return Some(Self { program });
        }
        assert!(
            std::env::var_os("CI").is_none(),
            "no kubectl, run tools/oracles.sh"
        );
        say("skipped: no kubectl, run tools/oracles.sh");
        None
    }

    /// What `kubectl` reads from a file: every object, with the annotation `a: b` added.
    pub fn read(&self, name: &str, yaml: &str) -> Result<Vec<Value>, String> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.yaml"));
        std::fs::write(&path, yaml).expect("the directory for tests can be written");
        self.read_files(&[path])
    }

    pub fn read_files(&self, paths: &[PathBuf]) -> Result<Vec<Value>, String> {
        let output = self.run(paths);
        match output.status.success() {
            true => Ok(objects(&output.stdout)),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// What it reads from the files that it does not refuse.
    pub fn read_what_it_can(&self, paths: &[PathBuf]) -> Vec<Value> {
        objects(&self.run(paths).stdout)
    }

    fn run(&self, paths: &[PathBuf]) -> Output {
        let mut command = Command::new(&self.program);
        command.args(["annotate", "--local", "--output", "json", "a=b"]);
        for path in paths {
            command.arg("--filename").arg(path);
        }
        command.env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
        command.output().expect("kubectl can be run")
    }
}

fn objects(json: &[u8]) -> Vec<Value> {
    let objects = Deserializer::from_slice(json).into_iter();
    objects
        .collect::<Result<_, _>>()
        .expect("kubectl prints JSON")
}

/// An object with the annotation that `kubectl` adds.
pub fn annotated(mut object: Value) -> Value {
    object["metadata"]["annotations"]["a"] = json!("b");
    object
}

/// Says it even where the test passes, when the harness would swallow what is printed.
pub fn say(line: &str) {
    writeln!(std::io::stderr(), "yaml: {line}").expect("stderr can be written");
}
