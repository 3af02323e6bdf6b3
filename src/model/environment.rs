//! One cluster and what runs on it, as its files say.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::json;

use crate::diagnostic::codes;
use crate::model::knob::read::Facts;
use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::own_object::OwnObject;
use crate::model::ownership::{Allowance, Ownership};
use crate::yaml::Document;

/// A folder of knob files.
#[derive(Debug)]
pub struct Environment {
    pub name: String,
    pub files: KnobFiles,
    pub facts: Facts,
}

/// A folder of knobs shared by environments.
#[derive(Debug)]
pub struct Layer {
    pub name: String,
    pub files: KnobFiles,
}

/// The files of an environment or a layer.
#[derive(Debug, Default)]
pub struct KnobFiles {
    pub environment: Option<Document>,
    pub globals: Option<Document>,
    pub cluster: Option<Document>,
    pub patches: Option<Document>,
    /// Of the files in `objects/`, in the order of their paths.
    pub objects: Vec<OwnObject>,
    /// By the file's name: the component in an environment, the module in a layer.
    pub knobs: BTreeMap<String, Document>,
}

/// The values of `environment.yaml`, layers included.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnvironmentSettings {
    pub stack: Option<String>,
    pub layers: Vec<String>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub crds: Crds,
    pub components: IndexMap<String, ComponentSettings>,
    pub external: Vec<String>,
    pub limits: Limits,
    pub protect: bool,
    pub ignore: Vec<Ignore>,
    pub ownership: Vec<Ownership>,
    pub allow: Vec<Allowance>,
}

/// A finding of `check` that is known and accepted.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ignore {
    pub code: String,
    /// What it is about, where not all findings of the code are meant; `*` stands for any text.
    pub object: Option<String>,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<String>,
}

/// Where CRDs come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crds {
    Vendored,
    StandIn,
}

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ComponentSettings {
    pub module: Option<String>,
    pub version: Option<String>,
    pub namespace: Option<String>,
    pub prefix: Option<String>,
    pub instance: Option<String>,
    pub enabled: bool,
}

/// How much one apply may take away.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    pub max_deletes: u64,
    pub max_delete_percent: u64,
    pub max_replaces: u64,
}

/// Folder of the manifests of a user's own, and the component that they are rendered as.
pub const OBJECTS: &str = "objects";

/// Folder of the manifests of what makes the cluster; no component is called so.
pub const CLUSTER: &str = "cluster";

/// File names of an environment that are not components, hence no component may be called so.
pub const RESERVED: [&str; 8] = [
    "environment",
    "global",
    CLUSTER,
    "patches",
    "facts",
    "namespaces",
    "manifests",
    OBJECTS,
];

impl EnvironmentSettings {
    /// Shape of `environment.yaml`.
    pub fn shape() -> Fields {
        let name = || KnobType::Text(Text::Name);
        let count = KnobType::Integer {
            minimum: Some(0),
            maximum: None,
        };
        let percent = KnobType::Integer {
            minimum: Some(0),
            maximum: Some(100),
        };
        let component = Shape::new()
            .optional("module", name(), "The module, where it is not called like the component")
            .optional("version", KnobType::Text(Text::Version), "Version of the module, over that of the stack")
            .optional("namespace", name(), "Namespace, over that of the module")
            .optional("prefix", KnobType::Text(Text::Host), "Prefix of the objects' names, such as that of an install that exists")
            .optional("instance", KnobType::string(), "Value of the label app.kubernetes.io/instance, such as the Helm release of an install that exists")
            .default("enabled", KnobType::Boolean, json!(true), "Set to false to switch off what a layer switches on")
            .object();
        let limits = Shape::new()
            .default(
                "maxDeletes",
                count.clone(),
                json!(10),
                "Objects that one apply may delete",
            )
            .default(
                "maxDeletePercent",
                percent,
                json!(10),
                "Share of all objects that one apply may delete, once there are twenty",
            )
            .default(
                "maxReplaces",
                count,
                json!(3),
                "Objects that one apply may replace",
            )
            .object();
        Shape::new()
            .required(
                "stack",
                KnobType::Text(Text::Release),
                "Stack and release, as `reference/2026.11`",
            )
            .default(
                "layers",
                KnobType::list(name()),
                json!([]),
                "Folders of shared knobs, from weak to strong",
            )
            .optional(
                "context",
                KnobType::string(),
                "Context of the kubeconfig that leads to the cluster",
            )
            .optional(
                "cluster",
                KnobType::string(),
                "Who the context must be: the uid of its namespace kube-system",
            )
            .default(
                "crds",
                KnobType::of(&["vendored", "stand-in"]),
                json!("vendored"),
                "Where CRDs come from; `stand-in` is for a first look without network",
            )
            .default(
                "components",
                KnobType::map(component),
                json!({}),
                "What runs here",
            )
            .default(
                "external",
                KnobType::list(KnobType::string()),
                json!([]),
                "Capabilities, and objects as `Secret shop/web-tls`, that something else on the cluster provides",
            )
            .optional("limits", limits, "How much one apply may take away")
            .default(
                "protect",
                KnobType::Boolean,
                json!(false),
                "Whether deleting and replacing needs a word of its own",
            )
            .default(
                "ignore",
                KnobType::list(ignore()),
                json!([]),
                "Findings of `check` that are known and accepted",
            )
            .default(
                "ownership",
                KnobType::list(Ownership::shape()),
                json!([]),
                "Whose fields are that the manifests set and somebody else owns in the cluster",
            )
            .default(
                "allow",
                KnobType::list(Allowance::shape()),
                json!([]),
                "Protected objects that may be deleted or replaced all the same",
            )
            .fields()
    }
}

/// Shape of an entry of `ignore`: the reason is what a reviewer reads, hence it must be there.
fn ignore() -> KnobType {
    let codes: Vec<&str> = codes::of_check().map(|code| code.name).collect();
    let reason = KnobType::String {
        pattern: None,
        min_length: Some(1),
        max_length: None,
    };
    let date = KnobType::String {
        pattern: Some("[0-9]{4}-[0-9]{2}-[0-9]{2}".to_owned()),
        min_length: None,
        max_length: None,
    };
    Shape::new()
        .required("code", KnobType::of(&codes), "Code of the finding")
        .optional(
            "object",
            KnobType::string(),
            "What the finding is about, as `Deployment shop/web`; `*` stands for any text",
        )
        .required("reason", reason, "Why it is accepted")
        .optional("until", date, "Last day on which it is, as `2027-01-31`")
        .object()
}
