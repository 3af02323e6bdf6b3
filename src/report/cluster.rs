//! The cluster itself, in a plan or a difference: its documents, what is rolled, the totals, the way.

use serde_json::json as value;

use super::change;
use super::cloud;
use super::danger::{self, Danger};
use super::effect;
use super::fence::{block, prose, span};
use super::line::printable;
use super::paper::Paper;
use super::plan::json_step;
use super::style::Ink;
use super::words::{counted, object, patched};
use crate::model::cluster::change::{Capacity, ClusterPlan, Machines, Roll};
use crate::model::cluster::kops::CERTIFICATE_DAYS;
use crate::model::cluster::rolls::Hold;
use crate::model::plan::{Action, Step};
use crate::yaml::Value;

/// The section of a text; nothing where nothing changes.
pub fn text(paper: &mut Paper, plan: &ClusterPlan) {
    if plan.is_empty() {
        return;
    }
    paper.gap();
    let head = format!("Cluster {} · {}", plan.name, plan.program);
    paper.line(Ink::Heading, &printable(&head));
    paper.steps(&plan.changes.iter().collect::<Vec<&Step>>());
    for line in cloud::lines(plan) {
        paper.wrapped(line.ink, &format!("  {}", line.sign), &line.text);
    }
    for line in totals(plan) {
        paper.wrapped(Ink::Quiet, "  machines", &line);
    }
    if !plan.steps.is_empty() {
        paper.wrapped(Ink::Quiet, "  way", &way(plan));
    }
}

/// `replace InstanceGroup general · update the cloud · validate`
pub fn way(plan: &ClusterPlan) -> String {
    printable(&plan.way().join(" · "))
}

/// `3 to 24 machines are replaced in turn, for spec.machineType`; `verb` is for several.
fn machines_of(roll: &Roll, verb: &str) -> String {
    let one = match verb {
        "are" => "is",
        verb => verb,
    };
    let machines = match (roll.least, roll.most) {
        (1, 1) => format!("1 machine {one} replaced"),
        (least, most) if least == most => format!("{most} machines {verb} replaced in turn"),
        (least, most) => format!("{least} to {most} machines {verb} replaced in turn"),
    };
    format!("{machines}, for {}", roll.reasons.join(", "))
}

/// `is not allowed: 3 to 24 machines would be replaced in turn, for spec.machineType; …`
fn held(roll: &Roll, hold: Hold) -> String {
    let machines = machines_of(roll, "would be");
    format!("is not allowed: {machines}; {}", hold_words(hold))
}

/// Why a group is not rolled, and what would allow it.
pub fn hold_words(hold: Hold) -> &'static str {
    match hold {
        Hold::LeftOut => "`rolls.allow` in cluster.yaml leaves the group out",
        Hold::Protected => {
            "the environment is protected, and `rolls.allow` in cluster.yaml does not name the group"
        }
        Hold::Unread => "cluster.yaml, where `rolls.allow` stands, was not read",
        Hold::ControlPlane => "the control plane comes first",
    }
}

/// `; cluster: 3 documents to write, 1 to remove, 5 groups to roll, 0 blocked`, where it changes.
pub fn counts(plan: &ClusterPlan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    if plan.creates() {
        let documents = counted(plan.changes.len(), "document");
        return format!("; the cluster to create, from {documents}");
    }
    if plan.goes() {
        let documents = counted(plan.changes.len(), "document");
        return format!("; the cluster to delete, with {documents}");
    }
    if plan.changes.is_empty() {
        return cloud::counts(plan);
    }
    let count = |actions: &[Action]| {
        let changes = plan.changes.iter();
        changes
            .filter(|change| actions.contains(&change.action))
            .count()
    };
    let documents = counted(count(&[Action::Create, Action::Update]), "document");
    let groups = counted(plan.rolled().count(), "group");
    let (removed, blocked) = (count(&[Action::Delete]), count(&[Action::Blocked]));
    format!(
        "; cluster: {documents} to write, {removed} to remove, {groups} to roll, {blocked} blocked{}",
        held_count(plan)
    )
}

/// `, 2 rolls not allowed`, where there are any.
pub fn held_count(plan: &ClusterPlan) -> String {
    match plan.held().count() {
        0 => String::new(),
        count => format!(", {} not allowed", counted(count, "roll")),
    }
}

/// What the groups hold, where that changes: `at least 9 (36 CPUs, 144 GiB) → 12 (48 CPUs, 192 GiB)`
fn totals(plan: &ClusterPlan) -> Vec<String> {
    let Some(after) = &plan.after else {
        return Vec::new();
    };
    if plan.before.as_ref() == Some(after) {
        return Vec::new();
    }
    let before = plan.before.as_ref();
    let line = |word: &str, of: fn(&Machines) -> Capacity| {
        let before = before.map(of).filter(|before| *before != of(after));
        match before {
            Some(before) => format!("{word} {} → {}", capacity(before), capacity(of(after))),
            None => format!("{word} {}", capacity(of(after))),
        }
    };
    let mut lines = vec![
        line("at least", |machines| machines.least),
        line("at most", |machines| machines.most),
    ];
    if !after.unknown.is_empty() {
        lines.push(format!(
            "without CPUs and memory of {}",
            after.unknown.join(", ")
        ));
    }
    lines
}

