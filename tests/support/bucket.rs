//! A server on loopback that stands for S3, for GCS and for STS: objects that are created once,
//! listed in pages, read and deleted, and credentials that run out.
//!
//! ```ignore
//! let server = BucketServer::start();
//! server.harm(|seen, number| (number == 2).then(|| Answer::busy())); // counted from 0
//! let ambient = server.ambient("KEY");      // the variables that lead there
//! ```

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request as it came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    /// The connection ends without an answer.
    cut: bool,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            cut: false,
        }
    }

    /// An error in the form of S3 and STS.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
        );
        Self::new(status, body)
    }

    pub fn busy() -> Self {
        Self::error(503, "SlowDown", "Please reduce your request rate.")
    }

    pub fn cut() -> Self {
        Self {
            cut: true,
            ..Self::new(0, "")
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// What is done to a request in place of the server's answer; the number counts requests from 0.
type Rule = Box<dyn Fn(&Seen, usize) -> Option<Harm> + Send + Sync>;

/// Harm to one request.
pub enum Harm {
    /// This answer, and nothing else happens.
    Instead(Answer),
    /// It happens, and this is the answer.
    After(Answer),
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    seen: Vec<Seen>,
    /// Keys that are no longer accepted.
    expired: Vec<String>,
    ended: bool,
}

struct Shared {
    state: Mutex<State>,
    rule: Mutex<Option<Arc<Rule>>>,
}

/// The server; it ends when it is dropped.
pub struct BucketServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

/// Objects in one page of a listing: few, so that there are always several.
const PAGE: usize = 3;

impl BucketServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            rule: Mutex::default(),
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
        Self { address, shared }
    }

    /// Variables that lead here, with these keys of AWS.
    pub fn variables(&self, key: &str) -> Vec<(String, String)> {
        let endpoint = format!("http://{}", self.address);
        [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", "word-that-nobody-sees"),
            ("AWS_SESSION_TOKEN", "token-that-nobody-sees"),
            ("AWS_REGION", "eu-west-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    pub fn requests(&self) -> Vec<Seen> {
        self.state().seen.clone()
    }

    /// The names of the objects, with the bucket before them.
    pub fn names(&self) -> Vec<String> {
        self.state().objects.keys().cloned().collect()
    }

    /// From now on these keys have run out.
    pub fn expire(&self, key: &str) {
        self.state().expired.push(key.to_owned());
    }

    pub fn harm(&self, rule: impl Fn(&Seen, usize) -> Option<Harm> + Send + Sync + 'static) {
        let rule: Rule = Box::new(rule);
        *self.shared.rule.lock().expect("nobody panics") = Some(Arc::new(rule));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.shared.state.lock().expect("nobody panics")
    }
}

impl Drop for BucketServer {
    fn drop(&mut self) {
        self.state().ended = true;
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(shared: &Shared, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let Ok(mut out) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    while let Some(seen) = read(&mut reader) {
        let number = {
            let mut state = shared.state.lock().expect("nobody panics");
            state.seen.push(seen.clone());
            state.seen.len() - 1
        };
        let rule = shared.rule.lock().expect("nobody panics").clone();
        let answer = match rule.and_then(|rule| rule(&seen, number)) {
            Some(Harm::Instead(answer)) => answer,
            Some(Harm::After(answer)) => {
                let _ = answered(shared, &seen);
                answer
            }
            None => answered(shared, &seen),
        };
        if answer.cut || write(&mut out, &seen, &answer).is_none() {
            let _ = out.shutdown(std::net::Shutdown::Both);
            return;
        }
    }
}

fn write(out: &mut TcpStream, seen: &Seen, answer: &Answer) -> Option<()> {
    let length = answer.body.len();
    let mut text = format!(
        "HTTP/1.1 {} X\r\ncontent-length: {length}\r\n",
        answer.status
    );
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    if seen.method != "HEAD" {
        text.push_str(&answer.body);
    }
    out.write_all(text.as_bytes()).ok()
}

/// What S3, GCS or STS would answer.
fn answered(shared: &Shared, seen: &Seen) -> Answer {
    let mut state = shared.state.lock().expect("nobody panics");
    let authorization = seen.header("authorization");
    let key = authorization.split("Credential=").nth(1);
    let key = key
        .and_then(|rest| rest.split('/').next())
        .unwrap_or_default();
    if state.expired.iter().any(|expired| expired == key) {
        return Answer::error(403, "ExpiredToken", "The provided token has expired.");
    }
    let name = unescaped(seen.path.trim_start_matches('/'));
    match seen.method.as_str() {
        "POST" if seen.body.starts_with(b"Action=GetCallerIdentity") => who(seen, key),
        "GET" if seen.query.contains("list-type=2") => list(&state, &name, &seen.query),
        "GET" => match state.objects.get(&name) {
            Some(bytes) => Answer::new(200, String::from_utf8_lossy(bytes))
                .with("etag", "\"x\"")
                .with("last-modified", "Mon, 30 Nov 2026 12:00:00 GMT"),
            None => Answer::error(404, "NoSuchKey", "The specified key does not exist."),
        },
        "PUT" => {
            let once = seen.header("if-none-match") == "*"
                || seen.header("x-goog-if-generation-match") == "0";
            if once && state.objects.contains_key(&name) {
                return Answer::error(412, "PreconditionFailed", "At least one did not hold.");
            }
            state.objects.insert(name, seen.body.clone());
            Answer::new(200, "").with("etag", "\"x\"")
        }
        "DELETE" => {
            state.objects.remove(&name);
            Answer::new(204, "")
        }
        _ => Answer::error(405, "MethodNotAllowed", "Not this one."),
    }
}

/// The account in an answer of STS; its signature must be for STS.
fn who(seen: &Seen, key: &str) -> Answer {
    if !seen
        .header("authorization")
        .contains("/eu-west-1/sts/aws4_request")
    {
        return Answer::error(403, "SignatureDoesNotMatch", "Not for STS.");
    }
    let arn = format!("arn:aws:sts::210987654321:assumed-role/apply/{key}");
    Answer::new(
        200,
        format!(
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AROA:x</UserId><Account>210987654321</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        ),
    )
}

fn list(state: &State, bucket: &str, query: &str) -> Answer {
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs
            .filter(|(key, _)| *key == name)
            .map(|(_, value)| value);
        values.next().map(unescaped)
    };
    let bucket = bucket.trim_end_matches('/');
    let prefix = format!("{bucket}/{}", parameter("prefix").unwrap_or_default());
    let after = parameter("continuation-token").unwrap_or_default();
    let names = state.objects.keys();
    let mut names = names.filter(|name| name.starts_with(&prefix) && **name > after);
    let page: Vec<_> = names.by_ref().take(PAGE).collect();
    let more = names.next().is_some();
    let mut body = "<ListBucketResult>".to_owned();
    for name in &page {
        let key = &name[bucket.len() + 1..];
        body.push_str(&format!(
            "<Contents><Key>{key}</Key><LastModified>2026-11-30T12:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>1</Size></Contents>"
        ));
    }
    body.push_str(&format!("<IsTruncated>{more}</IsTruncated>"));
    if let (true, Some(last)) = (more, page.last()) {
        body.push_str(&format!(
            "<NextContinuationToken>{last}</NextContinuationToken>"
        ));
    }
    Answer::new(200, body + "</ListBucketResult>")
}

/// A name as it was before it became part of an address: GCS is asked with all of it escaped.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('%');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).expect("it is escaped");
        let code = u8::from_str_radix(code, 16).expect("it is escaped");
        name.push(char::from(code));
        name.push_str(rest);
    }
    name
}

/// The next request of a connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, uri) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length");
    let length = length.map_or(Some(0), |length| length.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = uri.split_once('?').unwrap_or((&uri, ""));
    Some(Seen {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    })
}
