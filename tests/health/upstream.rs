//! The published cases of kstatus, gitops-engine and Argo CD: each verdict is ours too, or is
//! accepted with its reason.
//!
//! The cases stand beside the repository where kops-stack is built; elsewhere this says that it is
//! skipped. `HEALTH_CASES=1` prints every difference.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kops_stack::diagnostic::Source;
use kops_stack::health::{Context, health};
use kops_stack::model::health::{Health, Status};
use kops_stack::object::Object;
use kops_stack::yaml::{Value, kubernetes, parse_stream};

use crate::support::ROOT;

/// Older than every grace.
const OLD: Duration = Duration::from_hours(1);

/// A case of somebody's, and what we say.
struct Case {
    /// `kstatus/depOK.yaml`.
    name: String,
    /// In their words: `Healthy`, `Current`, ...
    theirs: String,
    ours: Health,
}

impl Case {
    /// In our words; theirs that we have no word for are left as they are.
    fn wanted(&self) -> &str {
        match self.theirs.as_str() {
            "Healthy" => "Current",
            "Progressing" => "InProgress",
            "Degraded" => "Failed",
            other => other,
        }
    }

    /// What is suspended on purpose is as it should be; the message says which.
    fn said(&self) -> String {
        match self.ours.message.as_str() {
            "paused" | "suspended" => "Suspended".to_owned(),
            _ => format!("{:?}", self.ours.status),
        }
    }
}

#[test]
fn verdicts_are_those_of_others_or_differ_for_a_reason() {
    let Some(data) = data() else { return };
    let cases: Vec<Case> = ["kstatus", "gitops-engine", "argo-cd"]
        .iter()
        .flat_map(|folder| cases(&data, folder))
        .collect();
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let accepted = accepted();
    let mut used = vec![false; accepted.len()];
    let mut unexplained = Vec::new();
    let mut differing = 0;
    for case in &cases {
        let (wanted, said) = (case.wanted(), case.said());
        if wanted == said {
            continue;
        }
        differing += 1;
        let line = format!("{} {wanted} {said}", case.name);
        if std::env::var_os("HEALTH_CASES").is_some() {
            eprintln!("{line}  {}", case.ours.message);
        }
        match accepted.iter().position(|entry| fits(&entry.text, &line)) {
            Some(place) => used[place] = true,
            None => unexplained.push(format!("{line}  {}", case.ours.message)),
        }
    }
    let unused = accepted.iter().zip(&used).filter(|(_, used)| !**used);
    let unused = unused.map(|(entry, _)| {
        format!(
            "tests/health/accepted.txt:{}: `{}` matches nothing",
            entry.line, entry.text
        )
    });
    unexplained.extend(unused);
    eprintln!(
        "{} cases: {} have our verdict, {differing} differ for a reason",
        cases.len(),
        cases.len() - differing
    );
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
}

/// No verdict of ours says that something is wrong without saying what.
#[test]
fn whatever_is_not_well_says_why() {
    let Some(data) = data() else { return };
    for folder in ["kstatus", "gitops-engine", "argo-cd"] {
        for case in cases(&data, folder) {
            let is_well = case.ours.status == Status::Current;
            let message = &case.ours.message;
            assert!(is_well || !message.is_empty(), "{}", case.name);
            assert!(!message.contains('\n'), "{}: {message}", case.name);
        }
    }
}

fn data() -> Option<PathBuf> {
    let places = ["../shared/data/health", "../../shared/data/health"];
    let mut places = places.iter().map(|place| Path::new(ROOT).join(place));
    let data = places.find(|path| path.is_dir());
    if data.is_none() {
        eprintln!("skipped: there is no ../shared/data/health");
    }
    data
}

fn cases(data: &Path, folder: &str) -> Vec<Case> {
    let folder_path = data.join(folder);
    let index = documents(&folder_path.join("index.yaml"));
    let cases = index[0]["cases"].as_array().expect("a list of cases");
    let case = |entry: &Value| {
        let file = entry.get("file").or_else(|| entry.get("input"));
        let file = file.and_then(Value::as_str).expect("a file");
        // One without a status is an object that nobody has judged there.
        let theirs = entry["status"].as_str()?;
        let object = object(documents(&folder_path.join(file)).remove(0));
        Some(Case {
            name: format!("{folder}/{file}"),
            theirs: theirs.to_owned(),
            ours: health(&object, &context(folder, entry, &object)),
        })
    };
    cases.iter().filter_map(case).collect()
}

/// Their cases have no age; in kstatus' one that needs it, the clock stands five seconds after the
/// creation. Where Argo CD has no status yet, the object is new.
fn context(folder: &str, entry: &Value, object: &Object) -> Context {
    let status = object.get(&["status"]).and_then(Value::as_object);
    let is_new = folder == "argo-cd" && status.is_none_or(|status| status.is_empty());
    let age = match entry.get("now").is_some() || is_new {
        true => Duration::from_secs(5),
        false => OLD,
    };
    Context {
        age,
        declares_conditions: is_new,
        ..Context::default()
    }
}

/// Some of their objects have no name.
fn object(mut value: Value) -> Object {
    if value["metadata"]["name"].as_str().is_none_or(str::is_empty) {
        value["metadata"]["name"] = "unnamed".into();
    }
    Object::new(value).expect("an object")
}

fn documents(path: &Path) -> Vec<Value> {
    let mut text = fs_err::read_to_string(path).expect("the data can be read");
    loop {
        let source = Source::new(path.display().to_string(), text.clone());
        let problems = match parse_stream(&source) {
            Ok(documents) => {
                let value = |document| kubernetes(document).expect("the data is YAML");
                return documents.iter().map(value).collect();
            }
            Err(problems) => problems,
        };
        let labels = problems.iter().flat_map(|problem| &problem.labels);
        let first = labels.clone().find(|label| label.text == "first here");
        let first = first.unwrap_or_else(|| panic!("{}: {problems:?}", path.display()));
        text = without_entry(&text, first.span.start);
    }
}

/// Four of their files have a key twice, of which the last counts.
fn without_entry(text: &str, key: usize) -> String {
    let start = text[..key].rfind('\n').map_or(0, |at| at + 1);
    let indent = key - start;
    let mut end = start;
    for (number, line) in text[start..].split_inclusive('\n').enumerate() {
        let is_deeper = line.len() - line.trim_start().len() > indent;
        if number > 0 && !is_deeper {
            break;
        }
        end += line.len();
    }
    format!("{}{}", &text[..start], &text[end..])
}

/// A line of the list: `<case> <their verdict> <ours>`, in which `*` stands for any text.
struct Accepted {
    line: usize,
    text: String,
}

fn accepted() -> Vec<Accepted> {
    let text = include_str!("accepted.txt");
    let mut accepted = Vec::new();
    let mut has_reason = false;
    for (at, line) in text.lines().enumerate() {
        let line_number = at + 1;
        match line {
            "" => has_reason = false,
            _ if line.starts_with('#') => has_reason = true,
            _ => {
                assert!(
                    has_reason,
                    "accepted.txt:{line_number}: `{line}` has no reason"
                );
                accepted.push(Accepted {
                    line: line_number,
                    text: line.to_owned(),
                });
            }
        }
    }
    accepted
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.into_iter().any(|at| fits(rest, &text[at..]))
        }),
    }
}