fn capacity(capacity: Capacity) -> String {
    let Capacity {
        machines,
        cpus,
        memory,
    } = capacity;
    format!("{machines} ({cpus} CPUs, {} GiB)", memory / 1024)
}

/// What a reviewer must look at first: what cannot be, what goes, whose machines are replaced.
pub fn dangers(plan: &ClusterPlan) -> Vec<Danger> {
    let of = |action| {
        plan.changes
            .iter()
            .filter(move |change| change.action == action)
    };
    let changes = of(Action::Blocked)
        .chain(of(Action::Delete))
        .map(danger::step);
    let rolls = plan.rolls.iter().map(|roll| Danger {
        mark: "!",
        word: "roll",
        object: printable(&roll.group),
        reason: match roll.held {
            None => machines_of(roll, "are"),
            Some(hold) => held(roll, hold),
        },
        ink: Ink::Danger,
    });
    let stuck = plan.stuck.iter().map(|stuck| Danger {
        mark: "!",
        word: "budget",
        object: printable(&stuck.budget),
        reason: printable(&stuck.reason),
        ink: Ink::Danger,
    });
    changes.chain(rolls).chain(stuck).collect()
}

/// Machines that should not get older.
pub fn aged(plan: &ClusterPlan, environment: &str) -> Vec<Danger> {
    let aged = plan.aged().map(|age| Danger {
        mark: "!",
        word: "old",
        object: printable(&age.group),
        reason: format!(
            "its oldest machine is {} days old; kops' certificates on it end after {CERTIFICATE_DAYS}: `kops-stack roll {environment} {} --reason certificates`",
            age.days,
            printable(&age.group)
        ),
        ink: Ink::Danger,
    });
    aged.collect()
}

/// For machines: fields are added, never renamed.
pub fn json(plan: &ClusterPlan) -> Value {
    let rolls = plan.rolls.iter().map(|roll| {
        value!({
            "group": roll.group,
            "controlPlane": roll.control_plane,
            "reasons": roll.reasons,
            "machines": {"least": roll.least, "most": roll.most},
            "held": roll.held.map(Hold::name),
        })
    });
    let steps = plan.steps.iter();
    value!({
        "name": plan.name,
        "program": plan.program,
        "changes": plan.changes.iter().map(json_step).collect::<Vec<_>>(),
        "unchanged": plan.unchanged,
        "rolls": rolls.collect::<Vec<_>>(),
        "machines": {
            "before": plan.before.as_ref().map(machines),
            "after": plan.after.as_ref().map(machines),
        },
        "comes": plan.comes,
        "cloud": cloud::json(&plan.cloud),
        "unfinished": plan.unfinished,
        "stuck": plan.stuck
            .iter()
            .map(|stuck| value!({"budget": stuck.budget, "reason": stuck.reason}))
            .collect::<Vec<_>>(),
        "componentsBefore": plan.first,
        "componentsAfter": plan.then,
        "ages": plan.ages.iter().map(|age| value!({"group": age.group, "days": age.days})).collect::<Vec<_>>(),
        "steps": steps
            .map(|step| value!({"step": step.name(), "text": step.to_string()}))
            .collect::<Vec<_>>(),
    })
}

fn machines(machines: &Machines) -> Value {
    let of = |capacity: Capacity| {
        value!({
            "machines": capacity.machines,
            "cpus": capacity.cpus,
            "memoryMiB": capacity.memory,
        })
    };
    value!({
        "least": of(machines.least),
        "most": of(machines.most),
        "unknown": machines.unknown,
    })
}

/// The section of a comment; nothing where nothing changes.
pub fn markdown(plan: &ClusterPlan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let mut out = format!(
        "\n#### Cluster {} · {}\n\n",
        span(&plan.name),
        prose(&plan.program)
    );
    let mut lines = Vec::new();
    for change in &plan.changes {
        let sign = match change.action {
            Action::Create => '+',
            Action::Delete => '-',
            _ => '!',
        };
        let words: Vec<String> = change
            .effects
            .iter()
            .map(effect::words)
            .chain(patched(change))
            .collect();
        let words = match words.is_empty() {
            true => String::new(),
            false => format!("  {}", words.join(" · ")),
        };
        lines.push(format!("{sign} {}{words}", object(&change.identity)));
        for line in change::lines(&change.changes, 110) {
            lines.push(format!("{}     {}", line.sign.mark(), line.text));
        }
    }
    for line in cloud::lines(plan) {
        let sign = match line.sign {
            '~' | '?' => '!',
            sign => sign,
        };
        lines.push(format!("{sign} {}", line.text));
    }
    if !lines.is_empty() {
        out += &block("diff", &lines);
        out.push('\n');
    }
    for line in totals(plan) {
        out += &format!("- machines: {}\n", prose(&line));
    }
    if !plan.steps.is_empty() {
        out += &format!("- way: {}\n", prose(&way(plan)));
    }
    out
}
