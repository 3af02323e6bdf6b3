//! `explain`: which file set a value, what it overrode, and what reads it.

use std::path::Path;

use serde_json::json;

use super::explain_patches;
use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::model::knob::{Fields, Knob, KnobType};
use crate::model::resolved::{Provenance, ResolvedComponent, ResolvedEnvironment, Setting};
use crate::model::{cluster::Cluster, environment::EnvironmentSettings, globals::Globals};
use crate::render::Templates;
use crate::report;
use crate::yaml::Value;

/// All that is known of one value.
struct Explanation<'a> {
    title: String,
    value: Value,
    /// From strong to weak.
    settings: Vec<(&'a [String], &'a Setting)>,
    default: Option<&'a Value>,
    doc: String,
    reads: Vec<String>,
    /// Patches of the component's objects, which may hold other values than the knobs say.
    patches: Vec<String>,
}

pub fn run(
    directory: &Path,
    options: &arguments::Explain,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load_for(
        directory,
        std::slice::from_ref(&options.environment),
        terminal,
    )?;
    let subject = options.knob.join(" ");
    if let Some(asked) = explain_patches::asked(&subject) {
        workspace.environments(std::slice::from_ref(&options.environment))?;
        let environment = &options.environment;
        return explain_patches::run(&workspace, environment, &asked, options.format, terminal);
    }
    let resolved = workspace.resolve(&options.environment, terminal)?;
    let mut path: Vec<String> = subject.split('.').map(str::to_owned).collect();
    let subject = path.remove(0);
    let shape;
    let explanation = match resolved.component(&subject) {
        Some(component) => {
            let mut explanation = of_component(&workspace, component, &path)?;
            explanation.patches = patches(&workspace, &resolved, &subject, terminal);
            explanation
        }
        None => {
            shape = shape_of(&resolved, &subject)?;
            let provenance = &resolved.provenance[subject.as_str()];
            of_fields(&subject, &shape, Value::Null, provenance, &path)?
        }
    };
    terminal.result(&match options.format {
        Format::Text => text(&explanation),
        Format::Json => json_text(&explanation),
        Format::Markdown => format!("```text\n{}```\n", text(&explanation)),
    });
    Ok(Exit::Done)
}

fn of_component<'a>(
    workspace: &Workspace,
    component: &'a ResolvedComponent,
    path: &[String],
) -> Result<Explanation<'a>, Failure> {
    let mut explanation = of_fields(
        &component.name,
        &component.module.knobs,
        component.knobs.clone(),
        &component.provenance,
        path,
    )?;
    let (templates, _) = Templates::parse(&workspace.repository, [&component.module]);
    let knob = format!("knobs.{}", path.join("."));
    let reads = |name: &&&str| {
        templates.reads(name).iter().any(|read| {
            let within = |a: &str, b: &str| {
                a == b || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'))
            };
            within(&knob, read) || within(read, &knob)
        })
    };
    let names = templates.of_module(&component.module.name).iter();
    explanation.reads = names.filter(reads).map(|name| (*name).to_owned()).collect();
    Ok(explanation)
}

/// The patches of a component's objects. What cannot be rendered has none to be told here: who asks
/// for a knob may be after the reason.
fn patches(
    workspace: &Workspace,
    resolved: &ResolvedEnvironment,
    component: &str,
    terminal: &Terminal,
) -> Vec<String> {
    if resolved.patches.is_empty() {
        return Vec::new();
    }
    let names = [resolved.name.clone()];
    let rendered = workspace.render(&names, terminal, |rendered| rendered);
    let rendered = rendered.unwrap_or_default();
    let patches = rendered.iter().flat_map(explain_patches::explained);
    let patches = patches.filter(|known| known.component == component);
    let told = patches.map(|known| {
        format!(
            "patch {} changes {} of it: {}",
            known.patch.name, known.applied.object, known.patch.reason
        )
    });
    told.collect()
}

fn shape_of(resolved: &ResolvedEnvironment, subject: &str) -> Result<Fields, Failure> {
    match subject {
        "global" => Ok(Globals::shape()),
        "cluster" => Ok(Cluster::shape()),
        "environment" => Ok(EnvironmentSettings::shape()),
        _ => {
            let names = resolved
                .components
                .iter()
                .map(|component| component.name.as_str());
            let known = names.chain(["global", "cluster", "environment"]);
            let diagnostic = Diagnostic::error(
                codes::COMPONENT_UNKNOWN,
                format!("`{}` has no component `{subject}`", resolved.name),
            )
            .suggest(subject, known)
            .help(
                "write COMPONENT.KNOB, or global., cluster. or environment. and a key, or patches",
            );
            Err(Failure::new(diagnostic.into(), ""))
        }
    }
}

