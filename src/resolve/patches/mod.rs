//! Patches by name, from the layers and the environment.

mod change;

use change::{change, secret_value};

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::environment::{Environment, Layer};
use crate::model::knob::read::{Facts, Reader, Subject};
use crate::model::knob::{KnobType, Text, missing};
use crate::model::patch::{Patch, PatchTarget};
use crate::model::resolved::Origin;
use crate::yaml::{Document, Entry, Node, NodeKind, Segment, Strict, strict};

/// The patches that hold for an environment, in the order in which they are applied: weak layers
/// first, and in the order of their file. A patch takes the place of one of its name in a weaker
/// file as a whole; null drops it.
pub fn merged(
    layers: &[&Layer],
    environment: &Environment,
    diagnostics: &mut Diagnostics,
) -> Vec<Patch> {
    let mut patches = Vec::new();
    for layer in layers {
        if let Some(document) = &layer.files.patches {
            let file = PatchFile {
                document,
                origin: Origin::Layer(layer.name.clone()),
                facts: &environment.facts,
            };
            file.lay_over(&mut patches, diagnostics);
        }
    }
    if let Some(document) = &environment.files.patches {
        let file = PatchFile {
            document,
            origin: Origin::Environment(environment.name.clone()),
            facts: &environment.facts,
        };
        file.lay_over(&mut patches, diagnostics);
    }
    patches
}

struct PatchFile<'a> {
    document: &'a Document,
    origin: Origin,
    facts: &'a Facts,
}

impl PatchFile<'_> {
    fn lay_over(&self, patches: &mut Vec<Patch>, diagnostics: &mut Diagnostics) {
        let document = self.document;
        let NodeKind::Mapping(entries) = &document.root.kind else {
            let message = format!(
                "`{}` is no mapping of names to patches",
                document.source.path
            );
            let diagnostic = Diagnostic::error(codes::PATCH_INVALID, message)
                .at(document.span(&document.root))
                .help("write `NAME:` and below it `target`, `merge` or `json`, and `reason`");
            diagnostics.push(diagnostic);
            return;
        };
        for entry in entries {
            let name = entry.name();
            if Text::Name.refuse(name).is_some() {
                let message = format!("`{name}` is no name of a patch");
                let diagnostic = Diagnostic::error(codes::NAME_INVALID, message)
                    .at(document.span(&entry.key))
                    .help("names are lower-case letters, digits and `-`, at most 63");
                diagnostics.push(diagnostic);
            } else if is_null(&entry.value) {
                self.drop(entry, patches, diagnostics);
            } else if let Some(mut patch) = self.patch(entry, diagnostics) {
                if let Some(weaker) = take(patches, name) {
                    patch.over.push((weaker.origin, weaker.span));
                    patch.over.extend(weaker.over);
                }
                patches.push(patch);
            }
        }
    }

    /// Null drops the patch of a weaker place. A layer may be used without those that it thinks of;
    /// an environment knows its layers.
    fn drop(&self, entry: &Entry, patches: &mut Vec<Patch>, diagnostics: &mut Diagnostics) {
        let name = entry.name();
        let dropped = take(patches, name);
        if dropped.is_some() || matches!(self.origin, Origin::Layer(_)) {
            return;
        }
        let known: Vec<&str> = patches.iter().map(|patch| patch.name.as_str()).collect();
        let message = format!("no layer has a patch `{name}` that could be dropped");
        let diagnostic = Diagnostic::error(codes::PATCH_IDLE, message)
            .at(self.document.span(&entry.key))
            .suggest(name, known.iter().copied())
            .help(match known.as_slice() {
                [] => "the layers of this environment have no patches".to_owned(),
                known => format!("patches of the layers: {}", known.join(", ")),
            });
        diagnostics.push(diagnostic);
    }

    fn patch(&self, entry: &Entry, diagnostics: &mut Diagnostics) -> Option<Patch> {
        let before = diagnostics.errors();
        let document = self.document;
        let name = entry.name();
        if let Some(secret) = secret_value(&entry.value) {
            let message = format!("the patch `{name}` holds a secret value");
            let span = document.span(secret);
            let hidden = span.hidden("***");
            let diagnostic = Diagnostic::error(codes::SECRET_VALUE, message).at(hidden);
            diagnostics.push(diagnostic.help(
                "git keeps it for ever: bring the Secret into the cluster in another way, and refer to it by its name",
            ));
            return None;
        }
        let fields = Patch::shape();
        let mut reader = Reader {
            document,
            subject: Subject {
                name: "patches.yaml",
                word: "key",
                help: "`kops-stack schema` writes the schemas of all files",
            },
            facts: Some(self.facts),
            diagnostics,
        };
        let kind = KnobType::Object(fields.clone());
        let value = reader.value(&entry.value, &kind, &mut vec![name.to_owned()])?;
        let written = Document {
            source: document.source.clone(),
            root: entry.value.clone(),
        };
        for path in missing(&fields, &value) {
            if let Some(diagnostic) = self.missing(entry, &written, &path) {
                diagnostics.push(diagnostic);
            }
        }
        let change = change(entry, &written, &value, diagnostics);
        if diagnostics.errors() > before {
            return None;
        }
        let target: PatchTarget = serde_json::from_value(value["target"].clone()).ok()?;
        Some(Patch {
            name: name.to_owned(),
            target,
            change: change?,
            reason: value["reason"].as_str()?.to_owned(),
            origin: self.origin.clone(),
            span: document.span(&entry.key),
            written,
            over: Vec::new(),
        })
    }

    /// What a patch lacks; what is there and wrong has been told.
    fn missing(&self, entry: &Entry, written: &Document, path: &[String]) -> Option<Diagnostic> {
        let place: Vec<Segment> = path.iter().map(|part| segment(part)).collect();
        if written.node_at(&place).is_some_and(|node| !is_null(node)) {
            return None;
        }
        let message = format!("the patch `{}` lacks `{}`", entry.name(), shown(path));
        let around = (1..place.len()).rev().find_map(|length| {
            let place = &place[..length];
            written
                .key_span_of(place)
                .or_else(|| written.span_of(place))
        });
        let span = around.unwrap_or_else(|| self.document.span(&entry.key));
        Some(Diagnostic::error(codes::KNOB_MISSING, message).at(span))
    }
}

fn take(patches: &mut Vec<Patch>, name: &str) -> Option<Patch> {
    let found = patches.iter().position(|patch| patch.name == name)?;
    Some(patches.remove(found))
}

fn is_null(node: &Node) -> bool {
    let scalar = node.as_scalar();
    scalar.is_some_and(|scalar| matches!(strict(scalar), Ok(Strict::Null)))
}

/// `json[6].op`.
fn shown(path: &[String]) -> String {
    let mut out = String::new();
    for part in path {
        match segment(part) {
            Segment::Index(index) => out.push_str(&format!("[{index}]")),
            Segment::Key(key) if out.is_empty() => out.push_str(&key),
            Segment::Key(key) => out.push_str(&format!(".{key}")),
        }
    }
    out
}

fn segment(part: &str) -> Segment {
    match part.parse() {
        Ok(index) => Segment::Index(index),
        Err(_) => Segment::Key(part.to_owned()),
    }
}
