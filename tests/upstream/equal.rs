//! The test: no field differs without a reason, no reason is left over, and few need one.

use rayon::prelude::*;

use super::chart::{self, Chart};
use super::compare::{Difference, compare};
use super::defaults::Defaults;
use super::pattern::Pattern;
use super::survey::{Said, survey};

/// Of a hundred fields, how many may differ with a reason.
const MOST: f64 = 5.0;

/// The chart with its patterns, which remember whether they were needed.
struct Reasons<'a> {
    chart: &'a Chart,
    only_theirs: Vec<Lone<'a>>,
    only_ours: Vec<Lone<'a>>,
    differences: Vec<Reason<'a>>,
}

/// An object that stands on one side only, and why.
type Lone<'a> = (Pattern, &'a str);

struct Reason<'a> {
    difference: &'a chart::Difference,
    objects: Vec<Pattern>,
    paths: Vec<Pattern>,
    cases: Vec<Pattern>,
    versions: Vec<Pattern>,
}

/// One line of the table.
#[derive(Default)]
struct Row {
    title: String,
    objects: usize,
    equal: usize,
    explained: usize,
    bookkeeping: usize,
    defaults: usize,
    unexplained: Vec<String>,
}

#[test]
fn every_field_is_upstreams_or_has_a_reason() {
    let Some(survey) = survey() else { return };
    let defaults = Defaults::read();
    let reasons: Vec<Reasons<'_>> = survey.charts.iter().map(Reasons::of).collect();
    let judge = |said: &Said| reasons[said.chart].judge(said, &defaults);
    let rows: Vec<Row> = survey.cases.par_iter().map(judge).collect();
    for declined in &survey.declined {
        eprintln!("not compared: {declined}");
    }
    eprintln!("{}", table(&rows));
    let mut problems = survey.problems.clone();
    problems.extend(rows.iter().flat_map(Row::problems));
    problems.extend(reasons.iter().flat_map(Reasons::unused));
    problems.extend(defaults.unused());
    assert!(problems.is_empty(), "{}", problems.join("\n"));
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

impl<'a> Reasons<'a> {
    fn of(chart: &'a Chart) -> Self {
        let lone = |list: &'a [chart::Lone]| {
            let each = |lone: &'a chart::Lone| {
                let objects = lone.objects.iter();
                objects.map(|text| (Pattern::new(text), lone.reason.as_str()))
            };
            list.iter().flat_map(each).collect()
        };
        let differences = chart.differences.iter().map(|difference| Reason {
            difference,
            objects: Pattern::all(&difference.objects),
            paths: Pattern::all(&difference.paths),
            cases: Pattern::all(&difference.cases),
            versions: Pattern::all(&difference.versions),
        });
        Self {
            chart,
            only_theirs: lone(&chart.only_theirs),
            only_ours: lone(&chart.only_ours),
            differences: differences.collect(),
        }
    }

    fn judge(&self, said: &Said, defaults: &Defaults) -> Row {
        let comparison = compare(&said.theirs, &said.ours);
        let mut row = Row {
            title: said.title(&self.chart.module),
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
            } else if self.explain(difference, &said.case, &said.version) {
                row.explained += 1;
            } else {
                row.unexplained.push(shown(difference));
            }
        }
        for (objects, reasons, side) in [
            (&comparison.only_theirs, &self.only_theirs, "we lack"),
            (&comparison.only_ours, &self.only_ours, "upstream lacks"),
        ] {
            for identity in objects {
                let text = identity.to_string();
                let known = reasons.iter().filter(|(known, _)| known.is_match(&text));
                if known.map(|(known, _)| known.use_up()).count() == 0 {
                    row.unexplained.push(format!("{side} {text}"));
                }
            }
        }
        row
    }

    /// Whether some reason covers the difference; every one that does counts as needed.
    fn explain(&self, difference: &Difference, case: &str, version: &str) -> bool {
        let object = difference.object.to_string();
        let covering = self.differences.iter().filter(|reason| {
            let needed: Option<Vec<&Pattern>> = [
                (&reason.objects, object.as_str()),
                (&reason.paths, &difference.path),
                (&reason.cases, case),
                (&reason.versions, version),
            ]
            .into_iter()
            .filter(|(patterns, _)| !patterns.is_empty())
            .map(|(patterns, text)| patterns.iter().find(|pattern| pattern.is_match(text)))
            .collect();
            needed
                .map(|needed| needed.iter().for_each(|pattern| pattern.use_up()))
                .is_some()
        });
        covering.count() > 0
    }

    /// What is in the list and matched nothing.
    fn unused(&self) -> Vec<String> {
        let lone = self.only_theirs.iter().chain(&self.only_ours);
        let lone = lone.map(|(pattern, reason)| (pattern, *reason));
        let differences = self.differences.iter().flat_map(|reason| {
            let patterns = [
                &reason.objects,
                &reason.paths,
                &reason.cases,
                &reason.versions,
            ];
            let patterns = patterns.into_iter().flatten();
            patterns.map(|pattern| (pattern, reason.difference.reason.as_str()))
        });
        let all = lone.chain(differences);
        all.filter(|(pattern, _)| !pattern.is_used())
            .map(|(pattern, reason)| {
                let module = &self.chart.module;
                format!("{module}: `{}` matches nothing ({reason})", pattern.text)
            })
            .collect()
    }
}

impl Row {
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

    fn problems(&self) -> Vec<String> {
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
fn table(rows: &[Row]) -> String {
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
