//! A plan for people at a terminal: what is dangerous, then the waves, then the counts.

use crate::model::plan::{Plan, Step};
use crate::report::cluster;
use crate::report::danger::{Danger, dangers};
use crate::report::line::{WIDTH, joined_within, padded, shortened, width};
use crate::report::order_reasons::OrderReasons;
use crate::report::paper::Paper;
use crate::report::style::{Ink, Style};
use crate::report::words::{counted, digest, notes, title};

/// The widest column of what is dangerous: its reasons need the room.
const DANGER: usize = 44;

/// Where the reasons of a wave begin.
const REASONS: usize = 36;

/// The whole plan; one line when there is nothing to do. It ends with the counts.
pub fn text(plan: &Plan, style: Style) -> String {
    text_with_cost(plan, "", style)
}

/// The same, with what making it took: `31 requests, 0.4 s`.
pub fn text_with_cost(plan: &Plan, cost: &str, style: Style) -> String {
    let cost = match cost {
        "" => String::new(),
        cost => format!(" · {cost}"),
    };
    let mut paper = Paper::new(style);
    if plan.is_empty() {
        let unchanged = counted(plan.unchanged(), "object");
        let line = format!(
            "{}: nothing to do, {unchanged} unchanged{}{cost}",
            title(plan),
            digest(plan)
        );
        paper.line(Ink::Heading, &line);
        show_dangers(&mut paper, &dangers(plan));
        return paper.text;
    }
    paper.line(Ink::Heading, &title(plan));
    for note in notes(plan) {
        paper.line(Ink::Quiet, &format!("  {note}"));
    }
    show_dangers(&mut paper, &dangers(plan));
    if let Some(cluster) = &plan.cluster {
        cluster::text(&mut paper, cluster);
    }
    show_waves(&mut paper, plan);
    paper.gap();
    paper.line(Ink::Heading, &format!("{}{cost}", super::counts(plan)));
    paper.text
}

fn show_dangers(paper: &mut Paper, dangers: &[Danger]) {
    if dangers.is_empty() {
        return;
    }
    paper.gap();
    paper.told_dangers = true;
    paper.line(Ink::Danger, "Dangerous");
    let widths = dangers.iter().map(|danger| width(&danger.object));
    let column = widths.filter(|width| *width <= DANGER).max().unwrap_or(0);
    for danger in dangers {
        let object = padded(&shortened(&danger.object, WIDTH - 14), column);
        let head = format!("  {} {} {object}", danger.mark, padded(danger.word, 8));
        paper.wrapped(danger.ink, &head, &danger.reason);
    }
}

fn show_waves(paper: &mut Paper, plan: &Plan) {
    let reasons = OrderReasons::of(plan);
    for (index, wave) in plan.waves.iter().enumerate() {
        paper.gap();
        let component = |step: &usize| &plan.steps[*step].component;
        for group in wave.chunk_by(|a, b| component(a) == component(b)) {
            let number = format!("Wave {} of {}", index + 1, plan.waves.len());
            let head = format!("{number} · {}", component(&group[0]));
            show_head(paper, &head, &reasons.of_steps(group));
            let steps: Vec<&Step> = group.iter().map(|step| &plan.steps[*step]).collect();
            paper.steps(&steps);
        }
    }
}

fn show_head(paper: &mut Paper, head: &str, reasons: &[String]) {
    let head = padded(head, REASONS);
    let room = WIDTH.saturating_sub(width(&head) + 9);
    let after = match reasons.is_empty() {
        true => String::new(),
        false => format!("after: {}", joined_within(reasons, room)),
    };
    paper.wrapped(Ink::Heading, &head, &after);
}
