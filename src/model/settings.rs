//! kops-stack.yaml: settings of the whole repository. Its presence makes a folder a repository.

use serde_json::json;

use crate::model::knob::{Fields, KnobType, Shape};

pub const SETTINGS: &str = "kops-stack.yaml";

#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RepositorySettings {
    /// Where modules come from that the repository does not hold.
    pub catalogue: String,
    pub defaults: Defaults,
}

/// What new environments start with.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Defaults {
    pub stack: Option<String>,
}

impl RepositorySettings {
    /// Shape of kops-stack.yaml.
    pub fn shape() -> Fields {
        let defaults = Shape::new()
            .optional(
                "stack",
                KnobType::string(),
                "Stack release of new environments, as `reference/2026.11`",
            )
            .object();
        Shape::new()
            .default(
                "catalogue",
                KnobType::of(&["built-in"]),
                json!("built-in"),
                "Where modules come from that the repository does not hold",
            )
            .optional("defaults", defaults, "What new environments start with")
            .fields()
    }
}
