//! Who provides what others need, and what that says about the order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::settings::Settings;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::capability::{Capability, CapabilityRule};
use crate::model::environment::OBJECTS;
use crate::model::module::Module;
use crate::model::resolved::{Dependency, ResolvedComponent};

/// Connects components by capabilities and tells what is missing, doubled or in conflict. `own` is
/// what the CRDs of a user's own provide.
pub fn connect(
    mut components: Vec<ResolvedComponent>,
    settings: &Settings<'_>,
    own: BTreeSet<String>,
    modules: &BTreeMap<String, Arc<Module>>,
    diagnostics: &mut Diagnostics,
) -> Connected {
    let outside: BTreeSet<String> = settings
        .cluster
        .provides()
        .into_iter()
        .chain(settings.values.external.iter().cloned())
        .collect();
    let providers = Providers::of(&components, &own, &outside);
    providers.refuse_two(&components, diagnostics);
    let mut dependencies = BTreeSet::new();
    let mut available = Vec::new();
    for component in &components {
        refuse_conflicts(component, &providers, diagnostics);
        let graph = Graph {
            components: &components,
            modules,
            providers: &providers,
        };
        available.push(graph.needs(component, &mut dependencies, diagnostics));
    }
    let objects_provide = providers.of_objects();
    for (component, available) in components.iter_mut().zip(available) {
        component.available = available;
    }
    let dependencies: Vec<Dependency> = dependencies.into_iter().collect();
    if let Some(cycle) = cycle(&dependencies) {
        diagnostics.push(cyclic(&cycle, &dependencies, &components));
    }
    Connected {
        dependencies,
        objects_provide,
        components,
    }
}

/// Components, with what is there for each of what it uses.
pub struct Connected {
    pub components: Vec<ResolvedComponent>,
    pub dependencies: Vec<Dependency>,
    /// What the CRDs of a user's own provide.
    pub objects_provide: Vec<Capability>,
}

/// Capabilities, and which components provide them; those from outside have none.
struct Providers<'a> {
    inside: BTreeMap<String, Vec<&'a CapabilityRule>>,
    names: BTreeMap<String, Vec<&'a str>>,
    outside: &'a BTreeSet<String>,
}

impl<'a> Providers<'a> {
    fn of(
        components: &'a [ResolvedComponent],
        own: &BTreeSet<String>,
        outside: &'a BTreeSet<String>,
    ) -> Self {
        let mut providers = Self {
            inside: BTreeMap::new(),
            names: BTreeMap::new(),
            outside,
        };
        for component in components {
            let owned = active(component, &component.module.provides)
                .filter(|rule| component.owns_crds || !rule.capability.is_crd());
            for rule in owned {
                let name = rule.capability.0.clone();
                providers.inside.entry(name.clone()).or_default().push(rule);
                providers
                    .names
                    .entry(name)
                    .or_default()
                    .push(&component.name);
            }
        }
        // A group may have CRDs of a module and one more of the user's; the module's are asked for.
        for name in own {
            let names = providers.names.entry(name.clone());
            if !outside.contains(name) {
                names.or_insert_with(|| vec![OBJECTS]);
            }
        }
        providers
    }

    /// What a user's own objects provide, and no module does.
    fn of_objects(&self) -> Vec<Capability> {
        let own = self.names.iter().filter(|(_, names)| **names == [OBJECTS]);
        own.map(|(name, _)| Capability(name.clone())).collect()
    }

    /// Components that provide what `wanted` names; a `*` at its end stands for anything.
    fn matching(&self, wanted: &Capability) -> Vec<&'a str> {
        let all = self.names.iter();
        all.filter(|(name, _)| matches(&wanted.0, name))
            .flat_map(|(_, components)| components.iter().copied())
            .collect()
    }

    fn outside_has(&self, wanted: &Capability) -> bool {
        self.outside.iter().any(|name| matches(&wanted.0, name))
    }

    fn refuse_two(&self, components: &[ResolvedComponent], diagnostics: &mut Diagnostics) {
        for (name, rules) in &self.inside {
            let capability = Capability(name.clone());
            let singular = capability.is_singular() || rules.iter().any(|rule| rule.exclusive);
            let mut owners = self.names[name].clone();
            if self.outside.contains(name) {
                owners.push("something outside (`external`, or kops itself)");
            }
            if !singular || owners.len() < 2 {
                continue;
            }
            let message = format!("`{name}` has more than one provider: {}", owners.join(", "));
            let mut diagnostic = Diagnostic::error(codes::CAPABILITY_TWICE, message)
                .help("keep one of them: the cluster can hold it only once");
            for component in components {
                if let (true, Some(span)) =
                    (owners.contains(&component.name.as_str()), &component.span)
                {
                    diagnostic =
                        diagnostic.label(span.clone(), format!("`{}` provides it", component.name));
                }
            }
            diagnostics.push(diagnostic);
        }
    }
}

fn matches(wanted: &str, provided: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => provided.starts_with(prefix),
        None => wanted == provided,
    }
}

/// Rules whose feature holds for the component's version.
fn active<'a>(
    component: &'a ResolvedComponent,
    rules: &'a [CapabilityRule],
) -> impl Iterator<Item = &'a CapabilityRule> {
    rules.iter().filter(|rule| {
        let feature = rule.feature.as_ref();
        feature.is_none_or(|feature| component.features.get(feature) == Some(&true))
    })
}

