//! From a repository and the name of an environment to everything decided.

mod capabilities;
mod components;
mod layered;
mod locked;
mod own;
mod patches;
mod settings;

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};
use crate::model::environment::{Environment, EnvironmentSettings};
use crate::model::patch::Patch;
use crate::model::repository::Repository;
use crate::model::resolved::ResolvedEnvironment;

pub use locked::{LockState, in_use, lock_state, with_missing};

/// Decides versions, dependencies and the value of every knob of an environment.
///
/// Without a value when there were errors; warnings come in either case.
pub fn resolve(repository: &Repository, name: &str) -> (Option<ResolvedEnvironment>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let Some(environment) = repository.environments.get(name) else {
        diagnostics.push(unknown_environment(repository, name));
        return (None, diagnostics);
    };
    let resolved = decide(repository, environment, &mut diagnostics);
    let resolved = resolved.filter(|_| !diagnostics.has_errors());
    (resolved, diagnostics)
}

fn decide(
    repository: &Repository,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<ResolvedEnvironment> {
    let settings = settings::read(repository, environment, diagnostics)?;
    let scope = components::Scope {
        repository,
        environment,
        settings: &settings,
    };
    let patches = patches::merged(&settings.layers, environment, diagnostics);
    let objects = own::objects(&settings, environment);
    let components = components::resolve(&scope, diagnostics);
    let connected = capabilities::connect(
        components,
        &settings,
        own::crds(&objects),
        &repository.modules,
        diagnostics,
    );
    let ignores = settings.ignores();
    let values = settings.values;
    Some(ResolvedEnvironment {
        name: environment.name.clone(),
        stack: settings.stack,
        kubernetes: settings.kubernetes,
        cluster: settings.cluster,
        globals: settings.globals,
        crds: values.crds,
        context: values.context,
        cluster_id: values.cluster,
        limits: values.limits,
        protect: values.protect,
        external: values.external.into_iter().collect(),
        ignores,
        ownership: values.ownership,
        allowances: values.allow,
        components: connected.components,
        dependencies: connected.dependencies,
        patches,
        objects,
        objects_provide: connected.objects_provide,
        provenance: BTreeMap::from([
            ("environment", settings.provenance),
            ("global", settings.globals_provenance),
            ("cluster", settings.cluster_provenance),
        ]),
    })
}

/// What environment.yaml and its layers say, without a look at modules, stacks and other files.
pub fn settings_alone(
    repository: &Repository,
    name: &str,
) -> (Option<EnvironmentSettings>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let environment = repository.environments.get(name);
    let settings = environment
        .and_then(|environment| settings::alone(repository, environment, &mut diagnostics));
    (settings, diagnostics)
}

/// The patches that hold for an environment, as far as they can be read; their problems are told
/// where the environment is resolved.
pub fn patches_of(repository: &Repository, environment: &Environment) -> Vec<Patch> {
    let Some(document) = &environment.files.environment else {
        return Vec::new();
    };
    let mut ignored = Diagnostics::default();
    let layers = settings::layers(repository, document, &mut ignored);
    patches::merged(&layers, environment, &mut ignored)
}

/// Problems of all environments that stand by themselves, whatever else of the repository could
/// not be loaded: a typo in a knob is one whether or not another file is broken.
pub fn certain_problems(repository: &Repository) -> Diagnostics {
    const CERTAIN: [&Code; 8] = [
        codes::COMPONENT_EMPTY,
        codes::KNOB_BOUNDS,
        codes::KNOB_TYPE,
        codes::KNOB_UNKNOWN,
        codes::LAYER_INVALID,
        codes::PATCH_INVALID,
        codes::SECRET_VALUE,
        codes::YAML_AMBIGUOUS,
    ];
    let names = repository.environments.keys();
    let found = names.flat_map(|name| resolve(repository, name).1);
    found
        .filter(|diagnostic| CERTAIN.contains(&diagnostic.code))
        .collect()
}

/// Also for commands that take the names of environments.
pub fn unknown_environment(repository: &Repository, name: &str) -> Diagnostic {
    let known: Vec<&str> = repository.environments.keys().map(String::as_str).collect();
    let diagnostic = Diagnostic::error(
        codes::ENVIRONMENT_UNKNOWN,
        format!("there is no environment `{name}`"),
    )
    .suggest(name, known.iter().copied());
    match known.as_slice() {
        [] => diagnostic.help(format!("`kops-stack new environment {name}` writes one")),
        _ => diagnostic.help(format!("environments here: {}", known.join(", "))),
    }
}