fn of_fields<'a>(
    subject: &str,
    fields: &'a Fields,
    values: Value,
    provenance: &'a Provenance,
    path: &[String],
) -> Result<Explanation<'a>, Failure> {
    let knob =
        find(fields, path).map_err(|(given, known)| unknown(subject, path, &given, &known))?;
    let related = |(key, _): &(&Vec<String>, &Vec<Setting>)| {
        let shorter = key.len().min(path.len());
        key[..shorter] == path[..shorter]
    };
    let settings = provenance.0.iter().filter(related);
    let mut settings: Vec<(&[String], &Setting)> = settings
        .flat_map(|(key, settings)| {
            settings
                .iter()
                .map(move |setting| (key.as_slice(), setting))
        })
        .collect();
    settings.reverse();
    let pointer = path.iter().try_fold(&values, |value, key| value.get(key));
    let value = match (&values, pointer) {
        // The shapes of whole files have no merged value at hand: the strongest setting is it.
        (Value::Null, _) => settings
            .first()
            .map(|(_, setting)| setting.value.clone())
            .or_else(|| knob.and_then(|knob| knob.default.clone()))
            .unwrap_or(Value::Null),
        (_, pointer) => pointer.cloned().unwrap_or(Value::Null),
    };
    Ok(Explanation {
        title: std::iter::once(subject.to_owned())
            .chain(path.iter().cloned())
            .collect::<Vec<_>>()
            .join("."),
        value,
        settings,
        default: knob.and_then(|knob| knob.default.as_ref()),
        doc: knob.map(|knob| knob.doc.clone()).unwrap_or_default(),
        reads: Vec::new(),
        patches: Vec::new(),
    })
}

/// The declaration at a path; None inside of a free value. The name that is unknown, and those
/// known there, otherwise.
fn find<'a>(
    fields: &'a Fields,
    path: &[String],
) -> Result<Option<&'a Knob>, (String, Vec<String>)> {
    let Some((first, rest)) = path.split_first() else {
        return Ok(None);
    };
    let Some(knob) = fields.get(first) else {
        return Err((first.clone(), fields.keys().cloned().collect()));
    };
    match (&knob.kind, rest) {
        (_, []) => Ok(Some(knob)),
        (KnobType::Object(inner), rest) => find(inner, rest),
        _ => Ok(Some(knob)),
    }
}

fn unknown(subject: &str, path: &[String], given: &str, known: &[String]) -> Failure {
    let message = format!("`{subject}` has no knob `{}`", path.join("."));
    let diagnostic = Diagnostic::error(codes::KNOB_UNKNOWN, message);
    let diagnostic = match nearest(given, known.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help(format!("known here: {}", known.join(", "))),
    };
    Failure::new(diagnostic.into(), "")
}

fn origin(setting: &Setting) -> String {
    match &setting.span {
        Some(span) => format!("{}, {span}", setting.origin),
        None => setting.origin.to_string(),
    }
}

fn text(explanation: &Explanation<'_>) -> String {
    let mut out = format!("{} = {}\n", explanation.title, explanation.value);
    if !explanation.doc.is_empty() {
        out.push_str(&format!("  {}\n", explanation.doc));
    }
    let own: Vec<&str> = explanation.title.split('.').skip(1).collect();
    for (index, (key, setting)) in explanation.settings.iter().enumerate() {
        let word = match index {
            0 => "set to",
            _ => "over  ",
        };
        let below = match key.len() > own.len() {
            true => format!(" at {}", key.join(".")),
            false => String::new(),
        };
        let value = match &setting.value {
            Value::Null => "null, which returns to the default".to_owned(),
            value => value.to_string(),
        };
        out.push_str(&format!("  {word} {value}{below} by {}\n", origin(setting)));
    }
    match (explanation.default, explanation.settings.is_empty()) {
        (Some(default), true) => out.push_str(&format!("  the default is {default}\n")),
        (Some(default), false) => out.push_str(&format!("  over   the default {default}\n")),
        (None, true) => out.push_str("  not set, and it has no default\n"),
        (None, false) => {}
    }
    for read in &explanation.reads {
        out.push_str(&format!("  read by {read}\n"));
    }
    for patch in &explanation.patches {
        out.push_str(&format!("  {patch}\n"));
    }
    out
}

fn json_text(explanation: &Explanation<'_>) -> String {
    let settings = explanation.settings.iter().map(|(key, setting)| {
        let place = setting.span.as_ref().map(|span| {
            let at = span.line_column();
            json!({"file": span.source.path, "line": at.line, "column": at.column})
        });
        json!({"path": key.join("."), "value": setting.value, "by": origin(setting), "place": place})
    });
    let value = json!({
        "format": "kops-stack.explain/1",
        "knob": explanation.title,
        "value": explanation.value,
        "default": explanation.default,
        "settings": settings.collect::<Vec<_>>(),
        "readBy": explanation.reads,
        "patches": explanation.patches,
    });
    report::pretty(&value)
}
