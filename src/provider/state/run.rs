//! A run: all that was done between one taking of the lock and its end, made of its entries.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::entry::{Claim, Entry, Event, Holder, Outcome, Record, StepState, Unfinished};

/// What one holder of the lock did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What [`super::break_lock`] takes.
    pub id: String,
    pub holder: Holder,
    pub operation: String,
    pub commit: String,
    pub plan: String,
    /// By the holder's clock.
    pub since: Timestamp,
    /// The lock holds until then unless it is renewed; by the holder's clock.
    pub until: Timestamp,
    /// Whose lock had lapsed when this run took it.
    pub took_over: Option<Holder>,
    /// What the runs before it left unfinished.
    pub before: Option<Unfinished>,
    /// Every change of a step, as they came.
    pub records: Vec<Record>,
    /// The last value of each note.
    pub notes: BTreeMap<String, Value>,
    /// None while it runs, and where it died.
    pub end: Option<End>,
    /// Numbers of its first and last entry.
    pub(super) began: u64,
    pub(super) last: u64,
    /// How long the last entry holds.
    pub(super) holds: std::time::Duration,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Released {
        outcome: Outcome,
        text: String,
        at: Timestamp,
    },
    /// Somebody took the lock away.
    Broken {
        by: Holder,
        reason: String,
        at: Timestamp,
    },
}

impl Run {
    /// The run of these entries, the first of which took the lock; None where it did not.
    pub(super) fn of(began: u64, entries: Vec<Entry>) -> Option<Self> {
        let last = began + u64::try_from(entries.len()).ok()?.checked_sub(1)?;
        let mut entries = entries.into_iter();
        let first = entries.next()?;
        let Event::Acquired(acquired) = first.event else {
            return None;
        };
        let mut run = Self {
            id: first.run,
            holder: acquired.holder,
            operation: acquired.operation,
            commit: acquired.commit,
            plan: acquired.plan,
            since: first.at,
            until: first.until,
            took_over: acquired.took_over,
            before: acquired.before,
            records: Vec::new(),
            notes: BTreeMap::new(),
            end: None,
            began,
            last,
            holds: lease(first.at, first.until),
        };
        for entry in entries {
            run.add(entry);
        }
        Some(run)
    }

    fn add(&mut self, entry: Entry) {
        let at = entry.at;
        self.until = entry.until;
        self.holds = lease(at, entry.until);
        match entry.event {
            Event::Step(step) => self.records.push(Record { at, step }),
            Event::Note { kind, value } => {
                self.notes.insert(kind, value);
            }
            Event::Released { outcome, text } => {
                self.end = Some(End::Released { outcome, text, at });
            }
            Event::Broken { by, reason } => self.end = Some(End::Broken { by, reason, at }),
            Event::Acquired(_) | Event::Renewed => {}
        }
    }

    /// The last record of each step, by number.
    pub fn steps(&self) -> BTreeMap<u32, &Record> {
        let records = self.records.iter();
        records.map(|record| (record.step.number, record)).collect()
    }

    /// What is left to go on with: nothing after a run that was done. A run that did nothing passes
    /// on what it found, and one of the same plan adds to it.
    pub fn unfinished(&self) -> Option<Unfinished> {
        let done = Some(Outcome::Done);
        if let Some(End::Released { outcome, .. }) = &self.end
            && done == Some(*outcome)
        {
            return None;
        }
        let idle = self.records.is_empty() && self.notes.is_empty();
        if idle && self.before.is_some() {
            return self.before.clone();
        }
        let earlier = self.before.as_ref();
        let earlier = earlier.filter(|earlier| earlier.plan == self.plan);
        let (mut steps, mut notes) = match earlier {
            Some(earlier) => (earlier.steps.clone(), earlier.notes.clone()),
            None => Default::default(),
        };
        steps.extend(
            self.steps()
                .into_iter()
                .map(|(number, record)| (number, record.clone())),
        );
        notes.extend(self.notes.clone());
        Some(Unfinished {
            run: self.id.clone(),
            holder: self.holder.clone(),
            operation: self.operation.clone(),
            commit: self.commit.clone(),
            plan: self.plan.clone(),
            steps,
            notes,
        })
    }
}

impl Unfinished {
    /// Whether a claim is for the same plan, so that finished steps need not be done again.
    pub fn is_of(&self, claim: &Claim) -> bool {
        !self.plan.is_empty() && self.plan == claim.plan
    }

    /// Whether this step of the plan has had all of its effect.
    pub fn has_finished(&self, number: u32) -> bool {
        let record = self.steps.get(&number);
        record.is_some_and(|record| record.step.state == StepState::Finished)
    }
}

fn lease(at: Timestamp, until: Timestamp) -> std::time::Duration {
    until.duration_since(at).try_into().unwrap_or_default()
}
