//! The test: no field differs without a reason, no reason is left over, and few need one.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use rayon::prelude::*;

use super::chart::{self, Chart, Counterpart};
use super::compare::{Comparison, Difference, compare};
use super::pattern::Pattern;
use super::{golden, install, normal};

/// Of a hundred fields, how many may differ with a reason.
const MOST: f64 = 5.0;

/// A case of a version of a chart, with the file that says it.
struct Pair<'a> {
    reasons: &'a Reasons<'a>,
    chart_version: &'a str,
    version: &'a str,
    case: String,
}

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
struct Row {
    title: String,
    objects: usize,
    equal: usize,
    explained: usize,
    bookkeeping: usize,
    unexplained: Vec<String>,
}

#[test]
fn every_field_is_upstreams_or_has_a_reason() {
    let Some(goldens) = golden::goldens() else {
        return;
    };
    let charts = chart::all();
    let reasons: Vec<Reasons<'_>> = charts.iter().map(Reasons::of).collect();
    let mut problems = Vec::new();
    let mut pairs = Vec::new();
    for reasons in &reasons {
        pairs.extend(said(reasons, &goldens, &mut problems));
    }
    let rows: Vec<Row> = pairs.par_iter().map(|pair| pair.row(&goldens)).collect();
    for row in &rows {
        problems.extend(row.problems());
    }
    problems.extend(reasons.iter().flat_map(Reasons::unused));
    eprintln!("{}", table(&rows));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// The cases of a chart that our knobs can say; a case that neither a file says nor a reason
/// declines is a problem, and so is a reason or a file without a case.
fn said<'a>(reasons: &'a Reasons<'a>, goldens: &Path, problems: &mut Vec<String>) -> Vec<Pair<'a>> {
    let chart = reasons.chart;
    let mut pairs = Vec::new();
    let mut files = BTreeSet::new();
    let mut cases = BTreeSet::new();
    for (chart_version, counterpart) in &chart.versions {
        let version = match counterpart {
            Counterpart::Version(version) => version,
            Counterpart::Without { without } => {
                eprintln!("not compared: {} {chart_version}: {without}", chart.module);
                continue;
            }
        };
        for case in golden::cases(&goldens.join(&chart.chart).join(chart_version)) {
            let title = format!("{} {version} {case}", chart.module);
            let unsaid = chart.unsaid.iter().find(|unsaid| unsaid.case == case);
            cases.insert(case.clone());
            match (chart.case_file(&case, version), unsaid) {
                (Some(file), None) => {
                    files.insert(file);
                    pairs.push(Pair {
                        reasons,
                        chart_version,
                        version,
                        case,
                    });
                }
                (None, Some(unsaid)) => eprintln!("not said: {title}: {}", unsaid.reason),
                (None, None) => problems.push(format!("{title}: neither said nor declined")),
                (Some(_), Some(_)) => problems.push(format!("{title}: both said and declined")),
            }
        }
    }
    let known = fs_err::read_dir(goldens.join(&chart.chart)).expect("the chart is there");
    for entry in known {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        if !chart.versions.contains_key(&*name) {
            problems.push(format!("{}: nothing is said of chart {name}", chart.module));
        }
    }
    for unsaid in chart
        .unsaid
        .iter()
        .filter(|unsaid| !cases.contains(&unsaid.case))
    {
        problems.push(format!(
            "{}: there is no case {}",
            chart.module, unsaid.case
        ));
    }
    for entry in fs_err::read_dir(chart::folder().join(&chart.module)).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !files.contains(&path)
            && !path.ends_with("upstream.yaml")
            && !path.ends_with("changed.yaml")
        {
            problems.push(format!("{} says no case", path.display()));
        }
    }
    pairs
}

impl Pair<'_> {
    fn row(&self, goldens: &Path) -> Row {
        let chart = self.reasons.chart;
        let folder = goldens.join(&chart.chart).join(self.chart_version);
        let theirs = golden::objects(&folder, &self.case).into_iter();
        let theirs = theirs.map(|object| normal::theirs(object, chart, self.version));
        let file = chart
            .case_file(&self.case, self.version)
            .expect("it is said");
        let ours = install::objects(chart, &file, self.version, &chart.component).into_iter();
        let ours = ours.map(|object| normal::ours(object, chart));
        self.judge(compare(theirs.collect(), ours.collect()))
    }

    fn judge(&self, comparison: Comparison) -> Row {
        let title = format!(
            "{} {} {}",
            self.reasons.chart.module, self.version, self.case
        );
        let mut row = Row {
            title,
            objects: comparison.objects,
            equal: comparison.equal,
            explained: 0,
            bookkeeping: comparison.bookkeeping,
            unexplained: Vec::new(),
        };
        for difference in &comparison.differing {
            match self.reasons.explain(difference, &self.case, self.version) {
                true => row.explained += 1,
                false => row.unexplained.push(shown(difference)),
            }
        }
        for (objects, reasons, side) in [
            (
                &comparison.only_theirs,
                &self.reasons.only_theirs,
                "we lack",
            ),
            (
                &comparison.only_ours,
                &self.reasons.only_ours,
                "upstream lacks",
            ),
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

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<58} {:>7} {:>6} {:>9} {:>5} {:>11} {:>11}\n",
        "module, version, case", "objects", "equal", "explained", "%", "unexplained", "bookkeeping"
    );
    for row in rows {
        let _ = writeln!(
            text,
            "{:<58} {:>7} {:>6} {:>9} {:>5.1} {:>11} {:>11}",
            row.title,
            row.objects,
            row.equal,
            row.explained,
            row.share(),
            row.unexplained.len(),
            row.bookkeeping
        );
    }
    text
}
