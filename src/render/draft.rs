//! The objects of a component before they become files, so that patches may still change them.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::{OBJECTS, finish};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::rendering::{FileText, RenderedComponent, RenderedObject, SharedObject};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object::{self, Identity, Object};
use crate::yaml;

/// By the name of the component.
pub type Drafts<'e> = BTreeMap<String, Draft<'e>>;

#[derive(Debug, Default)]
pub struct Draft<'e> {
    /// None of those that no module makes: the namespaces, and a user's own objects.
    pub component: Option<&'e ResolvedComponent>,
    pub objects: Vec<DraftObject>,
    /// Files of others, which nothing changes.
    pub vendored: Vec<RenderedObject>,
    /// All that is known of the component but for its objects.
    pub rendered: RenderedComponent,
}

impl Draft<'_> {
    /// Who the objects are, files of others too.
    pub fn identities(&self) -> impl Iterator<Item = Identity> {
        let made = self.objects.iter().map(DraftObject::identity);
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

/// An object that drafts of several environments may share. What follows from it alone is worked
/// out once for all of them.
#[derive(Debug, Clone)]
pub struct DraftObject(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    object: SharedObject,
    file: OnceLock<(String, FileText)>,
    config: finish::Config,
    /// With the digests of configurations in its pods, by these.
    with_digests: Mutex<BTreeMap<finish::Digests, DraftObject>>,
}

impl DraftObject {
    pub fn identity(&self) -> Identity {
        self.0.object.identity()
    }

    /// What its pods read, or what it is to pods that read it.
    pub fn config(&self) -> &finish::Config {
        &self.0.config
    }

    /// The object whose pods carry these digests.
    pub fn with_digests(&self, digests: finish::Digests) -> Self {
        let variants = self.0.with_digests.lock();
        let mut variants = variants.unwrap_or_else(PoisonError::into_inner);
        let made = variants.entry(digests);
        let made = made.or_insert_with_key(|digests| finish::with_digests(self, digests).into());
        made.clone()
    }

    /// The object with its file.
    fn rendered(&self) -> RenderedObject {
        let (path, text) = self.0.file.get_or_init(|| {
            let text = FileText::new(yaml::emit(self.value()));
            (path_of(&self.identity()), text)
        });
        RenderedObject {
            object: self.0.object.clone(),
            path: path.clone(),
            text: text.clone(),
        }
    }
}

impl From<Object> for DraftObject {
    fn from(object: Object) -> Self {
        SharedObject::from(object).into()
    }
}

impl From<SharedObject> for DraftObject {
    fn from(object: SharedObject) -> Self {
        Self(Arc::new(Inner {
            config: finish::Config::of(&object),
            object,
            file: OnceLock::new(),
            with_digests: Mutex::default(),
        }))
    }
}

impl Deref for DraftObject {
    type Target = Object;

    fn deref(&self) -> &Object {
        &self.0.object
    }
}

/// Objects in the order of their files, each with its canonical text.
fn files(objects: Vec<DraftObject>, vendored: Vec<RenderedObject>) -> Vec<RenderedObject> {
    let made = objects.par_iter().map(DraftObject::rendered);
    let mut files: Vec<RenderedObject> = made.collect();
    files.extend(vendored);
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
