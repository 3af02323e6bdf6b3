//! Components: which module at which version, with which values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layered::Layered;
use super::settings::Settings;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::environment::{ComponentSettings, Environment, RESERVED};
use crate::model::knob::Text;
use crate::model::knob::read::Subject;
use crate::model::module::{Lifecycle, Module, ModuleOrigin, ModuleVersion};
use crate::model::repository::Repository;
use crate::model::resolved::{Origin, ResolvedComponent};
use crate::model::version::Version;

/// What deciding about a component looks at.
pub struct Scope<'a> {
    pub repository: &'a Repository,
    pub environment: &'a Environment,
    pub settings: &'a Settings<'a>,
}

/// All components that are switched on, by name.
pub fn resolve(scope: &Scope<'_>, diagnostics: &mut Diagnostics) -> Vec<ResolvedComponent> {
    let mut components = Vec::new();
    for (name, settings) in &scope.settings.values.components {
        if settings.enabled {
            components.extend(component(scope, name, settings, diagnostics));
        }
    }
    refuse_strangers(scope, diagnostics);
    components.sort_by(|a, b| a.name.cmp(&b.name));
    settle_crds(&mut components, diagnostics);
    components
}

/// CRDs go with the component that is called like its module, or else with the first; the others
/// must be of the same version, since they share them.
fn settle_crds(components: &mut [ResolvedComponent], diagnostics: &mut Diagnostics) {
    let mut owners: BTreeMap<String, (String, Version)> = BTreeMap::new();
    for component in components.iter() {
        let owner = (component.name.clone(), component.version.clone());
        let module = component.module.name.clone();
        match component.name == module {
            true => drop(owners.insert(module, owner)),
            false => drop(owners.entry(module).or_insert(owner)),
        }
    }
    for component in components.iter_mut() {
        let (owner, version) = &owners[&component.module.name];
        component.owns_crds = component.name == *owner;
        if component.module.crds.is_empty() || component.version == *version {
            continue;
        }
        let message = format!(
            "`{}` is {} and `{owner}` is {version}: components of one module share its CRDs, hence its version",
            component.name, component.version
        );
        let diagnostic = Diagnostic::error(codes::CAPABILITY_TWICE, message);
        diagnostics.push(located(diagnostic, &component.span));
    }
}

fn component(
    scope: &Scope<'_>,
    name: &str,
    settings: &ComponentSettings,
    diagnostics: &mut Diagnostics,
) -> Option<ResolvedComponent> {
    let span = scope.settings.component_span(name);
    if let Some(refusal) = refuse_name(name) {
        diagnostics.push(located(refusal, &span));
        return None;
    }
    let module = module(scope, name, settings, diagnostics)?;
    warn_of_lifecycle(&module, name, &span, diagnostics);
    let place = scope.settings.component_setting_span(name, "version");
    let chosen = version(scope, &module, settings, &place, diagnostics);
    let (knobs, provenance) = knobs(scope, name, &module, &span, diagnostics);
    let (known, overrides) = chosen?;
    let release = &scope.settings.stack.release;
    let kubernetes = &scope.settings.kubernetes;
    let features = module.features.iter().map(|(feature, range)| {
        (
            feature.clone(),
            range.holds(&known.version, release, kubernetes),
        )
    });
    let images = known
        .images
        .iter()
        .map(|(key, image)| (key.clone(), scope.settings.globals.mirrored(image)));
    let prefix = settings.prefix.clone().or_else(|| {
        // A second component of the module cannot have the module's own prefix.
        module.prefix.clone().filter(|_| name == module.name)
    });
    Some(ResolvedComponent {
        name: name.to_owned(),
        version: known.version.clone(),
        overrides,
        namespace: settings
            .namespace
            .clone()
            .unwrap_or_else(|| module.namespace.clone()),
        prefix: prefix.unwrap_or_else(|| name.to_owned()),
        instance: settings.instance.clone().unwrap_or_else(|| name.to_owned()),
        features: features.collect(),
        images: images.collect::<BTreeMap<_, _>>(),
        knobs,
        provenance,
        owns_crds: true,
        available: Vec::new(),
        span,
        module: Arc::clone(&module),
    })
}

