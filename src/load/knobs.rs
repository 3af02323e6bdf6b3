//! Declarations of knobs in module.yaml.

use serde_json::json;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::knob::read::{Reader, Subject};
use crate::model::knob::{Fields, Knob, KnobType, Shape, Text};
use crate::yaml::{Document, Node, NodeKind, Value};

/// Longest line of documentation, so that a table of knobs stays readable.
const LONGEST_DOC: usize = 120;

/// Reads declarations and collects what is wrong with them.
pub struct Declarations<'a> {
    pub document: &'a Document,
    pub diagnostics: &'a mut Diagnostics,
}

impl Declarations<'_> {
    /// The fields declared by a mapping of names to knobs.
    pub fn fields(&mut self, node: &Node) -> Fields {
        let NodeKind::Mapping(entries) = &node.kind else {
            self.refuse(node, "knobs are a mapping of names to declarations");
            return Fields::new();
        };
        let mut fields = Fields::new();
        for entry in entries {
            let name = entry.key.as_str().unwrap_or_default();
            if !is_knob_name(name) {
                self.refuse(
                    &entry.key,
                    &format!("`{name}` is no name of a knob: letters and digits, in camelCase"),
                );
            }
            if let Some(knob) = self.knob(&entry.value) {
                fields.insert(name.to_owned(), knob);
            }
        }
        fields
    }

    fn knob(&mut self, node: &Node) -> Option<Knob> {
        let kind = self.kind(node)?;
        let doc = node.get("doc").and_then(Node::as_str).unwrap_or_default();
        if doc.is_empty()
            || doc.ends_with('.')
            || doc.chars().count() > LONGEST_DOC
            || doc.contains('\n')
        {
            self.refuse(
                node,
                "every knob has a `doc`: one line, at most 120 characters, without a full stop",
            );
        }
        let default = match node.get("default") {
            Some(default) => Some(self.default(default, &kind)?),
            None => None,
        };
        let required = node.get("required").and_then(Node::as_str) == Some("true");
        if required && default.is_some() {
            self.refuse(node, "a required knob has no default");
        }
        Some(Knob {
            kind,
            default,
            required,
            doc: doc.to_owned(),
        })
    }

    fn kind(&mut self, node: &Node) -> Option<KnobType> {
        let name = node.get("type").and_then(Node::as_str);
        let Some(name) = name else {
            self.refuse(node, "a declaration needs a `type`");
            return None;
        };
        let settings = self.settings(node, name)?;
        let kind = match name {
            "boolean" => KnobType::Boolean,
            "integer" => KnobType::Integer {
                minimum: settings["minimum"].as_i64(),
                maximum: settings["maximum"].as_i64(),
            },
            "number" => KnobType::Number {
                minimum: settings["minimum"].as_f64(),
                maximum: settings["maximum"].as_f64(),
            },
            "string" => self.string(node, &settings),
            "enum" => KnobType::Enum(strings(&settings["values"])),
            "port" => KnobType::Port,
            "secret" => KnobType::Secret,
            "resources" => KnobType::Resources,
            "tolerations" => KnobType::Tolerations,
            "affinity" => KnobType::Affinity,
            "labels" => KnobType::Labels,
            "any" => KnobType::Any,
            "list" => KnobType::List {
                items: Box::new(self.inner(node, "items")?),
                min_items: settings["minItems"]
                    .as_u64()
                    .and_then(|n| usize::try_from(n).ok()),
                max_items: settings["maxItems"]
                    .as_u64()
                    .and_then(|n| usize::try_from(n).ok()),
                unique: settings["unique"].as_bool().unwrap_or(false),
            },
            "map" => KnobType::Map(Box::new(self.inner(node, "values")?)),
            "object" => {
                let Some(fields) = node.get("fields") else {
                    self.refuse(node, "an object declares its `fields`");
                    return None;
                };
                KnobType::Object(self.fields(fields))
            }
            _ => KnobType::Text(Text::ALL.into_iter().find(|text| text.name() == name)?),
        };
        Some(kind)
    }

    /// What a type takes beside `type`, `doc`, `default` and `required`.
    fn settings(&mut self, node: &Node, name: &str) -> Option<Value> {
        let integer = || KnobType::Integer {
            minimum: None,
            maximum: None,
        };
        let number = || KnobType::Number {
            minimum: None,
            maximum: None,
        };
        let shape = Shape::new()
            .required("type", KnobType::of(&KnobType::NAMES), "")
            .optional("doc", KnobType::string(), "")
            .optional("default", KnobType::Any, "")
            .default("required", KnobType::Boolean, json!(false), "");
        let shape = match name {
            "integer" => {
                shape
                    .optional("minimum", integer(), "")
                    .optional("maximum", integer(), "")
            }
            "number" => shape
                .optional("minimum", number(), "")
                .optional("maximum", number(), ""),
            "string" => shape
                .optional("pattern", KnobType::string(), "")
                .optional("minLength", integer(), "")
                .optional("maxLength", integer(), ""),
            "enum" => shape.required("values", KnobType::list(KnobType::string()), ""),
            "list" => shape
                .required("items", KnobType::Any, "")
                .optional("minItems", integer(), "")
                .optional("maxItems", integer(), "")
                .optional("unique", KnobType::Boolean, ""),
            "map" => shape.required("values", KnobType::Any, ""),
            "object" => shape.required("fields", KnobType::Any, ""),
            _ => shape,
        };
        let before = self.diagnostics.errors();
        let value = self.read(node, &shape.object(), Vec::new());
        (self.diagnostics.errors() == before).then_some(value?)
    }

    fn string(&mut self, node: &Node, settings: &Value) -> KnobType {
        let length = |name: &str| {
            settings[name]
                .as_u64()
                .and_then(|n| usize::try_from(n).ok())
        };
        let pattern = settings["pattern"].as_str().map(str::to_owned);
        if let Some(Err(error)) = pattern.as_deref().map(regex_lite::Regex::new) {
            self.refuse(
                node,
                &format!("the pattern is no regular expression: {error}"),
            );
        }
        KnobType::String {
            pattern,
            min_length: length("minLength"),
            max_length: length("maxLength"),
        }
    }

    /// The type of a list's items or a map's values: declared like a knob, or by its bare name.
    fn inner(&mut self, node: &Node, key: &str) -> Option<KnobType> {
        let Some(inner) = node.get(key) else {
            self.refuse(node, &format!("this type declares `{key}`"));
            return None;
        };
        self.kind(inner)
    }

    fn default(&mut self, node: &Node, kind: &KnobType) -> Option<Value> {
        let before = self.diagnostics.errors();
        let value = self.read(node, kind, vec!["default".to_owned()]);
        (self.diagnostics.errors() == before).then_some(value?)
    }

    fn read(&mut self, node: &Node, kind: &KnobType, mut path: Vec<String>) -> Option<Value> {
        let mut reader = Reader {
            document: self.document,
            subject: Subject {
                name: "a declaration",
                word: "key",
                help: "the book's page on the catalogue format lists what a declaration takes",
            },
            facts: None,
            diagnostics: self.diagnostics,
        };
        reader.value(node, kind, &mut path)
    }

    fn refuse(&mut self, node: &Node, message: &str) {
        let span = self.document.span(node);
        self.diagnostics
            .push(Diagnostic::error(codes::KNOB_DECLARATION, message).at(span));
    }
}

fn is_knob_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
}
