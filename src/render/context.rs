//! What a template sees.

use minijinja::value::Value;
use serde_json::json;

use super::functions;
use super::json::plain;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::yaml;

/// The variables that differ between environments and components, before they become values of
/// templates.
pub struct Seen<'e> {
    pub component: yaml::Value,
    cluster: &'e yaml::Value,
    globals: &'e yaml::Value,
    knobs: &'e yaml::Value,
}

/// What the templates of all components of an environment see alike.
pub struct Common {
    cluster: yaml::Value,
    globals: yaml::Value,
}

impl Common {
    pub fn of(environment: &ResolvedEnvironment) -> Self {
        Self {
            cluster: cluster(environment),
            globals: globals(environment),
        }
    }

    pub fn with<'e>(&'e self, component: &'e ResolvedComponent) -> Seen<'e> {
        Seen {
            component: about(component),
            cluster: &self.cluster,
            globals: &self.globals,
            knobs: &component.knobs,
        }
    }
}

impl Seen<'_> {
    /// The value at a path, of which the first name is that of the variable.
    pub fn part(&self, path: &[String]) -> Option<&yaml::Value> {
        let (variable, path) = path.split_first()?;
        let variable = match variable.as_str() {
            "cluster" => self.cluster,
            "globals" => self.globals,
            "knobs" => self.knobs,
            _ => return None,
        };
        path.iter()
            .try_fold(variable, |value, name| value.get(name))
    }
}

/// The variables and functions for the templates of one component.
pub fn of(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    seen: &Seen<'_>,
    shared: &Value,
) -> Value {
    let mut context = functions::of_component(environment, component);
    context.insert("knobs", plain(seen.knobs));
    context.insert("features", plain(&component.features));
    context.insert("images", plain(&component.images));
    context.insert("component", plain(&seen.component));
    context.insert("cluster", plain(seen.cluster));
    context.insert("globals", plain(seen.globals));
    context.insert("shared", shared.clone());
    Value::from(context)
}

fn about(component: &ResolvedComponent) -> yaml::Value {
    json!({
        "name": component.name,
        "module": component.module.name,
        "version": component.version.as_str(),
        "namespace": component.namespace,
        "prefix": component.prefix,
        "instance": component.instance,
    })
}

fn cluster(environment: &ResolvedEnvironment) -> yaml::Value {
    let mut cluster = serde_json::to_value(&environment.cluster).unwrap_or_default();
    cluster["kubernetes"] = json!({
        "version": environment.kubernetes.as_str(),
        "minor": environment.kubernetes.minor().to_string(),
    });
    cluster
}

/// Only what a template has a use for: the rest is honoured by the renderer itself.
fn globals(environment: &ResolvedEnvironment) -> yaml::Value {
    json!({
        "domain": environment.globals.domain,
        "clusterDomain": environment.globals.cluster_domain,
        "imageMirrors": environment.globals.image_mirrors,
        "pullSecrets": environment.globals.pull_secrets,
    })
}
