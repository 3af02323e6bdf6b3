//! From a resolved environment to objects and the files that hold them.
//!
//! Pure: the same input gives the same bytes. Templates are parsed once ([`Templates`]) and shared
//! between environments, and so is what they make where they read the same ([`memory`]).

mod cluster;
mod context;
mod draft;
mod expressions;
mod finish;
mod functions;
mod images;
mod json;
pub mod lint;
mod memory;
mod namespaces;
mod output;
mod own;
mod parts;
mod patches;
mod permissions;
mod reads;
mod stand_in;
mod templates;

use std::cell::LazyCell;
use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::capability::Capability;
use crate::model::environment::Crds;
use crate::model::rendering::{RenderedComponent, RenderedObject, Rendering};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object::Object;
use crate::yaml;

use context::{Common, Seen};
use draft::{Draft, DraftObject, Drafts};
pub use images::images;
use memory::Remembered;
pub use permissions::roles;
pub use reads::unread_and_undeclared;
pub use templates::Templates;

/// Component that holds the Namespaces of all others.
pub const NAMESPACES: &str = "namespaces";

/// Folder of the manifests of what makes the cluster.
pub const CLUSTER: &str = crate::model::environment::CLUSTER;

/// Component that holds the manifests of the user's own.
pub const OBJECTS: &str = crate::model::environment::OBJECTS;

/// Renders an environment: its cluster and all components; without a value when there were errors.
pub fn render(
    environment: &ResolvedEnvironment,
    templates: &Templates<'_>,
) -> (Option<Rendering>, Diagnostics) {
    let (cluster, diagnostics) = cluster::cluster(environment);
    with_cluster(environment, templates, cluster, diagnostics)
}

/// Renders all components of an environment, and not its cluster.
pub fn render_components(
    environment: &ResolvedEnvironment,
    templates: &Templates<'_>,
) -> (Option<Rendering>, Diagnostics) {
    with_cluster(environment, templates, None, Diagnostics::default())
}

/// Renders the cluster of an environment and nothing on it, with the patches of its documents.
pub fn cluster_alone(
    environment: &ResolvedEnvironment,
) -> (Option<RenderedComponent>, Diagnostics) {
    let (cluster, mut diagnostics) = cluster::cluster(environment);
    let mut drafts = Drafts::new();
    drafts.extend(cluster.map(|cluster| (CLUSTER.to_owned(), cluster)));
    patches::apply_to_present(environment, &mut drafts, &mut diagnostics);
    let rendered = drafts.remove(CLUSTER).map(Draft::finished);
    (rendered.filter(|_| !diagnostics.has_errors()), diagnostics)
}

fn with_cluster(
    environment: &ResolvedEnvironment,
    templates: &Templates<'_>,
    cluster: Option<Draft<'_>>,
    mut diagnostics: Diagnostics,
) -> (Option<Rendering>, Diagnostics) {
    let mut drafts = Drafts::new();
    if let Some(namespaces) = namespaces::component(environment, &mut diagnostics) {
        drafts.insert(NAMESPACES.to_owned(), namespaces);
    }
    let common = Common::of(environment);
    for component in &environment.components {
        let seen = common.with(component);
        let draft = component_objects(environment, component, &seen, templates, &mut diagnostics);
        drafts.insert(component.name.clone(), draft);
    }
    let whole = !diagnostics.has_errors();
    if let Some(own) = own::component(environment, &drafts, &mut diagnostics) {
        drafts.insert(OBJECTS.to_owned(), own);
    }
    draft::refuse_twins(environment, &drafts, &mut diagnostics);
    // The cluster is no component; patches reach it as they reach all others.
    drafts.extend(cluster.map(|cluster| (CLUSTER.to_owned(), cluster)));
    // Where objects are missing, a patch would seem to mean none.
    if whole {
        patches::apply(environment, &mut drafts, &mut diagnostics);
    }
    if diagnostics.has_errors() {
        return (None, diagnostics);
    }
    let cluster = drafts.remove(CLUSTER).map(Draft::finished);
    let components = drafts.into_iter();
    let rendering = Rendering {
        environment: environment.name.clone(),
        cluster,
        components: components
            .map(|(name, draft)| (name, draft.finished()))
            .collect(),
        dependencies: environment.dependencies.clone(),
    };
    (Some(rendering), diagnostics)
}

