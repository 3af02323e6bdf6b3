//! Findings for programs. Fields are added, never renamed; then the format gets another number.

use serde_json::json as value;

use super::super::diagnostics::diagnostic;
use crate::model::finding::{Finding, Findings, Ignored};
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.check/1";

/// All environments, with what was ignored and why.
pub fn json(environments: &[Findings]) -> Value {
    let sum = |count: fn(&Findings) -> usize| -> usize { environments.iter().map(count).sum() };
    value!({
        "format": FORMAT,
        "errors": sum(Findings::errors),
        "warnings": sum(Findings::warnings),
        "environments": environments.iter().map(environment).collect::<Vec<_>>(),
    })
}

fn environment(findings: &Findings) -> Value {
    value!({
        "environment": findings.environment,
        "objects": findings.objects,
        "errors": findings.errors(),
        "warnings": findings.warnings(),
        "findings": findings.open.iter().map(finding).collect::<Vec<_>>(),
        "ignored": findings.ignored.iter().map(ignored).collect::<Vec<_>>(),
    })
}

/// The diagnostic, and what an entry of `ignore` would call its object.
fn finding(finding: &Finding) -> Value {
    let mut shown = diagnostic(&finding.diagnostic);
    shown["subject"] = value!(finding.subject);
    shown
}

fn ignored(ignored: &Ignored) -> Value {
    let mut shown = finding(&ignored.finding);
    shown["reason"] = value!(ignored.reason);
    shown
}
