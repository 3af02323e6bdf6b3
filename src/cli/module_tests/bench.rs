//! Renders cases in memory: a repository with one environment, in which the case is all there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::load;
use crate::model::case::Case;
use crate::model::rendering::{RenderedObject, Rendering};
use crate::model::repository::Repository;
use crate::model::resolved::ResolvedEnvironment;
use crate::model::tree::FileTree;
use crate::model::version::Version;
use crate::render::{Templates, render_components};
use crate::resolve::resolve;
use crate::yaml::Value;

/// Name of the environment, of the layer below it, and of the stack.
const NAME: &str = "case";

/// What cases are rendered with.
pub struct Bench<'r> {
    pub repository: &'r Repository,
    pub templates: &'r Templates<'r>,
}

/// A case rendered for one version of its module.
pub struct CaseRendering<'c> {
    pub case: &'c Case,
    pub version: Version,
    pub objects: Result<Vec<RenderedObject>, Diagnostics>,
}

impl Bench<'_> {
    /// Every case at every version that it holds for.
    pub fn everywhere<'c>(&self, cases: &'c [Case]) -> Vec<CaseRendering<'c>> {
        let all: Vec<_> = cases
            .iter()
            .flat_map(|case| case.versions().into_iter().map(move |at| (case, at)))
            .collect();
        all.into_par_iter()
            .map(|(case, (version, kubernetes))| CaseRendering {
                case,
                objects: self.render_at(case, &version, &kubernetes),
                version,
            })
            .collect()
    }

    /// Rendered for the newest version that the case holds for.
    pub fn render(&self, case: &Case) -> Result<Vec<RenderedObject>, Diagnostics> {
        match case.versions().first() {
            Some((version, kubernetes)) => self.render_at(case, version, kubernetes),
            None => Ok(Vec::new()),
        }
    }

    /// The objects, in the order of their files, or what was wrong.
    pub fn render_at(
        &self,
        case: &Case,
        version: &Version,
        kubernetes: &Version,
    ) -> Result<Vec<RenderedObject>, Diagnostics> {
        let (_, rendering) = self.made_at(case, version, kubernetes)?;
        let components = rendering.components.into_values();
        Ok(components.flat_map(|component| component.objects).collect())
    }

    /// The environment of a case with its rendering.
    pub fn made_at(
        &self,
        case: &Case,
        version: &Version,
        kubernetes: &Version,
    ) -> Result<(ResolvedEnvironment, Rendering), Diagnostics> {
        let (repository, found) = self.around(case, version, kubernetes);
        let mut diagnostics = found;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let (environment, found) = resolve(&repository, NAME);
        diagnostics.extend(found);
        let Some(environment) = environment else {
            return Err(diagnostics);
        };
        let (rendering, found) = render_components(&environment, self.templates);
        diagnostics.extend(found.into_iter().map(of_a_case).collect());
        match rendering {
            Some(rendering) => Ok((environment, rendering)),
            None => Err(diagnostics),
        }
    }

    /// The repository around a case.
    fn around(
        &self,
        case: &Case,
        version: &Version,
        kubernetes: &Version,
    ) -> (Repository, Diagnostics) {
        let (files, stack) = files(case, version, kubernetes);
        let (mut repository, diagnostics) = load::load(&files, &stack);
        let module = (case.module.name.clone(), Arc::clone(&case.module));
        repository.modules = BTreeMap::from([module]);
        repository.shared = self.repository.shared.clone();
        if let Some(environment) = repository.environments.get_mut(NAME) {
            let files = &mut environment.files;
            files.cluster = Some(case.part("cluster", &case.cluster));
            files.globals = Some(case.part("globals", &case.globals));
            let knobs = case.part("knobs", &case.knobs);
            files.knobs = BTreeMap::from([(case.component.0.clone(), knobs)]);
        }
        (repository, diagnostics)
    }
}

/// The environment of a case is nobody's: a message speaks of the case instead. It names none, so
/// that what is wrong in all of them is told once.
fn of_a_case(mut diagnostic: Diagnostic) -> Diagnostic {
    for help in &mut diagnostic.helps {
        *help = help.replace(
            &format!(" of environment `{NAME}`"),
            " in a case of its tests",
        );
    }
    diagnostic
}

/// What a case leaves out of its file, and the stack release that names the version.
fn files(case: &Case, version: &Version, kubernetes: &Version) -> (FileTree, FileTree) {
    let module = &case.module.name;
    let needs = case.module.requires.iter();
    let mut external: Vec<&str> = needs.map(|rule| rule.capability.0.as_str()).collect();
    external.extend(case.available.iter().map(String::as_str));
    let (name, component) = &case.component;
    let environment = json!({
        "stack": format!("{NAME}/{}", case.release),
        "layers": [NAME],
        "crds": "stand-in",
        "components": {name: component},
        "external": external,
    });
    let cluster = json!({"provider": "existing", "kubernetes": kubernetes.as_str()});
    let release = json!({
        "summary": "A case",
        "kubernetes": ">=1.20",
        "modules": {module: version.as_str()},
    });
    let bytes = |value: &Value| value.to_string().into_bytes();
    let mut files = FileTree::default();
    files.insert(
        format!("environments/{NAME}/environment.yaml"),
        bytes(&environment),
    );
    files.insert(
        format!("environments/layers/{NAME}/cluster.yaml"),
        bytes(&cluster),
    );
    let mut stack = FileTree::default();
    stack.insert(
        format!("stacks/{NAME}/{}.yaml", case.release),
        bytes(&release),
    );
    (files, stack)
}
