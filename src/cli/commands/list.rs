//! `list`: modules, stack releases, environments, layers and patches.

use std::path::Path;

use serde_json::json;

use crate::cli::arguments::{self, Format, ListWhat};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::model::module::{Lifecycle, Module, ModuleOrigin};
use crate::model::repository::Repository;
use crate::report;
use crate::resolve::patches_of;

pub fn run(
    directory: &Path,
    options: &arguments::List,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load_or_catalogue(directory, terminal)?;
    let sections = sections(&workspace.repository, options);
    terminal.result(&match options.format {
        Format::Text => text(&sections),
        Format::Json => json_text(&sections),
        Format::Markdown => markdown(&sections),
    });
    Ok(Exit::Done)
}

/// A titled table.
struct Section {
    title: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

fn sections(repository: &Repository, options: &arguments::List) -> Vec<Section> {
    let wanted = |what| match (options.what, &options.provides) {
        (None, Some(_)) => what == ListWhat::Modules,
        (None, None) => true,
        (Some(chosen), _) => chosen == what,
    };
    let mut sections = Vec::new();
    if wanted(ListWhat::Modules) {
        sections.push(modules(repository, options.provides.as_deref()));
    }
    if wanted(ListWhat::Stacks) {
        sections.push(stacks(repository));
    }
    if wanted(ListWhat::Environments) {
        sections.push(environments(repository));
    }
    if wanted(ListWhat::Layers) {
        sections.push(layers(repository));
    }
    if wanted(ListWhat::Patches) {
        sections.push(patches(repository));
    }
    sections
}

fn modules(repository: &Repository, provides: Option<&str>) -> Section {
    let provider = |module: &Module| {
        provides.is_none_or(|wanted| {
            module
                .provides
                .iter()
                .any(|rule| rule.capability.0 == wanted)
        })
    };
    let row = |module: &Module| {
        let versions: Vec<&str> = module.versions.iter().map(|v| v.version.as_str()).collect();
        let origin = match module.origin {
            ModuleOrigin::Repository => "repository",
            ModuleOrigin::BuiltIn => "built-in",
        };
        let lifecycle = match &module.lifecycle {
            Lifecycle::Active => "active",
            Lifecycle::Deprecated { .. } => "deprecated",
            Lifecycle::Retired { .. } => "retired",
        };
        vec![
            module.name.clone(),
            versions.join(", "),
            lifecycle.to_owned(),
            origin.to_owned(),
            module.summary.clone(),
        ]
    };
    let modules = repository.modules.values().map(|module| module.as_ref());
    Section {
        title: "modules",
        columns: &["module", "versions", "lifecycle", "from", "summary"],
        rows: modules.filter(|module| provider(module)).map(row).collect(),
    }
}

fn stacks(repository: &Repository) -> Section {
    let releases = repository
        .stacks
        .values()
        .flat_map(|releases| releases.values());
    Section {
        title: "stacks",
        columns: &["release", "kubernetes", "summary"],
        rows: releases
            .map(|stack| {
                vec![
                    stack.title(),
                    stack.kubernetes.to_string(),
                    stack.summary.clone(),
                ]
            })
            .collect(),
    }
}

fn environments(repository: &Repository) -> Section {
    let row = |environment: &crate::model::environment::Environment| {
        let root = environment
            .files
            .environment
            .as_ref()
            .map(|document| &document.root);
        let text = |key: &str| {
            root.and_then(|root| root.get(key)?.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let layers = root
            .and_then(|root| root.get("layers")?.as_sequence())
            .unwrap_or_default();
        let layers: Vec<&str> = layers.iter().filter_map(|layer| layer.as_str()).collect();
        vec![environment.name.clone(), text("stack"), layers.join(", ")]
    };
    Section {
        title: "environments",
        columns: &["environment", "stack", "layers"],
        rows: repository.environments.values().map(row).collect(),
    }
}

fn layers(repository: &Repository) -> Section {
    let row = |layer: &crate::model::environment::Layer| {
        let knobs: Vec<&str> = layer.files.knobs.keys().map(String::as_str).collect();
        vec![layer.name.clone(), knobs.join(", ")]
    };
    Section {
        title: "layers",
        columns: &["layer", "knobs of"],
        rows: repository.layers.values().map(row).collect(),
    }
}

/// The patches that hold for each environment, whoever of its layers has them.
fn patches(repository: &Repository) -> Section {
    let environments = repository.environments.values();
    let rows = environments.flat_map(|environment| {
        let patches = patches_of(repository, environment).into_iter();
        patches.map(|patch| {
            vec![
                environment.name.clone(),
                patch.name.clone(),
                patch.target.to_string(),
                patch.origin.to_string(),
                patch.reason,
            ]
        })
    });
    Section {
        title: "patches",
        columns: &["environment", "patch", "object", "by", "reason"],
        rows: rows.collect(),
    }
}

/// Columns as wide as their longest cell; the last one runs free.
fn text(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections.iter().filter(|section| !section.rows.is_empty()) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&format!("{}\n", section.title));
        let width = |column: usize| {
            let cells = section.rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..section.columns.len()).map(width).collect();
        for row in &section.rows {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join("  ");
            out.push_str(&format!("  {}\n", line.trim_end()));
        }
    }
    match out.is_empty() {
        true => "nothing to list".to_owned(),
        false => out,
    }
}

fn json_text(sections: &[Section]) -> String {
    let mut value = json!({"format": "kops-stack.list/1"});
    for section in sections {
        let rows: Vec<_> = section
            .rows
            .iter()
            .map(|row| {
                let cells = section.columns.iter().zip(row);
                let map: serde_json::Map<_, _> = cells
                    .map(|(column, cell)| ((*column).to_owned(), json!(cell)))
                    .collect();
                map
            })
            .collect();
        value[section.title] = json!(rows);
    }
    report::pretty(&value)
}

fn markdown(sections: &[Section]) -> String {
    let mut out = String::new();
    for section in sections.iter().filter(|section| !section.rows.is_empty()) {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        out.push_str(&format!("## {}\n\n", section.title));
        out.push_str(&line(
            section.columns.iter().map(|c| (*c).to_owned()).collect(),
        ));
        out.push_str(&line(
            section.columns.iter().map(|_| "---".to_owned()).collect(),
        ));
        for row in &section.rows {
            out.push_str(&line(
                row.iter().map(|cell| cell.replace('|', "\\|")).collect(),
            ));
        }
        out.push('\n');
    }
    out
}
