//! One call of kops: its arguments, how it went, and what is kept of it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::KopsError;

/// A folder in which each call leaves its output, and a line in `calls.jsonl`.
#[derive(Debug)]
pub struct CallLog {
    folder: PathBuf,
    calls: AtomicUsize,
}

/// What a call said, all of it.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// Where both are kept, if they are.
    pub kept: Option<PathBuf>,
}

/// Surroundings of all calls.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// The only kubeconfig that kops reads and writes; the user's where there is none.
    pub kubeconfig: Option<PathBuf>,
    pub log: Option<CallLog>,
    /// Who wants to hear what kops says while it works.
    pub listener: Option<UnboundedSender<String>>,
}

impl CallLog {
    /// The folder is made where it is missing; only its owner may read it, since kops' output may
    /// hold what is secret.
    pub async fn in_folder(folder: PathBuf) -> std::io::Result<Self> {
        private_folder(&folder).await?;
        Ok(Self {
            folder,
            calls: AtomicUsize::new(0),
        })
    }

    /// A file of this folder with a content; for documents that kops reads.
    pub async fn file(&self, name: &str, content: &str) -> std::io::Result<PathBuf> {
        let path = self.folder.join(name);
        tokio::fs::write(&path, content).await?;
        Ok(path)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    async fn keep(
        &self,
        arguments: &[&str],
        said: &mut Said,
        took: Duration,
    ) -> std::io::Result<()> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        let verb: Vec<&str> = arguments
            .iter()
            .copied()
            .take_while(|word| !word.starts_with('-'))
            .take(2)
            .collect();
        let stem = format!("{number:03}-{}", verb.join("-"));
        let output = self.folder.join(format!("{stem}.txt"));
        tokio::fs::write(&output, format!("{}\n{}", said.stdout, said.stderr)).await?;
        let line = json!({
            "at": jiff::Timestamp::now().to_string(),
            "call": number,
            "arguments": arguments,
            "code": said.code,
            "seconds": took.as_secs_f64(),
            "output": output.file_name().map(|name| name.to_string_lossy()),
        });
        let mut file = tokio::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("calls.jsonl"))
            .await?;
        file.write_all(format!("{line}\n").as_bytes()).await?;
        file.flush().await?;
        said.kept = Some(output);
        Ok(())
    }
}

/// Makes a folder, and those above it, that only its owner may enter.
pub async fn private_folder(folder: &Path) -> std::io::Result<()> {
    tokio::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .await
}

/// Runs the program until it ends or the time is over; then, and when the future is dropped, it is
/// killed.
///
/// It has a process group of its own: Ctrl-C on a terminal reaches us alone, and we decide what may
/// still end.
pub async fn run(
    program: &Path,
    arguments: &[&str],
    around: &Surroundings,
    patience: Duration,
) -> Result<Said, KopsError> {
    let cannot = |reason: String| KopsError::Run {
        program: program.to_owned(),
        reason,
    };
    let mut command = tokio::process::Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(kubeconfig) = &around.kubeconfig {
        command.env("KUBECONFIG", kubeconfig);
    }
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| cannot(error.to_string()))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = async {
        let (stdout, stderr) = futures::join!(whole(stdout), lines(stderr, around));
        let status = child.wait().await;
        (stdout, stderr, status)
    };
    let (stdout, stderr, status) =
        tokio::time::timeout(patience, ended)
            .await
            .map_err(|_| KopsError::TookTooLong {
                call: arguments.join(" "),
                seconds: patience.as_secs(),
            })?;
    let status = status.map_err(|error| cannot(error.to_string()))?;
    let mut said = Said {
        code: status.code().unwrap_or(-1),
        stdout,
        stderr,
        kept: None,
    };
    if let Some(log) = &around.log {
        let kept = log.keep(arguments, &mut said, began.elapsed()).await;
        kept.map_err(|error| KopsError::Log {
            folder: log.folder.clone(),
            reason: error.to_string(),
        })?;
    }
    Ok(said)
}

async fn whole(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // What cannot be read any more was not said.
        let _ = stream.read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The same, and each line is told as it comes.
async fn lines(stream: Option<impl tokio::io::AsyncRead + Unpin>, around: &Surroundings) -> String {
    let mut all = String::new();
    let Some(stream) = stream else { return all };
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(listener) = &around.listener {
            // Nobody has to listen.
            let _ = listener.send(message(&line).to_owned());
        }
        all += &line;
        all.push('\n');
    }
    all
}

/// A line of klog without its head: `I0101 00:00:00.000000 1 executor.go:113] Tasks: 0 done`.
fn message(line: &str) -> &str {
    let is_klog =
        line.starts_with(['I', 'W', 'E']) && line[1..].starts_with(|c: char| c.is_ascii_digit());
    match line.split_once("] ") {
        Some((_, message)) if is_klog => message,
        _ => line,
    }
}
