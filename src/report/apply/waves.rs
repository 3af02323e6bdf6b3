//! The waves of an apply as a terminal shows them: those that are done, and those under way.

use std::time::Duration;

use super::{State, Telling, duration};
use crate::model::event::Event;
use crate::report::line::{padded, printable, shortened, width};
use crate::report::style::Ink;
use crate::report::words::{counted, object};

/// The widest column of components.
const COMPONENTS: usize = 22;

/// A wave that has begun and has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Current {
    pub wave: usize,
    /// `wave 3  cert-manager        9 of 12     14 s   Deployment cert-manager/webhook 1 of 3 ready`,
    /// in the width that was given.
    pub text: String,
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
    pub fn current_waves(&self, now: Duration, room: usize) -> Vec<Current> {
        let waves = (0..self.plan.waves.len()).filter_map(|wave| {
            let states = self.states_of(wave);
            let begun = states.iter().any(|state| **state != State::Ahead);
            let mut under_way =
                self.plan.waves[wave]
                    .iter()
                    .filter_map(|step| match &self.states[*step] {
                        State::Begun { since, message } => Some((*since, *step, message)),
                        _ => None,
                    });
            let open = states
                .iter()
                .any(|state| matches!(state, State::Ahead | State::Begun { .. }));
            if !begun || !open {
                return None;
            }
            let ended = states
                .iter()
                .filter(|state| matches!(state, State::Done { .. }));
            let share = format!("{} of {}", ended.count(), states.len());
            // The one that is under way longest is what is waited for.
            let first = under_way.next();
            let longest = under_way.fold(first, |a, b| match a {
                Some(a) if a.0 <= b.0 => Some(a),
                _ => Some(b),
            });
            let (time, what) = match longest {
                Some((since, step, message)) => {
                    let name = object(&self.plan.steps[step].identity);
                    let time = duration(now.saturating_sub(since));
                    (time, format!("{name} {}", printable(message)))
                }
                None => (String::new(), String::new()),
            };
            let head = format!(
                "{}{}  {}",
                self.head(wave),
                padded(&share, 12),
                padded(&time, 8)
            );
            let left = room.saturating_sub(width(&head) + 1);
            let text = format!("{head} {}", shortened(what.trim_end(), left));
            Some(Current { wave, text })
        });
        waves.collect()
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
    use crate::model::event::Happening;
    match &event.what {
        Happening::Done { step, .. } => Some(*step),
        _ => None,
    }
}
