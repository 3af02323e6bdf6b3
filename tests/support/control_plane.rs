//! A real Kubernetes control plane for tests; tests/control-plane/ holds the program.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

use super::ROOT;

/// A control plane that runs. It stops when this is dropped, and when this process dies.
pub struct ControlPlane {
    child: Child,
    /// The program stops when this is closed.
    stdin: Option<ChildStdin>,
    pub kubeconfig: PathBuf,
    /// As the server says it: `v1.36.3`.
    pub version: String,
}

/// The control plane that tests share, each in namespaces of its own; nothing where it cannot be
/// built, which is said, and fails where `CI` is set.
pub fn shared() -> Option<&'static ControlPlane> {
    static SHARED: OnceLock<Option<ControlPlane>> = OnceLock::new();
    SHARED.get_or_init(|| start("1.36", &[])).as_ref()
}

/// A control plane of one's own, of a minor release.
pub fn start(release: &str, flags: &[&str]) -> Option<ControlPlane> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    if !*BUILT.get_or_init(build) {
        return None;
    }
    let built = Path::new(ROOT).join("target/control-plane");
    let mut child = Command::new(built.join(release))
        .args(["run", "-attached"])
        .arg("-kwok")
        .arg(built.join("kwok"))
        .arg("-stand-ins")
        .arg(built.join("stand-ins"))
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it was built");
    let stdin = child.stdin.take();
    let stdout = child.stdout.take().expect("it is a pipe");
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it can be read");
    let said: serde_json::Value = serde_json::from_str(&line)
        .unwrap_or_else(|_| panic!("the control plane of {release} did not start"));
    let text = |key: &str| said[key].as_str().expect("it says so").to_owned();
    Some(ControlPlane {
        child,
        stdin,
        kubeconfig: text("kubeconfig").into(),
        version: text("version"),
    })
}

/// Builds the programs, once on this machine at a time.
fn build() -> bool {
    let target = Path::new(ROOT).join("target");
    std::fs::create_dir_all(&target).expect("it can be made");
    let lock = std::fs::File::create(target.join("control-plane.lock")).expect("it can be made");
    lock.lock().expect("it can be locked");
    let built = Command::new(Path::new(ROOT).join("tools/control-plane.sh"))
        .arg("build")
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        built || std::env::var_os("CI").is_none(),
        "the control plane could not be built"
    );
    if !built {
        eprintln!("skipped: no control plane; install Go 1.26, or python3 with pip");
    }
    built
}

impl ControlPlane {
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// kubectl, where tools/oracles.sh has put it.
    pub fn kubectl(&self, arguments: &[&str]) -> Option<String> {
        let kubectl = Path::new(ROOT).join("target/oracles/kubectl");
        if !kubectl.exists() {
            assert!(std::env::var_os("CI").is_none(), "kubectl is missing");
            eprintln!("skipped: no kubectl; tools/oracles.sh gets it");
            return None;
        }
        let output = Command::new(kubectl)
            .env("KUBECONFIG", &self.kubeconfig)
            .args(arguments)
            .output()
            .expect("kubectl runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            text(&output.stderr)
        );
        Some(text(&output.stdout))
    }

    /// Ends the program as the kernel would, with no word to its parts.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is our child");
        self.child.wait().expect("it is our child");
    }

    /// Stops it and waits until it is gone.
    pub fn stop(mut self) {
        drop(self.stdin.take());
        let ended = self.child.wait().expect("it is our child");
        assert!(ended.success(), "the control plane stopped badly: {ended}");
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
