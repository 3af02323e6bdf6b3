//! Both sides of every case that is said, read and rendered once for all tests.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use kops_stack::object::Object;
use rayon::prelude::*;

use super::chart::{self, Chart, Counterpart, Says};
use super::{golden, install, normal};

/// What there is to compare, and what is wrong with the files that say it.
pub struct Survey {
    pub goldens: PathBuf,
    pub charts: Vec<Chart>,
    pub cases: Vec<Said>,
    /// Cases and versions that are not compared, with the reason.
    pub declined: Vec<String>,
    pub problems: Vec<String>,
}

/// A case of a version of a chart that our knobs say, with the objects of both sides.
pub struct Said {
    /// The module's place in the list of charts.
    pub chart: usize,
    pub chart_version: String,
    pub version: String,
    pub case: String,
    pub file: PathBuf,
    pub theirs: Vec<Object>,
    pub ours: Vec<Object>,
}

/// A case before anything is rendered.
struct Pair {
    chart: usize,
    folder: PathBuf,
    version: String,
    case: String,
    file: PathBuf,
}

/// None where the charts' renderings are not at hand.
pub fn survey() -> Option<&'static Survey> {
    static SURVEY: LazyLock<Option<Survey>> =
        LazyLock::new(|| golden::goldens().map(|goldens| Survey::of(goldens, chart::all())));
    SURVEY.as_ref()
}

impl Survey {
    fn of(goldens: PathBuf, charts: Vec<Chart>) -> Self {
        let mut survey = Self {
            goldens,
            charts,
            cases: Vec::new(),
            declined: Vec::new(),
            problems: Vec::new(),
        };
        let places = 0..survey.charts.len();
        let pairs: Vec<Pair> = places.flat_map(|place| survey.pairs(place)).collect();
        let charts = &survey.charts;
        let render = |pair: Pair| {
            let chart = &charts[pair.chart];
            pair.render(chart)
        };
        survey.cases = pairs.into_par_iter().map(render).collect();
        survey
    }

    /// The cases of a chart that our knobs say.
    fn pairs(&mut self, place: usize) -> Vec<Pair> {
        let chart = &self.charts[place];
        let mut pairs = Vec::new();
        let mut cases = BTreeSet::new();
        for (chart_version, counterpart) in &chart.versions {
            let versions = match counterpart {
                Counterpart::Versions(versions) => versions,
                Counterpart::Without { without } => {
                    let declined = format!("{}: chart {chart_version}: {without}", chart.module);
                    self.declined.push(declined);
                    continue;
                }
            };
            let folder = self.goldens.join(&chart.chart).join(chart_version);
            for case in golden::cases(&folder) {
                for version in versions {
                    let title = format!("{} {version} {case}", chart.module);
                    match chart.says(&case, version) {
                        Ok(Says::Knobs(file)) => pairs.push(Pair {
                            chart: place,
                            folder: folder.clone(),
                            version: version.clone(),
                            case: case.clone(),
                            file,
                        }),
                        Ok(Says::Not(reason)) => self.declined.push(format!("{title}: {reason}")),
                        Err(problem) => self.problems.push(format!("{title}: {problem}")),
                    }
                }
                cases.insert(case);
            }
        }
        let problems = self.left_over(chart, &cases, &pairs);
        self.problems.extend(problems);
        pairs
    }

    /// Reasons and files without a case, and versions that nobody speaks of.
    fn left_over(&self, chart: &Chart, cases: &BTreeSet<String>, pairs: &[Pair]) -> Vec<String> {
        let module = &chart.module;
        let unsaid = chart.unsaid.iter().map(|unsaid| &unsaid.case);
        let unsaid = unsaid.filter(|case| !cases.contains(*case));
        let mut problems: Vec<String> = unsaid
            .map(|case| format!("{module}: the chart has no case {case}"))
            .collect();
        let used = pairs.iter().map(|pair| pair.file.as_path()).collect();
        let stray = chart.stray_files(&used).into_iter();
        problems.extend(stray.map(|file| format!("{file} says no case")));
        let folders = golden::versions(&self.goldens.join(&chart.chart)).into_iter();
        let unknown = folders.filter(|folder| !chart.versions.contains_key(folder));
        problems
            .extend(unknown.map(|folder| format!("{module}: nothing is said of chart {folder}")));
        problems
    }
}

impl Pair {
    fn render(self, chart: &Chart) -> Said {
        let theirs = golden::objects(&self.folder, &self.case, &chart.apart).into_iter();
        let theirs = theirs.map(|object| normal::theirs(object, chart, &self.version));
        let ours = install::objects(chart, &self.file, &self.version, &chart.component);
        let ours = ours.into_iter().map(|object| normal::ours(object, chart));
        let chart_version = self
            .folder
            .file_name()
            .expect("it is named for the version");
        Said {
            chart: self.chart,
            chart_version: chart_version.to_string_lossy().into_owned(),
            theirs: theirs.collect(),
            ours: ours.collect(),
            version: self.version,
            case: self.case,
            file: self.file,
        }
    }
}