fn refuse_conflicts(
    component: &ResolvedComponent,
    providers: &Providers<'_>,
    diagnostics: &mut Diagnostics,
) {
    for rule in active(component, &component.module.conflicts) {
        let mut others = providers.matching(&rule.capability);
        others.retain(|other| *other != component.name);
        let outside = providers.outside_has(&rule.capability);
        if others.is_empty() && !outside {
            continue;
        }
        let who = match others.as_slice() {
            [] => "the cluster provides".to_owned(),
            others => format!("{} provides", others.join(", ")),
        };
        let message = format!(
            "`{}` cannot stand beside `{}`, which {who}",
            component.name, rule.capability
        );
        let mut diagnostic = Diagnostic::error(codes::CAPABILITY_CONFLICT, message);
        if let Some(addon) = rule.capability.0.strip_prefix("kops-addon:") {
            diagnostic = diagnostic.help(format!(
                "take `{addon}` out of `addons` in cluster.yaml, or switch the component off"
            ));
        }
        diagnostics.push(at(diagnostic, component.span.as_ref()));
    }
}

/// All that a need is looked up in.
struct Graph<'a> {
    components: &'a [ResolvedComponent],
    modules: &'a BTreeMap<String, Arc<Module>>,
    providers: &'a Providers<'a>,
}

impl Graph<'_> {
    /// What the component needs or uses, as dependencies; returns what is there of it.
    fn needs(
        &self,
        component: &ResolvedComponent,
        dependencies: &mut BTreeSet<Dependency>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Capability> {
        let module = &component.module;
        let required = active(component, &module.requires).map(|rule| (rule, true));
        let optional = active(component, &module.optional).map(|rule| (rule, false));
        let mut available = Vec::new();
        for (rule, is_required) in required.chain(optional) {
            let found = self.providers.matching(&rule.capability);
            if found.is_empty() && !self.providers.outside_has(&rule.capability) {
                if is_required {
                    diagnostics.push(self.missing(component, rule));
                }
                continue;
            }
            available.push(rule.capability.clone());
            for name in found.iter().filter(|name| **name != component.name) {
                let provider = self.components.iter().find(|other| other.name == **name);
                if let Some(provider) = provider {
                    refuse_range(component, rule, provider, diagnostics);
                }
                dependencies.insert(Dependency {
                    component: component.name.clone(),
                    on: (*name).to_owned(),
                    capability: rule.capability.clone(),
                });
            }
        }
        available
    }

    fn missing(&self, component: &ResolvedComponent, rule: &CapabilityRule) -> Diagnostic {
        let capability = &rule.capability;
        let message = format!(
            "`{}` needs `{capability}`, and no component provides it",
            component.name
        );
        let provides = |module: &&Arc<Module>| {
            let mut rules = module.provides.iter();
            rules.any(|rule| matches(&capability.0, &rule.capability.0))
        };
        let known: Vec<String> = self
            .modules
            .values()
            .filter(provides)
            .map(|module| format!("`{}`", module.name))
            .collect();
        let add = match known.as_slice() {
            [] => String::new(),
            known => format!("add the component {}; ", known.join(" or ")),
        };
        let diagnostic = Diagnostic::error(codes::CAPABILITY_MISSING, message).help(format!(
            "{add}where something else on the cluster provides it, add it to `external` in environment.yaml"
        ));
        at(diagnostic, component.span.as_ref())
    }
}

fn refuse_range(
    component: &ResolvedComponent,
    rule: &CapabilityRule,
    provider: &ResolvedComponent,
    diagnostics: &mut Diagnostics,
) {
    let Some(range) = &rule.range else { return };
    if range.contains(&provider.version) {
        return;
    }
    let message = format!(
        "`{}` {} needs `{}` {range}, and `{}` is {}",
        component.name, component.version, rule.capability, provider.name, provider.version
    );
    let diagnostic = Diagnostic::error(codes::CAPABILITY_RANGE, message).help(format!(
        "choose a version of `{}` in this range, or another version of `{}`",
        provider.name, component.name
    ));
    diagnostics.push(at(diagnostic, component.span.as_ref()));
}

/// A cycle of components that wait for one another, if there is one.
fn cycle(dependencies: &[Dependency]) -> Option<Vec<String>> {
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for dependency in dependencies {
        edges
            .entry(&dependency.component)
            .or_default()
            .push(&dependency.on);
    }
    let mut done = BTreeSet::new();
    edges
        .keys()
        .find_map(|start| walk(start, &edges, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    node: &'a str,
    edges: &BTreeMap<&'a str, Vec<&'a str>>,
    trail: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    if let Some(start) = trail.iter().position(|visited| *visited == node) {
        return Some(
            trail[start..]
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
        );
    }
    if done.contains(node) {
        return None;
    }
    trail.push(node);
    let found = edges
        .get(node)
        .into_iter()
        .flatten()
        .find_map(|next| walk(next, edges, trail, done));
    trail.pop();
    done.insert(node);
    found
}

fn cyclic(
    cycle: &[String],
    dependencies: &[Dependency],
    components: &[ResolvedComponent],
) -> Diagnostic {
    let next = cycle.iter().cycle().skip(1);
    let steps = cycle.iter().zip(next).map(|(component, on)| {
        let edge = dependencies
            .iter()
            .find(|edge| edge.component == *component && edge.on == *on);
        let capability = edge
            .map(|edge| edge.capability.to_string())
            .unwrap_or_default();
        format!("`{component}` needs `{capability}` of `{on}`")
    });
    let steps: Vec<String> = steps.collect();
    let message = format!("components wait for one another: {}", steps.join(", "));
    let mut diagnostic = Diagnostic::error(codes::CAPABILITY_CYCLE, message);
    for component in components
        .iter()
        .filter(|component| cycle.contains(&component.name))
    {
        diagnostic = at(diagnostic, component.span.as_ref());
    }
    diagnostic.help("one of them must do without: see `requires` and `optional` in its module.yaml")
}

fn at(diagnostic: Diagnostic, span: Option<&Span>) -> Diagnostic {
    match span {
        Some(span) => diagnostic.at(span.clone()),
        None => diagnostic,
    }
}
