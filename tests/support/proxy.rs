//! A recording proxy before an API server: it sees every request, and can do harm on demand.
//!
//! ```ignore
//! let proxy = Proxy::before(plane);          // requests go through it with proxy.kubeconfig
//! run_plan(&proxy.kubeconfig);
//! assert!(proxy.writes().is_empty());        // what would change something
//! assert!(proxy.requests().len() < 20);
//!
//! proxy.hold_at_write(3, Moment::After);     // the third write reaches the server, no answer comes
//! let mut child = spawn_apply(&proxy.kubeconfig);
//! assert!(proxy.wait_until_held(Duration::from_secs(60)));
//! child.kill();
//! proxy.go_on();                             // forgets the hold and what was recorded
//!
//! proxy.harm(|seen, number| match number {   // number counts all requests from 0
//!     5 => Harm::answer(429, "Too many requests, please try again later."),
//!     _ => Harm::None,
//! });
//! ```
//!
//! It speaks plain HTTP to the client, on loopback, and takes the administrator's certificate for
//! its own way to the server. Headers pass, so that a kubeconfig with `as:` is that user.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use http::Request;
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::control_plane::ControlPlane;

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub method: String,
    pub path: String,
    /// Without the question mark.
    pub query: String,
    pub user_agent: String,
}

impl Seen {
    /// Whether it changes something: no read, no dry run, no question about one's own rights.
    pub fn is_write(&self) -> bool {
        let review = self.path.starts_with("/apis/authorization.k8s.io/")
            && self.path.contains("/selfsubject");
        self.method != "GET" && !review && !self.query.contains("dryRun=All")
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        Ok(())
    }
}

/// What is done to a request.
#[derive(Debug, Clone)]
pub enum Harm {
    None,
    /// This answer in place of the server's, which sees nothing.
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// It is passed on after a while.
    #[expect(dead_code, reason = "for faults that are still to be tested")]
    Delay(Duration),
    /// The connection is closed; the server sees nothing.
    CutBefore,
    /// The server does it, and the connection is closed without an answer.
    CutAfter,
}

impl Harm {
    pub fn answer(status: u16, body: &str) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: body.to_owned(),
        }
    }
}

/// Whether a held write has reached the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Before,
    After,
}

type Rule = Box<dyn Fn(&Seen, usize) -> Harm + Send + Sync>;

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    hold: Option<(usize, Moment)>,
    /// Nobody else comes through.
    closed: bool,
    /// The write that closes has come to its end.
    held: bool,
    /// Connections of before a new start are dead.
    generation: usize,
    ended: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    rule: Mutex<Option<Arc<Rule>>>,
    client: kube::Client,
    runtime: Handle,
    end: Arc<Notify>,
}

