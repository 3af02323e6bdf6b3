//! Findings as SARIF 2.1.0, which code hosts show as annotations beside the lines of a pull request.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>. What an entry of `ignore` switches off
//! is left out: GitHub shows a suppressed result like any other.

use std::collections::BTreeMap;

use serde_json::json as value;

use crate::diagnostic::{Code, Diagnostic, Label, LineColumn, Severity, codes};
use crate::model::finding::{Finding, Findings};
use crate::yaml::Value;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The root of the repository, which the paths start from.
const ROOT: &str = "%SRCROOT%";

/// One run over all environments.
pub fn sarif(environments: &[Findings]) -> Value {
    let rules = rules(environments);
    let numbers: BTreeMap<&str, usize> = rules
        .iter()
        .enumerate()
        .map(|(number, code)| (code.name, number))
        .collect();
    let results = environments.iter().flat_map(|findings| {
        let numbers = &numbers;
        let open = findings.open.iter();
        open.map(move |finding| result(&findings.environment, finding, numbers))
    });
    value!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kops-stack",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// Every code of `check`, found or not, so that a host can tell which are mended.
fn rules(environments: &[Findings]) -> Vec<&'static Code> {
    let found = environments.iter().flat_map(|findings| &findings.open);
    let found = found.map(|finding| finding.diagnostic.code);
    let mut rules: Vec<&'static Code> = codes::of_check().chain(found).collect();
    rules.sort_by_key(|code| code.name);
    rules.dedup_by_key(|code| code.name);
    rules
}

fn rule(code: &Code) -> Value {
    let first = code.explanation.split_once(". ");
    let short = first.map_or(code.explanation, |(sentence, _)| sentence);
    value!({
        "id": code.name,
        "shortDescription": {"text": short.trim_end_matches('.')},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.explanation, "markdown": code.explanation},
    })
}

fn result(environment: &str, finding: &Finding, numbers: &BTreeMap<&str, usize>) -> Value {
    let Finding {
        diagnostic,
        subject,
    } = finding;
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let code = diagnostic.code.name;
    let mut result = value!({
        "ruleId": code,
        "ruleIndex": numbers[code],
        "level": level,
        "message": {"text": message(diagnostic)},
        "locations": [],
        "properties": {"environment": environment, "subject": subject},
    });
    let Some((first, others)) = diagnostic.labels.split_first() else {
        // A host shows nothing that has no place: what is about the environment stands in its file.
        result["locations"] = value!([whole_file(environment)]);
        return result;
    };
    let mut place = location(first);
    place["logicalLocations"] = value!([{"fullyQualifiedName": subject, "kind": "resource"}]);
    result["locations"] = value!([place]);
    if !others.is_empty() {
        result["relatedLocations"] = others.iter().map(related).collect();
    }
    result
}

/// An annotation has no room for more than its text: the helps stand below the message.
fn message(diagnostic: &Diagnostic) -> String {
    let helps = diagnostic
        .helps
        .iter()
        .map(|help| format!("\nhelp: {help}"));
    std::iter::once(diagnostic.message.clone())
        .chain(helps)
        .collect()
}

fn location(label: &Label) -> Value {
    let source = &label.span.source;
    let LineColumn { line, column } = source.line_column(label.span.start);
    let end = source.line_column(label.span.end);
    value!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&source.path), "uriBaseId": ROOT},
            "region": {
                "startLine": line,
                "startColumn": column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    })
}

fn related(label: &Label) -> Value {
    let mut place = location(label);
    if !label.text.is_empty() {
        place["message"] = value!({"text": label.text});
    }
    place
}

fn whole_file(environment: &str) -> Value {
    let path = format!("environments/{environment}/environment.yaml");
    value!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(&path), "uriBaseId": ROOT},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        },
    })
}

/// A path as a relative reference: what stands for something else there is escaped.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
