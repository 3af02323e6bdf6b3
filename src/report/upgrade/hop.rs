//! One hop of an upgrade, in the order in which it happens.

use super::super::paper::Paper;
use super::super::style::Ink;
use super::super::words::counted;
use super::text::obstacle;
use crate::model::upgrade::{
    ClusterMove, GoneApi, Hop, IN_CLUSTER, Move, Note, Obstacle, Topic, When,
};
use crate::model::version::Version;
use crate::report::line::{padded, printable, width};

/// What notes are called, in the order in which they are shown.
const TOPICS: [(Topic, &str); 7] = [
    (Topic::Solved, "The hop itself takes out of the way"),
    (Topic::Lifecycle, "Modules that go"),
    (Topic::Pin, "Pinned versions"),
    (Topic::Knob, "Knobs with other values"),
    (Topic::Upgrade, "What changes"),
    (Topic::Machines, "Patches and images"),
    (Topic::Check, "New warnings of `check`"),
];

pub(super) fn write(paper: &mut Paper, hop: &Hop, number: usize, of: usize) {
    let changes = [
        kubernetes(&hop.kubernetes.from, &hop.kubernetes.to),
        stack(&hop.stack.from, &hop.stack.to),
    ];
    let title = format!("Hop {number} of {of} · {}", changes.join(" · "));
    paper.line(Ink::Heading, &title);
    if hop.unseen {
        let words = "  not looked at: the hop before cannot be rendered";
        return paper.line(Ink::Quiet, words);
    }
    let names = hop.moves.iter().map(|moved| width(&moved.component));
    let versions = hop.moves.iter().map(|moved| width(&version(moved)));
    let columns = (names.max().unwrap_or(0), versions.max().unwrap_or(0));
    let part = |paper: &mut Paper, heading: &str, when| {
        let moves: Vec<&Move> = hop.moves(when).collect();
        if !moves.is_empty() {
            paper.line(Ink::Heading, heading);
        }
        for moved in moves {
            self::moved(paper, moved, columns);
        }
    };
    part(paper, "  Components", When::Alone);
    part(paper, "  Before the control plane", When::Before);
    if hop.kubernetes.from != hop.kubernetes.to {
        cluster(paper, hop);
    }
    part(paper, "  After the nodes", When::After);
    if hop.stay > 0 {
        let words = format!("  {} as they are", counted(hop.stay, "component"));
        let words = words.replacen("component as they are", "component as it is", 1);
        paper.line(Ink::Quiet, &words);
    }
    if hop.leaves_minor() {
        going(paper, hop);
    }
    for (topic, heading) in TOPICS {
        notes(paper, heading, hop.notes(topic));
    }
    if !hop.obstacles.is_empty() {
        paper.line(Ink::Danger, "  In the way");
    }
    for found in &hop.obstacles {
        obstacle(paper, found);
    }
}

/// `Kubernetes 1.35.4 → 1.36.3`
pub(super) fn kubernetes(from: &Version, to: &Version) -> String {
    match from == to {
        true => format!("Kubernetes {from}"),
        false => format!("Kubernetes {from} → {to}"),
    }
}

/// `reference/2026.8 → 2026.11`
pub(super) fn stack(from: &str, to: &str) -> String {
    let (from, to) = (printable(from), printable(to));
    let release = to
        .split_once('/')
        .map_or(to.as_str(), |(_, release)| release);
    match from == to {
        true => from,
        false => format!("{from} → {release}"),
    }
}

fn version(moved: &Move) -> String {
    format!("{} → {}", moved.version.from, moved.version.to)
}

fn moved(paper: &mut Paper, moved: &Move, (names, versions): (usize, usize)) {
    let head = format!(
        "    {}  {}",
        padded(&printable(&moved.component), names),
        padded(&version(moved), versions)
    );
    let waits = match moved.waits_for.as_slice() {
        [] => String::new(),
        names => format!(" · after {}", names.join(", ")),
    };
    let restarts = match moved.restarts {
        true => " · restarts",
        false => "",
    };
    let words = format!("{}{waits}{restarts}", moved.reason);
    paper.wrapped(Ink::Changed, &head, &printable(&words));
}

