use super::style::Style;
use crate::diagnostic::Diagnostics;
pub fn text(diagnostics: &Diagnostics, _style: Style) -> String {
    diagnostics
        .iter()
        .map(|d| {
            format!(
                "{:?}[{}]: {}\n  --> {}\n{}",
                d.severity,
                d.code.name,
                d.message,
                d.labels
                    .first()
                    .map(|l| format!("{:?}", l.span))
                    .or(d.file.clone())
                    .unwrap_or_default(),
                d.helps
                    .iter()
                    .map(|h| format!("  = help: {h}\n"))
                    .collect::<String>()
            )
        })
        .collect()
}
