//! The cases of the catalogue's modules, rendered in memory.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use kops_stack::cli::module_tests::Bench;
use kops_stack::diagnostic::Diagnostics;
use kops_stack::load::read_case;
use kops_stack::model;
use kops_stack::model::module::Module;
use kops_stack::model::rendering::RenderedObject;
use kops_stack::model::version::Version;
use kops_stack::render::Templates;
use rayon::prelude::*;

use crate::support::catalogue::{CATALOGUE, told};

/// A case that renders itself with the catalogue of this repository.
#[derive(Clone)]
pub struct Case(model::case::Case);

impl Deref for Case {
    type Target = model::case::Case;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Case {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

static TEMPLATES: LazyLock<Templates<'static>> = LazyLock::new(|| {
    let (templates, diagnostics) = Templates::parse(&CATALOGUE, CATALOGUE.modules.values());
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
    templates
});

/// All cases of all modules.
pub fn all() -> Vec<Case> {
    let modules = CATALOGUE.modules.values();
    modules.flat_map(of_module).collect()
}

pub fn of_module(module: &Arc<Module>) -> Vec<Case> {
    let mut diagnostics = Diagnostics::default();
    let names = module.tests.keys();
    let cases = names
        .filter_map(|name| read_case(module, name, &mut diagnostics))
        .map(Case)
        .collect();
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
    cases
}

impl Case {
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
        let bench = Bench {
            repository: &CATALOGUE,
            templates: &TEMPLATES,
        };
        let rendered = bench.render_at(&self.0, version, kubernetes);
        rendered.map_err(|diagnostics| told(&diagnostics))
    }
}

/// Every case at every version that it holds for.
pub fn rendered_everywhere() -> &'static [(Case, Version, Vec<RenderedObject>)] {
    static ALL: LazyLock<Vec<(Case, Version, Vec<RenderedObject>)>> = LazyLock::new(|| {
        let all: Vec<_> = all()
            .into_iter()
            .flat_map(|case| {
                let versions = case.versions().into_iter();
                versions.map(move |at| (case.clone(), at))
            })
            .collect();
        let results: Vec<_> = all
            .into_par_iter()
            .map(|(case, (version, kubernetes))| {
                let objects = case.render_at(&version, &kubernetes);
                (case, version, objects)
            })
            .collect();
        let mut rendered = Vec::new();
        let mut failed = BTreeMap::new();
        for (case, version, objects) in results {
            match objects {
                Ok(objects) => rendered.push((case, version, objects)),
                Err(problem) => {
                    failed.insert(format!("{} at {version}", case.title()), problem);
                }
            }
        }
        assert!(failed.is_empty(), "cases that do not render: {failed:#?}");
        rendered
    });
    &ALL
}
