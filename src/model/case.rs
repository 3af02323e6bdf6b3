//! A case of a module's tests: knobs, and what they are rendered for.

use std::sync::Arc;

use crate::diagnostic::{Diagnostics, Source, Span};
use crate::model::module::Module;
use crate::model::version::Version;
use crate::yaml::{self, Document, Node, NodeKind, Segment, Value, strict_value};

/// Minors that a case may be rendered for; the first that fits is taken.
const MINORS: [&str; 8] = [
    "1.36.3", "1.35.4", "1.34.7", "1.33.5", "1.32.9", "1.31.13", "1.30.14", "1.29.15",
];

/// One rendering to be made: of a case, or of a case with something changed.
#[derive(Debug, Clone)]
pub struct Case {
    pub module: Arc<Module>,
    pub name: String,
    /// The file of the case, from the root of the repository.
    pub path: String,
    pub document: Document,
    /// Given where the case holds for one version alone.
    pub version: Option<Version>,
    pub kubernetes: Option<Version>,
    pub cluster: Value,
    pub globals: Value,
    /// Capabilities that are there beside those that the module requires.
    pub available: Vec<String>,
    pub knobs: Value,
    /// Release of the stack `cases`; newer than all, unless it matters.
    pub release: String,
    /// What the component is called, and how environment.yaml says it, such as the prefix of the
    /// names of an install that exists.
    pub component: (String, Value),
}

impl Case {
    /// What messages call the case: its file.
    pub fn title(&self) -> String {
        self.path.clone()
    }

    /// The file of the objects that the case is known to render.
    pub fn golden(&self) -> String {
        format!("modules/{}/tests/{}{GOLDEN}", self.module.name, self.name)
    }

    /// Where the value of a key stands, or the keys that lead to it.
    pub fn span_of(&self, path: &[&str]) -> Option<Span> {
        let path: Vec<Segment> = path
            .iter()
            .map(|key| Segment::Key((*key).to_owned()))
            .collect();
        self.document.key_span_of(&path)
    }

    /// Versions of the module that the case holds for, newest first, each with the Kubernetes that
    /// it is rendered for.
    pub fn versions(&self) -> Vec<(Version, Version)> {
        let wanted = |version: &Version| self.version.as_ref().is_none_or(|only| only == version);
        let candidates: Vec<Version> = match &self.kubernetes {
            Some(given) => vec![given.clone()],
            None => MINORS
                .iter()
                .filter_map(|text| Version::parse(text))
                .collect(),
        };
        let versions = self.module.versions.iter();
        let mut fitting: Vec<_> = versions
            .filter(|known| wanted(&known.version))
            .filter_map(|known| {
                let mut fits = candidates.iter();
                let fits = fits.find(|minor| known.kubernetes.contains(minor));
                Some((known.version.clone(), fits?.clone()))
            })
            .collect();
        fitting.sort_by(|a, b| b.0.cmp(&a.0));
        fitting
    }

    /// The same case with nothing set: what its golden is told against.
    pub fn defaults(&self) -> Case {
        Case {
            knobs: Value::Object(yaml::Map::new()),
            available: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether the case sets nothing.
    pub fn is_default(&self) -> bool {
        self.knobs.as_object().is_none_or(yaml::Map::is_empty) && self.available.is_empty()
    }

    /// A part of the case as a file of an environment. As long as it says what the case's own file
    /// says, its places are those of that file.
    pub fn part(&self, key: &str, value: &Value) -> Document {
        let node = self.document.root.get(key);
        let own = node.map(|node| Document {
            source: Arc::clone(&self.document.source),
            root: node.clone(),
        });
        let says = |document: &Document| {
            strict_value(document, &document.root, &mut Diagnostics::default()) == *value
        };
        own.filter(says).unwrap_or_else(|| self.made(value))
    }

    /// A value that stands in no file.
    fn made(&self, value: &Value) -> Document {
        let source = Source::new(self.title(), value.to_string());
        yaml::parse_one(&source).unwrap_or_else(|_| Document {
            root: Node {
                span: 0..0,
                kind: NodeKind::Mapping(Vec::new()),
            },
            source,
        })
    }
}

/// How the files end that hold what cases render.
pub const GOLDEN: &str = ".golden.yaml";
