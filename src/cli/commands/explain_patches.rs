//! `explain ENV patches` and `explain ENV "KIND NAME"`: which patch changed which field, and why.

use crate::cli::arguments::Format;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::object::Identity;
use crate::report;
use crate::report::patches::Explained;

/// What is asked for.
pub enum Asked<'a> {
    All,
    Named(&'a str),
    Object(Identity),
}

/// Whether the subject of `explain` is about patches, and which.
pub fn asked(subject: &str) -> Option<Asked<'_>> {
    match (subject, subject.strip_prefix("patches.")) {
        ("patches", _) => Some(Asked::All),
        (_, Some(name)) => Some(Asked::Named(name)),
        _ if subject.contains(' ') => subject.parse().ok().map(Asked::Object),
        _ => None,
    }
}

pub fn run(
    workspace: &Workspace,
    environment: &str,
    asked: &Asked<'_>,
    format: Format,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let names = [environment.to_owned()];
    let rendered = workspace.render(&names, terminal, |rendered| rendered)?;
    let patches: Vec<Explained<'_>> = rendered.iter().flat_map(explained).collect();
    let wanted = match asked {
        Asked::All => patches,
        Asked::Named(name) => named(environment, &patches, name)?,
        Asked::Object(identity) => of_object(&rendered, &patches, identity)?,
    };
    let text = || match (wanted.is_empty(), asked) {
        (true, Asked::Object(identity)) => format!("no patch changes {identity}\n"),
        (true, _) => format!("`{environment}` has no patches\n"),
        (false, _) => report::patches::text(&wanted),
    };
    terminal.result(&match format {
        Format::Text => text(),
        Format::Json => {
            let value = report::patches::json(environment, &wanted);
            report::pretty(&value)
        }
        Format::Markdown => format!("```text\n{}```\n", text()),
    });
    Ok(Exit::Done)
}

/// The patches of an environment in the order in which they were applied, with what they did.
pub fn explained(rendered: &Rendered) -> Vec<Explained<'_>> {
    let patches = rendered.environment.patches.iter();
    let explained = patches.filter_map(|patch| {
        let mut components = rendered.rendering.components.iter();
        components.find_map(|(component, rendered)| {
            let mut applied = rendered.patches.iter();
            let applied = applied.find(|applied| applied.name == patch.name)?;
            Some(Explained {
                patch,
                component,
                applied,
            })
        })
    });
    explained.collect()
}

fn named<'a>(
    environment: &str,
    patches: &[Explained<'a>],
    name: &str,
) -> Result<Vec<Explained<'a>>, Failure> {
    let found = patches.iter().find(|known| known.patch.name == name);
    if let Some(found) = found {
        return Ok(vec![*found]);
    }
    let known: Vec<&str> = patches
        .iter()
        .map(|known| known.patch.name.as_str())
        .collect();
    let message = format!("`{environment}` has no patch `{name}`");
    let diagnostic = Diagnostic::error(codes::PATCH_UNMATCHED, message);
    let diagnostic = match (nearest(name, known.iter().copied()), known.as_slice()) {
        (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
        (None, []) => diagnostic.help("it has none at all"),
        (None, known) => diagnostic.help(format!("patches here: {}", known.join(", "))),
    };
    Err(Failure::new(diagnostic.into(), ""))
}

fn of_object<'a>(
    rendered: &[Rendered],
    patches: &[Explained<'a>],
    identity: &Identity,
) -> Result<Vec<Explained<'a>>, Failure> {
    let components = rendered
        .iter()
        .flat_map(|rendered| rendered.rendering.components.values());
    let all: Vec<String> = components
        .flat_map(|component| &component.objects)
        .map(|rendered| rendered.object.identity().to_string())
        .collect();
    let text = identity.to_string();
    if !all.contains(&text) {
        let message = format!("there is no {identity} among the manifests");
        let diagnostic = Diagnostic::error(codes::PATCH_UNMATCHED, message)
            .suggest(&text, all.iter().map(String::as_str))
            .help("write `KIND NAMESPACE/NAME`, or `KIND NAME` where the kind has no namespace");
        return Err(Failure::new(diagnostic.into(), ""));
    }
    let of_object = patches
        .iter()
        .filter(|known| known.applied.object == *identity);
    Ok(of_object.copied().collect())
}
