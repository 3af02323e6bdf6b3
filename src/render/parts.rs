//! Which parts of its context a template reads, hence what decides about what it makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::knob::{Fields, KnobType};

/// Parts of the context that differ between environments, and that a template may read in pieces.
const PARTS: [&str; 3] = ["knobs", "cluster", "globals"];

/// What the templates of a module read.
#[derive(Debug, Default)]
pub struct ModuleReads {
    /// All of it, each path once.
    paths: Vec<Vec<String>>,
    /// Places among the paths, by the name of the template.
    by_template: BTreeMap<String, Vec<usize>>,
}

impl ModuleReads {
    pub fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.paths.iter().map(Vec::as_slice)
    }

    /// Places among the paths of what one template reads.
    pub fn places(&self, template: &str) -> impl Iterator<Item = usize> {
        let read = self.by_template.get(template);
        read.into_iter().flatten().copied()
    }

    pub fn of<'n>(reads: impl IntoIterator<Item = (&'n str, Reads)>) -> Self {
        let mut all = Self::default();
        let mut places: HashMap<Vec<String>, usize> = HashMap::new();
        for (name, reads) in reads {
            let own = reads.0.into_iter().map(|path| {
                *places.entry(path).or_insert_with_key(|path| {
                    all.paths.push(path.clone());
                    all.paths.len() - 1
                })
            });
            let own = own.collect();
            all.by_template.insert(name.to_owned(), own);
        }
        all
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
