//! Named changes to rendered objects that no knob covers: the values of `patches.yaml`.

use std::fmt;

use json_patch::PatchOperation;
use json_patch::jsonptr::Pointer;

use crate::diagnostic::Span;
use crate::model::knob::{Fields, KnobType, Shape};
use crate::model::resolved::Origin;
use crate::object::{self, Identity, Path};
use crate::yaml::{Document, Node, Segment, Value};

/// A patch as it holds for an environment, whoever of the layers and the environment set it.
#[derive(Debug, Clone)]
pub struct Patch {
    pub name: String,
    pub target: PatchTarget,
    pub change: PatchChange,
    pub reason: String,
    pub origin: Origin,
    /// Where the name stands.
    pub span: Span,
    /// What stands below the name.
    pub written: Document,
    /// Patches of this name in weaker places, which this one takes the place of; strong to weak.
    pub over: Vec<(Origin, Span)>,
}

/// Which object a patch changes. What is not said may be anything.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatchTarget {
    pub kind: String,
    pub group: Option<String>,
    pub namespace: Option<String>,
    pub component: Option<String>,
    pub name: String,
}

/// What a patch does.
#[derive(Debug, Clone)]
pub enum PatchChange {
    /// A part of the object that is laid over it, by the merge keys of its kind.
    Merge(Value),
    /// Operations of RFC 6902.
    Json(Vec<PatchOperation>),
}

/// Names of the operations of RFC 6902.
pub const OPERATIONS: [&str; 6] = ["add", "remove", "replace", "move", "copy", "test"];

impl Patch {
    /// Shape of what stands below the name of a patch.
    pub fn shape() -> Fields {
        let target = Shape::new()
            .required(
                "kind",
                some_text(),
                "Kind of the object, such as Deployment",
            )
            .optional(
                "group",
                KnobType::string(),
                "Group of the kind, where several have the kind; empty for the core group",
            )
            .optional(
                "namespace",
                some_text(),
                "Namespace of the object, where several have the name",
            )
            .optional(
                "component",
                some_text(),
                "Component that renders the object, or `objects` or `namespaces`",
            )
            .required("name", some_text(), "Name of the object")
            .object();
        let operation = Shape::new()
            .required(
                "op",
                KnobType::of(&OPERATIONS),
                "What is done, as RFC 6902 has it",
            )
            .required(
                "path",
                KnobType::string(),
                "JSON pointer to the place, such as /spec/replicas",
            )
            .optional(
                "from",
                KnobType::string(),
                "JSON pointer to what is moved or copied",
            )
            .optional(
                "value",
                KnobType::Any,
                "What is added, put in place or tested",
            )
            .object();
        Shape::new()
            .required("target", target, "The object that is changed")
            .optional(
                "merge",
                KnobType::Any,
                "Part of the object that is laid over it; null takes away",
            )
            .optional(
                "json",
                KnobType::list(operation),
                "Operations of RFC 6902, in their order, in place of `merge`",
            )
            .required(
                "reason",
                some_text(),
                "Why no knob does, for whoever reads the plan",
            )
            .fields()
    }

    /// Where something below the name stands, or else the name itself.
    pub fn span_of(&self, keys: &[&str]) -> Span {
        let keys: Vec<Segment> = keys
            .iter()
            .map(|key| Segment::Key((*key).to_owned()))
            .collect();
        self.nearest_span(&keys)
    }

    /// Where that is written which makes a change of the object.
    pub fn place_of(&self, path: &Path) -> Span {
        match &self.change {
            PatchChange::Merge(_) => {
                let mut place = vec![Segment::Key("merge".to_owned())];
                for segment in path.segments() {
                    let node = self.written.node_at(&place);
                    match node.and_then(|node| written_at(node, segment)) {
                        Some(next) => place.push(next),
                        None => break,
                    }
                }
                self.nearest_span(&place)
            }
            PatchChange::Json(operations) => {
                let last = operations
                    .iter()
                    .rposition(|operation| leads_to(operation.path(), path));
                let place = last.map(|index| {
                    [
                        Segment::Key("json".to_owned()),
                        Segment::Index(index),
                        Segment::Key("path".to_owned()),
                    ]
                });
                place.map_or_else(|| self.span.clone(), |place| self.nearest_span(&place))
            }
        }
    }

    /// Where the value at `place` stands; where nothing does, the nearest that is around it.
    pub fn nearest_span(&self, place: &[Segment]) -> Span {
        let lengths = (1..=place.len()).rev();
        let mut spans = lengths.filter_map(|length| {
            let place = &place[..length];
            let key = self.written.key_span_of(place);
            key.or_else(|| self.written.span_of(place))
        });
        spans.next().unwrap_or_else(|| self.span.clone())
    }
}

/// The step from a node of a merge that leads where a step in the object does.
fn written_at(node: &Node, segment: &object::Segment) -> Option<Segment> {
    match segment {
        object::Segment::Key(key) => node.get(key).map(|_| Segment::Key(key.clone())),
        object::Segment::Index(index) => {
            let items = node.as_sequence()?;
            (*index < items.len()).then_some(Segment::Index(*index))
        }
        object::Segment::Item(keys) => {
            let is = |item: &Node, (key, value): &(String, Value)| {
                let written = item.get(key).and_then(Node::as_str);
                let wanted = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                written.is_none_or(|written| written == wanted)
            };
            let mut items = node.as_sequence()?.iter();
            let found = items.position(|item| keys.iter().all(|key| is(item, key)))?;
            Some(Segment::Index(found))
        }
        object::Segment::Element(_) => None,
    }
}

/// Whether an operation at `pointer` may have made a change at `path`, or below or around it.
fn leads_to(pointer: &Pointer, path: &Path) -> bool {
    let mut steps = pointer.tokens().zip(path.segments());
    steps.all(|(token, segment)| match segment {
        object::Segment::Key(key) => token.decoded() == key.as_str(),
        // A list that the table keys, or an item that moved: any place in it may be meant.
        _ => true,
    })
}

impl PatchTarget {
    /// Whether the target means an object of a component.
    pub fn matches(&self, component: &str, identity: &Identity) -> bool {
        let is = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        self.kind == identity.kind
            && self.name == identity.name
            && is(&self.group, &identity.group)
            && is(
                &self.namespace,
                identity.namespace.as_deref().unwrap_or_default(),
            )
            && is(&self.component, component)
    }
}

/// `Deployment shop/web of frontend`.
impl fmt::Display for PatchTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(group) = self.group.as_ref().filter(|group| !group.is_empty()) {
            write!(f, ".{group}")?;
        }
        f.write_str(" ")?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)?;
        match &self.component {
            Some(component) => write!(f, " of {component}"),
            None => Ok(()),
        }
    }
}

fn some_text() -> KnobType {
    KnobType::String {
        pattern: None,
        min_length: Some(1),
        max_length: None,
    }
}
