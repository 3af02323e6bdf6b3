//! Shapes that recur: the pieces of Kubernetes that knobs hold, and a builder for the shape of files.

use std::sync::LazyLock;

use serde_json::json;

use super::kind::{Fields, Knob, KnobType, Text};
use crate::yaml::Value;

/// Builds the fields of an object in the order in which they are documented.
pub struct Shape(Fields);

impl Shape {
    #[expect(
        clippy::new_without_default,
        reason = "`default` is the word for a field with a default"
    )]
    pub fn new() -> Self {
        Self(Fields::new())
    }

    /// A field that must be there.
    pub fn required(self, name: &str, kind: KnobType, doc: &str) -> Self {
        self.field(name, kind, None, true, doc)
    }

    /// A field that is null when it is not set; an object is made of its fields' defaults.
    pub fn optional(self, name: &str, kind: KnobType, doc: &str) -> Self {
        self.field(name, kind, None, false, doc)
    }

    pub fn default(self, name: &str, kind: KnobType, default: Value, doc: &str) -> Self {
        self.field(name, kind, Some(default), false, doc)
    }

    pub fn fields(self) -> Fields {
        self.0
    }

    pub fn object(self) -> KnobType {
        KnobType::Object(self.0)
    }

    fn field(
        mut self,
        name: &str,
        kind: KnobType,
        default: Option<Value>,
        required: bool,
        doc: &str,
    ) -> Self {
        let knob = Knob {
            kind,
            default,
            required,
            doc: doc.to_owned(),
        };
        self.0.insert(name.to_owned(), knob);
        self
    }
}

impl KnobType {
    pub fn of(values: &[&str]) -> Self {
        Self::Enum(values.iter().map(|value| (*value).to_owned()).collect())
    }

    pub fn map(values: KnobType) -> Self {
        Self::Map(Box::new(values))
    }

    /// The type that this one abbreviates, where it does: `resources` is an object of quantities.
    pub fn expanded(&self) -> Option<&'static KnobType> {
        static SECRET: LazyLock<KnobType> = LazyLock::new(secret);
        static RESOURCES: LazyLock<KnobType> = LazyLock::new(resources);
        static TOLERATIONS: LazyLock<KnobType> = LazyLock::new(|| KnobType::list(toleration()));
        static AFFINITY: LazyLock<KnobType> = LazyLock::new(affinity);
        static LABELS: LazyLock<KnobType> = LazyLock::new(|| KnobType::map(KnobType::string()));
        match self {
            Self::Secret => Some(&SECRET),
            Self::Resources => Some(&RESOURCES),
            Self::Tolerations => Some(&TOLERATIONS),
            Self::Affinity => Some(&AFFINITY),
            Self::Labels => Some(&LABELS),
            _ => None,
        }
    }
}

fn secret() -> KnobType {
    Shape::new()
        .required("name", KnobType::Text(Text::Host), "Name of the Secret")
        .optional("key", KnobType::string(), "Key within the Secret")
        .object()
}

fn resources() -> KnobType {
    let quantities = || KnobType::map(KnobType::Text(Text::Quantity));
    Shape::new()
        .default(
            "requests",
            quantities(),
            Value::Null,
            "What the scheduler sets aside",
        )
        .default(
            "limits",
            quantities(),
            Value::Null,
            "What the container may not exceed",
        )
        .object()
}

fn toleration() -> KnobType {
    let operators = KnobType::of(&["Exists", "Equal", "Lt", "Gt"]);
    let effects = KnobType::of(&["NoSchedule", "PreferNoSchedule", "NoExecute"]);
    let seconds = KnobType::Integer {
        minimum: Some(0),
        maximum: None,
    };
    Shape::new()
        .optional("key", KnobType::string(), "Key of the taint")
        .optional("operator", operators, "How key and value are compared")
        .optional("value", KnobType::string(), "Value of the taint")
        .optional("effect", effects, "Effect of the taint")
        .optional("tolerationSeconds", seconds, "How long a running pod stays")
        .object()
}

fn affinity() -> KnobType {
    let part = || KnobType::map(KnobType::Any);
    Shape::new()
        .default("nodeAffinity", part(), json!(null), "Which nodes")
        .default("podAffinity", part(), json!(null), "Near which pods")
        .default(
            "podAntiAffinity",
            part(),
            json!(null),
            "Far from which pods",
        )
        .object()
}
