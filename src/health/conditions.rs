//! The conditions of a status, and what they say.

use super::{failed, in_progress};
use crate::model::health::Health;
use crate::object::Object;
use crate::yaml::Value;

/// Well, with what there is to say; or not, and then how and why.
pub(super) type Verdict = Result<String, Health>;

/// How long a message may get; controllers put whole lists into theirs.
const LONGEST: usize = 400;

/// The conditions of one list, at one generation of their object.
#[derive(Debug)]
pub(super) struct Conditions<'o> {
    list: &'o [Value],
    generation: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Condition<'o>(&'o Value);

impl<'o> Conditions<'o> {
    pub fn of(object: &'o Object, keys: &[&str]) -> Self {
        Self::among(object, object.get(keys))
    }

    /// A list of conditions somewhere in the status.
    pub fn among(object: &Object, list: Option<&'o Value>) -> Self {
        Self {
            list: list
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                .unwrap_or_default(),
            generation: super::number(object, &["metadata", "generation"]),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn get(&self, kind: &str) -> Option<Condition<'o>> {
        self.list
            .iter()
            .map(Condition)
            .find(|condition| condition.text("type").trim() == kind)
    }

    pub fn is_true(&self, kind: &str) -> bool {
        self.get(kind).is_some_and(Condition::is_true)
    }

    /// What kstatus asks of every object.
    pub fn reconciling_or_stalled(&self) -> Verdict {
        if let Some(condition) = self.get("Reconciling").filter(|c| c.is_true()) {
            return in_progress(condition.said());
        }
        match self.get("Stalled").filter(|c| c.is_true()) {
            Some(condition) => failed(condition.said()),
            None => Ok(String::new()),
        }
    }

    /// Each of these must be there, be true, and be about the object as it is now.
    pub fn need(&self, kinds: &[&str]) -> Verdict {
        for kind in kinds {
            match self.get(kind) {
                Some(condition) => self.holds(condition)?,
                None => return in_progress(format!("its controller has not said {kind} yet")),
            };
        }
        Ok(String::new())
    }

    /// Those of these that are there must be true, and be about the object as it is now.
    pub fn allow(&self, kinds: &[&str]) -> Verdict {
        for condition in kinds.iter().filter_map(|kind| self.get(kind)) {
            self.holds(condition)?;
        }
        Ok(String::new())
    }

    fn holds(&self, condition: Condition<'_>) -> Verdict {
        if self.is_stale(condition) {
            return in_progress("its controller has not seen the last change");
        }
        match condition.is_true() {
            true => Ok(String::new()),
            false => in_progress(condition.said()),
        }
    }

    /// Whether the condition is about a former generation.
    pub fn is_stale(&self, condition: Condition<'_>) -> bool {
        let observed = condition
            .0
            .get("observedGeneration")
            .and_then(Value::as_i64);
        let both = observed.zip(self.generation);
        both.is_some_and(|(observed, generation)| observed < generation)
    }
}

impl<'o> Condition<'o> {
    pub fn text(self, key: &str) -> &'o str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn status(self) -> &'o str {
        self.text("status")
    }

    pub fn reason(self) -> &'o str {
        self.text("reason")
    }

    pub fn is_true(self) -> bool {
        self.status() == "True"
    }

    /// `DoesNotExist: Issuing certificate as Secret does not exist`; `Ready is False` where the
    /// controller says no more.
    pub fn said(self) -> String {
        let message = one_line(self.text("message"));
        match (self.reason(), message.as_str()) {
            ("", "") => format!("{} is {}", self.text("type").trim(), self.status()),
            (reason, "") => format!(
                "{} is {}: {reason}",
                self.text("type").trim(),
                self.status()
            ),
            ("", message) => message.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        }
    }

    /// The same behind the condition's own name: `ReplicaFailure: pods "web-" is forbidden`.
    pub fn named(self) -> String {
        let message = one_line(self.text("message"));
        match message.as_str() {
            "" => self.said(),
            message => format!("{}: {message}", self.text("type").trim()),
        }
    }
}

/// The message of a controller on one line, cut where it gets too long.
pub(super) fn one_line(message: &str) -> String {
    let words: Vec<_> = message.split_whitespace().collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
