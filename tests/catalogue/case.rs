//! A case of a module's tests, rendered in memory.
//!
//! `modules/<module>/tests/<case>.yaml` says which knobs are set, and where it matters: the module's
//! `version`, the cluster's `kubernetes`, `cluster`, `globals`, and capabilities that are `available`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use kops_stack::diagnostic::Diagnostics;
use kops_stack::model::image::ListedImage;
use kops_stack::model::module::Module;
use kops_stack::model::permission::Role;
use kops_stack::model::rendering::RenderedObject;
use kops_stack::model::tree::FileTree;
use kops_stack::model::version::Version;
use kops_stack::yaml::{Document, Value, strict_value};
use serde_json::json;

use crate::support::catalogue::{CATALOGUE, FILES, Made, told};

/// Minors that a case may be rendered for, the first that fits is taken.
const MINORS: [&str; 8] = [
    "1.36.3", "1.35.4", "1.34.7", "1.33.5", "1.32.9", "1.31.13", "1.30.14", "1.29.15",
];

/// One rendering to be made: of a case, or of a case with something changed.
#[derive(Clone)]
pub struct Case {
    pub module: Arc<Module>,
    /// What the module is found in.
    files: &'static FileTree,
    pub name: String,
    /// Given where the case holds for one version alone.
    version: Option<Version>,
    kubernetes: Option<Version>,
    pub cluster: Value,
    pub globals: Value,
    pub available: Vec<String>,
    pub knobs: Value,
    /// Release of the stack `cases`; newer than all, unless it matters.
    pub release: String,
    /// What the component is called, and how environment.yaml says it, such as the prefix of the
    /// names of an install that exists.
    pub component: (String, Value),
}

/// All cases of all modules.
pub fn all() -> Vec<Case> {
    let modules = CATALOGUE.modules.values();
    modules.flat_map(of_module).collect()
}

pub fn of_module(module: &Arc<Module>) -> Vec<Case> {
    of_module_in(module, catalogue_of(&module.name))
}

/// Cases of a module that is found in `files`.
pub fn of_module_in(module: &Arc<Module>, files: &'static FileTree) -> Vec<Case> {
    let cases = module.tests.keys();
    cases.map(|name| Case::read(module, name, files)).collect()
}

impl Case {
    fn read(module: &Arc<Module>, name: &str, files: &'static FileTree) -> Self {
        let place = format!("modules/{}/tests/{name}.yaml", module.name);
        Self::of_document(&module.tests[name], &place, module, name, files)
    }

    /// A case that sets nothing, of a built-in module.
    pub fn plain(module: &Arc<Module>) -> Self {
        Self::of_value(&json!({}), module, "plain", catalogue_of(&module.name))
    }

    /// A case of a built-in module whose text stands elsewhere.
    pub fn elsewhere(document: &Document, place: &str, module: &Arc<Module>, name: &str) -> Self {
        let files = catalogue_of(&module.name);
        Self::of_document(document, place, module, name, files)
    }

    fn of_document(
        document: &Document,
        place: &str,
        module: &Arc<Module>,
        name: &str,
        files: &'static FileTree,
    ) -> Self {
        let mut diagnostics = Diagnostics::default();
        let value = strict_value(document, &document.root, &mut diagnostics);
        assert!(diagnostics.is_empty(), "{place}: {}", told(&diagnostics));
        for key in value.as_object().expect("a case is a mapping").keys() {
            let known = [
                "version",
                "kubernetes",
                "cluster",
                "globals",
                "available",
                "knobs",
            ];
            assert!(
                known.contains(&key.as_str()),
                "{place}: unknown key `{key}`"
            );
        }
        Self::of_value(&value, module, name, files)
    }

    fn of_value(value: &Value, module: &Arc<Module>, name: &str, files: &'static FileTree) -> Self {
        let or_empty = |key: &str| value.get(key).cloned().unwrap_or_else(|| json!({}));
        let version = |key: &str| {
            let text = value.get(key)?.as_str().expect("versions are quoted");
            Some(Version::parse(text).expect("a version"))
        };
        Self {
            module: Arc::clone(module),
            files,
            name: name.to_owned(),
            version: version("version"),
            kubernetes: version("kubernetes"),
            cluster: or_empty("cluster"),
            globals: or_empty("globals"),
            available: serde_json::from_value(value["available"].clone()).unwrap_or_default(),
            knobs: or_empty("knobs"),
            release: "9999.0".to_owned(),
            component: (module.name.clone(), json!({})),
        }
    }

    pub fn title(&self) -> String {
        format!("modules/{}/tests/{}.yaml", self.module.name, self.name)
    }

