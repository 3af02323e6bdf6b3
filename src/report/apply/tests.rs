//! What people see of an apply.

use std::time::Duration;

use super::{Telling, json, json_end};
use crate::model::event::{Event, Failure, Happening, Outcome, Skip};
use crate::model::plan::{Action, Plan};
use crate::report::Style;
use crate::report::fixtures::upgrade;
use crate::testing::identity;

fn step(plan: &Plan, text: &str) -> usize {
    let steps = &plan.steps;
    let place = steps
        .iter()
        .position(|step| step.identity == identity(text));
    place.unwrap_or_else(|| panic!("{text} is no step"))
}

const WEBHOOK: &str = "Deployment cert-manager/webhook";
const CONFIG: &str = "ConfigMap shop/web";
const WEB: &str = "StatefulSet shop/web";

/// The webhook gets ready, the configuration is refused, the workload needs it.
fn story(plan: &Plan) -> Vec<Event> {
    let (webhook, config) = (step(plan, WEBHOOK), step(plan, CONFIG));
    let failure = Failure {
        message: "data: too \u{1b}[2J large".to_owned(),
        details: vec!["pod web-0: CrashLoopBackOff".to_owned()],
        runbook: Some("https://example.com/runbook".to_owned()),
        moved: false,
    };
    let told = [
        (
            10,
            Happening::Began {
                steps: 7,
                serial: 41,
            },
        ),
        (10, Happening::Started { step: webhook }),
        (10, Happening::Started { step: config }),
        (
            40,
            Happening::Written {
                step: webhook,
                action: Action::Update,
            },
        ),
        (
            40,
            Happening::Waiting {
                step: webhook,
                message: "1 of 3 pods ready".to_owned(),
            },
        ),
        (
            50,
            Happening::Retrying {
                step: config,
                reason: "the API server is busy".to_owned(),
                after: Duration::from_millis(310),
            },
        ),
        (
            400,
            Happening::Failed {
                step: config,
                failure,
            },
        ),
        (
            400,
            Happening::Skipped {
                step: step(plan, WEB),
                because: Skip::Needs(identity(CONFIG)),
            },
        ),
        (
            14_250,
            Happening::Done {
                step: webhook,
                message: "3 of 3 pods ready".to_owned(),
                took: Duration::from_millis(14_240),
            },
        ),
        (14_300, Happening::Recorded { serial: 42 }),
    ];
    let event = |(after, what)| Event {
        after: Duration::from_millis(after),
        what,
    };
    told.into_iter().map(event).collect()
}

/// The other steps go well.
fn outcome(plan: &Plan) -> Outcome {
    let mut skipped = vec![step(plan, WEB)];
    skipped.sort_unstable();
    Outcome {
        done: plan.steps.len() - 2,
        failed: vec![step(plan, CONFIG)],
        skipped,
        took: Duration::from_millis(14_310),
        serial: 42,
        ..Outcome::default()
    }
}

fn log(plan: &Plan) -> (String, String) {
    let mut telling = Telling::new(plan, Style::Plain);
    let lines: Vec<String> = story(plan)
        .iter()
        .filter_map(|event| telling.hear(event))
        .collect();
    let summary = telling.summary(&outcome(plan), "kops-stack apply prod");
    (lines.join("\n"), summary)
}

