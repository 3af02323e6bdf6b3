//! The test: no field differs without a reason, no reason is left over, and few need one.

use rayon::prelude::*;

use super::defaults::Defaults;
use super::reasons::Reasons;
use super::survey::{Said, survey};
use super::table::{Row, table};

#[test]
fn every_field_is_upstreams_or_has_a_reason() {
    let Some(survey) = survey() else { return };
    let defaults = Defaults::read();
    let reasons: Vec<Reasons<'_>> = survey.charts.iter().map(Reasons::of).collect();
    let judge = |said: &Said| Row::judge(said, &reasons[said.chart], &defaults);
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
