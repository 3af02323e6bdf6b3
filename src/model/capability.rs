//! What modules provide and require.

use std::fmt;

use crate::diagnostic::Span;
use crate::model::version::Range;

/// A name such as `crd:monitoring.coreos.com`, `ingress-class:nginx` or `tls-webhook-cert`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability(pub String);

impl Capability {
    /// A CRD's group and an aggregated API belong to one owner each, in the nature of the API server.
    pub fn is_singular(&self) -> bool {
        self.is_crd() || self.0.starts_with("api:")
    }

    pub fn is_crd(&self) -> bool {
        self.0.starts_with("crd:")
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A line of `provides`, `requires`, `optional` or `conflicts` in module.yaml.
#[derive(Debug, Clone)]
pub struct CapabilityRule {
    pub capability: Capability,
    /// For `requires`: the versions of the providing component that will do.
    pub range: Option<Range>,
    /// The rule holds only where this feature does.
    pub feature: Option<String>,
    /// For `provides`: nobody else may provide it.
    pub exclusive: bool,
    pub span: Span,
}
