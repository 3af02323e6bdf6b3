//! `import`: knob files of a cluster that is there.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cli::arguments;
use crate::cli::cluster;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::import;
use crate::model::cluster::Cluster;
use crate::model::cluster::kops::KOPS;
use crate::model::knob::leaves;
use crate::model::rendering::RenderedComponent;
use crate::model::tree::FileTree;
use crate::object::Object;
use crate::plan::cluster::There;
use crate::provider::kops::{self, Kops, Surroundings};
use crate::yaml::{self, Map, Value};
use crate::{plan, render, resolve, tree};

use super::{files, new, schema};

const NOTHING_WRITTEN: &str = "nothing was written";

pub fn kops(
    directory: &Path,
    options: &arguments::ImportKops,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let present = tree::disk::repository(&workspace.root)?;
    let environment = options.environment.clone().unwrap_or_else(|| {
        let first = options.name.split('.').next();
        first.unwrap_or_default().to_owned()
    });
    new::refuse_name(&environment)?;
    let folder = format!("environments/{environment}");
    let (knob_file, patches) = (
        format!("{folder}/cluster.yaml"),
        format!("{folder}/patches.yaml"),
    );
    files::refuse_existing(&workspace.root, &[knob_file.clone(), patches.clone()])?;

    let stored = stored(options)?;
    let knobs = import::knobs(&stored).map_err(refused)?;
    let mut texts = BTreeMap::from([(knob_file, cluster_text(&knobs))]);
    if !workspace.repository.environments.contains_key(&environment) {
        let text = new::bare_environment(&workspace.repository)?;
        texts.insert(format!("{folder}/environment.yaml"), text);
    }
    let rendered = rendered(present.clone(), &texts, &environment, terminal)?;
    let objects: Vec<Object> = objects(&rendered);
    let (made, left) = import::patches(&objects, &stored);
    if !left.is_empty() {
        return Err(refused(left));
    }
    if !made.is_empty() {
        texts.insert(patches, patches_text(&made));
    }
    // An import is right when nothing would change after it.
    let rendered = self::rendered(present, &texts, &environment, terminal)?;
    let there = There {
        documents: Some(&stored),
        ..There::default()
    };
    let plan = plan::cluster::plan(&rendered, there);
    if !plan.is_empty() {
        let changes = plan.changes.iter();
        let changes = changes.map(|change| format!("{} would still change", change.identity));
        return Err(refused(changes.collect()));
    }
    for (path, text) in &texts {
        files::write(&workspace.root.join(path), text)?;
    }
    schema::write_all(&workspace)?;
    let said = leaves(&Cluster::shape(), Some(&Value::Object(knobs))).len();
    let operations: usize = made.iter().map(|patch| patch.operations.len()).sum();
    let mut lines: Vec<String> = texts.into_keys().collect();
    lines.push(format!(
        "{}: knobs {said}, patches {}, operations in them {operations}; nothing of it would change",
        options.name,
        made.len(),
    ));
    lines.push(format!("next: look at them, switch on components in {folder}/environment.yaml, then kops-stack render {environment}"));
    terminal.talk(&lines.join("\n"));
    Ok(Exit::Done)
}

fn objects(rendered: &RenderedComponent) -> Vec<Object> {
    let objects = rendered.objects.iter();
    objects.map(|rendered| (*rendered.object).clone()).collect()
}

/// From a file, or from kops itself.
fn stored(options: &arguments::ImportKops) -> Result<Vec<Object>, Failure> {
    let failed = |message: String, help: &str| Failure::plain(codes::KOPS, message, help);
    if let Some(path) = &options.from {
        let text = read(path)?;
        return kops::documents("get all", &text)
            .map_err(|error| failed(error.to_string(), "`kops get all NAME -o yaml` prints them"));
    }
    let Some(state) = options.state.clone().or_else(default_state) else {
        return Err(Failure::usage(
            "where kops keeps its state is not said",
            "write `--state s3://BUCKET`, or set KOPS_STATE_STORE; `--from FILE` takes what `kops get all NAME -o yaml` printed",
        ));
    };
    let help =
        format!("kops-stack drives kops {KOPS}; `--from FILE` takes what another one printed");
    let runtime = cluster::runtime()?;
    let program = runtime
        .block_on(Kops::find(KOPS, &state, &cluster::folders()))
        .map_err(|error| failed(error.to_string(), &help))?;
    let around = Surroundings::default();
    let stored = runtime.block_on(program.stored(&options.name, &around));
    let stored = stored.map_err(|error| {
        failed(
            error.to_string(),
            "look at the credentials, and at `--state`",
        )
    })?;
    stored.ok_or_else(|| {
        failed(
            format!("kops knows no cluster `{}` in {state}", options.name),
            "`kops get clusters` lists those that it knows",
        )
    })
}

#[expect(clippy::disallowed_methods, reason = "a file that a person names")]
fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::plain(
            codes::IO,
            format!("failed to read {}: {error}", path.display()),
            "",
        )
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
fn default_state() -> Option<String> {
    std::env::var("KOPS_STATE_STORE")
        .ok()
        .filter(|state| !state.is_empty())
}

fn refused(problems: Vec<String>) -> Failure {
    let diagnostics: Diagnostics = problems
        .into_iter()
        .map(|problem| Diagnostic::error(codes::IMPORT, problem))
        .collect();
    Failure::new(diagnostics, NOTHING_WRITTEN)
}

/// What the cluster's knobs render when these texts lie among the files of the repository.
fn rendered(
    mut files: FileTree,
    texts: &BTreeMap<String, String>,
    environment: &str,
    terminal: &Terminal,
) -> Result<RenderedComponent, Failure> {
    for (path, text) in texts {
        files.insert(path.clone(), text.clone().into_bytes());
    }
    let repository = Workspace::of_files(&files, terminal)?;
    let (resolved, mut diagnostics) = resolve::resolve(&repository, environment);
    let component = resolved.as_ref().and_then(|resolved| {
        let (component, problems) = render::cluster_alone(resolved);
        diagnostics.extend(problems);
        component
    });
    stop_on_errors(diagnostics, terminal)?;
    component.ok_or_else(|| refused(vec!["the knobs make no cluster".to_owned()]))
}

/// Each key on its own: as a whole they would stand in the order of an object of Kubernetes.
fn cluster_text(knobs: &Map<String, Value>) -> String {
    let mut text = schema::modeline("cluster", 2);
    for (key, value) in knobs {
        text += &yaml::emit(&serde_json::json!({ key.as_str(): value }));
    }
    text
}

fn patches_text(patches: &[import::Patch]) -> String {
    let mut text = schema::modeline("patches", 2);
    text += "# What no knob says of the cluster that was imported.\n";
    for patch in patches {
        text += &yaml::emit(&serde_json::json!({
            patch.name.as_str(): {
                "reason": "As kops has stored it",
                "target": { "kind": patch.kind, "name": patch.of },
                "json": patch.operations,
            }
        }));
    }
    text
}
