//! `check`: what is wrong with the objects of environments, before anything reaches a cluster.

use std::path::Path;

use rayon::prelude::*;

use crate::check;
use crate::cli::arguments::{self, CheckFormat};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace};
use crate::diagnostic::{Diagnostics, codes};
use crate::manifests;
use crate::model::checking::{Checking, Network};
use crate::model::date::Date;
use crate::model::finding::Findings;
use crate::report;
use crate::resolve::resolve;
use crate::tree;

pub fn run(
    directory: &Path,
    options: &arguments::Check,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let names = workspace.environments(&options.environments)?;
    if names.is_empty() {
        terminal.talk("there is no environment yet: `kops-stack new environment NAME` adds one");
    }
    let (networks, today) = (networks(&workspace), today());
    let one = |rendered: Rendered| checked(&workspace, &rendered, &networks, today);
    let (checked, warnings) = workspace.render_with_warnings(&names, terminal, one)?;
    terminal.diagnostics(&without_findings(warnings));
    let checked = checked.into_iter().collect::<Result<Vec<_>, _>>()?;
    tell_doubts(&checked, terminal);
    let mut findings: Vec<Findings> = checked
        .into_iter()
        .map(|checked| checked.findings)
        .collect();
    let all = findings.len() == workspace.repository.environments.len();
    check::settle(&mut findings, all);
    terminal.result(&match options.format {
        CheckFormat::Text => report::check::text(&findings, terminal.out),
        CheckFormat::Json => report::pretty(&report::check::json(&findings)),
        CheckFormat::Sarif => report::pretty(&report::check::sarif(&findings)),
    });
    let errors: usize = findings.iter().map(Findings::errors).sum();
    let warnings: usize = findings.iter().map(Findings::warnings).sum();
    Ok(match errors > 0 || (options.strict && warnings > 0) {
        true => Exit::Error,
        false => Exit::Done,
    })
}

/// The findings of an environment, and what a reader must know beside them.
struct Checked {
    findings: Findings,
    /// Places are not those of the committed manifests.
    stale: bool,
    /// Custom resources whose schema is not there.
    lacks_schemas: bool,
}

fn checked(
    workspace: &Workspace,
    rendered: &Rendered,
    networks: &[Network],
    today: Date,
) -> Result<Checked, Failure> {
    let environment = &rendered.environment;
    let folder = manifests::folder(&environment.name);
    let vendored = &workspace.repository.vendored;
    let present = tree::disk::below(&workspace.root, &folder)?;
    let wanted = manifests::tree(&rendered.rendering);
    let mut components = environment.components.iter();
    let lacks_schemas = rendered.uses_stand_ins()
        && components.any(|component| {
            let place = (component.module.name.clone(), component.version.to_string());
            !component.module.crds.is_empty() && !vendored.contains_key(&place)
        });
    let stale = !manifests::compare(&wanted, &present, &folder).is_empty();
    let checking = Checking::of(environment, folder, networks, vendored, today);
    Ok(Checked {
        findings: check::check(&rendered.rendering, &checking),
        stale,
        lacks_schemas,
    })
}

/// Says what the findings do not.
fn tell_doubts(checked: &[Checked], terminal: &Terminal) {
    let names = |holds: fn(&Checked) -> bool| {
        let environments = checked.iter().filter(|checked| holds(checked));
        let names: Vec<&str> = environments
            .map(|checked| checked.findings.environment.as_str())
            .collect();
        names.join(", ")
    };
    let stale = names(|checked| checked.stale);
    if !stale.is_empty() {
        terminal.talk(&format!(
            "manifests are not what the knobs say, and places are those that `kops-stack render` will write, in {stale}"
        ));
    }
    let lacking = names(|checked| checked.lacks_schemas);
    if !lacking.is_empty() {
        terminal.talk(&format!(
            "custom resources are not held to the schemas of their CRDs, which `kops-stack vendor` gets, in {lacking}"
        ));
    }
}

/// The networks of all environments. One that does not resolve has none here: that is said when it
/// is checked itself.
pub fn networks(workspace: &Workspace) -> Vec<Network> {
    let names: Vec<&String> = workspace.repository.environments.keys().collect();
    let networks = names.par_iter().flat_map_iter(|name| {
        let (environment, _) = resolve(&workspace.repository, name);
        environment.iter().flat_map(Network::of).collect::<Vec<_>>()
    });
    networks.collect()
}

/// What the earlier stages warn of and a rule finds again is told once.
fn without_findings(warnings: Diagnostics) -> Diagnostics {
    let told = |code| codes::of_check().any(|known| known == code);
    warnings
        .into_iter()
        .filter(|warning| !told(warning.code))
        .collect()
}

/// The day in UTC, on which entries of `ignore` end.
#[expect(clippy::disallowed_methods, reason = "cli reads the clock")]
pub fn today() -> Date {
    let now = std::time::SystemTime::now();
    let since = now.duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    Date::of_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
