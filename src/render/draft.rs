//! The objects of a component before they become files, so that patches may still change them.

use std::collections::BTreeMap;

use super::{OBJECTS, finish};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::rendering::{FileText, RenderedComponent, RenderedObject};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object::{self, Identity, Object};
use crate::yaml;

/// By the name of the component.
pub type Drafts<'e> = BTreeMap<String, Draft<'e>>;

#[derive(Debug, Default)]
pub struct Draft<'e> {
    /// None of those that no module makes: the namespaces, and a user's own objects.
    pub component: Option<&'e ResolvedComponent>,
    pub objects: Vec<Object>,
    /// Files of others, which nothing changes.
    pub vendored: Vec<RenderedObject>,
    /// All that is known of the component but for its objects.
    pub rendered: RenderedComponent,
}

impl Draft<'_> {
    /// Who the objects are, files of others too.
    pub fn identities(&self) -> impl Iterator<Item = Identity> {
        let made = self.objects.iter().map(Object::identity);
        let vendored = self.vendored.iter();
        made.chain(vendored.map(|rendered| rendered.object.identity()))
    }

    /// The component with its files.
    pub fn finished(mut self) -> RenderedComponent {
        if let Some(component) = self.component {
            finish::config_digests(component, &mut self.objects);
        }
        RenderedComponent {
            objects: files(self.objects, self.vendored),
            ..self.rendered
        }
    }
}

/// Objects in the order of their files, each with its canonical text.
fn files(objects: Vec<Object>, vendored: Vec<RenderedObject>) -> Vec<RenderedObject> {
    let mut files: Vec<RenderedObject> = objects
        .into_iter()
        .map(|object| RenderedObject {
            path: path_of(&object.identity()),
            text: FileText::new(yaml::emit(object.value())),
            object: object.into(),
        })
        .chain(vendored)
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// `[<namespace>/]<kind>[.<group>]-<name>.yaml`: always so, hence adding one object renames no other.
pub fn path_of(identity: &Identity) -> String {
    let file = object::file_name(identity);
    match &identity.namespace {
        Some(namespace) => format!("{}/{file}", object::directory(namespace)),
        None => file,
    }
}

/// One object has one owner; the later of two would overwrite the first.
pub fn refuse_twins(
    environment: &ResolvedEnvironment,
    drafts: &Drafts<'_>,
    diagnostics: &mut Diagnostics,
) {
    let mut owners: BTreeMap<Identity, Vec<&str>> = BTreeMap::new();
    for (name, draft) in drafts {
        for identity in draft.identities() {
            owners.entry(identity).or_default().push(name);
        }
    }
    for (identity, mut names) in owners {
        if names.len() > 1 {
            names.dedup();
            diagnostics.push(twins(environment, &identity, &names));
        }
    }
}

fn twins(environment: &ResolvedEnvironment, identity: &Identity, names: &[&str]) -> Diagnostic {
    let own = names.contains(&OBJECTS);
    let who = match names {
        [OBJECTS] => format!("{identity} stands twice in `{OBJECTS}/`"),
        [one] => format!("`{one}` renders {identity} twice"),
        several => format!("{identity} is rendered by {}", several.join(" and ")),
    };
    let help = match names {
        [OBJECTS] => {
            "remove one of them; what differs between environments is a matter for a patch"
        }
        _ if own && identity.kind == "CustomResourceDefinition" => {
            "remove the own object: the component brings its CRDs, upstream's by `kops-stack vendor`"
        }
        [_] => "two documents of its templates, or two turns of a loop, make the same name",
        _ if own => {
            "remove the own object, and say what differs from the component's in patches.yaml"
        }
        _ => "give one of them another `prefix` or `namespace` in environment.yaml",
    };
    let mut diagnostic = Diagnostic::error(codes::OBJECT_TWICE, who).help(help);
    let same = environment.objects.iter();
    for known in same.filter(|known| own && known.object.identity() == *identity) {
        diagnostic = diagnostic.at(known.span.opening());
    }
    for name in names {
        if let Some(span) = environment.component(name).and_then(|c| c.span.clone()) {
            diagnostic = match own {
                true => diagnostic.label(span, format!("`{name}` renders it too")),
                false => diagnostic.at(span),
            };
        }
    }
    diagnostic
}
