//! Who one is to the cluster, tried for real: the account of a pod, with all rights and with few; a client
//! certificate whose time is over; and a second Ctrl-C. `UPDATE_SNAPSHOTS=1` writes what people read.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use regex_lite::Regex;

use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Moment, Proxy};
use crate::support::{ROOT, Ran, Run, Sandbox};

const NAME: &str = "credentials";

const OBJECTS: &str = "apiVersion: v1
kind: Namespace
metadata: { name: credentials }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: a, namespace: credentials }
data: { text: one }
";

/// What the account may do beside nothing: read all of it, and write ConfigMaps.
const FEW: &str = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: credentials-few }
rules:
  - { apiGroups: [""], resources: [namespaces, configmaps, secrets], verbs: [get, list, watch] }
  - { apiGroups: [""], resources: [configmaps], verbs: [create, patch] }
"#;

fn repository(context: &str, id: &str) -> Sandbox {
    let settings =
        format!("stack: reference/2026.12\ncontext: {context}\ncluster: {id}\ncrds: stand-in\n");
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        (
            "environments/credentials/cluster.yaml",
            "kubernetes: \"1.36.3\"\n",
        ),
        ("environments/credentials/environment.yaml", &settings),
        ("environments/credentials/objects/all.yaml", OBJECTS),
    ]);
    sandbox.run("render credentials").succeeds();
    sandbox
}

fn id(plane: &ControlPlane) -> Option<String> {
    let path = "jsonpath={.metadata.uid}";
    plane.kubectl(&["get", "namespace", "kube-system", "-o", path])
}

/// A value of the control plane's kubeconfig.
fn value_of(plane: &ControlPlane, key: &str) -> String {
    let text = fs_err::read_to_string(&plane.kubeconfig).expect("it can be read");
    let mut lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    let value = lines.next().expect("it is there");
    value.trim_matches(['\'', '"']).to_owned()
}

/// Where a pod finds its account, in a mount namespace of its own.
struct Pod<'p> {
    plane: &'p ControlPlane,
    token: String,
}

impl<'p> Pod<'p> {
    /// A service account of this name, without rights; nothing where mounts cannot be made.
    fn new(plane: &'p ControlPlane, account: &str) -> Option<Self> {
        let isolated = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "mount"])
            .args(["-t", "tmpfs", "none", "/run"])
            .status();
        if !isolated.is_ok_and(|status| status.success()) {
            eprintln!("skipped: no mount namespace can be made (`unshare --user --mount`)");
            return None;
        }
        plane.kubectl(&["create", "serviceaccount", account, "-n", "default"])?;
        let token = plane.kubectl(&["create", "token", account, "-n", "default"])?;
        Some(Self { plane, token })
    }

    /// A run of the program as in the pod.
    fn run(&self, sandbox: &Sandbox, arguments: &str) -> Ran {
        let server = value_of(self.plane, "server");
        let address = server.trim_start_matches("https://");
        let (host, port) = address.rsplit_once(':').expect("it has a port");
        let home = sandbox.home();
        fs_err::write(home.join("token"), &self.token).expect("it can be written");
        let authority = value_of(self.plane, "certificate-authority");
        fs_err::copy(authority, home.join("ca.crt")).expect("it can be copied");
        let script = format!(
            "exec unshare --user --map-root-user --mount sh -e -c '
                mount -t tmpfs none /run
                folder=/var/run/secrets/kubernetes.io/serviceaccount
                mkdir -p $folder
                cp \"$HOME/token\" \"$HOME/ca.crt\" $folder
                printf default > $folder/namespace
                exec kops-stack {arguments}'"
        );
        let run: Run = sandbox.command(arguments);
        run.env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port)
            .script(&script)
            .run()
    }
}

#[test]
fn a_pod_plans_and_applies_with_its_own_account_as_far_as_its_rights_go() {
    let Some((plane, id)) = shared().and_then(|plane| Some((plane, id(plane)?))) else {
        return;
    };
    let Some(pod) = Pod::new(plane, "deployer") else {
        return;
    };
    let sandbox = repository("in-cluster", &id);
    let mut told = String::new();
    let mut tell = |title: &str, ran: Ran, code: i32| {
        let ran = ran.exits(code);
        assert!(!ran.stdout.contains(&pod.token) && !ran.stderr.contains(&pod.token));
        told += &format!(
            "## {title} (exit code {code})\n{}{}\n",
            ran.stdout, ran.stderr
        );
    };
    tell("no rights at all", pod.run(&sandbox, "plan credentials"), 1);
    plane.apply(FEW);
    let bind = |role: &str| {
        let (name, role) = (
            format!("credentials-{role}"),
            format!("--clusterrole={role}"),
        );
        let account = "--serviceaccount=default:deployer";
        plane.kubectl(&["create", "clusterrolebinding", &name, &role, account]);
    };
    bind("credentials-few");
    tell("few rights", pod.run(&sandbox, "plan credentials"), 3);
    tell(
        "few rights do not apply",
        pod.run(&sandbox, "apply credentials --yes"),
        3,
    );
    bind("cluster-admin");
    tell("all rights", pod.run(&sandbox, "plan credentials"), 0);
    pod.run(&sandbox, "apply credentials --yes").succeeds();
    pod.run(&sandbox, "plan credentials --verify --detailed-exitcode")
        .succeeds();
    let status = pod.run(&sandbox, "status credentials").succeeds();
    assert!(status.stdout.contains("objects"), "{}", status.stdout);
    for role in ["credentials-few", "cluster-admin"] {
        let name = format!("credentials-{role}");
        plane.kubectl(&["delete", "clusterrolebinding", &name]);
    }
    compare("tests/live/credentials-of-a-pod.txt", &told);
}