/// The name becomes a folder, a label and a part of objects' names.
fn refuse_name(name: &str) -> Option<Diagnostic> {
    let (message, help) = if RESERVED.contains(&name) {
        let message = format!("no component may be called `{name}`: the name is taken");
        let help = format!("call it otherwise: `my-{name}: {{ module: MODULE }}`");
        (message, help)
    } else if Text::Name.refuse(name).is_some() {
        let message = format!("`{name}` is no name of a component");
        let help = "names are lower-case letters, digits and `-`, at most 63".to_owned();
        (message, help)
    } else {
        return None;
    };
    Some(Diagnostic::error(codes::NAME_INVALID, message).help(help))
}

fn module(
    scope: &Scope<'_>,
    name: &str,
    settings: &ComponentSettings,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<Module>> {
    let wanted = settings.module.as_deref().unwrap_or(name);
    if let Some(module) = scope.repository.modules.get(wanted) {
        return Some(Arc::clone(module));
    }
    let known = scope.repository.modules.keys().map(String::as_str);
    let diagnostic = Diagnostic::error(codes::MODULE_UNKNOWN, format!("unknown module `{wanted}`"))
        .suggest(wanted, known)
        .help("`kops-stack list` shows the modules; a component with another name says `module:`");
    let span = scope.settings.component_setting_span(name, "module");
    diagnostics.push(located(diagnostic, &span));
    None
}

fn warn_of_lifecycle(
    module: &Module,
    name: &str,
    span: &Option<Span>,
    diagnostics: &mut Diagnostics,
) {
    let (word, successor) = match &module.lifecycle {
        Lifecycle::Active => return,
        Lifecycle::Deprecated { successor } => ("deprecated", successor),
        Lifecycle::Retired { successor } => ("retired", successor),
    };
    let mut diagnostic = Diagnostic::warning(
        codes::MODULE_LIFECYCLE,
        format!(
            "the module `{}` of component `{name}` is {word}",
            module.name
        ),
    );
    if let Some(successor) = successor {
        diagnostic = diagnostic.help(format!("its successor is `{successor}`"));
    }
    diagnostics.push(located(diagnostic, span));
}

/// The version of the stack, or the environment's own over it.
fn version<'m>(
    scope: &Scope<'_>,
    module: &'m Module,
    settings: &ComponentSettings,
    place: &Option<Span>,
    diagnostics: &mut Diagnostics,
) -> Option<(&'m ModuleVersion, Option<Version>)> {
    let from_stack = from_stack(scope, module);
    let own = settings.version.as_deref().and_then(Version::parse);
    let (wanted, overrides) = match (own, from_stack) {
        (Some(own), Ok(stack)) if own != stack => (own, Some(stack)),
        (Some(own), _) => (own, None),
        (None, Ok(stack)) => (stack, None),
        (None, Err(diagnostic)) => {
            diagnostics.push(located(*diagnostic, place));
            return None;
        }
    };
    let Some(known) = module.version(&wanted) else {
        let versions: Vec<&str> = module.versions.iter().map(|v| v.version.as_str()).collect();
        let diagnostic = Diagnostic::error(
            codes::VERSION_UNKNOWN,
            format!("the module `{}` has no version {wanted}", module.name),
        )
        .help(format!("versions here: {}", versions.join(", ")));
        diagnostics.push(located(diagnostic, place));
        return None;
    };
    let kubernetes = &scope.settings.kubernetes;
    if !known.kubernetes.contains(kubernetes) {
        let diagnostic = Diagnostic::error(
            codes::KUBERNETES_RANGE,
            format!(
                "`{}` {wanted} runs on Kubernetes {}, not on {kubernetes}",
                module.name, known.kubernetes
            ),
        )
        .help(choose_version(module, kubernetes));
        diagnostics.push(located(diagnostic, place));
        return None;
    }
    Some((known, overrides))
}

/// What to do where a version does not run on the cluster's Kubernetes.
fn choose_version(module: &Module, kubernetes: &Version) -> String {
    match module.newest_for(kubernetes) {
        Some(newest) => format!(
            "set `version: \"{}\"`, which does run on it",
            newest.version
        ),
        None => format!(
            "no version of `{}` here does: `kops-stack show {}`",
            module.name, module.name
        ),
    }
}