    /// Versions of the module that the case holds for, newest first, each with the Kubernetes that
    /// it is rendered for.
    pub fn versions(&self) -> Vec<(Version, Version)> {
        let wanted = |version: &Version| match &self.version {
            Some(only) => only == version,
            None => true,
        };
        let candidates: Vec<Version> = match &self.kubernetes {
            Some(given) => vec![given.clone()],
            None => MINORS
                .iter()
                .filter_map(|text| Version::parse(text))
                .collect(),
        };
        let versions = self.module.versions.iter();
        let mut fitting: Vec<_> = versions
            .filter(|known| wanted(&known.version))
            .filter_map(|known| {
                let fits = candidates
                    .iter()
                    .find(|minor| known.kubernetes.contains(minor));
                Some((known.version.clone(), fits?.clone()))
            })
            .collect();
        fitting.sort_by(|a, b| b.0.cmp(&a.0));
        assert!(!fitting.is_empty(), "{} fits no version", self.title());
        fitting
    }

    /// Rendered for the newest version that the case holds for.
    pub fn render(&self) -> Result<Vec<RenderedObject>, String> {
        let (version, kubernetes) = &self.versions()[0];
        self.render_at(version, kubernetes)
    }

    /// The objects, in the order of their files, or what was wrong.
    pub fn render_at(
        &self,
        version: &Version,
        kubernetes: &Version,
    ) -> Result<Vec<RenderedObject>, String> {
        let components = self.made_at(version, kubernetes)?.rendering.components;
        let objects = components
            .into_values()
            .flat_map(|component| component.objects);
        Ok(objects.collect())
    }

    /// The objects with the images and roles that go with them.
    pub fn made_at(&self, version: &Version, kubernetes: &Version) -> Result<Made, String> {
        Made::of(&self.files(version, kubernetes), self.files, "case")
    }

    /// A repository with one environment, in which the case is all that there is.
    fn files(&self, version: &Version, kubernetes: &Version) -> FileTree {
        let module = &self.module.name;
        let needs = self.module.requires.iter();
        let mut external: Vec<String> = needs.map(|rule| rule.capability.0.clone()).collect();
        external.extend(self.available.iter().cloned());
        let mut cluster = json!({"provider": "existing", "kubernetes": kubernetes.as_str()});
        merge(&mut cluster, &self.cluster);
        let stack = json!({
            "summary": "Cases",
            "kubernetes": ">=1.20",
            "modules": {module: version.as_str()},
        });
        let (name, component) = &self.component;
        let environment = json!({
            "stack": format!("cases/{}", self.release),
            "crds": "stand-in",
            "components": {name: component},
            "external": external,
        });
        let mut files = FileTree::default();
        let mut add =
            |path: String, value: &Value| files.insert(path, value.to_string().into_bytes());
        add(format!("stacks/cases/{}.yaml", self.release), &stack);
        add(
            "environments/case/environment.yaml".to_owned(),
            &environment,
        );
        add("environments/case/cluster.yaml".to_owned(), &cluster);
        add("environments/case/global.yaml".to_owned(), &self.globals);
        add(format!("environments/case/{name}.yaml"), &self.knobs);
        files
    }
}

/// Only the module and what all share: loading the others would take time for nothing.
fn catalogue_of(module: &str) -> &'static FileTree {
    static BY_MODULE: LazyLock<BTreeMap<String, FileTree>> = LazyLock::new(|| {
        let modules = CATALOGUE.modules.keys();
        modules
            .map(|module| (module.clone(), part(module)))
            .collect()
    });
    &BY_MODULE[module]
}

fn part(module: &str) -> FileTree {
    let folder = format!("modules/{module}/");
    let mut part = FILES.clone();
    part.files
        .retain(|path, _| path.starts_with(&folder) || path.starts_with("templates/"));
    part
}

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.as_object().into_iter().flatten() {
        into[key] = value.clone();
    }
}

type Rendered = (Case, Version, Vec<RenderedObject>);
type Lists = (Vec<ListedImage>, Vec<Role>);

/// Every case at every version that it holds for, and beside each the images and roles of it.
static EVERYWHERE: LazyLock<(Vec<Rendered>, Vec<Lists>)> = LazyLock::new(|| {
    let mut rendered = Vec::new();
    let mut lists = Vec::new();
    let mut failed = BTreeMap::new();
    for case in all() {
        for (version, kubernetes) in case.versions() {
            match case.made_at(&version, &kubernetes) {
                Ok(made) => {
                    lists.push((made.images, made.roles));
                    let components = made.rendering.components.into_values();
                    let objects = components.flat_map(|component| component.objects);
                    rendered.push((case.clone(), version, objects.collect()));
                }
                Err(problem) => {
                    failed.insert(format!("{} at {version}", case.title()), problem);
                }
            }
        }
    }
    assert!(failed.is_empty(), "cases that do not render: {failed:#?}");
    (rendered, lists)
});

/// Every case at every version that it holds for.
pub fn rendered_everywhere() -> &'static [Rendered] {
    &EVERYWHERE.0
}

/// The same with the images that are listed and the roles that are needed.
pub fn listed_everywhere()
-> impl Iterator<Item = (&'static Rendered, &'static [ListedImage], &'static [Role])> {
    let lists = EVERYWHERE.1.iter();
    let rendered = EVERYWHERE.0.iter();
    rendered
        .zip(lists)
        .map(|(rendered, (images, roles))| (rendered, images.as_slice(), roles.as_slice()))
}
