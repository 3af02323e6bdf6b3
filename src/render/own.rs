//! Manifests of the user's own: they become a component, and are otherwise left as they are.

use super::draft::{Draft, Drafts};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::own_object::OwnObject;
use crate::model::rendering::RenderedComponent;
use crate::model::resolved::ResolvedEnvironment;
use crate::object::{Object, Schemas, is_cluster_scoped};

/// The component of a user's own objects; None when there are none. The globals do not reach them,
/// and no digests are put into their pods.
pub fn component(
    environment: &ResolvedEnvironment,
    drafts: &Drafts<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Draft<'static>> {
    if environment.objects.is_empty() {
        return None;
    }
    let mut schemas = None;
    for own in &environment.objects {
        let object = &own.object;
        let scope = is_cluster_scoped(object.group(), object.kind()).or_else(|| {
            let schemas = schemas.get_or_insert_with(|| custom(environment, drafts));
            schemas.is_cluster_scoped(object.group(), object.kind())
        });
        diagnostics.extend(misplaced(own, scope).into_iter().collect());
    }
    let objects = environment.objects.iter();
    Some(Draft {
        objects: objects.map(|own| own.object.clone().into()).collect(),
        rendered: RenderedComponent {
            stack: environment.stack.title(),
            provides: environment
                .objects_provide
                .iter()
                .map(ToString::to_string)
                .collect(),
            ..RenderedComponent::default()
        },
        ..Draft::default()
    })
}

/// What the CRDs of the environment say. Those of others are long, so that nobody asks in vain.
fn custom(environment: &ResolvedEnvironment, drafts: &Drafts<'_>) -> Schemas {
    let made = drafts.values().flat_map(|draft| &draft.objects);
    let made = made.map(|object| &**object);
    let vendored = drafts.values().flat_map(|draft| &draft.vendored);
    let own = environment.objects.iter().map(|own| &*own.object);
    let all = made
        .chain(vendored.map(|rendered| &*rendered.object))
        .chain(own);
    all.map(Object::value).collect()
}

/// `kubectl` takes the namespace of the context where none is said, which nobody can review.
fn misplaced(own: &OwnObject, cluster_scoped: Option<bool>) -> Option<Diagnostic> {
    let identity = own.object.identity();
    let (message, help) = match (cluster_scoped?, &identity.namespace) {
        (false, None) => (
            format!("{identity} names no namespace"),
            "add `metadata.namespace`; `default` is one too".to_owned(),
        ),
        (true, Some(namespace)) => (
            format!(
                "{identity} names the namespace `{namespace}`, and objects of its kind have none"
            ),
            "remove `metadata.namespace`".to_owned(),
        ),
        _ => return None,
    };
    let diagnostic = Diagnostic::error(codes::OBJECT_INVALID, message).at(own.span.opening());
    Some(diagnostic.help(help))
}
