//! Every way in which the way to a cluster can fail, and what people read then.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use kops_stack::diagnostic::{Diagnostic, Diagnostics};
use kops_stack::kubernetes::{Ambient, Connection, IN_CLUSTER, Timeouts};
use kops_stack::model::live::ClusterId;
use kops_stack::report::{Style, diagnostics};

use super::{CONTEXT, Kubeconfig, block_on};
use crate::support::ROOT;
use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Harm, Proxy};

/// What people read, case by case; written anew with `UPDATE_SNAPSHOTS=1`.
const SNAPSHOT: &str = "tests/live/adapter/connecting.txt";

const QUICK: Timeouts = Timeouts {
    connect: Duration::from_secs(2),
    request: Duration::from_secs(2),
};

fn connect(ambient: &Ambient, context: &str) -> Result<ClusterId, Diagnostic> {
    block_on(async {
        let connection = Connection::open(ambient, context, QUICK).await?;
        connection.cluster_id().await
    })
}

fn with(kubeconfig: &Path) -> Ambient {
    Ambient {
        kubeconfig: vec![kubeconfig.to_owned()],
        ..Ambient::default()
    }
}

/// One context, `test`, with these lines of a cluster and of a user.
fn written(cluster: &str, user: &str) -> Kubeconfig {
    Kubeconfig::with(&format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\ncontexts:\n- name: test\n  context: {{cluster: test, user: test}}\n\
         clusters:\n- name: test\n  cluster: {{{cluster}}}\nusers:\n- name: test\n  user: {{{user}}}\n"
    ))
}

/// The kubeconfig of the control plane, changed.
fn changed(plane: &ControlPlane, from: &str, to: &str) -> Kubeconfig {
    let text = fs_err::read_to_string(&plane.kubeconfig).expect("it can be read");
    assert!(text.contains(from), "{text}");
    Kubeconfig::with(&text.replace(from, to))
}

/// The value of a line of the control plane's kubeconfig.
fn value_of(plane: &ControlPlane, key: &str) -> String {
    let text = fs_err::read_to_string(&plane.kubeconfig).expect("it can be read");
    let mut lines = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
    lines.next().expect("it is there").to_owned()
}

/// A port at which nobody listens.
fn closed() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// A server that does this with each connection.
fn listening(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            serve(stream);
        }
    });
    port
}

struct Cases(String);

impl Cases {
    fn add(&mut self, title: &str, result: Result<ClusterId, Diagnostic>, folder: &Path) {
        let diagnostic = result.expect_err(title);
        let text = diagnostics::text(&Diagnostics::from(diagnostic), Style::Plain);
        let text = text.replace(&folder.display().to_string(), "FOLDER");
        let steady = regex_lite::Regex::new(
            r"127\.0\.0\.1:\d+|control-plane-\d+|kops-stack-adapter-[0-9-]+\.yaml|kops-stack-proxy-[0-9-]+\.yaml",
        );
        let steady = steady.expect("it is a pattern").replace_all(
            &text,
            |found: &regex_lite::Captures<'_>| match &found[0] {
                address if address.starts_with("127") => "127.0.0.1:PORT",
                folder if folder.starts_with("control-plane") => "control-plane",
                _ => "config.yaml",
            },
        );
        self.0.push_str(&format!("## {title}\n{steady}\n"));
    }
}

