//! A module: what stands in its module.yaml, with what stands beside it.

use indexmap::IndexMap;
use serde_json::json;

use super::knobs::Declarations;
use super::module_shape::shape;
use super::{declared, file, module_files, permissions};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::capability::{Capability, CapabilityRule};
use crate::model::knob::{Fields, Text};
use crate::model::module::{Feature, Lifecycle, Module, ModuleOrigin, ModuleVersion, Upgrade};
use crate::model::tree::FileTree;
use crate::model::version::{Range, Version};
use crate::yaml::{Document, Node, NodeKind, Value};

/// Reads the module in the folder `modules/<name>`.
pub fn read(
    tree: &FileTree,
    name: &str,
    origin: ModuleOrigin,
    diagnostics: &mut Diagnostics,
) -> Option<Module> {
    let folder = format!("modules/{name}");
    let path = format!("{folder}/module.yaml");
    if !tree.files.contains_key(&path) {
        let message = format!("`{folder}` has no module.yaml");
        let diagnostic = Diagnostic::error(codes::FILE_MISSING, message).file(&folder);
        diagnostics.push(
            diagnostic.help("write one, or remove the folder; docs/ has the catalogue format"),
        );
        return None;
    }
    if Text::Name.refuse(name).is_some() {
        let message = format!("`{name}` is no name of a module");
        let diagnostic = Diagnostic::error(codes::NAME_INVALID, message).file(&folder);
        diagnostics.push(
            diagnostic.help(
                "rename the folder: names are lower-case letters, digits and `-`, at most 63",
            ),
        );
        return None;
    }
    let document = file::document(tree, &path, diagnostics)?;
    let before = diagnostics.errors();
    let value = file::typed(&document, &shape(), diagnostics);
    let mut parts = Parts {
        document: &document,
        diagnostics,
    };
    let knobs = parts.knobs();
    let features = parts.features();
    let versions = parts.versions();
    let provides = parts.rules("provides", &features);
    let requires = parts.rules("requires", &features);
    let optional = parts.rules("optional", &features);
    let conflicts = parts.rules("conflicts", &features);
    let permissions = permissions::read(&document, &knobs, diagnostics);
    let pods = declared::pods(&document, &versions, diagnostics);
    let crds = super::crds::read(tree, &folder, &features, diagnostics);
    module_files::refuse_strangers(tree, &folder, diagnostics);
    let inputs = super::inputs::read(tree, &folder, diagnostics);
    let templates = module_files::sources(tree, &folder, "templates", diagnostics);
    let files = module_files::sources(tree, &folder, "files", diagnostics);
    let tests = module_files::cases(tree, &folder, diagnostics);
    let value = value.filter(|_| diagnostics.errors() == before)?;
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    Some(Module {
        summary: text("summary").unwrap_or_default(),
        homepage: text("homepage"),
        runbook: text("runbook"),
        lifecycle: lifecycle(&value),
        namespace: text("namespace").unwrap_or_default(),
        namespace_labels: from(&value["namespaceLabels"]),
        app: text("app").unwrap_or_else(|| name.to_owned()),
        prefix: text("prefix"),
        provides,
        requires,
        optional,
        conflicts,
        versions,
        features,
        knobs,
        upgrades: upgrades(&value),
        permissions,
        pods,
        privileged: value["privileged"] == json!(true),
        reloads: from(&value["reloads"]),
        makes: from(&value["makes"]),
        crds,
        inputs,
        templates: templates.into_values().collect(),
        files,
        tests,
        origin,
        digest: module_files::digest(tree, &folder),
        name: name.to_owned(),
        document,
    })
}

/// Parts of module.yaml that carry spans or rules of their own.
struct Parts<'a> {
    document: &'a Document,
    diagnostics: &'a mut Diagnostics,
}

