//! A mirror of raw files on loopback that serves one file, well or badly.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How the mirror behaves, by the first part of the path that it is asked for.
pub struct Mirror {
    address: String,
    asked: Arc<AtomicUsize>,
}

impl Mirror {
    /// Serves `body` until the test's process ends.
    pub fn of(body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, body) = (asked.clone(), body.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let body = body.clone();
                // Who hangs up early is part of the test.
                std::thread::spawn(move || answer(stream, &body).ok());
            }
        });
        Self {
            address: format!("http://{address}"),
            asked,
        }
    }

    /// Base address that behaves in a way: `well`, `cut`, `gone`, `elsewhere`, `huge`, `slow`, `other`.
    pub fn that_answers(&self, how: &str) -> String {
        format!("{}/{how}", self.address)
    }

    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

fn answer(mut stream: TcpStream, body: &str) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    // The rest of the request is read, or closing would reset what is still on its way.
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let head = |status: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n")
    };
    match path.split('/').nth(1).unwrap_or_default() {
        "well" => write!(stream, "{}{body}", head("200 OK", body.len())),
        "cut" => write!(
            stream,
            "{}{}",
            head("200 OK", body.len()),
            &body[..body.len() / 2]
        ),
        "gone" => write!(stream, "{}", head("404 Not Found", 0)),
        "elsewhere" => write!(
            stream,
            "HTTP/1.1 302 Found\r\nLocation: http://169.254.0.1/secret\r\nContent-Length: 0\r\n\r\n"
        ),
        "huge" => huge(stream),
        "slow" => slow(stream, &head("200 OK", body.len()), body),
        _ => write!(stream, "{}{body}!", head("200 OK", body.len() + 1)),
    }
}

/// More than any file may have, of a length that is not said.
fn huge(mut stream: TcpStream) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    let block = vec![b'#'; 1 << 20];
    (0..64).try_for_each(|_| stream.write_all(&block))
}

/// A byte now and then.
fn slow(mut stream: TcpStream, head: &str, body: &str) -> std::io::Result<()> {
    write!(stream, "{head}")?;
    for byte in body.bytes().take(100) {
        stream.write_all(&[byte])?;
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}