#[test]
fn every_way_to_fail_is_told() {
    let Some(plane) = shared() else { return };
    let folder = std::env::temp_dir();
    let mut cases = Cases(String::new());
    let mut add = |title: &str, result| cases.add(title, result, &folder);

    let home = PathBuf::from("/nonexistent/home");
    add("no kubeconfig at all", connect(&Ambient::default(), "test"));
    let ambient = Ambient {
        home: Some(home.clone()),
        ..Ambient::default()
    };
    add("no kubeconfig at home", connect(&ambient, "test"));
    let missing = ["/nonexistent/a", "/nonexistent/b"].map(PathBuf::from);
    let ambient = Ambient {
        kubeconfig: missing.into(),
        ..Ambient::default()
    };
    add("none of the files is there", connect(&ambient, "test"));
    add("not in a pod", connect(&Ambient::default(), IN_CLUSTER));
    let file =
        Kubeconfig::with("apiVersion: v1\nusers:\n- name: a\n  user: {token: canary-of-yaml\n");
    add("no YAML", connect(&with(&file.path), "test"));
    add("another context", connect(&with(&plane.kubeconfig), "tset"));
    let file = Kubeconfig::with("apiVersion: v1\nkind: Config\ncurrent-context: test\n");
    add("no context", connect(&with(&file.path), "test"));
    let file = changed(plane, "cluster: test, ", "cluster: tests, ");
    add("no such cluster", connect(&with(&file.path), "test"));
    let file = changed(plane, "cluster: test, user: ", "cluster: test, user: no-");
    add("no such user", connect(&with(&file.path), "test"));
    let file = changed(
        plane,
        "certificate-authority: ",
        "certificate-authority: /nonexistent",
    );
    add(
        "no file of the authority",
        connect(&with(&file.path), "test"),
    );

    let nowhere = format!("server: 'https://127.0.0.1:{}'", closed());
    let exec =
        |rest: &str| format!("exec: {{apiVersion: client.authentication.k8s.io/v1, {rest}}}");
    let file = written(
        &nowhere,
        &exec("command: no-such-plugin, interactiveMode: IfAvailable"),
    );
    add(
        "credential plugin missing",
        connect(&with(&file.path), "test"),
    );
    let fails = "command: sh, args: [-c, 'echo canary-of-stdout; echo first >&2; echo session has expired >&2; exit 3'], interactiveMode: IfAvailable";
    let file = written(&nowhere, &exec(fails));
    add(
        "credential plugin fails",
        connect(&with(&file.path), "test"),
    );
    let file = written(
        &nowhere,
        &exec("command: echo, args: [canary-of-plugin], interactiveMode: Never"),
    );
    add(
        "credential plugin prints something else",
        connect(&with(&file.path), "test"),
    );
    let file = written(&nowhere, &exec("command: sh, interactiveMode: Always"));
    add("credential plugin asks", connect(&with(&file.path), "test"));
    let file = written(&nowhere, "token: \"canary\\nof\\ntoken\"");
    add("no token", connect(&with(&file.path), "test"));

    let file = written(&nowhere, "");
    add("refused", connect(&with(&file.path), "test"));
    let file = written("server: 'https://no-such-host.invalid:6443'", "");
    add("no such name", connect(&with(&file.path), "test"));
    let silent = listening(std::mem::forget);
    let file = written(&format!("server: 'https://127.0.0.1:{silent}'"), "");
    add("no answer", connect(&with(&file.path), "test"));
    let ends = listening(drop);
    let file = written(&format!("server: 'https://127.0.0.1:{ends}'"), "");
    add("cut off", connect(&with(&file.path), "test"));
    let plain = listening(|mut stream| {
        let _ = stream.read(&mut [0; 16]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let file = written(&format!("server: 'https://127.0.0.1:{plain}'"), "");
    add("no TLS", connect(&with(&file.path), "test"));

    let proxy_url =
        |port: u16, scheme: &str| format!("{nowhere}, proxy-url: '{scheme}://127.0.0.1:{port}'");
    let file = written(&proxy_url(closed(), "http"), "");
    add("proxy not reached", connect(&with(&file.path), "test"));
    let refuses = listening(|mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        let _ = stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    });
    let file = written(&proxy_url(refuses, "http"), "");
    add(
        "proxy wants credentials",
        connect(&with(&file.path), "test"),
    );
    let file = written(&proxy_url(closed(), "socks5"), "");
    add(
        "socks proxy not reached",
        connect(&with(&file.path), "test"),
    );
    let file = written(&proxy_url(closed(), "ftp"), "");
    add("proxy of another kind", connect(&with(&file.path), "test"));

    let server = format!("server: '{}'", value_of(plane, "server"));
    let trusted = format!(
        "{server}, certificate-authority: '{}'",
        value_of(plane, "certificate-authority")
    );
    let file = written(&server, "");
    add("authority not trusted", connect(&with(&file.path), "test"));
    let file = written(
        &format!("{trusted}, tls-server-name: other.example.com"),
        "",
    );
    add(
        "certificate of another name",
        connect(&with(&file.path), "test"),
    );
    let file = written(&trusted, "token: canary-of-token");
    add("token not accepted", connect(&with(&file.path), "test"));
    let file = changed(plane, "  user:\n", "  user:\n    as: somebody\n");
    add(
        "namespace kube-system not readable",
        connect(&with(&file.path), "test"),
    );

    let proxy = Proxy::before(plane);
    for (title, status, body) in [
        (
            "not even its version",
            403,
            r#"{"kind":"Status","reason":"Forbidden","message":"User \"a\" cannot get path \"/version\"","code":403}"#,
        ),
        ("a login page", 200, "<html>Log in</html>"),
        ("some web server", 404, "Not Found"),
        ("an ailing server", 500, "not today"),
    ] {
        proxy.harm(move |_, _| Harm::answer(status, body));
        add(title, connect(&with(&proxy.kubeconfig), "test"));
    }

    let Cases(text) = cases;
    assert!(!text.contains("canary"), "credentials are shown:\n{text}");
    let path = Path::new(ROOT).join(SNAPSHOT);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs_err::write(&path, &text).expect("it can be written");
    }
    let expected = fs_err::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "not what {SNAPSHOT} holds:\n{text}");
}

