//! What is installed in a cluster, for people and for programs.

use serde_json::json as value;

use super::line::{padded, printable, width};
use super::paper::Paper;
use super::style::{Ink, Style};
use super::words::{counted, object};
use crate::model::health::{Health, Status as Verdict};
use crate::model::inventory::Record;
use crate::object::Identity;
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.status/1";

/// Everything that `status` says.
#[derive(Debug, Clone)]
pub struct Status {
    pub environment: String,
    pub cluster: Cluster,
    pub components: Vec<Installed>,
    /// The last apply; `None` before the first.
    pub last: Option<Record>,
    /// An apply began and did not end.
    pub pending: bool,
    pub requests: u64,
    pub seconds: f64,
}

#[derive(Debug, Clone)]
pub struct Cluster {
    pub context: String,
    pub server: String,
    pub id: String,
    pub version: String,
}

#[derive(Debug, Clone)]
pub struct Installed {
    pub component: String,
    pub version: Option<String>,
    pub objects: usize,
    pub unwell: Vec<Unwell>,
}

/// An object that does not work, or not yet.
#[derive(Debug, Clone)]
pub struct Unwell {
    pub object: Identity,
    pub health: Health,
}

pub fn text(status: &Status, style: Style) -> String {
    let mut paper = Paper::new(style);
    let cluster = &status.cluster;
    paper.line(
        Ink::Heading,
        &format!(
            "{} · Kubernetes {} · context {} · cluster {}",
            status.environment,
            printable(cluster.version.trim_start_matches('v')),
            printable(&cluster.context),
            printable(&cluster.id)
        ),
    );
    match &status.last {
        None => paper.line(Ink::Quiet, "  nothing was applied yet"),
        Some(last) => paper.line(Ink::Quiet, &format!("  {}", applied(last))),
    }
    if status.pending {
        paper.line(
            Ink::Danger,
            "  an apply began and did not end; `kops-stack apply` goes on from there",
        );
    }
    paper.gap();
    let names = status.components.iter();
    let column = names.map(|component| width(&component.component)).max();
    let versions = status.components.iter();
    let version_column = versions.map(|component| width(version(component))).max();
    for component in &status.components {
        let unwell = component.unwell.len();
        let (ink, mark, words) = match unwell {
            0 => (Ink::Added, "✔", String::new()),
            unwell => (Ink::Danger, "x", format!(", {unwell} not well")),
        };
        paper.line(
            ink,
            &format!(
                "{mark} {}  {}  {}{words}",
                padded(&printable(&component.component), column.unwrap_or(0)),
                padded(version(component), version_column.unwrap_or(0)),
                counted(component.objects, "object"),
            ),
        );
        for unwell in &component.unwell {
            let message = printable(&unwell.health.message);
            paper.line(
                Ink::Changed,
                &format!(
                    "    {}  {}: {message}",
                    object(&unwell.object),
                    word(unwell.health.status)
                ),
            );
        }
    }
    if !status.components.is_empty() {
        paper.gap();
    }
    paper.line(Ink::Heading, &summary(status));
    paper.text
}

fn version(component: &Installed) -> &str {
    component.version.as_deref().unwrap_or("-")
}

fn summary(status: &Status) -> String {
    let objects = status.components.iter().map(|component| component.objects);
    let unwell = status
        .components
        .iter()
        .map(|component| component.unwell.len());
    format!(
        "Status: {} in {}, {} not well · {} requests, {:.1} s",
        counted(objects.sum(), "object"),
        counted(status.components.len(), "component"),
        unwell.sum::<usize>(),
        status.requests,
        status.seconds
    )
}

/// `applied 2026-11-24T15:00:00Z by jo@laptop from commit 1a2b3c4, reference/2026.12, in 12 s`
fn applied(last: &Record) -> String {
    let commit = match last.commit.get(..12).unwrap_or(&last.commit) {
        "" => String::new(),
        commit => format!(" from commit {}", printable(commit)),
    };
    format!(
        "{} {} by {}{commit}, {}, in {:.1} s",
        printable(&last.result),
        printable(&last.time),
        printable(&last.who),
        printable(&last.stack),
        last.seconds
    )
}

fn word(status: Verdict) -> &'static str {
    match status {
        Verdict::Current => "well",
        Verdict::InProgress => "not ready",
        Verdict::Failed => "failed",
        Verdict::Terminating => "being deleted",
        Verdict::NotFound => "missing",
    }
}

pub fn json(status: &Status) -> Value {
    let cluster = &status.cluster;
    let components = status.components.iter().map(|component| {
        let unwell = component.unwell.iter().map(|unwell| {
            value!({
                "object": unwell.object,
                "status": word(unwell.health.status),
                "message": unwell.health.message,
            })
        });
        value!({
            "component": component.component,
            "version": component.version,
            "objects": component.objects,
            "unwell": unwell.collect::<Vec<_>>(),
        })
    });
    value!({
        "format": FORMAT,
        "environment": status.environment,
        "cluster": {
            "context": cluster.context,
            "server": cluster.server,
            "id": cluster.id,
            "version": cluster.version,
        },
        "last": status.last,
        "pending": status.pending,
        "components": components.collect::<Vec<_>>(),
    })
}
