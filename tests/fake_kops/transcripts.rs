//! The recorded calls of kops 1.36.2, made again on the fake kops in their order.

use std::path::PathBuf;

use super::differences::Differences;
use crate::support::ROOT;
use crate::support::fake_kops::FakeKops;

/// A recorded call.
pub struct Transcript {
    /// `07-update-without-ssh-key`
    pub name: String,
    arguments: Vec<String>,
    code: i32,
    pub stdout: String,
    stderr: String,
}

#[test]
fn each_recorded_call_is_answered_as_kops_did() {
    let Some(folder) = transcripts() else { return };
    let Some(kops) = FakeKops::new() else { return };
    let kops = kops.env("KOPS_FAKE_CLOUD", "recorded");
    std::os::unix::fs::symlink(folder.join("spec"), kops.path("work/spec")).expect("it is new");
    kops.file("idkey.pub", KEY);
    let recorded = read(&folder);
    assert_eq!(recorded.len(), 56, "all recorded calls are there");
    let mut differences = Differences::default();
    let mut wrong = String::new();
    for transcript in recorded {
        let arguments: Vec<&str> = transcript.arguments.iter().map(String::as_str).collect();
        let said = kops.call(&arguments);
        if said.code != Some(transcript.code) {
            wrong += &format!(
                "{}: exit {:?}, kops had {}: {}\n",
                transcript.name, said.code, transcript.code, said.stderr
            );
        }
        for (stream, real, fake) in [
            ("stdout", &transcript.stdout, &said.stdout),
            ("stderr", &transcript.stderr, &said.stderr),
        ] {
            let real = differences.real(&transcript.name, stream, real);
            let fake = differences.fake(&transcript.name, stream, fake);
            if real != fake {
                let compared = similar::TextDiff::from_lines(&real, &fake);
                let shown = compared.unified_diff().context_radius(1).to_string();
                wrong += &format!(
                    "{} {stream}, kops and the fake:\n{shown}\n",
                    transcript.name
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let unused = differences.unused();
    assert!(
        unused.is_empty(),
        "named as not reproduced, but nowhere met: {unused:?}"
    );
}

/// No key of anybody.
const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEJ1dCB0aGlzIGlzIG5vIGtleSBvZiBhbnlib2R5ISE= test\n";

/// Where they are; nothing where they are not, which is said.
pub fn transcripts() -> Option<PathBuf> {
    let places = [
        "../shared/data/kops/transcripts",
        "../../shared/data/kops/transcripts",
    ];
    let found = places
        .iter()
        .map(|place| PathBuf::from(ROOT).join(place))
        .find(|place| place.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no ../shared/data/kops/transcripts");
    }
    found
}

pub fn read(folder: &std::path::Path) -> Vec<Transcript> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .expect("it is a folder")
        .map(|entry| entry.expect("it can be read").file_name())
        .map(|name| name.into_string().expect("names are UTF-8"))
        .filter(|name| name.ends_with(".txt"))
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| {
            let text = fs_err::read_to_string(folder.join(name)).expect("it can be read");
            parse(name.trim_end_matches(".txt"), &text)
                .unwrap_or_else(|| panic!("{name} is no transcript"))
        })
        .collect()
}

fn parse(name: &str, text: &str) -> Option<Transcript> {
    let (command, rest) = text.strip_prefix("$ kops ")?.split_once("\nexit ")?;
    let (code, rest) = rest.split_once("\n--- stdout\n")?;
    // What was written without a newline at its end stands before the next heading.
    let (stdout, stderr) = rest.split_once("--- stderr\n")?;
    Some(Transcript {
        name: name.to_owned(),
        arguments: command.split(' ').map(str::to_owned).collect(),
        code: code.parse().ok()?,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
    })
}