fn component_objects<'e>(
    environment: &ResolvedEnvironment,
    component: &'e ResolvedComponent,
    seen: &Seen<'_>,
    templates: &Templates<'_>,
    diagnostics: &mut Diagnostics,
) -> Draft<'e> {
    let mut objects: Vec<DraftObject> = Vec::new();
    let mut vendored = Vec::new();
    let memory = templates.memory();
    let decide = templates.decide(&component.module.name);
    let remembered = memory.of_component(environment, component, seen, decide);
    match environment.crds {
        Crds::StandIn if component.owns_crds => {
            let made = memory.objects(remembered.stand_ins(), || {
                Some(finished(environment, stand_in::crds(component)))
            });
            objects.extend(made.iter().flat_map(|made| made.iter().cloned()));
        }
        Crds::Vendored if component.owns_crds => {
            vendored = vendored_crds(environment, component, templates, diagnostics);
        }
        _ => {}
    }
    // Where something is wrong with some, the others are good for finding more that is wrong.
    let mut doubtful = Vec::new();
    let made = memory.objects(remembered.whole(), || {
        let (made, problems) = of_templates(environment, component, seen, templates, &remembered);
        if problems.is_empty() {
            return Some(made);
        }
        diagnostics.extend(problems);
        doubtful = made;
        None
    });
    objects.extend(made.iter().flat_map(|made| made.iter().cloned()));
    objects.extend(doubtful);
    let rendered = RenderedComponent {
        module: component.module.name.clone(),
        version: component.version.to_string(),
        stack: environment.stack.title(),
        inputs: match environment.crds {
            Crds::Vendored => templates.vendored_files(component),
            Crds::StandIn => BTreeMap::new(),
        },
        provides: provides(component),
        ..RenderedComponent::default()
    };
    Draft {
        component: Some(component),
        objects,
        vendored,
        rendered,
    }
}

/// What all templates of a component make, with what is wrong with it.
fn of_templates(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    seen: &Seen<'_>,
    templates: &Templates<'_>,
    remembered: &Remembered<'_>,
) -> (Vec<DraftObject>, Diagnostics) {
    let mut objects = Vec::new();
    let mut diagnostics = Diagnostics::default();
    // Made when the first template is not remembered.
    let context = LazyCell::new(|| context::of(environment, component, seen, templates.shared()));
    for name in templates.of_module(&component.module.name) {
        let mut doubtful = Vec::new();
        let made = templates.memory().objects(remembered.template(name), || {
            let (made, problems) = template_objects(
                environment,
                component,
                name,
                templates,
                &context,
                remembered,
            );
            if problems.is_empty() {
                return Some(made);
            }
            diagnostics.extend(problems);
            doubtful = made;
            None
        });
        objects.extend(made.iter().flat_map(|made| made.iter().cloned()));
        objects.extend(doubtful);
    }
    (objects, diagnostics)
}

/// What one template of a component makes, with what is wrong with it.
fn template_objects(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    name: &str,
    templates: &Templates<'_>,
    context: &minijinja::Value,
    remembered: &Remembered<'_>,
) -> (Vec<DraftObject>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let text = match templates.render(name, context) {
        Ok(text) => text,
        Err(diagnostic) => {
            let diagnostic = suggest_name(*diagnostic, component);
            diagnostics.push(about(diagnostic, environment, component));
            return (Vec::new(), diagnostics);
        }
    };
    let read = |text: &str| {
        let (objects, problems) = output::read(environment, component, name, text);
        (finished(environment, objects), problems)
    };
    // Of several documents mostly one reads the knob in which two environments differ.
    let documents = yaml::documents(&text).into_iter();
    let objects = documents.map(|document| {
        let key = remembered.document(document);
        let made = || Some(read(document)).filter(|(_, problems)| problems.is_empty());
        templates
            .memory()
            .objects(key, || made().map(|(objects, _)| objects))
    });
    match objects.collect::<Option<Vec<_>>>() {
        Some(objects) => {
            let objects = objects.iter().flat_map(|some| some.iter().cloned());
            (objects.collect(), diagnostics)
        }
        // Read as a whole, what is wrong has its place in the output of the template.
        None => read(&text),
    }
}