fn cluster(paper: &mut Paper, hop: &Hop) {
    let Some(cluster) = &hop.cluster else {
        return;
    };
    let heading = "  Control plane, then the nodes";
    paper.line(Ink::Heading, heading);
    match &cluster.kops {
        Some(kops) => of_kops(paper, kops, cluster),
        None => {
            let words = "whoever makes the cluster moves it; cluster.yaml follows";
            paper.wrapped(Ink::Quiet, "  ", words);
        }
    }
}

fn of_kops(paper: &mut Paper, kops: &str, cluster: &ClusterMove) {
    let machines = match cluster.control_plane {
        Some(1) => "1 machine".to_owned(),
        Some(count) => format!("{count} machines, one after the other"),
        None => "its machines, one after the other".to_owned(),
    };
    let groups = cluster.groups.iter().map(|(name, sizes)| match sizes {
        Some((least, most)) if least == most => format!("{name} {least}"),
        Some((least, most)) => format!("{name} {least} to {most}"),
        None => name.clone(),
    });
    let groups: Vec<String> = groups.collect();
    let etcd = match &cluster.etcd {
        Some(version) => format!("stays at {version}, which cluster.yaml names"),
        None => format!("as kops {kops} has it"),
    };
    let rows = [
        ("control plane", machines),
        ("nodes", groups.join(", ")),
        (
            "kops",
            format!(
                "{kops}, which makes {} to {}",
                cluster.makes.from, cluster.makes.to
            ),
        ),
        ("etcd", etcd),
    ];
    for (name, words) in rows.iter().filter(|(_, words)| !words.is_empty()) {
        let head = format!("    {}", padded(name, 13));
        paper.wrapped(Ink::Quiet, &head, &printable(words));
    }
}

fn going(paper: &mut Paper, hop: &Hop) {
    let minor = hop.kubernetes.to.minor();
    let objects = counted(hop.objects, "object");
    if hop.going.is_empty() {
        let words = format!("  No API goes with {minor}");
        return paper.line(Ink::Quiet, &words);
    }
    let rendered = |obstacle: &&Obstacle| {
        obstacle.code.name == "removed-api" && obstacle.place.as_deref() != Some(IN_CLUSTER)
    };
    let used = hop.obstacles.iter().filter(rendered).count();
    let words = match used {
        0 => format!("none of {objects} uses one"),
        1 => format!("1 of {objects} uses one: see below"),
        used => format!("{used} of {objects} use one: see below"),
    };
    paper.line(
        Ink::Heading,
        &format!("  APIs that go with {minor}: {words}"),
    );
    let api = |api: &GoneApi| format!("{} {}", api.api_version, api.kind);
    let column = hop.going.iter().map(|gone| width(&api(gone))).max();
    for gone in &hop.going {
        let head = format!("    {}", padded(&api(gone), column.unwrap_or(0)));
        let replacement = gone.replacement.as_ref();
        let words = replacement.map_or("nothing takes its place".to_owned(), |replacement| {
            format!("use {replacement}")
        });
        paper.wrapped(Ink::Quiet, &head, &words);
    }
}

fn notes<'h>(paper: &mut Paper, heading: &str, notes: impl Iterator<Item = &'h Note>) {
    let notes: Vec<&Note> = notes.collect();
    if notes.is_empty() {
        return;
    }
    paper.line(Ink::Heading, &format!("  {heading}"));
    let column = notes.iter().map(|note| width(&note.subject)).max();
    let mut before = "";
    for note in notes {
        let subject = match note.subject == before {
            true => "",
            false => note.subject.as_str(),
        };
        let head = format!("    {}", padded(&printable(subject), column.unwrap_or(0)));
        paper.wrapped(Ink::Quiet, &head, &printable(&note.text));
        before = &note.subject;
    }
}
