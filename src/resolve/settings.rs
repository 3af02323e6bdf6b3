//! What concerns the whole environment: environment.yaml, global.yaml, cluster.yaml.

use std::sync::Arc;

use super::layered::Layered;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::checking::PlacedIgnore;
use crate::model::cluster::Cluster;
use crate::model::environment::{Environment, EnvironmentSettings, KnobFiles, Layer};
use crate::model::globals::Globals;
use crate::model::knob::read::Subject;
use crate::model::knob::{Fields, Text};
use crate::model::repository::Repository;
use crate::model::resolved::{Origin, Provenance};
use crate::model::stack::Stack;
use crate::model::version::Version;
use crate::yaml::{Document, Node, NodeKind, Segment, Value};

pub struct Settings<'a> {
    pub values: EnvironmentSettings,
    pub provenance: Provenance,
    pub layers: Vec<&'a Layer>,
    /// The files environment.yaml of the layers and the environment, from weak to strong.
    documents: Vec<&'a Document>,
    pub stack: Arc<Stack>,
    pub kubernetes: Version,
    pub cluster: Cluster,
    pub cluster_provenance: Provenance,
    pub globals: Globals,
    pub globals_provenance: Provenance,
}

impl Settings<'_> {
    /// What `check` is asked to accept, each entry with its place in the strongest file that has
    /// such a list.
    pub fn ignores(&self) -> Vec<PlacedIgnore> {
        let key = Segment::Key("ignore".to_owned());
        let has = |document: &Document| document.span_of(std::slice::from_ref(&key)).is_some();
        let holder = self.documents.iter().rposition(|document| has(document));
        let place = |index| {
            let path = [key.clone(), Segment::Index(index)];
            self.documents[holder?].span_of(&path)
        };
        let shared = holder.is_some_and(|holder| holder < self.layers.len());
        let entries = self.values.ignore.iter().enumerate();
        entries
            .map(|(index, entry)| PlacedIgnore {
                entry: entry.clone(),
                span: place(index),
                shared,
            })
            .collect()
    }

    /// Where a component is named, in the strongest file that does.
    pub fn component_span(&self, name: &str) -> Option<Span> {
        let place = ["components", name].map(|key| Segment::Key(key.to_owned()));
        self.documents
            .iter()
            .rev()
            .find_map(|document| document.key_span_of(&place))
    }

    /// Where a setting of a component stands, or else the component.
    pub fn component_setting_span(&self, name: &str, setting: &str) -> Option<Span> {
        let place = ["components", name, setting].map(|key| Segment::Key(key.to_owned()));
        let mut documents = self.documents.iter().rev();
        documents
            .find_map(|document| document.span_of(&place))
            .or_else(|| self.component_span(name))
    }
}

/// Only what environment.yaml says, of the layers and the environment.
pub fn alone(
    repository: &Repository,
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Option<EnvironmentSettings> {
    let document = environment.files.environment.as_ref()?;
    let layers = layers(repository, document, diagnostics);
    let files = Files {
        environment,
        layers: &layers,
    };
    typed(&files.of_environment(diagnostics).0)
}

pub fn read<'a>(
    repository: &'a Repository,
    environment: &'a Environment,
    diagnostics: &mut Diagnostics,
) -> Option<Settings<'a>> {
    let document = environment.files.environment.as_ref()?;
    let layers = layers(repository, document, diagnostics);
    let files = Files {
        environment,
        layers: &layers,
    };
    let (values, provenance) = files.of_environment(diagnostics);
    let (cluster, cluster_provenance) = files.merge(
        &Cluster::shape(),
        "cluster.yaml",
        |f| f.cluster.as_ref(),
        diagnostics,
    );
    let (globals, globals_provenance) = files.merge(
        &Globals::shape(),
        "global.yaml",
        |f| f.globals.as_ref(),
        diagnostics,
    );
    for layer in &layers {
        refuse_in_layer(layer, diagnostics);
    }
    for files in layers
        .iter()
        .map(|layer| &layer.files)
        .chain([&environment.files])
    {
        refuse_empty_components(files, diagnostics);
    }
    let values: EnvironmentSettings = typed(&values)?;
    let cluster: Cluster = typed(&cluster)?;
    let kubernetes = cluster.kubernetes()?;
    let stack = stack(repository, &values, &provenance, diagnostics)?;
    if !stack.kubernetes.contains(&kubernetes) {
        let message = format!(
            "{} was tested with Kubernetes {}, not with {kubernetes}",
            stack.title(),
            stack.kubernetes
        );
        let diagnostic = Diagnostic::error(codes::KUBERNETES_RANGE, message)
            .help("choose a release of the stack for this Kubernetes: `kops-stack list stacks`");
        diagnostics.push(match cluster_provenance.last_span(&["kubernetes"]) {
            Some(span) => diagnostic.at(span),
            None => diagnostic,
        });
    }
    let documents = layers
        .iter()
        .filter_map(|layer| layer.files.environment.as_ref())
        .chain([document])
        .collect();
    Some(Settings {
        globals: typed(&globals)?,
        documents,
        values,
        provenance,
        layers,
        stack,
        kubernetes,
        cluster,
        cluster_provenance,
        globals_provenance,
    })
}

