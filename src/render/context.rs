//! What a template sees.

use minijinja::value::Value;
use serde_json::json;

use super::functions;
use super::json::plain;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};

/// The variables and functions for the templates of one component.
pub fn of(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    shared: &Value,
) -> Value {
    let mut context = functions::of_component(environment, component);
    context.insert("knobs", plain(&component.knobs));
    context.insert("features", plain(&component.features));
    context.insert("images", plain(&component.images));
    context.insert("component", plain(about(component)));
    context.insert("cluster", plain(cluster(environment)));
    context.insert("globals", plain(globals(environment)));
    context.insert("shared", shared.clone());
    Value::from(context)
}

fn about(component: &ResolvedComponent) -> crate::yaml::Value {
    json!({
        "name": component.name,
        "module": component.module.name,
        "version": component.version.as_str(),
        "namespace": component.namespace,
        "prefix": component.prefix,
        "instance": component.instance,
    })
}

fn cluster(environment: &ResolvedEnvironment) -> crate::yaml::Value {
    let mut cluster = serde_json::to_value(&environment.cluster).unwrap_or_default();
    cluster["kubernetes"] = json!({
        "version": environment.kubernetes.as_str(),
        "minor": environment.kubernetes.minor().to_string(),
    });
    cluster
}

/// Only what a template has a use for: the rest is honoured by the renderer itself.
fn globals(environment: &ResolvedEnvironment) -> crate::yaml::Value {
    json!({
        "domain": environment.globals.domain,
        "clusterDomain": environment.globals.cluster_domain,
        "imageMirrors": environment.globals.image_mirrors,
        "pullSecrets": environment.globals.pull_secrets,
    })
}
