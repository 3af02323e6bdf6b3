//! The waves of an apply as a terminal shows them: those that are done, and those under way.

use std::time::Duration;

use super::{State, Telling, duration};
use crate::model::event::{Event, Happening};
use crate::report::line::{padded, printable, shortened};
use crate::report::style::Ink;
use crate::report::words::{counted, object};

/// The widest column of components.
const COMPONENTS: usize = 22;

/// A wave that has begun and has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    pub wave: usize,
    /// `wave 3  cert-manager        9 of 12`
    pub head: String,
    /// What has been under way longest: `Deployment cert-manager/webhook 1 of 3 pods ready`.
    pub what: String,
}

impl Telling<'_> {
    /// `✔ wave 1  crds               46 objects   1.2 s`, when this event ended its wave.
    pub fn ended_wave(&self, event: &Event) -> Option<String> {
        let step = step_of(event)?;
        let wave = self.waves[step];
        let states = self.states_of(wave);
        let mut took = Duration::ZERO;
        for state in &states {
            match state {
                State::Done { took: one } => took = took.max(*one),
                _ => return None,
            }
        }
        let count = counted(states.len(), "object");
        let line = format!(
            "✔ {}{}  {}",
            self.head(wave),
            padded(&count, 12),
            duration(took)
        );
        Some(self.style.paint(Ink::Added, &line))
    }

    /// The waves under way, first to last.
    pub fn current_waves(&self) -> Vec<Current> {
        let waves = 0..self.plan.waves.len();
        waves.filter_map(|wave| self.current(wave)).collect()
    }

    fn current(&self, wave: usize) -> Option<Current> {
        let steps = &self.plan.waves[wave];
        let (mut ahead, mut done) = (0, 0);
        let mut longest: Option<(Duration, usize, &str)> = None;
        for step in steps {
            match &self.states[*step] {
                State::Ahead => ahead += 1,
                State::Done { .. } => done += 1,
                State::Failed | State::Skipped(_) => {}
                State::Begun { since, message } => {
                    if longest.is_none_or(|(other, ..)| *since < other) {
                        longest = Some((*since, *step, message));
                    }
                }
            }
        }
        let open = ahead > 0 || longest.is_some();
        if ahead == steps.len() || !open {
            return None;
        }
        let what = longest.map(|(_, step, message)| {
            let name = object(&self.plan.steps[step].identity);
            format!("{name} {}", printable(message))
        });
        Some(Current {
            wave,
            head: format!("{}{done} of {}", self.head(wave), steps.len()),
            what: what.unwrap_or_default().trim_end().to_owned(),
        })
    }

    fn states_of(&self, wave: usize) -> Vec<&State> {
        let steps = self.plan.waves[wave].iter();
        steps.map(|step| &self.states[*step]).collect()
    }

    /// `wave 3  cert-manager and 2 more    `
    fn head(&self, wave: usize) -> String {
        let steps = self.plan.waves[wave].iter();
        let mut components: Vec<&str> = steps
            .map(|step| self.plan.steps[*step].component.as_str())
            .collect();
        components.sort_unstable();
        components.dedup();
        let first = components.first().copied().unwrap_or_default();
        let name = match components.len() {
            0 | 1 => first.to_owned(),
            count => format!("{first} and {} more", count - 1),
        };
        let name = padded(&shortened(&name, COMPONENTS), COMPONENTS);
        format!("wave {:<3}{name}  ", wave + 1)
    }
}

fn step_of(event: &Event) -> Option<usize> {
    match &event.what {
        Happening::Done { step, .. } => Some(*step),
        _ => None,
    }
}