/// Objects with what each gets whatever its module.
fn finished(environment: &ResolvedEnvironment, mut objects: Vec<Object>) -> Vec<DraftObject> {
    finish::globals(environment, &mut objects);
    objects.into_iter().map(DraftObject::from).collect()
}

/// The texts of all templates of an environment as they are before they are read, for measuring.
pub fn texts(environment: &ResolvedEnvironment, templates: &Templates<'_>) -> Vec<String> {
    let common = Common::of(environment);
    let components = environment.components.iter();
    components
        .flat_map(|component| {
            let seen = common.with(component);
            let context = context::of(environment, component, &seen, templates.shared());
            let names = templates.of_module(&component.module.name).iter();
            names.filter_map(move |name| templates.render(name, &context).ok())
        })
        .collect()
}

/// What the component provides to others.
fn provides(component: &ResolvedComponent) -> Vec<String> {
    let owned = |capability: &Capability| component.owns_crds || !capability.is_crd();
    let rules = component.module.provides.iter();
    rules
        .filter(|rule| owned(&rule.capability))
        .map(|rule| rule.capability.to_string())
        .collect()
}

/// Upstream's CRDs of the component, each with its bytes as they are.
fn vendored_crds(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    templates: &Templates<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<RenderedObject> {
    if component.module.crds.is_empty() {
        return Vec::new();
    }
    if let Some(inputs) = templates.vendored(component) {
        let documents = inputs.documents.iter();
        return documents
            .map(|document| RenderedObject {
                path: draft::path_of(&document.object.identity()),
                text: document.text.clone(),
                object: document.object.clone(),
            })
            .collect();
    }
    let message = format!(
        "the CRDs of `{}` {} are not in vendor/{}/{}",
        component.name, component.version, component.module.name, component.version
    );
    let mut diagnostic = Diagnostic::error(codes::CRDS_NOT_VENDORED, message).help(
        "`kops-stack vendor` gets them; for a first look, say `crds: stand-in` in environment.yaml",
    );
    if let Some(span) = environment.provenance["environment"].last_span(&["crds"]) {
        diagnostic = diagnostic.at(span);
    } else if let Some(span) = &component.span {
        diagnostic = diagnostic.at(span.clone());
    }
    diagnostics.push(diagnostic);
    Vec::new()
}

/// The nearest name, where a template reads one that is not declared.
fn suggest_name(diagnostic: Diagnostic, component: &ResolvedComponent) -> Diagnostic {
    let undefined = diagnostic.message.strip_suffix("` is undefined");
    let Some(path) = undefined.and_then(|path| path.strip_prefix('`')) else {
        return diagnostic;
    };
    let mut parts = path.split('.').map(str::to_owned);
    let known: Vec<String> = match parts.next().as_deref() {
        Some("knobs") => {
            let mut value = &component.knobs;
            let mut given = String::new();
            for part in parts.by_ref() {
                given.clone_from(&part);
                match value.get(&part) {
                    Some(inner) => value = inner,
                    None => break,
                }
            }
            let keys = value.as_object().into_iter().flat_map(|map| map.keys());
            let keys: Vec<String> = keys.cloned().collect();
            return diagnostic.suggest(&given, keys.iter().map(String::as_str));
        }
        Some("features") => component.features.keys().cloned().collect(),
        Some("images") => component.images.keys().cloned().collect(),
        _ => return diagnostic,
    };
    let given = parts.next().unwrap_or_default();
    diagnostic.suggest(&given, known.iter().map(String::as_str))
}

/// A template's problem shows where it is in the template; which component met it is said too.
fn about(
    diagnostic: Diagnostic,
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
) -> Diagnostic {
    let note = format!(
        "while rendering `{}` of environment `{}`",
        component.name, environment.name
    );
    diagnostic.help(note)
}
