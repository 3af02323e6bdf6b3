//! What templates made, kept for the other environments in which they would make the same.
//!
//! Environments differ in few knobs, and most templates read none of them. What a template makes
//! follows from its context alone, so the parts of the context that it reads are the key. The
//! memory lives as long as the parsed templates: one run.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

use super::context::Seen;
use super::draft::DraftObject;
use crate::model::knob::{Fields, KnobType};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};

/// Parts of the context that differ between environments, and that a template may read in pieces.
const PARTS: [&str; 3] = ["knobs", "cluster", "globals"];

/// Objects by what they were made from.
#[derive(Debug, Default)]
pub struct Memory {
    /// A number for each distinct [`Memory::of_component`], so that keys stay short.
    components: Mutex<HashMap<String, usize>>,
    made: Mutex<Made>,
}

#[derive(Debug, Default)]
struct Made {
    kept: HashMap<String, Arc<[DraftObject]>>,
    /// Hashes of keys that were asked for once: what no other environment asks for is not kept.
    asked: HashSet<u64>,
    hasher: RandomState,
}

/// All of a component that decides about its objects, but for what a template reads in pieces.
#[derive(Debug, Clone, Copy)]
pub struct Remembered(usize);

impl Memory {
    pub fn of_component(
        &self,
        environment: &ResolvedEnvironment,
        component: &ResolvedComponent,
        seen: &Seen,
    ) -> Remembered {
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
        let mut components = lock(&self.components);
        let next = components.len();
        Remembered(*components.entry(decides.to_string()).or_insert(next))
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

/// A map is whole after each of its changes, whatever became of the thread that made it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remembered {
    /// The key of the CRDs that stand in for the component's.
    pub fn stand_ins(self) -> String {
        format!("{} stand-ins", self.0)
    }

    /// The key of one document that some template makes.
    pub fn document(self, text: &str) -> String {
        format!("{} document\n{text}", self.0)
    }

    /// The key of what a template makes.
    pub fn template(self, name: &str, reads: &Reads, seen: &Seen) -> String {
        let mut key = format!("{} template {name}", self.0);
        for path in &reads.0 {
            key.push('\n');
            // What is not there reads as nothing, whatever else the context holds.
            if let Some(value) = seen.part(path) {
                key.push_str(&value.to_string());
            }
        }
        key
    }
}

/// Paths into [`PARTS`] that a template reads; none lies within another.
#[derive(Debug)]
pub struct Reads(BTreeSet<Vec<String>>);

impl Reads {
    /// Of a template's text, and the dotted names that it looks up.
    pub fn of(text: &str, names: &[String], knobs: &Fields) -> Self {
        let mut paths: BTreeSet<Vec<String>> =
            names.iter().filter_map(|name| path(name, knobs)).collect();
        // A template may give its own value the name of the whole, and hide what it read before.
        for part in PARTS {
            if statements(text).any(|statement| stands_alone(statement, part)) {
                paths.insert(vec![part.to_owned()]);
            }
        }
        let all = paths.clone();
        let within =
            |path: &Vec<String>| (1..path.len()).any(|length| all.contains(&path[..length]));
        paths.retain(|path| !within(path));
        Self(paths)
    }
}

/// The part of the context that a lookup depends on.
fn path(name: &str, knobs: &Fields) -> Option<Vec<String>> {
    let mut names = name.split('.');
    let part = names.next()?;
    let mut path = vec![part.to_owned()];
    match part {
        "knobs" => path.extend(declared(names, knobs)),
        "cluster" | "globals" => path.extend(names.next().map(str::to_owned)),
        // The function knows the domain.
        "host" => path = vec!["globals".to_owned(), "domain".to_owned()],
        _ => return None,
    }
    Some(path)
}

/// As far as the declarations lead: within a knob, a name may be that of a method.
fn declared<'n>(names: impl Iterator<Item = &'n str>, knobs: &Fields) -> Vec<String> {
    let mut path = Vec::new();
    let mut fields = Some(knobs);
    for name in names {
        let Some(knob) = fields.and_then(|fields| fields.get(name)) else {
            break;
        };
        path.push(name.to_owned());
        fields = match &knob.kind {
            KnobType::Object(fields) => Some(fields),
            _ => None,
        };
    }
    path
}

/// The insides of `{% … %}`, or a little more where one holds a text that looks like its end.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split("{%").skip(1);
    pieces.map(|piece| piece.rsplit_once("%}").map_or(piece, |(inside, _)| inside))
}

/// Whether a word stands in a text with no dot behind it.
fn stands_alone(text: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(|c| is_name(c) || c == '.')
            && !after.is_some_and(|c| is_name(c) || c == '.')
    })
}

#[cfg(test)]
mod tests {
    use super::Reads;
    use crate::model::knob::{KnobType, Shape};

    fn reads(text: &str, names: &[&str]) -> Vec<String> {
        let service = Shape::new()
            .optional("type", KnobType::Boolean, "")
            .optional("labels", KnobType::Labels, "")
            .fields();
        let knobs = Shape::new()
            .optional("service", KnobType::Object(service), "")
            .fields();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let reads = Reads::of(text, &names, &knobs);
        reads.0.iter().map(|path| path.join(".")).collect()
    }

    #[test]
    fn a_lookup_depends_on_the_knob_that_it_leads_to() {
        assert_eq!(
            reads(
                "",
                &["knobs.service.type", "features.x", "cluster.network.cidr"]
            ),
            ["cluster.network", "knobs.service.type"]
        );
    }

    #[test]
    fn a_method_depends_on_all_that_it_is_called_on() {
        assert_eq!(
            reads("", &["knobs.service.labels.items", "knobs.service.type"]),
            ["knobs.service.labels", "knobs.service.type"]
        );
        assert_eq!(
            reads("", &["knobs.service.items", "knobs.service.type"]),
            ["knobs.service"]
        );
    }

    #[test]
    fn a_name_of_the_whole_depends_on_all() {
        assert_eq!(
            reads("{% set k = knobs %}", &["knobs.service.type"]),
            ["knobs"]
        );
        assert_eq!(
            reads("{% set cluster = 1 %}", &["knobs.service.type"]),
            ["cluster", "knobs.service.type"]
        );
        assert_eq!(
            reads(
                "{% set a = \"%}\" %}{% set knobs = 1 %}{% set b = 2 %}",
                &[]
            ),
            ["knobs"]
        );
        assert_eq!(
            reads(
                "# knobs\n{% if myknobs or a.knobs or knobs.service.type %}the cluster{% endif %}",
                &["knobs.service.type"]
            ),
            ["knobs.service.type"]
        );
    }

    #[test]
    fn a_host_depends_on_the_domain() {
        assert_eq!(reads("", &["host"]), ["globals.domain"]);
    }
}
