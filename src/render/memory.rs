//! What templates made, kept for the other environments in which they would make the same.
//!
//! Environments differ in few knobs, and most templates read none of them. What a template makes
//! follows from its context alone, so the parts of the context that it reads are the key; what all
//! templates of a module read is the key of the whole component. The memory lives as long as the
//! parsed templates: one run.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::context::Seen;
use super::draft::DraftObject;
use super::parts::ModuleReads;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};

/// Objects by what they were made from.
#[derive(Debug, Default)]
pub struct Memory {
    /// A number for each distinct [`Memory::of_component`], so that keys stay short.
    components: Mutex<HashMap<String, usize>>,
    /// A number for each distinct text of a part that templates read, for the same reason.
    parts: Mutex<HashMap<String, usize>>,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    kept: HashMap<String, Arc<[DraftObject]>>,
    /// Hashes of keys that were asked for once: what no other environment asks for is not kept.
    asked: HashSet<u64>,
    hasher: RandomState,
}

/// All of a component that decides about its objects.
#[derive(Debug)]
pub struct Remembered<'r> {
    /// But for what a template reads in pieces.
    component: usize,
    /// What each of the module's paths leads to.
    parts: Vec<usize>,
    reads: &'r ModuleReads,
}

impl Memory {
    pub fn of_component<'r>(
        &self,
        environment: &ResolvedEnvironment,
        component: &ResolvedComponent,
        seen: &Seen,
        reads: &'r ModuleReads,
    ) -> Remembered<'r> {
        let globals = &environment.globals;
        let available: Vec<&str> = component.available.iter().map(|c| c.0.as_str()).collect();
        let decides = json!([
            seen.component,
            component.features,
            component.images,
            available,
            // What every object gets when its template is done.
            [json!(globals.labels), json!(globals.annotations)],
            globals.pull_secrets,
            globals.node_selector,
            globals.tolerations,
        ]);
        // What is not there reads as nothing, whatever else the context holds.
        let texts = reads.paths().map(|path| {
            let value = seen.part(path);
            value.map(ToString::to_string).unwrap_or_default()
        });
        let texts: Vec<String> = texts.collect();
        let mut parts = lock(&self.parts);
        let parts = texts.into_iter().map(|text| number(&mut parts, text));
        Remembered {
            parts: parts.collect(),
            component: number(&mut lock(&self.components), decides.to_string()),
            reads,
        }
    }

    /// What is known under a key, or what `make` makes. It is kept from the second time on, and only
    /// what was made without a problem, so that each environment tells its own.
    pub fn objects(
        &self,
        key: String,
        make: impl FnOnce() -> Option<Vec<DraftObject>>,
    ) -> Option<Arc<[DraftObject]>> {
        let first = {
            let mut known = lock(&self.made);
            if let Some(kept) = known.kept.get(&key) {
                return Some(Arc::clone(kept));
            }
            let hash = known.hasher.hash_one(&key);
            known.asked.insert(hash)
        };
        // Nobody waits meanwhile: two that make the same at the same time make equal objects.
        let made: Arc<[DraftObject]> = make()?.into();
        match first {
            true => Some(made),
            false => Some(Arc::clone(lock(&self.made).kept.entry(key).or_insert(made))),
        }
    }
}

/// The number of a text, which is the next one where the text is new.
fn number(known: &mut HashMap<String, usize>, text: String) -> usize {
    let next = known.len();
    *known.entry(text).or_insert(next)
}

/// A map is whole after each of its changes, whatever became of the thread that made it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remembered<'_> {
    /// The key of the CRDs that stand in for the component's.
    pub fn stand_ins(&self) -> String {
        format!("{} stand-ins", self.component)
    }

    /// The key of one document that some template makes.
    pub fn document(&self, text: &str) -> String {
        format!("{} document\n{text}", self.component)
    }

    /// The key of what a template makes.
    pub fn template(&self, name: &str) -> String {
        let parts = self.reads.places(name).map(|place| self.parts[place]);
        self.of_parts(&format!("template {name}"), parts)
    }

    /// The key of what all templates make.
    pub fn whole(&self) -> String {
        self.of_parts("whole", self.parts.iter().copied())
    }

    fn of_parts(&self, what: &str, parts: impl Iterator<Item = usize>) -> String {
        let mut key = format!("{} {what}", self.component);
        for part in parts {
            // Writing to a String cannot fail.
            let _ = write!(key, " {part}");
        }
        key
    }
}
