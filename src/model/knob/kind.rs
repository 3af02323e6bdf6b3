//! The types that a knob may have.

use indexmap::IndexMap;

use crate::yaml::Value;

/// Knobs by name, in the order of their declaration, which is the order of documentation.
pub type Fields = IndexMap<String, Knob>;

/// One declared knob.
#[derive(Debug, Clone, PartialEq)]
pub struct Knob {
    pub kind: KnobType,
    /// What holds when nobody sets it. Without one, an object is made of its fields' defaults and
    /// any other knob is null.
    pub default: Option<Value>,
    /// An environment that sets no value is refused.
    pub required: bool,
    /// One line.
    pub doc: String,
}

/// What values a knob takes.
#[derive(Debug, Clone, PartialEq)]
pub enum KnobType {
    Boolean,
    Integer {
        minimum: Option<i64>,
        maximum: Option<i64>,
    },
    Number {
        minimum: Option<f64>,
        maximum: Option<f64>,
    },
    String {
        /// The whole text must match.
        pattern: Option<String>,
        min_length: Option<usize>,
        max_length: Option<usize>,
    },
    Enum(Vec<String>),
    /// A string in a notation of the domain.
    Text(Text),
    /// A port number, 1 to 65535.
    Port,
    /// A reference to a Secret, `{name, key}`: never a value.
    Secret,
    /// Requests and limits of a container.
    Resources,
    Tolerations,
    Affinity,
    /// A map of strings, as labels, annotations and node selectors are.
    Labels,
    List {
        items: Box<KnobType>,
        min_items: Option<usize>,
        max_items: Option<usize>,
        unique: bool,
    },
    Map(Box<KnobType>),
    Object(Fields),
    /// A piece of a manifest that passes through unread.
    Any,
}

/// Notations that a string knob may be bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    Quantity,
    Duration,
    Cidr,
    Host,
    Cron,
    Image,
    Arn,
    Url,
    Email,
    Version,
    /// A name as Kubernetes takes it for a label of DNS.
    Name,
    /// A range of versions.
    Range,
}

impl KnobType {
    /// The word that module.yaml and messages use.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::Number { .. } => "number",
            Self::String { .. } => "string",
            Self::Enum(_) => "enum",
            Self::Text(text) => text.name(),
            Self::Port => "port",
            Self::Secret => "secret",
            Self::Resources => "resources",
            Self::Tolerations => "tolerations",
            Self::Affinity => "affinity",
            Self::Labels => "labels",
            Self::List { .. } => "list",
            Self::Map(_) => "map",
            Self::Object(_) => "object",
            Self::Any => "any",
        }
    }

    /// Names of all types, for messages about an unknown one.
    pub const NAMES: [&'static str; 27] = [
        "affinity",
        "any",
        "arn",
        "boolean",
        "cidr",
        "cron",
        "duration",
        "email",
        "enum",
        "host",
        "image",
        "integer",
        "labels",
        "list",
        "map",
        "name",
        "number",
        "object",
        "port",
        "quantity",
        "range",
        "resources",
        "secret",
        "string",
        "tolerations",
        "url",
        "version",
    ];

    /// A string without bounds.
    pub const fn string() -> Self {
        Self::String {
            pattern: None,
            min_length: None,
            max_length: None,
        }
    }

    pub fn list(items: KnobType) -> Self {
        Self::List {
            items: Box::new(items),
            min_items: None,
            max_items: None,
            unique: false,
        }
    }
}

impl Text {
    pub const ALL: [Text; 12] = [
        Self::Quantity,
        Self::Duration,
        Self::Cidr,
        Self::Host,
        Self::Cron,
        Self::Image,
        Self::Arn,
        Self::Url,
        Self::Email,
        Self::Version,
        Self::Name,
        Self::Range,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Duration => "duration",
            Self::Cidr => "cidr",
            Self::Host => "host",
            Self::Cron => "cron",
            Self::Image => "image",
            Self::Arn => "arn",
            Self::Url => "url",
            Self::Email => "email",
            Self::Version => "version",
            Self::Name => "name",
            Self::Range => "range",
        }
    }

    /// As messages call it.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Quantity => "a quantity",
            Self::Duration => "a duration",
            Self::Cidr => "a CIDR",
            Self::Host => "a host name",
            Self::Cron => "a cron schedule",
            Self::Image => "an image with a tag or a digest",
            Self::Arn => "an ARN",
            Self::Url => "a URL",
            Self::Email => "an email address",
            Self::Version => "a version",
            Self::Name => "a name",
            Self::Range => "a range of versions",
        }
    }

    /// How a right one looks.
    pub fn example(self) -> &'static str {
        match self {
            Self::Quantity => "250m or 2Gi",
            Self::Duration => "30s, 15m or 10d",
            Self::Cidr => "10.20.0.0/16",
            Self::Host => "grafana.example.com",
            Self::Cron => "\"0 3 * * *\"",
            Self::Image => "registry.example.com/team/app:v1.2.3",
            Self::Arn => "arn:aws:iam::123456789012:role/dns",
            Self::Url => "https://example.com/path",
            Self::Email => "platform@example.com",
            Self::Version => "\"1.36.3\"",
            Self::Name => "cert-manager",
            Self::Range => "\">=1.31, <1.38\"",
        }
    }
}
