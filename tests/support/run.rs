//! One run of the built program, and what it said.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use super::Sandbox;

/// A run that has not begun: nothing of the test's own environment reaches the program.
pub struct Run {
    command: Command,
    line: String,
    root: PathBuf,
    folder: PathBuf,
}

impl Run {
    pub fn new<'a>(sandbox: &Sandbox, arguments: impl Iterator<Item = &'a str>) -> Self {
        let arguments: Vec<&str> = arguments.collect();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kops-stack"));
        command
            .args(&arguments)
            .current_dir(sandbox.root())
            .env_clear()
            .env("HOME", sandbox.home())
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            command,
            line: format!("kops-stack {}", arguments.join(" ")),
            root: sandbox.root(),
            folder: sandbox.root(),
        }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// The working directory, from the root of the repository.
    pub fn within(mut self, folder: &str) -> Self {
        self.folder = self.root.join(folder);
        self.command.current_dir(&self.folder);
        self
    }

    pub fn stdout(mut self, to: Stdio) -> Self {
        self.command.stdout(to);
        self
    }

    /// With the permissions in `mask` taken from every file that it makes.
    pub fn umask(mut self, mask: &str) -> Self {
        let mut shell = self.instead("/bin/sh");
        let script = format!("umask {mask} && exec \"$@\"");
        shell.args(["-c", &script, "sh"]);
        shell.arg(self.command.get_program());
        shell.args(self.command.get_args());
        self.command = shell;
        self
    }

    /// A shell script in place of the program, which it finds by its name.
    pub fn script(mut self, script: &str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_kops-stack"));
        let folder = program.parent().expect("a program lies in a folder");
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let mut shell = self.instead("/bin/sh");
        shell.args(["-e", "-c", script]).env("PATH", path);
        self.command = shell;
        self
    }

    /// Another program in the same place and environment.
    fn instead(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env_clear();
        for (name, value) in self.command.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Ran {
        let output = self.command.output().expect("the program can be run");
        Ran::new(self.line, &output, &self.root)
    }

    /// Starts it and leaves it to the test.
    pub fn spawn(mut self) -> Child {
        self.command.spawn().expect("the program can be run")
    }
}

/// How a run ended. Times and the folder of the sandbox read `[TIME]` and `[REPOSITORY]`, so that
/// output can be compared.
#[derive(Debug)]
pub struct Ran {
    line: String,
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    fn new(line: String, output: &Output, root: &Path) -> Self {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).expect("output is UTF-8");
            steady(&text.replace(&root.display().to_string(), "[REPOSITORY]"))
        };
        Self {
            line,
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// Ended with `code`; else the test shows all that was said.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "{}\n--- stdout\n{}--- stderr\n{}",
            self.line,
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.exits(0)
    }
}

/// Text without the time that something took.
fn steady(text: &str) -> String {
    let seconds = regex_lite::Regex::new(r"\d+\.\d+ s\b").expect("the pattern is right");
    seconds.replace_all(text, "[TIME]").into_owned()
}
