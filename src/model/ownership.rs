//! What an environment decides about the objects of a cluster: whose a contested field is, and
//! what may go. Each entry has a reason, since it is reviewed in git.

use serde_json::json;

use crate::model::knob::{KnobType, Shape};
use crate::object::Identity;

/// Whose a field is that the manifest sets and somebody else owns.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ownership {
    /// As `Deployment shop/web`.
    pub object: String,
    /// As a plan writes it: `spec.replicas`.
    pub field: String,
    #[serde(rename = "is")]
    pub keep: Keep,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The manifest's value is taken, and the field is ours from then on.
    Ours,
    /// The field is left out of what is sent.
    Theirs,
}

/// What may be done to one object although it is protected.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Allowance {
    /// As `CustomResourceDefinition widgets.example.com`.
    pub object: String,
    pub action: AllowedAction,
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AllowedAction {
    Delete,
    Replace,
}

impl Ownership {
    /// Shape of an entry of `ownership`.
    pub fn shape() -> KnobType {
        Shape::new()
            .required("object", object(), "The object, as `Deployment shop/web`")
            .required(
                "field",
                said(),
                "The field, as a plan writes it: `spec.replicas`",
            )
            .required(
                "is",
                KnobType::of(&["ours", "theirs"]),
                "Whose it is: the manifest sets it, or it is left to whoever owns it",
            )
            .required("reason", said(), "Why")
            .object()
    }
}

impl Allowance {
    /// Shape of an entry of `allow`.
    pub fn shape() -> KnobType {
        Shape::new()
            .required(
                "object",
                object(),
                "The object, as `CustomResourceDefinition widgets.example.com`",
            )
            .default(
                "action",
                KnobType::of(&["delete", "replace"]),
                json!("delete"),
                "What may be done to it",
            )
            .required("reason", said(), "Why")
            .object()
    }

    pub fn allows(&self, action: AllowedAction, identity: &Identity) -> bool {
        self.action == action && self.object == identity.to_string()
    }
}

fn said() -> KnobType {
    KnobType::String {
        pattern: None,
        min_length: Some(1),
        max_length: None,
    }
}

fn object() -> KnobType {
    KnobType::String {
        pattern: Some("[A-Z][A-Za-z0-9.-]* [^ /]+(/[^ /]+)?".to_owned()),
        min_length: None,
        max_length: None,
    }
}