/// What has a mistake cannot be typed; the mistake has been told.
fn typed<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

struct Files<'a> {
    environment: &'a Environment,
    layers: &'a [&'a Layer],
}

impl Files<'_> {
    fn of_environment(&self, diagnostics: &mut Diagnostics) -> (Value, Provenance) {
        self.merge(
            &EnvironmentSettings::shape(),
            "environment.yaml",
            |files| files.environment.as_ref(),
            diagnostics,
        )
    }

    fn merge(
        &self,
        fields: &Fields,
        file: &str,
        pick: impl Fn(&KnobFiles) -> Option<&Document>,
        diagnostics: &mut Diagnostics,
    ) -> (Value, Provenance) {
        let subject = Subject {
            name: file,
            word: "key",
            help: "`kops-stack schema` writes the schemas of all files",
        };
        let mut layered = Layered::new(fields, &self.environment.facts);
        for layer in self.layers {
            if let Some(document) = pick(&layer.files) {
                let origin = Origin::Layer(layer.name.clone());
                layered.file(document, origin, subject, diagnostics);
            }
        }
        let own = pick(&self.environment.files);
        if let Some(document) = own {
            let origin = Origin::Environment(self.environment.name.clone());
            layered.file(document, origin, subject, diagnostics);
        }
        let at = own.or(self.environment.files.environment.as_ref());
        let what = format!("{file} of `{}`", self.environment.name);
        layered.finish(&what, at.map(first_line), diagnostics)
    }
}

fn first_line(document: &Document) -> Span {
    let text = &document.source.text;
    let end = text.find('\n').unwrap_or(text.len());
    Span::new(&document.source, 0, end)
}

/// The layers that environment.yaml lists, from weak to strong.
pub fn layers<'a>(
    repository: &'a Repository,
    document: &Document,
    diagnostics: &mut Diagnostics,
) -> Vec<&'a Layer> {
    let nodes = document.root.get("layers").and_then(Node::as_sequence);
    let mut layers = Vec::new();
    for node in nodes.unwrap_or_default() {
        let name = node.as_str().unwrap_or_default();
        // What is no name at all is told where the list is read.
        if Text::Name.refuse(name).is_some() {
            continue;
        }
        match repository.layers.get(name) {
            Some(layer) => layers.push(layer),
            None => {
                let message = format!("there is no layer `{name}`");
                let diagnostic = Diagnostic::error(codes::LAYER_UNKNOWN, message)
                    .at(document.span(node))
                    .suggest(name, repository.layers.keys().map(String::as_str))
                    .help(format!(
                        "a layer is a folder of knob files: environments/layers/{name}/"
                    ));
                diagnostics.push(diagnostic);
            }
        }
    }
    layers
}

/// What makes an environment itself has no place in a layer that several share.
fn refuse_in_layer(layer: &Layer, diagnostics: &mut Diagnostics) {
    let Some(document) = &layer.files.environment else {
        return;
    };
    for key in ["layers", "context", "cluster"] {
        if let Some(span) = document.key_span_of(&[Segment::Key(key.to_owned())]) {
            let message = format!("a layer cannot set `{key}`: it is shared by environments");
            diagnostics.push(Diagnostic::error(codes::LAYER_INVALID, message).at(span));
        }
    }
}

/// `cert-manager:` with nothing after it would be a null, which switches off what a person surely
/// meant to switch on.
fn refuse_empty_components(files: &KnobFiles, diagnostics: &mut Diagnostics) {
    let Some(document) = &files.environment else {
        return;
    };
    let entries = document.root.get("components").and_then(Node::as_mapping);
    for entry in entries.unwrap_or_default() {
        let empty = matches!(&entry.value.kind, NodeKind::Scalar(scalar) if matches!(crate::yaml::strict(scalar), Ok(crate::yaml::Strict::Null)));
        if empty {
            let name = entry.key.as_str().unwrap_or_default();
            let message = format!("the component `{name}` has no value");
            let diagnostic = Diagnostic::error(codes::COMPONENT_EMPTY, message)
                .at(document.span(&entry.key))
                .help(format!("write `{name}: {{}}` to switch it on, `{name}: {{ enabled: false }}` to switch it off"));
            diagnostics.push(diagnostic);
        }
    }
}

fn stack(
    repository: &Repository,
    values: &EnvironmentSettings,
    provenance: &Provenance,
    diagnostics: &mut Diagnostics,
) -> Option<Arc<Stack>> {
    let reference = values.stack.as_deref()?;
    if let Some(stack) = repository.stack(reference) {
        return Some(Arc::clone(stack));
    }
    let known: Vec<String> = repository
        .stacks
        .values()
        .flat_map(|releases| releases.values().rev().map(|stack| stack.title()))
        .collect();
    let diagnostic = Diagnostic::error(
        codes::STACK_UNKNOWN,
        format!("there is no stack release `{reference}`"),
    )
    .suggest(reference, known.iter().map(String::as_str))
    .help(format!("releases here: {}", known.join(", ")));
    diagnostics.push(match provenance.last_span(&["stack"]) {
        Some(span) => diagnostic.at(span),
        None => diagnostic,
    });
    None
}
