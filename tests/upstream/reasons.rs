//! Why fields differ, from `upstream.yaml`, and which of the reasons were needed.

use super::chart::{self, Chart};
use super::compare::Difference;
use super::pattern::Pattern;

/// The chart with its patterns, which remember whether they were needed.
pub struct Reasons<'a> {
    pub chart: &'a Chart,
    pub only_theirs: Vec<Lone<'a>>,
    pub only_ours: Vec<Lone<'a>>,
    differences: Vec<Reason<'a>>,
}

/// An object that stands on one side only, and why.
pub type Lone<'a> = (Pattern, &'a str);

struct Reason<'a> {
    difference: &'a chart::Difference,
    objects: Vec<Pattern>,
    paths: Vec<Pattern>,
    cases: Vec<Pattern>,
    versions: Vec<Pattern>,
}

impl<'a> Reasons<'a> {
    pub fn of(chart: &'a Chart) -> Self {
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
    pub fn explain(&self, difference: &Difference, case: &str, version: &str) -> bool {
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
    pub fn unused(&self) -> Vec<String> {
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