impl Parts<'_> {
    fn knobs(&mut self) -> Fields {
        match self.document.root.get("knobs") {
            Some(node) => Declarations {
                document: self.document,
                diagnostics: self.diagnostics,
            }
            .fields(node),
            None => Fields::new(),
        }
    }

    fn features(&mut self) -> IndexMap<String, Feature> {
        let mut features = IndexMap::new();
        for (name, node) in entries(&self.document.root, "features") {
            let feature = match &node.kind {
                NodeKind::Scalar(_) => Feature {
                    versions: self.range(node),
                    ..Feature::default()
                },
                _ => self.long_feature(node),
            };
            features.insert(name.to_owned(), feature);
        }
        features
    }

    fn long_feature(&mut self, node: &Node) -> Feature {
        let mut feature = Feature::default();
        let NodeKind::Mapping(entries) = &node.kind else {
            self.refuse(node, "a feature is a range of versions, or a mapping of `versions`, `stacks` and `kubernetes`");
            return feature;
        };
        for entry in entries {
            let range = self.range(&entry.value);
            match entry.key.as_str() {
                Some("versions") => feature.versions = range,
                Some("stacks") => feature.stacks = range,
                Some("kubernetes") => feature.kubernetes = range,
                _ => self.refuse(
                    &entry.key,
                    "a feature holds over `versions`, `stacks` and `kubernetes`",
                ),
            }
        }
        feature
    }

    fn range(&mut self, node: &Node) -> Option<Range> {
        let range = node.as_str().and_then(Range::parse);
        if range.is_none() {
            self.refuse(
                node,
                "this is no range of versions: write it like \">=1.31, <1.38\"",
            );
        }
        range
    }

    fn versions(&mut self) -> Vec<ModuleVersion> {
        let mut versions = Vec::new();
        for (text, node) in entries(&self.document.root, "versions") {
            let Some(version) = Version::parse(text) else {
                self.refuse(node, &format!("`{text}` is no version"));
                continue;
            };
            // A range or an image that is wrong has been told by the shape.
            let kubernetes = node.get("kubernetes").and_then(Node::as_str);
            let Some(kubernetes) = kubernetes.and_then(Range::parse) else {
                continue;
            };
            let images = entries(node, "images")
                .filter_map(|(name, image)| Some((name.to_owned(), image.as_str()?.to_owned())));
            versions.push(ModuleVersion {
                version,
                kubernetes,
                images: images.collect(),
                span: self.document.span(node),
            });
        }
        versions
    }

    fn rules(&mut self, key: &str, features: &IndexMap<String, Feature>) -> Vec<CapabilityRule> {
        let nodes = self.document.root.get(key).and_then(Node::as_sequence);
        nodes
            .unwrap_or_default()
            .iter()
            .filter_map(|node| self.rule(node, features))
            .collect()
    }

    /// `capability`, `capability >=range`, or a mapping of `capability`, `feature`, `exclusive`.
    fn rule(
        &mut self,
        node: &Node,
        features: &IndexMap<String, Feature>,
    ) -> Option<CapabilityRule> {
        let text = match &node.kind {
            NodeKind::Mapping(_) => node.get("capability").and_then(Node::as_str),
            _ => node.as_str(),
        };
        let Some(text) = text else {
            self.refuse(
                node,
                "a rule is a capability, or a mapping of `capability`, `feature` and `exclusive`",
            );
            return None;
        };
        let (capability, range) = match text.split_once(' ') {
            Some((capability, range)) => (capability, Some(range)),
            None => (text, None),
        };
        let parsed = range.map(Range::parse);
        if let Some(None) = parsed {
            self.refuse(
                node,
                &format!("`{}` is no range of versions", range.unwrap_or_default()),
            );
        }
        let feature = node.get("feature").and_then(Node::as_str);
        if let Some(unknown) = feature.filter(|name| !features.contains_key(*name)) {
            let diagnostic = Diagnostic::error(
                codes::FEATURE_UNKNOWN,
                format!("the module declares no feature `{unknown}`"),
            )
            .at(self.document.span(node))
            .suggest(unknown, features.keys().map(String::as_str));
            self.diagnostics.push(diagnostic);
        }
        Some(CapabilityRule {
            capability: Capability(capability.to_owned()),
            range: parsed.flatten(),
            feature: feature.map(str::to_owned),
            exclusive: node.get("exclusive").and_then(Node::as_str) == Some("true"),
            span: self.document.span(node),
        })
    }

    fn refuse(&mut self, node: &Node, message: &str) {
        let span = self.document.span(node);
        self.diagnostics
            .push(Diagnostic::error(codes::MODULE_INVALID, message).at(span));
    }
}

fn entries<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let entries = node.get(key).and_then(Node::as_mapping).unwrap_or_default();
    entries
        .iter()
        .filter_map(|entry| Some((entry.key.as_str()?, &entry.value)))
}

fn lifecycle(value: &Value) -> Lifecycle {
    let successor = value["successor"].as_str().map(str::to_owned);
    match value["lifecycle"].as_str() {
        Some("deprecated") => Lifecycle::Deprecated { successor },
        Some("retired") => Lifecycle::Retired { successor },
        _ => Lifecycle::Active,
    }
}

fn upgrades(value: &Value) -> Vec<Upgrade> {
    let list = value["upgrades"].as_array().into_iter().flatten();
    list.filter_map(|upgrade| {
        Some(Upgrade {
            from: Range::parse(upgrade["from"].as_str()?)?,
            to: Range::parse(upgrade["to"].as_str()?)?,
            note: upgrade["note"].as_str()?.to_owned(),
            restarts: upgrade["restarts"] == json!(true),
        })
    })
    .collect()
}

fn from<T: serde::de::DeserializeOwned + Default>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_default()
}
