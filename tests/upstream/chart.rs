//! `<module>/upstream.yaml` as a value: what a module is compared with, and what may differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kops_stack::diagnostic::{Diagnostics, Source};
use kops_stack::yaml::{Document, parse_one, strict_value};
use serde::Deserialize;

use crate::support::ROOT;
use crate::support::catalogue::told;

/// How one module stands to upstream's chart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Chart {
    /// Filled in from the folder.
    #[serde(skip)]
    pub module: String,
    /// Folder of the chart's renderings.
    pub chart: String,
    /// The module's versions for each version of the chart, or why there is none.
    pub versions: BTreeMap<String, Counterpart>,
    /// Objects of both sides that are no part of the comparison.
    #[serde(default)]
    pub apart: Apart,
    /// The component that an existing install of the chart's usual release becomes.
    #[serde(default)]
    pub component: Component,
    /// The same chart under another release name, as far as selectors show it.
    #[serde(default)]
    pub another: Option<Another>,
    /// Exact names of the chart's objects, and ours, wherever they stand.
    #[serde(default)]
    pub names: Vec<Name>,
    /// Texts inside ConfigMaps and Secrets that are compared by what they say, by key.
    #[serde(default)]
    pub texts: BTreeMap<String, TextFormat>,
    /// Cases of the chart that no knobs of ours say.
    #[serde(default)]
    pub unsaid: Vec<Unsaid>,
    /// Objects that stand on one side only.
    #[serde(default)]
    pub only_theirs: Vec<Lone>,
    #[serde(default)]
    pub only_ours: Vec<Lone>,
    /// Fields that differ.
    #[serde(default)]
    pub differences: Vec<Difference>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Counterpart {
    Versions(Vec<String>),
    Without { without: String },
}

/// Sets of rules and dashboards: upstream's are another work than ours.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Apart {
    pub kinds: Vec<String>,
    /// ConfigMaps with this label.
    pub label: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    pub name: Option<String>,
    pub prefix: Option<String>,
    pub instance: Option<String>,
}

/// Another release: the component for it, and what its selectors hold in place of what those of
/// the usual release hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Another {
    pub component: Component,
    pub selectors: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    pub theirs: String,
    /// `{version}` is the version with dashes.
    pub ours: String,
    /// Where one name of theirs is two of ours, the kind whose name it is.
    pub kind: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TextFormat {
    Yaml,
    Ini,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsaid {
    pub case: String,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lone {
    /// Identities, with `*` for any text.
    pub objects: Vec<String>,
    pub reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    pub objects: Vec<String>,
    /// Paths of leaves, with `*` for any text.
    pub paths: Vec<String>,
    /// Where it is so in some cases alone.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Where it is so in some versions of the module alone.
    #[serde(default)]
    pub versions: Vec<String>,
    pub reason: String,
}

/// All charts, in the order of modules.
pub fn all() -> Vec<Chart> {
    let folders = fs_err::read_dir(folder()).expect("the folder can be read");
    let mut modules: Vec<String> = folders
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    modules.sort();
    // CRDs alone have no chart.
    modules.retain(|module| folder().join(module).join("upstream.yaml").is_file());
    modules.into_iter().map(|module| read(&module)).collect()
}

fn read(module: &str) -> Chart {
    let path = folder().join(module).join("upstream.yaml");
    let document = document(&path);
    let mut diagnostics = Diagnostics::default();
    let value = strict_value(&document, &document.root, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}", told(&diagnostics));
    let chart: Chart = serde_json::from_value(value)
        .unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    Chart {
        module: module.to_owned(),
        ..chart
    }
}

impl Apart {
    pub fn holds(&self, kind: &str, labels: impl FnOnce(&str) -> bool) -> bool {
        let labelled = |label: &String| kind == "ConfigMap" && labels(label);
        self.kinds.iter().any(|known| known == kind) || self.label.as_ref().is_some_and(labelled)
    }
}

impl Chart {
    /// Files in the module's folder that are neither a case that was used nor known by name.
    pub fn stray_files(&self, used: &BTreeSet<&Path>) -> Vec<String> {
        let entries = fs_err::read_dir(folder().join(&self.module)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let known = ["upstream.yaml", "changed.yaml"];
        let stray = paths.filter(|path| {
            !used.contains(path.as_path()) && !known.iter().any(|name| path.ends_with(name))
        });
        stray.map(|path| path.display().to_string()).collect()
    }

    /// How we say a case at a version of the module: its own file for the version goes before the
    /// file of the case.
    pub fn says(&self, case: &str, version: &str) -> Result<Says<'_>, &'static str> {
        let folder = folder().join(&self.module);
        let names = [format!("{case}-{version}.yaml"), format!("{case}.yaml")];
        let mut paths = names.iter().map(|name| folder.join(name));
        let file = paths.find(|path| path.is_file());
        let unsaid = self.unsaid.iter().find(|unsaid| unsaid.case == case);
        match (file, unsaid) {
            (Some(file), None) => Ok(Says::Knobs(file)),
            (None, Some(unsaid)) => Ok(Says::Not(&unsaid.reason)),
            (None, None) => Err("neither said nor declined"),
            (Some(_), Some(_)) => Err("both said and declined"),
        }
    }
}

/// Whether our knobs can say a case.
pub enum Says<'a> {
    /// By those of a file.
    Knobs(PathBuf),
    /// No, for a reason.
    Not(&'a str),
}

pub fn document(path: &Path) -> Document {
    let text = fs_err::read_to_string(path).expect("the file can be read");
    let source = Source::new(path.display().to_string(), text);
    parse_one(&source).unwrap_or_else(|problems| panic!("{}", told(&problems)))
}

pub fn folder() -> PathBuf {
    Path::new(ROOT).join("tests/upstream")
}
