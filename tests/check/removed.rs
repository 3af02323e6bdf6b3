//! The table of removed APIs is that of the facts it was made of.

use std::collections::BTreeSet;
use std::path::Path;

use kops_stack::diagnostic::Source;
use kops_stack::yaml::{Value, kubernetes_stream};

use crate::support::ROOT;

/// One fact as the table writes it.
fn line(entry: &Value) -> String {
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let api = |entry: &Value| match text(entry, "group").as_str() {
        "" => text(entry, "version"),
        group => format!("{group}/{}", text(entry, "version")),
    };
    let deprecated = match entry["deprecated_in"].as_str() {
        Some(minor) => minor.to_owned(),
        None => "-".to_owned(),
    };
    let replacement = match &entry["replacement"] {
        Value::Null => String::new(),
        other => format!(" {} {}", api(other), text(other, "kind")),
    };
    format!(
        "{} {} {deprecated} {}{replacement}",
        api(entry),
        text(entry, "kind"),
        text(entry, "removed_in")
    )
}

#[test]
fn the_table_of_removed_apis_holds_what_is_known_of_them() {
    let places = ["../shared/data", "../../shared/data"];
    let path = places
        .iter()
        .map(|place| Path::new(ROOT).join(place).join("removed-apis.yaml"))
        .find(|path| path.exists());
    let Some(path) = path else {
        eprintln!("skipped: there is no ../shared/data/removed-apis.yaml");
        return;
    };
    let source = Source::new(
        "removed-apis.yaml",
        fs_err::read_to_string(path).expect("readable"),
    );
    let (facts, _) = kubernetes_stream(&source).expect("YAML").remove(0);
    let facts: BTreeSet<String> = ["removed", "planned"]
        .iter()
        .filter_map(|key| facts.get(*key)?.as_array())
        .flatten()
        .map(line)
        .collect();
    let table = fs_err::read_to_string(Path::new(ROOT).join("src/check/apis/removed.txt"))
        .expect("readable");
    let table: BTreeSet<String> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    assert!(facts.len() > 100, "only {} facts", facts.len());
    assert_eq!(table, facts);
}
