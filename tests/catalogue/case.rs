//! The cases of the catalogue's modules, rendered in memory.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use kops_stack::cli::module_tests::Bench;
use kops_stack::diagnostic::{Diagnostics, Source};
use kops_stack::load::{case_of_document, read_case};
use kops_stack::model;
use kops_stack::model::image::ListedImage;
use kops_stack::model::module::Module;
use kops_stack::model::permission::Role;
use kops_stack::model::rendering::RenderedObject;
use kops_stack::model::version::Version;
use kops_stack::render::{Templates, images, roles};
use kops_stack::yaml::{Document, parse_one};
use rayon::prelude::*;

use crate::support::catalogue::{CATALOGUE, Made, no_errors, on_own_threads, told};

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
    let parse = || Templates::parse(&CATALOGUE, CATALOGUE.modules.values());
    let (templates, diagnostics) = on_own_threads(parse);
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
    /// A case that sets nothing, of a module of the catalogue.
    pub fn plain(module: &Arc<Module>) -> Self {
        let document = parse_one(&Source::new("plain", "")).expect("nothing is YAML");
        Self::elsewhere(&document, "plain", module, "plain")
    }

    /// A case of a module of the catalogue whose text stands elsewhere.
    pub fn elsewhere(document: &Document, place: &str, module: &Arc<Module>, name: &str) -> Self {
        let mut diagnostics = Diagnostics::default();
        let case = case_of_document(module, name, document, &mut diagnostics);
        Self(case.unwrap_or_else(|| panic!("{place}: {}", told(&diagnostics))))
    }

    /// The objects, in the order of their files, or what was wrong.
    pub fn render_at(
        &self,
        version: &Version,
        kubernetes: &Version,
    ) -> Result<Vec<RenderedObject>, String> {
        let rendered = bench().render_at(&self.0, version, kubernetes);
        rendered.map_err(|diagnostics| told(&diagnostics))
    }

    /// The objects with the images and roles that go with them.
    pub fn made_at(&self, version: &Version, kubernetes: &Version) -> Result<Made, String> {
        let made = bench().made_at(&self.0, version, kubernetes);
        let (environment, rendering) = made.map_err(|diagnostics| told(&diagnostics))?;
        let (images, diagnostics) = images(&environment, &rendering, &CATALOGUE.shared);
        no_errors(&diagnostics)?;
        let (roles, diagnostics) = roles(&environment, &CATALOGUE.shared);
        no_errors(&diagnostics)?;
        Ok(Made {
            rendering,
            images,
            roles,
        })
    }
}

fn bench() -> Bench<'static> {
    Bench {
        repository: &CATALOGUE,
        templates: &TEMPLATES,
    }
}

type Rendered = (Case, Version, Vec<RenderedObject>);
type Lists = (Vec<ListedImage>, Vec<Role>);

/// Every case at every version that it holds for, and beside each the images and roles of it.
static EVERYWHERE: LazyLock<(Vec<Rendered>, Vec<Lists>)> = LazyLock::new(|| {
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
            let made = case.made_at(&version, &kubernetes);
            (case, version, made)
        })
        .collect();
    let mut rendered = Vec::new();
    let mut lists = Vec::new();
    let mut failed = BTreeMap::new();
    for (case, version, made) in results {
        match made {
            Ok(made) => {
                lists.push((made.images, made.roles));
                let components = made.rendering.components.into_values();
                let objects = components.flat_map(|component| component.objects);
                rendered.push((case, version, objects.collect()));
            }
            Err(problem) => {
                failed.insert(format!("{} at {version}", case.title()), problem);
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
