//! `show`: all about a module.

use std::path::Path;

use serde_json::json;

use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::capability::CapabilityRule;
use crate::model::knob::{Fields, Knob, KnobType};
use crate::model::module::{Lifecycle, Module};
use crate::model::permission::Permission;
use crate::report;

pub fn run(
    directory: &Path,
    options: &arguments::Show,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load_or_catalogue(directory, terminal)?;
    let modules = &workspace.repository.modules;
    let Some(module) = modules.get(&options.module) else {
        let message = format!("unknown module `{}`", options.module);
        let diagnostic = Diagnostic::error(codes::MODULE_UNKNOWN, message)
            .suggest(&options.module, modules.keys().map(String::as_str))
            .help("`kops-stack list modules` shows them");
        return Err(Failure::new(diagnostic.into(), ""));
    };
    terminal.result(&match options.format {
        Format::Text => text(module),
        Format::Json => json_text(module),
        Format::Markdown => markdown(module),
    });
    Ok(Exit::Done)
}

/// A knob with its dotted path, or an object with those of its fields. What stands in a map or a
/// list follows it: `issuers.<name>.email`, `listeners[].port`.
fn knobs(fields: &Fields) -> Vec<(String, &Knob)> {
    fn collect<'k>(fields: &'k Fields, prefix: &str, found: &mut Vec<(String, &'k Knob)>) {
        for (name, knob) in fields {
            let path = format!("{prefix}{name}");
            match &knob.kind {
                KnobType::Object(inner) => collect(inner, &format!("{path}."), found),
                _ => {
                    found.push((path.clone(), knob));
                    inside(&knob.kind, path, found);
                }
            }
        }
    }
    fn inside<'k>(kind: &'k KnobType, path: String, found: &mut Vec<(String, &'k Knob)>) {
        match kind {
            KnobType::Object(inner) => collect(inner, &format!("{path}."), found),
            KnobType::Map(values) => inside(values, format!("{path}.<name>"), found),
            KnobType::List { items, .. } => inside(items, format!("{path}[]"), found),
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(fields, "", &mut found);
    found
}

/// `integer 1..5`, `list of string`, `one of a, b`.
pub fn type_text(kind: &KnobType) -> String {
    match kind {
        KnobType::Integer { minimum, maximum } => format!("integer{}", range(minimum, maximum)),
        KnobType::Number { minimum, maximum } => format!("number{}", range(minimum, maximum)),
        KnobType::Enum(values) => values.join(" | "),
        // What stands in these objects has lines of its own.
        KnobType::List { items, .. } if matches!(**items, KnobType::Object(_)) => {
            "list of objects".to_owned()
        }
        KnobType::Map(values) if matches!(**values, KnobType::Object(_)) => {
            "map of objects".to_owned()
        }
        KnobType::List { items, .. } => format!("list of {}", type_text(items)),
        KnobType::Map(values) => format!("map of {}", type_text(values)),
        KnobType::Object(fields) => {
            let names: Vec<&str> = fields.keys().map(String::as_str).collect();
            format!("{{{}}}", names.join(", "))
        }
        other => other.name().to_owned(),
    }
}

fn range<T: ToString>(minimum: &Option<T>, maximum: &Option<T>) -> String {
    match (minimum, maximum) {
        (Some(least), Some(most)) => format!(" {}..{}", least.to_string(), most.to_string()),
        (Some(least), None) => format!(" from {}", least.to_string()),
        (None, Some(most)) => format!(" to {}", most.to_string()),
        (None, None) => String::new(),
    }
}

fn default_text(knob: &Knob) -> String {
    match (&knob.default, knob.required) {
        (_, true) => "required".to_owned(),
        (None, _) => String::new(),
        (Some(value), _) => value.to_string(),
    }
}

fn lifecycle(module: &Module) -> String {
    let successor = |word: &str, successor: &Option<String>| match successor {
        Some(successor) => format!("{word}, its successor is {successor}"),
        None => word.to_owned(),
    };
    match &module.lifecycle {
        Lifecycle::Active => "active".to_owned(),
        Lifecycle::Deprecated { successor: next } => successor("deprecated", next),
        Lifecycle::Retired { successor: next } => successor("retired", next),
    }
}

fn rules(rules: &[CapabilityRule]) -> Vec<String> {
    rules
        .iter()
        .map(|rule| {
            let range = rule
                .range
                .as_ref()
                .map(|range| format!(" {range}"))
                .unwrap_or_default();
            let feature = rule
                .feature
                .as_ref()
                .map(|f| format!(" (with {f})"))
                .unwrap_or_default();
            format!("{}{range}{feature}", rule.capability)
        })
        .collect()
}

/// Headings of the lists of capabilities, with their rules.
fn relations(module: &Module) -> [(&'static str, Vec<String>); 4] {
    [
        ("provides", rules(&module.provides)),
        ("requires", rules(&module.requires)),
        ("uses", rules(&module.optional)),
        ("conflicts", rules(&module.conflicts)),
    ]
}

/// The distinct actions of all statements, in the order of their declaration.
fn actions(permission: &Permission) -> Vec<&str> {
    let statements = permission.statements.iter();
    let mut actions: Vec<&str> = Vec::new();
    for action in statements.flat_map(|statement| &statement.actions) {
        if !actions.contains(&action.as_str()) {
            actions.push(action);
        }
    }
    actions
}

fn text(module: &Module) -> String {
    let mut out = format!("{}: {}\n", module.name, module.summary);
    if let Some(homepage) = &module.homepage {
        out.push_str(&format!("  {homepage}\n"));
    }
    if let Some(runbook) = &module.runbook {
        out.push_str(&format!("  runbook    {runbook}\n"));
    }
    out.push_str(&format!(
        "  lifecycle  {}\n  namespace  {}\n",
        lifecycle(module),
        module.namespace
    ));
    for (title, rules) in relations(module) {
        if !rules.is_empty() {
            out.push_str(&format!("  {title:9}  {}\n", rules.join(", ")));
        }
    }
    out.push_str("\nversions\n");
    for version in &module.versions {
        out.push_str(&format!(
            "  {}  on Kubernetes {}\n",
            version.version, version.kubernetes
        ));
        for (name, image) in &version.images {
            out.push_str(&format!("    {name}  {image}\n"));
        }
    }
    if !module.pods.is_empty() {
        out.push_str("\npods that it makes itself\n");
    }
    for pods in &module.pods {
        out.push_str(&format!("  {}  for {}\n", pods.image, pods.purpose));
    }
    if !module.permissions.is_empty() {
        out.push_str("\nin the cloud\n");
    }
    for permission in &module.permissions {
        out.push_str(&format!(
            "  {}\n      {}\n",
            permission.purpose,
            actions(permission).join(", ")
        ));
    }
    out.push_str("\nknobs\n");
    for (path, knob) in knobs(&module.knobs) {
        let default = match default_text(knob).as_str() {
            "" => String::new(),
            default => format!(" = {default}"),
        };
        out.push_str(&format!(
            "  {path}: {}{default}\n      {}\n",
            type_text(&knob.kind),
            knob.doc
        ));
    }
    if !module.upgrades.is_empty() {
        out.push_str("\nupgrades\n");
    }
    for upgrade in &module.upgrades {
        out.push_str(&format!(
            "  {} to {}\n      {}\n",
            upgrade.from, upgrade.to, upgrade.note
        ));
    }
    out
}

fn json_text(module: &Module) -> String {
    let relations: serde_json::Map<_, _> = relations(module)
        .into_iter()
        .map(|(title, rules)| (title.to_owned(), json!(rules)))
        .collect();
    let versions = module.versions.iter().map(|version| {
        json!({
            "version": version.version.as_str(),
            "kubernetes": version.kubernetes.to_string(),
            "images": version.images,
        })
    });
    let pods = module.pods.iter();
    let pods = pods.map(|pods| json!({"image": pods.image, "for": pods.purpose}));
    let permissions = module.permissions.iter().map(|permission| {
        json!({
            "for": permission.purpose,
            "knob": permission.knob,
            "actions": actions(permission),
        })
    });
    let knobs = knobs(&module.knobs).into_iter().map(|(path, knob)| {
        json!({
            "path": path,
            "type": type_text(&knob.kind),
            "default": knob.default,
            "required": knob.required,
            "doc": knob.doc,
        })
    });
    let upgrades = module.upgrades.iter().map(|upgrade| {
        json!({
            "from": upgrade.from.to_string(),
            "to": upgrade.to.to_string(),
            "note": upgrade.note,
            "restarts": upgrade.restarts,
        })
    });
    let value = json!({
        "format": "kops-stack.show/1",
        "module": module.name,
        "summary": module.summary,
        "homepage": module.homepage,
        "runbook": module.runbook,
        "lifecycle": lifecycle(module),
        "namespace": module.namespace,
        "relations": relations,
        "versions": versions.collect::<Vec<_>>(),
        "pods": pods.collect::<Vec<_>>(),
        "permissions": permissions.collect::<Vec<_>>(),
        "knobs": knobs.collect::<Vec<_>>(),
        "upgrades": upgrades.collect::<Vec<_>>(),
    });
    report::pretty(&value)
}

/// Also the module's part of the catalogue's page in the book.
pub fn markdown(module: &Module) -> String {
    let mut out = format!("## {}\n\n{}\n\n", module.name, module.summary);
    out.push_str(&format!(
        "Lifecycle: {}. Namespace: `{}`.\n\n",
        lifecycle(module),
        module.namespace
    ));
    if let Some(runbook) = &module.runbook {
        let link = match runbook.strip_prefix("docs/src/") {
            Some(page) => format!("../{page}"),
            None => runbook.clone(),
        };
        out.push_str(&format!("[When it does not get ready]({link})\n\n"));
    }
    for (title, rules) in relations(module) {
        if !rules.is_empty() {
            let rules: Vec<String> = rules.iter().map(|rule| code(rule)).collect();
            out.push_str(&format!("- {title}: {}\n", rules.join(", ")));
        }
    }
    for pods in &module.pods {
        let image = code(&pods.image);
        out.push_str(&format!("- makes pods of {image}: {}\n", pods.purpose));
    }
    for permission in &module.permissions {
        let actions = actions(permission).into_iter().map(code);
        out.push_str(&format!(
            "- in the cloud: {}: {}\n",
            permission.purpose,
            actions.collect::<Vec<_>>().join(", ")
        ));
    }
    out.push_str("\n| version | Kubernetes | images |\n|---|---|---|\n");
    for version in &module.versions {
        let images: Vec<String> = version.images.values().map(|image| code(image)).collect();
        out.push_str(&format!(
            "| {} | {} | {} |\n",
            version.version,
            code(&version.kubernetes.to_string()),
            images.join("<br>")
        ));
    }
    if !module.knobs.is_empty() {
        out.push_str(&table(&module.knobs));
    }
    for upgrade in &module.upgrades {
        out.push_str(&format!(
            "\nFrom `{}` to `{}`: {}\n",
            upgrade.from, upgrade.to, upgrade.note
        ));
    }
    out
}

/// A table of knobs, or of the keys of a file.
pub fn table(fields: &Fields) -> String {
    let mut out = "\n| knob | type | default | |\n|---|---|---|---|\n".to_owned();
    for (path, knob) in knobs(fields) {
        out.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            code(&path),
            cell(&type_text(&knob.kind)),
            code(&default_text(knob)),
            cell(&knob.doc)
        ));
    }
    out
}

/// Text in a cell of a table. What stands between backticks is code, hence as it is.
fn cell(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let parts = text
        .split('`')
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => part.replace('<', "&lt;"),
            _ => part.to_owned(),
        });
    parts.collect::<Vec<_>>().join("`")
}

/// Code in a cell of a table.
fn code(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("`{}`", text.replace('|', "\\|")),
    }
}
