//! `permissions` of module.yaml: what the programs of a module may do in the cloud.

use serde_json::json;

use super::declared::{expression, when};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::expression::Expression;
use crate::model::knob::{Fields, KnobType, Shape};
use crate::model::permission::{Permission, StatementDeclaration, Text, Texts};
use crate::yaml::{Document, Node, NodeKind};

/// Shape of one entry of `permissions`.
pub fn shape() -> KnobType {
    let matching = |pattern: &str| KnobType::String {
        pattern: Some(pattern.to_owned()),
        min_length: None,
        max_length: None,
    };
    let actions = KnobType::List {
        items: Box::new(matching("[a-z0-9-]+:[A-Z][A-Za-z0-9]*")),
        min_items: Some(1),
        max_items: None,
        unique: true,
    };
    let statement = Shape::new()
        .required(
            "name",
            matching("[A-Z][A-Za-z0-9]*"),
            "Name of the statement, as `WriteRecords`",
        )
        .optional(
            "when",
            KnobType::string(),
            "An expression: whether it is needed; always when not given",
        )
        .required(
            "actions",
            actions,
            "What is allowed, as `route53:GetChange`",
        )
        .required(
            "resources",
            KnobType::Any,
            "On what: a list of ARNs or expressions, or one expression that gives a list",
        )
        .optional(
            "conditions",
            KnobType::map(KnobType::map(KnobType::Any)),
            "Values by operator and key; a key may be an expression, values are as `resources`",
        )
        .object();
    Shape::new()
        .required("for", KnobType::string(), "What the programs do with them")
        .optional(
            "serviceAccount",
            KnobType::string(),
            "Name of the service account, mostly an expression; that of name() when not given",
        )
        .optional("knob", KnobType::string(), "Knob that takes the role's ARN")
        .default(
            "values",
            KnobType::map(KnobType::string()),
            json!({}),
            "Expressions by name, for those that follow",
        )
        .optional(
            "when",
            KnobType::string(),
            "An expression: whether they are needed; always when not given",
        )
        .required(
            "statements",
            KnobType::List {
                items: Box::new(statement),
                min_items: Some(1),
                max_items: None,
                unique: false,
            },
            "What is allowed",
        )
        .object()
}

/// The entries of `permissions`; what their shape refuses is told by the file's reader.
pub fn read(document: &Document, knobs: &Fields, diagnostics: &mut Diagnostics) -> Vec<Permission> {
    let nodes = document.root.get("permissions").and_then(Node::as_sequence);
    let mut reader = Reader {
        document,
        diagnostics,
    };
    let nodes = nodes.unwrap_or_default().iter();
    nodes
        .filter_map(|node| reader.permission(node, knobs))
        .collect()
}

struct Reader<'a> {
    document: &'a Document,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn permission(&mut self, node: &Node, knobs: &Fields) -> Option<Permission> {
        let purpose = node.get("for")?.as_str()?.to_owned();
        if let Some(knob) = node.get("knob") {
            self.refuse_unknown_knob(knob, knobs);
        }
        let statements = node.get("statements").and_then(Node::as_sequence);
        let statements = statements.unwrap_or_default().iter();
        Some(Permission {
            purpose,
            service_account: node.get("serviceAccount").and_then(|node| self.text(node)),
            knob: node.get("knob").and_then(Node::as_str).map(str::to_owned),
            values: self.values(node),
            when: when(self.document, node, self.diagnostics),
            statements: statements
                .filter_map(|statement| self.statement(statement))
                .collect(),
        })
    }

    fn values(&mut self, node: &Node) -> Vec<(String, Expression)> {
        let entries = node.get("values").and_then(Node::as_mapping);
        let mut values = Vec::new();
        for entry in entries.unwrap_or_default() {
            match self.text(&entry.value) {
                Some(Text::Computed(expression)) => {
                    values.push((entry.name().to_owned(), expression));
                }
                Some(Text::Fixed(_)) => self.refuse(&entry.value, "this is no expression"),
                None => {}
            }
        }
        values
    }

    fn refuse_unknown_knob(&mut self, node: &Node, knobs: &Fields) {
        let path = node.as_str().unwrap_or_default();
        if knob_at(knobs, path) {
            return;
        }
        let message = format!("the module declares no knob `{path}`");
        let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message)
            .at(self.document.span(node))
            .suggest(path, knobs.keys().map(String::as_str));
        self.diagnostics.push(diagnostic);
    }

    fn statement(&mut self, node: &Node) -> Option<StatementDeclaration> {
        let actions = node.get("actions")?.as_sequence()?.iter();
        let actions = actions.filter_map(|action| Some(action.as_str()?.to_owned()));
        Some(StatementDeclaration {
            name: node.get("name")?.as_str()?.to_owned(),
            when: when(self.document, node, self.diagnostics),
            actions: actions.collect(),
            resources: self.texts(node.get("resources")?)?,
            conditions: self.conditions(node),
        })
    }

    fn conditions(&mut self, node: &Node) -> Vec<(String, Text, Texts)> {
        let operators = node.get("conditions").and_then(Node::as_mapping);
        let mut conditions = Vec::new();
        for operator in operators.unwrap_or_default() {
            for entry in operator.value.as_mapping().unwrap_or_default() {
                let read = (self.text(&entry.key), self.texts(&entry.value));
                if let (Some(key), Some(values)) = read {
                    conditions.push((operator.name().to_owned(), key, values));
                }
            }
        }
        conditions
    }

    fn text(&mut self, node: &Node) -> Option<Text> {
        if let Some(expression) = expression(self.document, node) {
            return Some(Text::Computed(expression));
        }
        let text = node.as_str().filter(|text| !text.is_empty());
        if let Some(part) = text.filter(|text| text.contains("{{")) {
            let message = format!("`{part}` holds an expression and is none");
            self.refuse(node, &message);
            return None;
        }
        if text.is_none() {
            self.refuse(node, "this is neither a text nor an expression");
        }
        text.map(|text| Text::Fixed(text.to_owned()))
    }

    fn texts(&mut self, node: &Node) -> Option<Texts> {
        match &node.kind {
            NodeKind::Sequence(items) if !items.is_empty() => {
                let texts = items.iter().filter_map(|item| self.text(item));
                Some(Texts::Listed(texts.collect()))
            }
            NodeKind::Scalar(_) => match self.text(node)? {
                Text::Computed(expression) => Some(Texts::Computed(expression)),
                fixed @ Text::Fixed(_) => Some(Texts::Listed(vec![fixed])),
            },
            _ => {
                self.refuse(node, "this takes a list of texts, or an expression");
                None
            }
        }
    }

    fn refuse(&mut self, node: &Node, message: &str) {
        let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message)
            .at(self.document.span(node))
            .help("an expression is the whole value: `\"{{ 'arn:' ~ partition ~ ':s3:::' ~ knobs.bucket }}\"`");
        self.diagnostics.push(diagnostic);
    }
}

/// Whether a dotted path leads to a knob.
fn knob_at(fields: &Fields, path: &str) -> bool {
    let (first, rest) = match path.split_once('.') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    match (fields.get(first).map(|knob| &knob.kind), rest) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(KnobType::Object(inner)), Some(rest)) => knob_at(inner, rest),
        (Some(_), Some(_)) => false,
    }
}
