//! `index.json` of a component: every file with its digest, and what they were made of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::model::rendering::RenderedComponent;
use crate::model::resolved::Dependency;
use crate::object::Identity;

pub const INDEX: &str = "index.json";

/// Names the files of a rendering that has begun and not ended.
pub const UNDER_WAY: &str = ".rendering.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    pub format: u32,
    pub component: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    pub stack: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub provides: Vec<String>,
    /// Components that come first, with the capability that this one needs of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<String, BTreeSet<String>>,
    /// sha256 of outside inputs, by their path in the repository.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
    /// Patches of its objects, in the order in which they were applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<IndexedPatch>,
    /// sha256 of each file.
    pub files: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexedPatch {
    pub name: String,
    pub object: Identity,
    pub reason: String,
}

impl Index {
    pub const FORMAT: u32 = 1;

    pub fn of(name: &str, component: &RenderedComponent, dependencies: &[Dependency]) -> Self {
        let mut after: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for dependency in dependencies
            .iter()
            .filter(|dependency| dependency.component == name)
        {
            let capabilities = after.entry(dependency.on.clone()).or_default();
            capabilities.insert(dependency.capability.to_string());
        }
        let files = component.objects.iter();
        let patches = component.patches.iter().map(|patch| IndexedPatch {
            name: patch.name.clone(),
            object: patch.object.clone(),
            reason: patch.reason.clone(),
        });
        Self {
            format: Self::FORMAT,
            component: name.to_owned(),
            module: component.module.clone(),
            version: component.version.clone(),
            stack: component.stack.clone(),
            provides: component.provides.clone(),
            after,
            inputs: component.inputs.clone(),
            patches: patches.collect(),
            files: files
                .map(|rendered| (rendered.path.clone(), rendered.text.digest().to_owned()))
                .collect(),
        }
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let index: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match index.format {
            Self::FORMAT => Ok(index),
            other => Err(format!(
                "it has format {other}, which this version does not read"
            )),
        }
    }

    pub fn text(&self) -> String {
        json(self)
    }
}

/// Paths, within the component's folder, of a rendering under way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnderWay {
    pub files: BTreeSet<String>,
}

impl UnderWay {
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| error.to_string())
    }

    pub fn text(&self) -> String {
        json(self)
    }
}

fn json(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("maps of text are JSON");
    text.push('\n');
    text
}
