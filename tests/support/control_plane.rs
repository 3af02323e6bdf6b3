//! A real Kubernetes control plane for tests; tests/control-plane/ holds the program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::{ROOT, oracle};

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
    if !is_built() {
        return None;
    }
    let built = folder();
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

/// Where the programs lie.
pub fn folder() -> PathBuf {
    Path::new(ROOT).join("target/control-plane")
}

/// Whether the control plane of each release is built; each run builds it once.
pub fn is_built() -> bool {
    static BUILT: OnceLock<bool> = OnceLock::new();
    *BUILT.get_or_init(|| build("build"))
}

/// Builds what tools/control-plane.sh calls so, once on this machine at a time.
pub fn build(what: &str) -> bool {
    let target = Path::new(ROOT).join("target");
    std::fs::create_dir_all(&target).expect("it can be made");
    let lock = std::fs::File::create(target.join("control-plane.lock")).expect("it can be made");
    lock.lock().expect("it can be locked");
    let built = Command::new(Path::new(ROOT).join("tools/control-plane.sh"))
        .arg(what)
        .status()
        .is_ok_and(|status| status.success());
    assert!(
        built || std::env::var_os("CI").is_none(),
        "tools/control-plane.sh {what} failed"
    );
    if !built {
        eprintln!(
            "skipped: tools/control-plane.sh {what} failed; install Go 1.26, or python3 with pip"
        );
    }
    built
}

impl ControlPlane {
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// kubectl, where tools/oracles.sh has put it; what it says.
    pub fn kubectl(&self, arguments: &[&str]) -> Option<String> {
        let said = self.ask(arguments, "")?;
        Some(said.unwrap_or_else(|refused| panic!("{arguments:?}: {refused}")))
    }

    /// Applies manifests as kubectl does.
    pub fn apply(&self, manifests: &str) -> Option<String> {
        let said = self.ask(&["apply", "--server-side", "-f", "-"], manifests)?;
        Some(said.unwrap_or_else(|refused| panic!("{manifests}: {refused}")))
    }

    /// What kubectl says, or why it failed; nothing where there is no kubectl.
    pub fn ask(&self, arguments: &[&str], input: &str) -> Option<Result<String, String>> {
        let mut child = oracle::kubectl()?
            .env("KUBECONFIG", &self.kubeconfig)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl runs");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        // One that reads nothing may have ended by now.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        let output = child.wait_with_output().expect("kubectl ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        })
    }

    /// Lets something not work until the fault is dropped; tests/control-plane/README.md has the
    /// words. One that the stand-ins do not understand fails the test.
    pub fn fault(&self, name: &str, lines: &str) -> Option<Fault<'_>> {
        let holder = format!("faults-{name}");
        self.kubectl(&[
            "--namespace=kube-system",
            "create",
            "configmap",
            &holder,
            &format!("--from-literal=faults={lines}"),
        ])?;
        let fault = Fault {
            plane: self,
            holder,
        };
        let path = r"jsonpath={.metadata.annotations.control-plane\.kops-stack\.dev/in-force}";
        let arguments = [
            "--namespace=kube-system",
            "get",
            "configmap",
            &fault.holder,
            "-o",
            path,
        ];
        let said = self.wait_for(&arguments, |said| !said.is_empty())?;
        assert_eq!(said, "true", "{lines}");
        Some(fault)
    }

    /// Asks until the answer is the one that is waited for, and gives it.
    pub fn wait_for(&self, arguments: &[&str], wanted: impl Fn(&str) -> bool) -> Option<String> {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            let said = self.ask(arguments, "")?;
            let said = said.unwrap_or_else(|refused| refused);
            if wanted(&said) {
                return Some(said);
            }
            assert!(Instant::now() < deadline, "{arguments:?}: {said}");
            std::thread::sleep(Duration::from_millis(100));
        }
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

/// Something that does not work, as long as this lives.
#[must_use]
pub struct Fault<'p> {
    plane: &'p ControlPlane,
    holder: String,
}

impl Drop for Fault<'_> {
    fn drop(&mut self) {
        let arguments = [
            "--namespace=kube-system",
            "delete",
            "configmap",
            &self.holder,
        ];
        let _ = self.plane.ask(&arguments, "");
    }
}
