//! What the tests of modules found, one line for each module.

use serde_json::json;

use super::line::padded;
use super::style::{Ink, Style};
use super::words::counted;
use crate::diagnostic::Diagnostics;
use crate::yaml::Value;

/// Version of the JSON form.
const FORMAT: u32 = 1;

/// How the tests of a module went.
#[derive(Debug, Clone)]
pub struct ModuleResult {
    pub module: String,
    pub cases: usize,
    /// Each case at each version that it holds for.
    pub renderings: usize,
    pub knobs: usize,
    /// Problems that were told of it.
    pub problems: usize,
}

/// ```text
/// hello  2 cases, 2 renderings, 9 knobs: all as it should be
/// other  1 case, 1 rendering, 3 knobs: 2 problems
/// ```
pub fn text(results: &[ModuleResult], style: Style) -> String {
    let widths = results.iter().map(|result| result.module.len());
    let column = widths.max().unwrap_or(0);
    let lines = results.iter().map(|result| line(result, column, style));
    lines.collect()
}

fn line(result: &ModuleResult, column: usize, style: Style) -> String {
    let (ink, verdict) = match result.problems {
        0 => (Ink::Added, "all as it should be".to_owned()),
        problems => (Ink::Danger, counted(problems, "problem")),
    };
    format!(
        "{}  {}, {}, {}: {}\n",
        padded(&result.module, column),
        counted(result.cases, "case"),
        counted(result.renderings, "rendering"),
        counted(result.knobs, "knob"),
        style.paint(ink, &verdict)
    )
}

/// The same for machines, with every problem.
pub fn json(results: &[ModuleResult], problems: &Diagnostics) -> Value {
    let modules = results.iter().map(|result| {
        json!({
            "module": result.module,
            "cases": result.cases,
            "renderings": result.renderings,
            "knobs": result.knobs,
            "problems": result.problems,
        })
    });
    json!({
        "format": FORMAT,
        "modules": modules.collect::<Vec<_>>(),
        "problems": super::diagnostics::json(problems),
    })
}

#[cfg(test)]
mod tests {
    use super::{ModuleResult, Style, json, text};
    use crate::diagnostic::Diagnostics;

    fn result(module: &str, problems: usize) -> ModuleResult {
        ModuleResult {
            module: module.to_owned(),
            cases: 1,
            renderings: 2,
            knobs: 3,
            problems,
        }
    }

    #[test]
    fn modules_stand_in_columns_with_their_verdicts() {
        let results = [result("hello", 0), result("a", 2)];
        let shown = "\
hello  1 case, 2 renderings, 3 knobs: all as it should be
a      1 case, 2 renderings, 3 knobs: 2 problems
";
        assert_eq!(text(&results, Style::Plain), shown);
        let json = json(&results, &Diagnostics::default());
        assert_eq!(json["modules"][1]["problems"], 2);
        assert_eq!(json["problems"]["errors"], 0);
    }
}