#[test]
fn a_client_certificate_whose_time_is_over_is_told() {
    let Some((plane, id)) = shared().and_then(|plane| Some((plane, id(plane)?))) else {
        return;
    };
    let sandbox = repository("test", &id);
    let Some((certificate, key)) = expired(plane, &sandbox.home()) else {
        eprintln!("skipped: no openssl to make a certificate with");
        return;
    };
    let text = fs_err::read_to_string(&plane.kubeconfig).expect("it can be read");
    let replaced = text
        .replace(
            &value_of(plane, "client-certificate"),
            &certificate.display().to_string(),
        )
        .replace(&value_of(plane, "client-key"), &key.display().to_string());
    assert_ne!(replaced, text);
    let kubeconfig = sandbox.home().join("kubeconfig");
    fs_err::write(&kubeconfig, replaced).expect("it can be written");
    let run = sandbox.command("plan credentials");
    let ran = run
        .env("KUBECONFIG", &kubeconfig.display().to_string())
        .run();
    let ran = ran.exits(1);
    compare(
        "tests/live/credentials-expired.txt",
        &format!("{}{}", ran.stdout, ran.stderr),
    );
}

/// A certificate of an administrator that ended yesterday, and its key.
fn expired(plane: &ControlPlane, folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let [key, request, certificate] = ["late.key", "late.csr", "late.crt"].map(|f| folder.join(f));
    let authority = PathBuf::from(value_of(plane, "certificate-authority"));
    // With extensions, it is one of version 3.
    let extensions = folder.join("extensions");
    fs_err::write(&extensions, "extendedKeyUsage = clientAuth\n").expect("it can be written");
    let mut make = Command::new("openssl");
    make.args([
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/O=system:masters/CN=late",
    ])
    .arg("-keyout")
    .arg(&key)
    .arg("-out")
    .arg(&request);
    let mut sign = Command::new("openssl");
    sign.args(["x509", "-req", "-days", "-1", "-in"])
        .arg(&request)
        .arg("-CA")
        .arg(&authority)
        .arg("-CAkey")
        .arg(authority.with_extension("key"))
        .arg("-extfile")
        .arg(&extensions)
        .arg("-out")
        .arg(&certificate);
    for mut command in [make, sign] {
        let output = command.output().ok()?;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    Some((certificate, key))
}

#[test]
fn a_second_interrupt_ends_it_at_once_and_the_next_apply_goes_on() {
    let Some((plane, id)) = shared().and_then(|plane| Some((plane, id(plane)?))) else {
        return;
    };
    let sandbox = repository("test", &id);
    let objects = OBJECTS.replace("credentials", "interrupted");
    sandbox.write("environments/interrupted/objects/all.yaml", objects);
    for file in ["environment.yaml", "cluster.yaml"] {
        let text = sandbox.read(&format!("environments/{NAME}/{file}"));
        sandbox.write(&format!("environments/interrupted/{file}"), text);
    }
    sandbox.run("render interrupted").succeeds();
    let proxy = Proxy::before(plane);
    // Beyond the lock and the pending record, so that a write of an object is under way.
    proxy.hold_at_write(4, Moment::Before);
    let kubeconfig = proxy.kubeconfig.to_str().expect("it is text");
    let run = sandbox.command("apply interrupted --yes --timeout 60");
    let child = run.env("KUBECONFIG", kubeconfig).spawn();
    assert!(
        proxy.wait_until_held(Duration::from_secs(60)),
        "no write came"
    );
    let interrupt = || {
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    };
    interrupt();
    // The first one waits for the write under way, which does not come back.
    std::thread::sleep(Duration::from_secs(2));
    let running = format!("/proc/{}/stat", child.id());
    let running = std::fs::read_to_string(running).expect("it has not been waited for");
    assert!(
        !running.contains(") Z "),
        "it ended at the first: {running}"
    );
    interrupt();
    let output = child.wait_with_output().expect("it is our child");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("once more ends it at once"), "{said}");
    proxy.go_on();
    let run = |arguments: &str| {
        let kubeconfig = plane.kubeconfig.to_str().expect("it is text");
        let run = sandbox.command(arguments).env("KUBECONFIG", kubeconfig);
        run.run()
    };
    let status = run("lock status interrupted").succeeds();
    let lock = status
        .stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("id "));
    if let Some(lock) = lock {
        run(&format!("lock break interrupted {}", lock.trim())).succeeds();
    }
    run("apply interrupted --yes").succeeds();
    run("plan interrupted --verify --detailed-exitcode").succeeds();
}

/// Compares with what is committed, less what differs from run to run.
fn compare(file: &str, text: &str) {
    let patterns = [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[ID]"),
        (r"\b[0-9a-f]{16}\b", "[PLAN]"),
        (r"127\.0\.0\.1:\d+", "[SERVER]"),
        (r"\d+ requests", "[N] requests"),
        (r"/\S*kops-stack-test-[\w-]+/home", "[HOME]"),
        (r"\d{4}-\d{2}-\d{2}T[0-9:.]+Z", "[TIME]"),
    ];
    let text = patterns
        .iter()
        .fold(text.to_owned(), |text, (pattern, with)| {
            let pattern = Regex::new(pattern).expect("it is right");
            pattern.replace_all(&text, *with).into_owned()
        });
    let path = Path::new(ROOT).join(file);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs_err::write(&path, &text).expect("it can be written");
        return;
    }
    let expected = fs_err::read_to_string(&path).unwrap_or_default();
    let difference = similar::TextDiff::from_lines(&expected, &text);
    let difference = difference.unified_diff().to_string();
    assert_eq!(difference, "", "UPDATE_SNAPSHOTS=1 writes it anew");
}