fn from_stack(scope: &Scope<'_>, module: &Module) -> Result<Version, Box<Diagnostic>> {
    let stack = &scope.settings.stack;
    let kubernetes = &scope.settings.kubernetes;
    match stack.modules.get(&module.name) {
        Some(versions) => versions.for_kubernetes(kubernetes).cloned().ok_or_else(|| {
            let message = format!(
                "{} has no version of `{}` for Kubernetes {}",
                stack.title(),
                module.name,
                kubernetes.minor()
            );
            let diagnostic = Diagnostic::error(codes::KUBERNETES_RANGE, message);
            Box::new(diagnostic.help(choose_version(module, kubernetes)))
        }),
        // A repository's own module is not of the stack; its newest version is as good as any.
        None if module.origin == ModuleOrigin::Repository => module
            .newest_for(kubernetes)
            .map(|newest| newest.version.clone())
            .ok_or_else(|| {
                let message = format!(
                    "no version of `{}` runs on Kubernetes {kubernetes}",
                    module.name
                );
                let diagnostic = Diagnostic::error(codes::KUBERNETES_RANGE, message);
                Box::new(diagnostic.help(choose_version(module, kubernetes)))
            }),
        None => {
            let message = format!("{} has no module `{}`", stack.title(), module.name);
            let diagnostic = Diagnostic::error(codes::VERSION_UNKNOWN, message)
                .help("take a release of the stack that has it, or say a `version`");
            Err(Box::new(diagnostic))
        }
    }
}

/// From weak to strong: the module's defaults, the stack, the layers, the environment.
fn knobs(
    scope: &Scope<'_>,
    name: &str,
    module: &Module,
    span: &Option<Span>,
    diagnostics: &mut Diagnostics,
) -> (crate::yaml::Value, crate::model::resolved::Provenance) {
    let title = format!("`{name}`");
    let help = format!("`kops-stack show {}` lists the knobs", module.name);
    let subject = Subject {
        name: &title,
        word: "knob",
        help: &help,
    };
    let mut layered = Layered::new(&module.knobs, &scope.environment.facts);
    let stack = &scope.settings.stack;
    layered.part(
        &stack.document,
        &["knobs", &module.name],
        Origin::Stack(stack.title()),
        subject,
        diagnostics,
    );
    for layer in &scope.settings.layers {
        if let Some(document) = layer.files.knobs.get(&module.name) {
            let origin = Origin::Layer(layer.name.clone());
            layered.file(document, origin, subject, diagnostics);
        }
    }
    if let Some(document) = scope.environment.files.knobs.get(name) {
        let origin = Origin::Environment(scope.environment.name.clone());
        layered.file(document, origin, subject, diagnostics);
    }
    layered.finish(&title, span.clone(), diagnostics)
}

/// A knob file that belongs to nothing does nothing: most likely its name is a typo.
fn refuse_strangers(scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
    let components = &scope.settings.values.components;
    for (stem, document) in &scope.environment.files.knobs {
        if components.contains_key(stem) {
            continue;
        }
        let path = &document.source.path;
        let message = format!(
            "`{path}` sets knobs of `{stem}`, which is no component of `{}`",
            scope.environment.name
        );
        let diagnostic = Diagnostic::error(codes::COMPONENT_UNKNOWN, message)
            .file(path)
            .suggest(stem, components.keys().map(String::as_str))
            .help(format!(
                "add `{stem}: {{}}` to the components of environment.yaml, or remove the file"
            ));
        diagnostics.push(diagnostic);
    }
    for layer in &scope.settings.layers {
        for (stem, document) in &layer.files.knobs {
            if scope.repository.modules.contains_key(stem) {
                continue;
            }
            let path = &document.source.path;
            let message = format!("`{path}` sets knobs of `{stem}`, which is no module");
            let diagnostic = Diagnostic::error(codes::MODULE_UNKNOWN, message)
                .file(path)
                .suggest(stem, scope.repository.modules.keys().map(String::as_str))
                .help("in a layer, knob files are called like modules, and count for all their components");
            diagnostics.push(diagnostic);
        }
    }
}

fn located(diagnostic: Diagnostic, span: &Option<Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span.clone()),
        None => diagnostic,
    }
}