pub struct Proxy {
    /// Its only context is `test`.
    pub kubeconfig: PathBuf,
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Proxy {
    pub fn before(plane: &ControlPlane) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        let client = runtime.block_on(async {
            let kubeconfig = Kubeconfig::read_from(&plane.kubeconfig).expect("it can be read");
            let options = KubeConfigOptions::default();
            let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
            let mut config = config.expect("it is whole");
            config.default_retry = false;
            config.disable_compression = true;
            kube::Client::try_from(config).expect("it is whole")
        });
        let handle = runtime.handle().clone();
        let end = Arc::new(Notify::new());
        let ended = Arc::clone(&end);
        std::thread::spawn(move || runtime.block_on(ended.notified()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let kubeconfig = std::env::temp_dir().join(format!(
            "kops-stack-proxy-{}-{}.yaml",
            std::process::id(),
            address.port()
        ));
        let text = format!(
            "apiVersion: v1\nkind: Config\ncontexts:\n- name: test\n  context: {{cluster: test, user: test}}\n\
             clusters:\n- name: test\n  cluster: {{server: 'http://{address}'}}\nusers:\n- name: test\n  user: {{}}\n"
        );
        fs_err::write(&kubeconfig, text).expect("it can be written");
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            rule: Mutex::default(),
            client,
            runtime: handle,
            end,
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.state.lock().expect("nobody panics").ended {
                    return;
                }
                let shared = Arc::clone(&accepting);
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
        Self {
            kubeconfig,
            address,
            shared,
        }
    }

    /// Every request since the beginning or the last [`Proxy::go_on`].
    pub fn requests(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// Those of them that change something.
    pub fn writes(&self) -> Vec<Seen> {
        let mut seen = self.requests();
        seen.retain(Seen::is_write);
        seen
    }

    /// From this write on (counted from 1) no request is answered; it itself reaches the server or
    /// not, all later ones do not.
    pub fn hold_at_write(&self, number: usize, moment: Moment) {
        self.state().hold = Some((number, moment));
    }

    /// Whether it came so far in time.
    pub fn wait_until_held(&self, limit: Duration) -> bool {
        let state = self.state();
        let wait = self
            .shared
            .changed
            .wait_timeout_while(state, limit, |state| !state.held);
        wait.expect("nobody panics").0.held
    }

    /// Answers again, and begins to record and to count anew. Connections of before are cut, so
    /// that nothing of a killed client comes later.
    pub fn go_on(&self) {
        let mut state = self.state();
        let generation = state.generation + 1;
        *state = State {
            generation,
            ..State::default()
        };
        drop(state);
        *self.shared.rule.lock().expect("nobody panics") = None;
        self.shared.changed.notify_all();
    }

    /// What is done to requests from now on; the number counts them from 0 since the beginning or
    /// the last [`Proxy::go_on`].
    pub fn harm(&self, rule: impl Fn(&Seen, usize) -> Harm + Send + Sync + 'static) {
        let rule: Rule = Box::new(rule);
        *self.shared.rule.lock().expect("nobody panics") = Some(Arc::new(rule));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().expect("nobody panics")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.go_on();
        self.state().ended = true;
        let _ = TcpStream::connect(self.address);
        self.shared.end.notify_one();
        let _ = fs_err::remove_file(&self.kubeconfig);
    }
}

/// Requests of one connection, until it is closed.
fn serve(shared: &Shared, stream: TcpStream) {
    let generation = shared.state.lock().expect("nobody panics").generation;
    let _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    while let Some((seen, request)) = read(&mut reader) {
        if exchange(shared, generation, seen, request, &mut out).is_none() {
            let _ = out.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

/// One request, answered; none where the connection ends.
fn exchange(
    shared: &Shared,
    generation: usize,
    seen: Seen,
    request: Request<Body>,
    out: &mut TcpStream,
) -> Option<()> {
    let write = seen.is_write();
    let mut state = shared.state.lock().expect("nobody panics");
    if state.closed || state.generation != generation {
        return freeze(shared, state, generation);
    }
    let number = state.seen.len();
    state.seen.push(seen.clone());
    let count = state.seen.iter().filter(|seen| seen.is_write()).count();
    let hold = state.hold.filter(|(at, _)| write && count == *at);
    if let Some((_, moment)) = hold {
        state.closed = true;
        state.held = moment == Moment::Before;
        if state.held {
            shared.changed.notify_all();
            return freeze(shared, state, generation);
        }
    }
    drop(state);
    let rule = shared.rule.lock().expect("nobody panics").clone();
    let harm = rule.map_or(Harm::None, |rule| rule(&seen, number));
    match harm {
        Harm::None => {}
        Harm::Delay(time) => std::thread::sleep(time),
        Harm::CutBefore => return None,
        Harm::CutAfter => {
            let sent = async { shared.client.send(request).await };
            let _ = shared.runtime.block_on(sent);
            return None;
        }
        Harm::Answer {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} No\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            return out.write_all(format!("{head}\r\n{body}").as_bytes()).ok();
        }
    }
    let answer = shared.runtime.block_on(shared.client.send(request));
    if hold.is_some() {
        let mut state = shared.state.lock().expect("nobody panics");
        state.held = true;
        shared.changed.notify_all();
        return freeze(shared, state, generation);
    }
    let (parts, mut body) = answer.ok()?.into_parts();
    let mut head = format!(
        "HTTP/1.1 {}\r\ntransfer-encoding: chunked\r\n",
        parts.status
    );
    for (name, value) in &parts.headers {
        let name = name.as_str();
        if !["transfer-encoding", "content-length", "connection"].contains(&name) {
            head.push_str(&format!(
                "{name}: {}\r\n",
                String::from_utf8_lossy(value.as_bytes())
            ));
        }
    }
    out.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    while let Some(frame) = shared.runtime.block_on(body.frame()) {
        let state = shared.state.lock().expect("nobody panics");
        if state.closed || state.generation != generation {
            return freeze(shared, state, generation);
        }
        drop(state);
        let data = frame.ok()?.into_data().unwrap_or_default();
        if !data.is_empty() {
            let mut chunk = format!("{:x}\r\n", data.len()).into_bytes();
            chunk.extend_from_slice(&data);
            chunk.extend_from_slice(b"\r\n");
            out.write_all(&chunk).ok()?;
        }
    }
    out.write_all(b"0\r\n\r\n").ok()
}

/// Says nothing until the proxy goes on, and then closes the connection.
fn freeze(
    shared: &Shared,
    state: std::sync::MutexGuard<'_, State>,
    generation: usize,
) -> Option<()> {
    let same = |state: &mut State| state.generation == generation;
    drop(
        shared
            .changed
            .wait_while(state, same)
            .expect("nobody panics"),
    );
    None
}

/// The next request of a connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<(Seen, Request<Body>)> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, uri) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut request = Request::builder().method(method.as_str()).uri(&uri);
    let (mut length, mut user_agent) = (0, String::new());
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "content-length" => length = value.parse().ok()?,
            "host" | "connection" => {}
            _ => {
                if name == "user-agent" {
                    user_agent = value.to_owned();
                }
                request = request.header(&name, value);
            }
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
    let seen = Seen {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        user_agent,
    };
    Some((seen, request.body(Body::from(body)).ok()?))
}
