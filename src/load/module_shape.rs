//! What may stand in module.yaml.

use serde_json::json;

use super::{declared, permissions};
use crate::model::knob::{Fields, KnobType, Shape, Text};

/// Shape of module.yaml, but for the parts that have readers of their own.
pub fn shape() -> Fields {
    let name = || KnobType::Text(Text::Name);
    let version = Shape::new()
        .required(
            "kubernetes",
            KnobType::Text(Text::Range),
            "Versions of Kubernetes that it runs on",
        )
        .default(
            "images",
            KnobType::map(KnobType::Text(Text::Image)),
            json!({}),
            "Every image, by the name that templates use",
        )
        .object();
    let upgrade = Shape::new()
        .required(
            "from",
            KnobType::Text(Text::Range),
            "Versions that one comes from",
        )
        .required(
            "to",
            KnobType::Text(Text::Range),
            "Versions that one goes to",
        )
        .required("note", KnobType::string(), "What a person must know")
        .default(
            "restarts",
            KnobType::Boolean,
            json!(false),
            "Whether pods restart",
        )
        .object();
    let rules = || KnobType::list(KnobType::Any);
    Shape::new()
        .required("summary", KnobType::string(), "What it is, in one line")
        .optional(
            "homepage",
            KnobType::Text(Text::Url),
            "Where upstream lives",
        )
        .optional(
            "runbook",
            KnobType::string(),
            "Where to read on when an apply of it fails: a URL, or a page of the book",
        )
        .default(
            "lifecycle",
            KnobType::of(&["active", "deprecated", "retired"]),
            json!("active"),
            "Where it stands in its life",
        )
        .optional("successor", name(), "The module that takes its place")
        .required(
            "namespace",
            name(),
            "Namespace of a component that names none",
        )
        .default(
            "namespaceLabels",
            KnobType::Labels,
            json!({}),
            "Labels that the namespace needs",
        )
        .optional(
            "app",
            KnobType::string(),
            "Value of the label app.kubernetes.io/name; the module's name by default",
        )
        .optional(
            "prefix",
            KnobType::Text(Text::Host),
            "Name prefix of a component that names none; the component's name by default",
        )
        .default(
            "provides",
            rules(),
            json!([]),
            "Capabilities that it provides",
        )
        .default("requires", rules(), json!([]), "Capabilities that it needs")
        .default(
            "optional",
            rules(),
            json!([]),
            "Capabilities that it uses where they are",
        )
        .default(
            "conflicts",
            rules(),
            json!([]),
            "Capabilities that nobody may provide beside it",
        )
        .required(
            "versions",
            KnobType::map(version),
            "App versions, newest first",
        )
        .default(
            "features",
            KnobType::map(KnobType::Any),
            json!({}),
            "Named differences, with the range in which they hold",
        )
        .default(
            "knobs",
            KnobType::map(KnobType::Any),
            json!({}),
            "What a person may set",
        )
        .default(
            "upgrades",
            KnobType::list(upgrade),
            json!([]),
            "What to know between versions",
        )
        .default(
            "pods",
            KnobType::list(declared::pods_shape()),
            json!([]),
            "Pods that its programs make, whose images no manifest names",
        )
        .default(
            "permissions",
            KnobType::list(permissions::shape()),
            json!([]),
            "What its programs may do in the cloud",
        )
        .default(
            "privileged",
            KnobType::Boolean,
            json!(false),
            "Whether its pods may be privileged",
        )
        .default(
            "reloads",
            KnobType::list(KnobType::string()),
            json!([]),
            "ConfigMaps that the program watches itself",
        )
        .default(
            "makes",
            KnobType::list(made()),
            json!([]),
            "Objects that its programs make while they run",
        )
        .fields()
}

/// A placeholder that is misspelt would stand for nothing.
fn made() -> KnobType {
    let text = |pattern: &str| KnobType::String {
        pattern: Some(pattern.to_owned()),
        min_length: None,
        max_length: None,
    };
    let filled = r"([a-z0-9.-]|\{prefix\}|\{namespace\})+";
    Shape::new()
        .required(
            "kind",
            text(r"[A-Z][A-Za-z0-9]+(\.[a-z0-9.-]+)?"),
            "Kind, with its group where the kind alone does not say it, as `Issuer.cert-manager.io`",
        )
        .required(
            "name",
            text(filled),
            "Name; `{prefix}` stands for the component's name prefix",
        )
        .optional(
            "namespace",
            text(filled),
            "Namespace, where it is not the component's",
        )
        .object()
}
