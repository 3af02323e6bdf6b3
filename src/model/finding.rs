//! What `check` says about an environment.

use crate::diagnostic::{Diagnostic, Severity};

/// Something that is wrong, or may well be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub diagnostic: Diagnostic,
    /// What it is about, as entries of `ignore` name it: an object as people write it
    /// (`Deployment shop/web`), `component NAME`, or `environment NAME`.
    pub subject: String,
}

/// A finding that an entry of the environment switches off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    pub finding: Finding,
    pub reason: String,
}

/// All that was found in one environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    pub environment: String,
    /// How many objects were looked at.
    pub objects: usize,
    /// By file and place.
    pub open: Vec<Finding>,
    pub ignored: Vec<Ignored>,
    /// Entries of `ignore` that a layer has, hence other environments too.
    pub shared: Vec<SharedIgnore>,
}

/// An entry of `ignore` of a layer, as one environment needs it or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedIgnore {
    /// The same for all environments: path and place of the entry.
    pub place: (String, usize),
    /// What is to be told of it, where it switches nothing off here.
    pub unused: Option<Finding>,
}

impl Findings {
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        let of_severity = |finding: &&Finding| finding.diagnostic.severity == severity;
        self.open.iter().filter(of_severity).count()
    }
}
