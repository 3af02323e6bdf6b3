//! Namespaces belong to no single component, since several may share one.

use std::collections::BTreeMap;

use serde_json::json;

use super::draft::Draft;
use super::finish;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::own_object::OwnObject;
use crate::model::rendering::RenderedComponent;
use crate::model::resolved::ResolvedEnvironment;
use crate::object::Object;

/// Namespaces that every cluster has; they are not ours to create or delete.
const GIVEN: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// The Namespaces that the components of an environment live in; None when all are given.
pub fn component(
    environment: &ResolvedEnvironment,
    diagnostics: &mut Diagnostics,
) -> Option<Draft<'static>> {
    let mut namespaces: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for component in &environment.components {
        if GIVEN.contains(&component.namespace.as_str()) {
            continue;
        }
        let labels = namespaces.entry(&component.namespace).or_default();
        for (key, value) in &component.module.namespace_labels {
            if let Some(other) = labels
                .insert(key.clone(), value.clone())
                .filter(|other| other != value)
            {
                let message = format!(
                    "the namespace `{}` needs the label `{key}` to be `{value}` for `{}` and `{other}` for another component",
                    component.namespace, component.name
                );
                let diagnostic = Diagnostic::error(codes::OBJECT_TWICE, message)
                    .help("give one of them another `namespace` in environment.yaml");
                diagnostics.push(match &component.span {
                    Some(span) => diagnostic.at(span.clone()),
                    None => diagnostic,
                });
            }
        }
    }
    for own in &environment.objects {
        if own.object.is("", "Namespace")
            && let Some(labels) = namespaces.remove(own.object.name())
        {
            refuse_missing_labels(own, &labels, diagnostics);
        }
    }
    if namespaces.is_empty() {
        return None;
    }
    let mut objects: Vec<Object> = namespaces
        .into_iter()
        .map(|(name, mut labels)| {
            labels.insert(
                "app.kubernetes.io/managed-by".to_owned(),
                "kops-stack".to_owned(),
            );
            let value = json!({
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": name, "labels": labels},
            });
            Object::new(value).expect("a Namespace made here has a name")
        })
        .collect();
    finish::globals(environment, &mut objects);
    Some(Draft {
        objects: objects.into_iter().map(Into::into).collect(),
        rendered: RenderedComponent {
            stack: environment.stack.title(),
            ..RenderedComponent::default()
        },
        ..Draft::default()
    })
}

/// A Namespace of the user's own stands in place of ours, and stays as it is: what modules need of
/// it must be in it.
fn refuse_missing_labels(
    own: &OwnObject,
    labels: &BTreeMap<String, String>,
    diagnostics: &mut Diagnostics,
) {
    for (key, value) in labels {
        if own.object.label(key) == Some(value) {
            continue;
        }
        let message = format!(
            "the own Namespace `{}` lacks the label `{key}: {value}`, which a component in it needs",
            own.object.name()
        );
        let diagnostic = Diagnostic::error(codes::OBJECT_INVALID, message)
            .at(own.span.opening())
            .help(
                "add the label, or remove the object: Namespaces of components are rendered anyway",
            );
        diagnostics.push(diagnostic);
    }
}
