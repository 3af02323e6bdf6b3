//! From the text that a template made to objects.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object::{Object, is_cluster_scoped};
use crate::yaml::{self, Value};

/// Objects of one template's output, with what is wrong with it. Entries whose value is null are left out, since null means
/// absent to Kubernetes and templates write optional knobs so.
pub fn read(
    environment: &ResolvedEnvironment,
    component: &ResolvedComponent,
    template: &str,
    text: &str,
) -> (Vec<Object>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let title = format!(
        "{template} (rendered for {}/{})",
        environment.name, component.name
    );
    let source: Arc<Source> = Source::new(title, text);
    let documents = match yaml::kubernetes_stream(&source) {
        Ok(documents) => documents,
        Err(problems) => {
            let found = problems.into_iter().map(|problem| Diagnostic {
                code: codes::TEMPLATE_OUTPUT,
                message: format!("the output is not YAML: {}", problem.message),
                ..problem
            });
            diagnostics.extend(found.collect());
            return (Vec::new(), diagnostics);
        }
    };
    let mut objects = Vec::new();
    for (mut value, span) in documents {
        drop_nulls(&mut value);
        match Object::new(value) {
            Ok(object) => {
                diagnostics.extend(not_text(&object, &span));
                objects.push(placed(object, component));
            }
            Err(error) => {
                let message = format!("the output is no Kubernetes object: {error}");
                let diagnostic = Diagnostic::error(codes::TEMPLATE_OUTPUT, message);
                diagnostics.push(diagnostic.at(span.first_line()));
            }
        }
    }
    (objects, diagnostics)
}

/// Labels and annotations are text; the API server would refuse the object.
fn not_text(object: &Object, span: &Span) -> Diagnostics {
    let wrong = object.entries_not_text().into_iter();
    wrong
        .map(|(field, key, value)| {
            let message =
                format!("the value of `metadata.{field}` `{key}` is {value}, which is not text");
            Diagnostic::error(codes::TEMPLATE_OUTPUT, message)
                .at(span.first_line())
                .help(format!("write it in quotes: `\"{value}\"`"))
        })
        .collect()
}

/// A namespaced object that names no namespace goes to the component's.
fn placed(mut object: Object, component: &ResolvedComponent) -> Object {
    let namespaced = is_cluster_scoped(object.group(), object.kind()) == Some(false);
    if namespaced && object.namespace().is_none() {
        object.value_mut()["metadata"]["namespace"] = component.namespace.as_str().into();
    }
    object
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