#[test]
fn a_proxy_is_used_but_for_its_exceptions() {
    let Some(plane) = shared() else { return };
    let ambient = |https_proxy: String, no_proxy: &str| Ambient {
        https_proxy: Some(https_proxy),
        no_proxy: Some(no_proxy.to_owned()),
        ..with(&plane.kubeconfig)
    };
    let dead = format!("http://127.0.0.1:{}", closed());
    connect(&ambient(dead.clone(), ""), CONTEXT).expect_err("the proxy is dead");
    connect(&ambient(dead, "10.0.0.0/8,127.0.0.1"), CONTEXT).expect("it goes without");
    let tunnel = listening(|stream| {
        std::thread::spawn(move || tunnel(stream));
    });
    connect(&ambient(format!("127.0.0.1:{tunnel}"), ""), CONTEXT).expect("it goes through");
}

/// Carries one connection to where it wants to go.
fn tunnel(mut near: TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        near.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).ok()?;
    let to = head.strip_prefix("CONNECT ")?.split(' ').next()?;
    let mut far = TcpStream::connect(to).ok()?;
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut back, mut forth) = (far.try_clone().ok()?, near.try_clone().ok()?);
    std::thread::spawn(move || std::io::copy(&mut back, &mut near));
    std::io::copy(&mut forth, &mut far).ok()?;
    Some(())
}

#[test]
fn a_credential_plugin_lets_in() {
    let Some(plane) = shared() else { return };
    let [certificate, key] = ["client-certificate", "client-key"].map(|key| {
        let text = fs_err::read_to_string(value_of(plane, key)).expect("it can be read");
        serde_json::Value::from(text).to_string()
    });
    let printed = format!(
        "{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"clientCertificateData\":{certificate},\"clientKeyData\":{key}}}}}"
    );
    let script = Kubeconfig::with(&printed);
    let cluster = format!(
        "server: '{}', certificate-authority: '{}'",
        value_of(plane, "server"),
        value_of(plane, "certificate-authority")
    );
    let user = format!(
        "exec: {{apiVersion: client.authentication.k8s.io/v1, command: cat, args: ['{}'], interactiveMode: IfAvailable}}",
        script.path.display()
    );
    let file = written(&cluster, &user);
    let id =
        connect(&with(&file.path), "test").unwrap_or_else(|diagnostic| panic!("{diagnostic:?}"));
    assert_eq!(id.version, plane.version);
}
