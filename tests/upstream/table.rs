//! One line of the table for each case: what is equal, what has a reason, and what has none.

use super::compare::{Difference, compare};
use super::defaults::Defaults;
use super::reasons::Reasons;
use super::survey::Said;

/// Of a hundred fields, how many may differ with a reason.
const MOST: f64 = 5.0;

/// One line of the table.
#[derive(Default)]
pub struct Row {
    title: String,
    objects: usize,
    equal: usize,
    explained: usize,
    bookkeeping: usize,
    defaults: usize,
    unexplained: Vec<String>,
}

impl Said {
    fn title(&self, module: &str) -> String {
        let (version, case) = (&self.version, &self.case);
        format!("{module} {version} (chart {}) {case}", self.chart_version)
    }
}

fn shown(difference: &Difference) -> String {
    let side = |value: &Option<kops_stack::yaml::Value>| match value {
        Some(value) => value.to_string().chars().take(200).collect(),
        None => "nothing".to_owned(),
    };
    format!(
        "{}: {}: upstream {}, ours {}",
        difference.object,
        difference.path,
        side(&difference.theirs),
        side(&difference.ours)
    )
}

impl Row {
    pub fn judge(said: &Said, reasons: &Reasons<'_>, defaults: &Defaults) -> Self {
        let comparison = compare(&said.theirs, &said.ours);
        let mut row = Self {
            title: said.title(&reasons.chart.module),
            objects: comparison.objects,
            equal: comparison.equal,
            explained: 0,
            bookkeeping: comparison.bookkeeping,
            defaults: 0,
            unexplained: Vec::new(),
        };
        for difference in &comparison.differing {
            if defaults.fills_in(difference) {
                row.defaults += 1;
            } else if reasons.explain(difference, &said.case, &said.version) {
                row.explained += 1;
            } else {
                row.unexplained.push(shown(difference));
            }
        }
        for (objects, lone, side) in [
            (&comparison.only_theirs, &reasons.only_theirs, "we lack"),
            (&comparison.only_ours, &reasons.only_ours, "upstream lacks"),
        ] {
            for identity in objects {
                let text = identity.to_string();
                let known = lone.iter().filter(|(known, _)| known.is_match(&text));
                if known.map(|(known, _)| known.use_up()).count() == 0 {
                    row.unexplained.push(format!("{side} {text}"));
                }
            }
        }
        row
    }

    fn fields(&self) -> usize {
        self.equal + self.explained + self.unexplained.len()
    }

    /// Explained, of a hundred.
    fn share(&self) -> f64 {
        100.0 * self.explained as f64 / self.fields() as f64
    }

    fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.equal += other.equal;
        self.explained += other.explained;
        self.bookkeeping += other.bookkeeping;
        self.defaults += other.defaults;
        self.unexplained.extend_from_slice(&other.unexplained);
    }

    fn line(&self) -> String {
        format!(
            "{:<62} {:>7} {:>6} {:>9} {:>4.1} {:>11} | {:>11} {:>8}\n",
            self.title,
            self.objects,
            self.equal,
            self.explained,
            self.share(),
            self.unexplained.len(),
            self.bookkeeping,
            self.defaults
        )
    }

    pub fn problems(&self) -> Vec<String> {
        let unexplained = self.unexplained.iter();
        let mut problems: Vec<String> = unexplained
            .map(|problem| format!("{}: {problem}", self.title))
            .collect();
        if self.share() >= MOST {
            let share = self.share();
            problems.push(format!(
                "{}: {share:.1} % of the fields need a reason",
                self.title
            ));
        }
        problems
    }
}

/// Bookkeeping of Helm and defaults of the server stand beside the fields, not among them.
pub fn table(rows: &[Row]) -> String {
    let head = "module, version, chart, case";
    let mut text =
        format!("{head:<62} objects  equal explained    % unexplained | bookkeeping defaults\n");
    let mut total = Row {
        title: format!("{} cases", rows.len()),
        ..Row::default()
    };
    for row in rows {
        text.push_str(&row.line());
        total.add(row);
    }
    text.push_str(&total.line());
    text
}
