//! Both sides of every case that is said, read and rendered once for all tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kops_stack::object::Object;
use rayon::prelude::*;

use super::chart::{self, Chart, Counterpart};
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

    /// The cases of a chart that our knobs say. A case that neither a file says nor a reason declines
    /// is a problem, and so is a reason or a file without a case, and a version nobody speaks of.
    fn pairs(&mut self, place: usize) -> Vec<Pair> {
        let chart = &self.charts[place];
        let module = &chart.module;
        let mut pairs = Vec::new();
        let mut cases = BTreeSet::new();
        for (folder, counterpart) in &chart.versions {
            let versions = match counterpart {
                Counterpart::Versions(versions) => versions,
                Counterpart::Without { without } => {
                    let declined = format!("{module}: chart {folder}: {without}");
                    self.declined.push(declined);
                    continue;
                }
            };
            let folder = self.goldens.join(&chart.chart).join(folder);
            for case in golden::cases(&folder) {
                cases.insert(case.clone());
                let unsaid = chart.unsaid.iter().find(|unsaid| unsaid.case == case);
                for version in versions {
                    let title = format!("{module} {version} {case}");
                    match (chart.case_file(&case, version), unsaid) {
                        (Some(file), None) => pairs.push(Pair {
                            chart: place,
                            folder: folder.clone(),
                            version: version.clone(),
                            case: case.clone(),
                            file,
                        }),
                        (None, Some(unsaid)) => {
                            self.declined.push(format!("{title}: {}", unsaid.reason));
                        }
                        (None, None) => self
                            .problems
                            .push(format!("{title}: neither said nor declined")),
                        (Some(_), Some(_)) => self
                            .problems
                            .push(format!("{title}: both said and declined")),
                    }
                }
            }
        }
        let stale = chart.unsaid.iter().map(|unsaid| &unsaid.case);
        let stale = stale.filter(|case| !cases.contains(*case));
        let problems = stale.map(|case| format!("{module}: the chart has no case {case}"));
        self.problems.extend(problems);
        let used: BTreeSet<&Path> = pairs.iter().map(|pair| pair.file.as_path()).collect();
        let problems = chart.stray_files(&used).into_iter();
        self.problems
            .extend(problems.map(|file| format!("{file} says no case")));
        let folders = golden::versions(&self.goldens.join(&chart.chart)).into_iter();
        let unknown = folders.filter(|folder| !chart.versions.contains_key(folder));
        self.problems
            .extend(unknown.map(|folder| format!("{module}: nothing is said of chart {folder}")));
        pairs
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