#[test]
fn a_log_has_a_line_for_each_thing_that_happened() {
    let (lines, _) = log(&upgrade());
    assert_eq!(
        lines,
        "\
test: 7 steps
… Deployment cert-manager/webhook  1 of 3 pods ready
… ConfigMap shop/web  the API server is busy, again in 0.3 s
x ConfigMap shop/web  failed: data: too \\u{1b}[2J large
     pod web-0: CrashLoopBackOff
     read on: https://example.com/runbook
· StatefulSet shop/web  skipped: it needs ConfigMap shop/web
✔ Deployment cert-manager/webhook  updated, 3 of 3 pods ready  14 s"
    );
}

#[test]
fn the_end_says_what_was_not_done_and_how_to_go_on() {
    let (_, summary) = log(&upgrade());
    assert_eq!(
        summary,
        "
Not done
x ConfigMap shop/web  failed: data: too \\u{1b}[2J large
     pod web-0: CrashLoopBackOff
     read on: https://example.com/runbook
· 1 skipped: it needs ConfigMap shop/web
     StatefulSet shop/web

Failed in 14 s: 2 updated, 2 deleted, 1 failed, 1 skipped, 9 unchanged · inventory serial 42
Longest  Deployment cert-manager/webhook 14 s
To go on: kops-stack apply prod
"
    );
}

#[test]
fn an_apply_that_went_well_ends_with_one_line() {
    let plan = upgrade();
    let telling = Telling::new(&plan, Style::Plain);
    let outcome = Outcome {
        done: plan.steps.len(),
        took: Duration::from_secs(125),
        serial: 42,
        ..Outcome::default()
    };
    let summary = telling.summary(&outcome, "kops-stack apply prod");
    assert_eq!(summary.lines().count(), 1, "{summary}");
    assert!(summary.starts_with("Done in 2 min 5 s: "), "{summary}");
}

#[test]
fn a_stop_names_what_was_written_and_not_waited_for() {
    let plan = upgrade();
    let mut telling = Telling::new(&plan, Style::Plain);
    for event in story(&plan).iter().take(5) {
        telling.hear(event);
    }
    let stopping = Event {
        after: Duration::from_secs(1),
        what: Happening::Stopping {
            reason: "interrupted".to_owned(),
        },
    };
    assert_eq!(
        telling.hear(&stopping).as_deref(),
        Some("!  stopping: interrupted; what is under way is finished, and nothing else begins")
    );
    let outcome = Outcome {
        waiting: vec![step(&plan, WEBHOOK)],
        interrupted: true,
        unrecorded: Some("the inventory cannot be written: busy".to_owned()),
        ..Outcome::default()
    };
    let summary = telling.summary(&outcome, "kops-stack apply prod");
    for line in [
        "… Deployment cert-manager/webhook  written, and no longer waited for: 1 of 3 pods ready",
        "!  the inventory cannot be written: busy; its pending record knows what may be there, and the next apply clears it up",
        "To go on: kops-stack apply prod",
    ] {
        assert!(summary.contains(line), "{summary}");
    }
}

#[test]
fn waves_are_shown_while_they_are_open() {
    let plan = upgrade();
    let mut telling = Telling::new(&plan, Style::Plain);
    let events = story(&plan);
    for event in &events[..6] {
        telling.hear(event);
    }
    let now = Duration::from_secs(14);
    let current = telling.current_waves(now, 110);
    let texts: Vec<&str> = current.iter().map(|wave| wave.text.trim_end()).collect();
    assert!(texts[0].contains("0 of "), "{texts:?}");
    assert!(
        texts[0].contains("Deployment cert-manager/webhook 1 of 3 pods ready"),
        "{texts:?}"
    );
    for wave in telling.current_waves(now, 60) {
        assert!(wave.text.chars().count() <= 60, "{}", wave.text);
    }
    let ended: Vec<String> = events[6..]
        .iter()
        .filter_map(|event| {
            telling.hear(event);
            telling.ended_wave(event)
        })
        .collect();
    // The wave of the refused configuration did not end well.
    assert_eq!(
        ended,
        ["✔ wave 1  cert-manager            1 object      14 s"]
    );
}

#[test]
fn a_wave_that_ended_is_one_line() {
    let plan = upgrade();
    let mut telling = Telling::new(&plan, Style::Plain);
    let last = plan.waves.len() - 1;
    let mut lines = Vec::new();
    for step in &plan.waves[last] {
        let done = Event {
            after: Duration::from_secs(3),
            what: Happening::Done {
                step: *step,
                message: String::new(),
                took: Duration::from_millis(1200),
            },
        };
        telling.hear(&done);
        lines.extend(telling.ended_wave(&done));
    }
    let count = match plan.waves[last].len() {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    };
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].starts_with(&format!("✔ wave {:<3}", last + 1)),
        "{lines:?}"
    );
    assert!(
        lines[0].contains(&count) && lines[0].ends_with("1.2 s"),
        "{lines:?}"
    );
}

#[test]
fn machines_get_a_line_for_each_event() {
    let plan = upgrade();
    let lines: Vec<String> = story(&plan)
        .iter()
        .map(|event| json(&plan, event).to_string())
        .collect();
    assert_eq!(
        lines[0],
        r#"{"after":0.01,"environment":"test","event":"began","format":"kops-stack.event/1","serial":41,"steps":7}"#
    );
    assert_eq!(
        lines[6],
        format!(
            r#"{{"action":"update","after":0.4,"component":"shop","details":["pod web-0: CrashLoopBackOff"],"event":"failed","format":"kops-stack.event/1","message":"data: too \u001b[2J large","moved":false,"object":{{"kind":"ConfigMap","name":"web","namespace":"shop"}},"runbook":"https://example.com/runbook","step":{}}}"#,
            step(&plan, CONFIG)
        )
    );
    let end = json_end(&plan, &outcome(&plan), "kops-stack apply prod");
    assert_eq!(end["result"], "failed");
    assert_eq!(end["next"], "kops-stack apply prod");
    assert_eq!(end["skipped"][0]["name"], "web");
}
