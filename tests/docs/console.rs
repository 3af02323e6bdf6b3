//! Blocks of `console` are run: what stands below a command is what the command says.
//!
//! Each page has a copy of this repository of its own, committed to git, and its commands run there
//! in their order. A line `…` stands for any lines. Other commands than kops-stack are run by the
//! shell, and must succeed.

use std::process::Command;

use super::pages::{self, Page};
use crate::support::{ROOT, Sandbox};

#[test]
fn commands_say_what_the_pages_show() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for page in pages::all() {
        let blocks = page.blocks();
        if blocks.iter().any(|block| block.language == "console") {
            count += of_page(&page, &mut wrong);
        }
    }
    assert!(count > 10, "only {count} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Runs the commands of a page; returns how many.
fn of_page(page: &Page, wrong: &mut Vec<String>) -> usize {
    let sandbox = Sandbox::copy_of(std::path::Path::new(ROOT));
    shell(
        &sandbox,
        ".",
        "git init --quiet . && git add --all && git -c user.name=Test -c user.email=test@example.com commit --quiet --message Base",
    )
    .expect("git is needed for this test");
    let mut folder = ".".to_owned();
    let mut count = 0;
    for block in page.blocks() {
        if block.language != "console" {
            continue;
        }
        let mut lines = block.lines.iter().peekable();
        while let Some(line) = lines.next() {
            let place = format!("{}:{}", page.path.display(), block.line);
            let Some(command) = line.strip_prefix("$ ") else {
                wrong.push(format!("{place}: `{line}` belongs to no command"));
                break;
            };
            let mut shown = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                shown.push(*line);
            }
            count += 1;
            if let Some(to) = command.strip_prefix("cd ") {
                folder = format!("{folder}/{to}");
            } else if let Some(arguments) = command.strip_prefix("kops-stack ") {
                let ran = sandbox.command(arguments).within(&folder).run();
                let said = format!("{}{}", ran.stdout, ran.stderr);
                if !matches(&shown, &said) {
                    wrong.push(format!(
                        "{place}: `{command}` ended with {:?} and said\n{said}",
                        ran.code
                    ));
                }
            } else if let Err(error) = shell(&sandbox, &folder, command) {
                wrong.push(format!("{place}: `{command}` failed: {error}"));
            }
        }
    }
    count
}

fn shell(sandbox: &Sandbox, folder: &str, line: &str) -> Result<(), String> {
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(sandbox.path(folder));
    command.env("HOME", sandbox.home());
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Whether `said` is what is `shown`, where `…` stands for any lines.
fn matches(shown: &[&str], said: &str) -> bool {
    let seconds = regex_lite::Regex::new(r"\d+\.\d+ s\b").expect("the pattern is right");
    let shown: Vec<String> = shown
        .iter()
        .map(|line| seconds.replace_all(line.trim_end(), "[TIME]").into_owned())
        .collect();
    let said: Vec<&str> = said.trim_end().lines().map(str::trim_end).collect();
    let pieces: Vec<&[String]> = shown.split(|line| line.trim() == "…").collect();
    let mut at = 0;
    for (index, piece) in pieces.iter().enumerate() {
        let found = (at..=said.len().saturating_sub(piece.len()))
            .filter(|start| start + piece.len() <= said.len())
            .find(|start| said[*start..].iter().zip(piece.iter()).all(|(a, b)| a == b));
        let Some(start) = found.filter(|start| index > 0 || *start == 0) else {
            return false;
        };
        at = start + piece.len();
    }
    // The last piece stands at the end, unless a `…` follows it.
    let last = pieces.last().copied().unwrap_or_default();
    last.is_empty() && pieces.len() > 1
        || said.len() >= last.len()
            && said[said.len() - last.len()..]
                .iter()
                .zip(last)
                .all(|(a, b)| a == b)
}

#[test]
fn dots_stand_for_any_lines() {
    assert!(matches(&["a", "b"], "a\nb\n"));
    assert!(matches(&["a", "…", "c"], "a\nb\nb\nc"));
    assert!(matches(&["a", "…"], "a\nb"));
    assert!(matches(&["…", "c"], "a\nc"));
    assert!(!matches(&["a"], "a\nb"));
    assert!(!matches(&["b"], "a\nb"));
    assert!(!matches(&["a", "b"], "a"));
    assert!(!matches(&["a", "…", "d"], "a\nb\nc"));
}
