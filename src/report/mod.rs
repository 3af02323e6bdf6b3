//! Plans, differences and diagnostics to what people and machines read.
//!
//! Pure: whether there is a terminal, how wide it is, and what ran before is said by the caller.
//! Nothing of a manifest reaches the output as it is: control characters are written out, so that
//! no value can move the cursor, turn text around or break out of its place.

pub mod apply;
mod change;
pub mod check;
mod cloud;
mod cluster;
mod danger;
pub mod diagnostics;
pub mod diff;
mod effect;
mod fence;
#[cfg(test)]
mod fixtures;
pub mod iam;
pub mod images;
mod line;
pub mod lock;
pub mod making;
mod markdown;
pub mod module_tests;
mod order_reasons;
mod paper;
pub mod patches;
pub mod plan;
mod same;
pub mod status;
pub mod style;
pub mod upgrade;
mod value;
mod words;

pub use style::Style;

/// A document for programs, as commands print it: its keys in their order, two spaces an indent.
pub fn pretty(document: &crate::yaml::Value) -> String {
    serde_json::to_string_pretty(document).expect("a value is JSON")
}

#[cfg(test)]
mod tests {
    use super::{Style, diff, fixtures::upgrade, plan};

    #[test]
    fn values_of_secrets_appear_nowhere() {
        let change = upgrade();
        let reports = [
            plan::text(&change, Style::Coloured),
            plan::json(&change).to_string(),
            plan::markdown(&change, "kops-stack plan"),
            diff::text(&change, Style::Coloured),
            diff::json(&change).to_string(),
            diff::markdown(&change, "kops-stack diff"),
        ];
        for report in reports {
            assert!(report.contains("<secret 7 bytes>"), "{report}");
            assert!(!report.contains("hunter"), "{report}");
        }
    }
}
