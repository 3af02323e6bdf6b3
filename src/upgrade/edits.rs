//! The knob files of one hop: three kinds of values change, and every other byte stays.

use std::collections::BTreeMap;

use super::components::of_release;
use super::route::Leg;
use crate::diagnostic::{Diagnostic, Source, codes};
use crate::model::environment::KnobFiles;
use crate::model::module::Module;
use crate::model::repository::Repository;
use crate::model::resolved::{Origin, Provenance, ResolvedEnvironment};
use crate::model::upgrade::{Change, Edit, EditedValue, SharedLayer};
use crate::model::version::Version;
use crate::yaml::{self, Document, Node, NodeKind, Segment};

/// Versions that the environment pins, by component; `to` is the same where the pin stays.
pub type Pins = BTreeMap<String, Change<Version>>;

/// What becomes of the versions that environment.yaml or a layer pins. A pin is somebody's choice: it
/// stays as long as it runs on the Kubernetes of the hop.
pub fn pins(before: &ResolvedEnvironment, leg: &Leg) -> Pins {
    let provenance = before.provenance.get("environment");
    let pinned = |name: &str| {
        let path = ["components", name, "version"].map(str::to_owned);
        let last = provenance?.0.get(path.as_slice())?.last()?;
        Version::parse(last.value.as_str()?)
    };
    let components = before.components.iter();
    components
        .filter_map(|component| {
            let from = pinned(&component.name)?;
            let to = next(&component.module, &from, leg);
            Some((component.name.clone(), Change { from, to }))
        })
        .collect()
}

/// The pin itself, else the version of the release, else the newest that runs there.
fn next(module: &Module, pin: &Version, leg: &Leg) -> Version {
    let kubernetes = &leg.kubernetes.to;
    let runs = |version: &Version| {
        let known = module.version(version);
        known.is_some_and(|known| known.kubernetes.contains(kubernetes))
    };
    if runs(pin) {
        return pin.clone();
    }
    let of_release = of_release(module, &leg.stack.to, kubernetes);
    let newest = module.newest_for(kubernetes);
    let candidates = of_release
        .into_iter()
        .chain(newest.map(|newest| newest.version.clone()));
    { candidates }
        .find(|version| version > pin && runs(version))
        .unwrap_or_else(|| pin.clone())
}

/// The files that change, each whole. `modeline` is the first line of a cluster.yaml that is not
/// there yet.
pub fn edits(
    repository: &Repository,
    before: &ResolvedEnvironment,
    leg: &Leg,
    pins: &Pins,
    modeline: &str,
) -> Result<Vec<Edit>, Box<Diagnostic>> {
    let environment = &repository.environments[&before.name];
    let folder = format!("environments/{}", before.name);
    let mut of_environment = File::of(
        format!("{folder}/environment.yaml"),
        environment.files.environment.as_ref(),
        "",
    );
    let mut of_cluster = File::of(
        format!("{folder}/cluster.yaml"),
        environment.files.cluster.as_ref(),
        modeline,
    );
    let scope = Scope { repository, before };
    let (from, to) = (leg.stack.from.title(), leg.stack.to.title());
    of_environment.set(&scope, "environment", &["stack"], from, to)?;
    for (name, pin) in pins {
        let path = ["components", name, "version"];
        let (from, to) = (pin.from.to_string(), pin.to.to_string());
        of_environment.set(&scope, "environment", &path, from, to)?;
    }
    let Change { from, to } = &leg.kubernetes;
    let (from, to) = (from.to_string(), to.to_string());
    of_cluster.set(&scope, "cluster", &["kubernetes"], from, to)?;
    let files = [of_environment, of_cluster].into_iter();
    Ok(files.filter_map(File::edit).collect())
}

struct Scope<'a> {
    repository: &'a Repository,
    before: &'a ResolvedEnvironment,
}

impl Scope<'_> {
    /// The layer that says a value, where the environment itself does not, and who shares it.
    fn layer(&self, file: &str, path: &[&str]) -> Option<SharedLayer> {
        let Provenance(settings) = self.before.provenance.get(file)?;
        let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let Origin::Layer(layer) = &settings.get(&path)?.last()?.origin else {
            return None;
        };
        let others = self.repository.environments.values();
        let others = others.filter(|other| other.name != self.before.name);
        let shares = others.filter(|other| lists(&other.files, layer));
        Some(SharedLayer {
            layer: layer.clone(),
            shared_with: shares.map(|other| other.name.clone()).collect(),
        })
    }
}

/// Whether an environment.yaml lists a layer.
fn lists(files: &KnobFiles, layer: &str) -> bool {
    let nodes = files
        .environment
        .as_ref()
        .and_then(|document| document.root.get("layers"))
        .and_then(Node::as_sequence);
    let mut nodes = nodes.unwrap_or_default().iter();
    nodes.any(|node| node.as_str() == Some(layer))
}

/// A file under change.
struct File {
    path: String,
    text: String,
    values: Vec<EditedValue>,
}

impl File {
    fn of(path: String, document: Option<&Document>, fresh: &str) -> Self {
        Self {
            text: document
                .map_or(fresh, |document| &document.source.text)
                .to_owned(),
            values: Vec::new(),
            path,
        }
    }

    fn set(
        &mut self,
        scope: &Scope<'_>,
        file: &str,
        path: &[&str],
        from: String,
        to: String,
    ) -> Result<(), Box<Diagnostic>> {
        if from == to {
            return Ok(());
        }
        let key = path.join(".");
        let segments: Vec<Segment> = path
            .iter()
            .map(|key| Segment::Key((*key).to_owned()))
            .collect();
        let by_hand = |message: String| {
            Box::new(
                Diagnostic::error(codes::UPGRADE_REFUSED, message)
                    .file(&self.path)
                    .help(format!(
                        "say `{to}` there by hand, render, and go on from there"
                    )),
            )
        };
        let source = Source::new(self.path.as_str(), self.text.as_str());
        let document = yaml::parse_one(&source)
            .map_err(|_| by_hand(format!("`{}` cannot be edited", self.path)))?;
        let node = document.node_at(&segments);
        if node.is_some_and(|node| matches!(node.kind, NodeKind::Mapping(_))) {
            let message = format!("`{key}` comes from a fact, which the upgrade cannot change");
            return Err(by_hand(message));
        }
        self.text = yaml::set(&document, &segments, &to.as_str().into())
            .map_err(|error| by_hand(format!("`{}` cannot be edited: {error}", self.path)))?;
        self.values.push(EditedValue {
            over: scope.layer(file, path),
            value: Change { from, to },
            key,
        });
        Ok(())
    }

    fn edit(self) -> Option<Edit> {
        (!self.values.is_empty()).then_some(Edit {
            path: self.path,
            text: self.text,
            values: self.values,
        })
    }
}
