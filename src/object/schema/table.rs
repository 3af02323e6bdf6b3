//! Reads the generated table of the built-in kinds.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use crate::yaml::Value;

use super::graph::{Graph, Node};
use super::{KeyField, ListKind};

const TEXT: &str = include_str!("../merge_keys.txt");

/// Keyed lists of which the order says nothing. Neither does the OpenAPI say so; these are owners
/// and names that a controller looks up one by one.
const ANY_ORDER: [(&str, &str); 2] = [
    ("meta.v1.ObjectMeta", "ownerReferences"),
    ("core.v1.ServiceAccount", "secrets"),
];

/// All that the table says.
#[derive(Debug)]
pub(in crate::object) struct Table {
    pub graph: Arc<Graph>,
    pub kinds: Kinds,
}

/// A kind as the table knows it.
#[derive(Debug)]
pub(in crate::object) struct KnownKind {
    pub group: &'static str,
    pub version: &'static str,
    pub cluster_scoped: bool,
    pub definition: usize,
}

/// The versions of each kind, in the order of the table.
pub(in crate::object) type Kinds = BTreeMap<&'static str, Vec<KnownKind>>;

/// The table of the built-in kinds, read once.
pub(in crate::object) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(read_table);
    &TABLE
}

/// Reads the table, whose header explains the format. It is generated and a test reads it, hence
/// what does not fit is a mistake of ours.
fn read_table() -> Table {
    let mut reader = Reader::default();
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split_whitespace().collect();
        match (line.starts_with(' '), words.as_slice()) {
            (false, ["kind", api, kind, scope, definition]) => {
                reader.kind(api, kind, scope, definition)
            }
            (false, [definition, rest @ ..]) => reader.begin(definition, rest == ["atomic"]),
            (true, [field, rest @ ..]) => reader.field(field, rest),
            _ => unreachable!("the generator writes no empty lines"),
        }
    }
    Table {
        graph: Arc::new(reader.graph),
        kinds: reader.kinds,
    }
}

#[derive(Default)]
struct Reader {
    graph: Graph,
    kinds: Kinds,
    definitions: HashMap<&'static str, usize>,
    current: (&'static str, usize),
}

impl Reader {
    fn kind(
        &mut self,
        api: &'static str,
        kind: &'static str,
        scope: &str,
        definition: &'static str,
    ) {
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let definition = self.definition(definition);
        self.kinds.entry(kind).or_default().push(KnownKind {
            group,
            version,
            cluster_scoped: scope == "cluster",
            definition,
        });
    }

    fn begin(&mut self, name: &'static str, atomic: bool) {
        let node = self.definition(name);
        self.graph.nodes[node].atomic = atomic;
        self.current = (name, node);
    }

    fn field(&mut self, name: &'static str, words: &[&'static str]) {
        // Only definitions have a dot outside parentheses, and they come last.
        let (shape, target) = match words {
            [target] if is_definition(target) => (None, Some(*target)),
            [shape] => (Some(*shape), None),
            [shape, target] => (Some(*shape), Some(*target)),
            _ => unreachable!("a field has a shape, a definition or both"),
        };
        let target = target.map(|target| self.definition(target));
        let node = match (shape, target) {
            (None, Some(target)) => target,
            (shape, target) => self.shaped(shape.unwrap_or_default(), target),
        };
        let (definition, parent) = self.current;
        if ANY_ORDER.contains(&(definition, name)) {
            self.graph.nodes[node].any_order = true;
        }
        self.graph.nodes[parent]
            .fields
            .insert(name.to_owned(), node);
    }

    fn shaped(&mut self, shape: &str, target: Option<usize>) -> usize {
        let mut node = Node {
            element: target,
            ..Node::default()
        };
        match shape {
            "list" | "values" => {}
            "set" => node.list = ListKind::Set,
            "quantity" => node.quantity = true,
            "quantities" => {
                node.element = Some(self.graph.add(Node {
                    quantity: true,
                    ..Node::default()
                }));
            }
            // An atomic object still has the fields of its definition.
            "atomic" => {
                node = target.map_or(node, |target| self.graph.nodes[target].clone());
                node.atomic = true;
            }
            keyed => node.list = ListKind::Map(keys(keyed)),
        }
        self.graph.add(node)
    }

    /// The node of a definition, which may be filled later.
    fn definition(&mut self, name: &'static str) -> usize {
        let graph = &mut self.graph;
        *self
            .definitions
            .entry(name)
            .or_insert_with(|| graph.add(Node::default()))
    }
}

fn is_definition(word: &str) -> bool {
    word.contains('.') && !word.contains('(')
}

/// Reads `map(port,protocol=TCP)`.
fn keys(shape: &str) -> Vec<KeyField> {
    let inner = shape
        .strip_prefix("map(")
        .and_then(|rest| rest.strip_suffix(')'));
    let keys = inner
        .unwrap_or_else(|| unreachable!("`{shape}` is no shape"))
        .split(',');
    let key = |text: &str| match text.split_once('=') {
        Some((name, default)) => KeyField {
            name: name.to_owned(),
            default: Some(Value::from(default)),
        },
        None => KeyField {
            name: text.to_owned(),
            default: None,
        },
    };
    keys.map(key).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::process::Command;

    use super::TEXT;
    use super::table;

    fn words(indented: bool) -> impl Iterator<Item = Vec<&'static str>> {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        let chosen = lines.filter(move |line| line.starts_with(' ') == indented);
        chosen.map(|line| line.split_whitespace().collect())
    }

    #[test]
    fn every_definition_that_is_named_is_there_and_none_is_left_over() {
        let there: BTreeSet<_> = words(false)
            .filter(|words| words[0] != "kind")
            .map(|words| words[0])
            .collect();
        let fields = words(true).filter_map(|words| words[1..].last().copied());
        let named: BTreeSet<_> = fields
            .filter(|word| super::is_definition(word))
            .chain(
                words(false)
                    .filter(|words| words[0] == "kind")
                    .map(|words| words[4]),
            )
            .collect();
        assert_eq!(named, there);
    }

    /// Runs where the module k8s.io/kubernetes was downloaded, as the generator says.
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "the generator is a program, and a skipped test says so"
    )]
    #[test]
    fn the_table_is_what_the_generator_writes() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let version = TEXT
            .split_whitespace()
            .find(|word| word.starts_with("v1."))
            .expect("named in the header");
        let version = version.trim_end_matches('.');
        let home = std::env::var("GOMODCACHE").unwrap_or_else(|_| {
            format!("{}/go/pkg/mod", std::env::var("HOME").unwrap_or_default())
        });
        let folder = format!("{home}/k8s.io/kubernetes@{version}/api/openapi-spec/v3");
        if !Path::new(&folder).is_dir() {
            eprintln!("skipped: there is no {folder}");
            return;
        }
        let generator = root.join("tools/merge-keys/generate.py");
        match Command::new("python3")
            .arg(generator)
            .args([version, &folder])
            .output()
        {
            Ok(output) => assert!(
                output.stdout == TEXT.as_bytes(),
                "run tools/merge-keys/generate.py again"
            ),
            Err(error) => eprintln!("skipped: python3 does not run: {error}"),
        }
    }

    #[test]
    fn a_kind_has_one_scope_in_all_versions() {
        for (kind, known) in &table().kinds {
            for one in known {
                let same = known.iter().filter(|other| other.group == one.group);
                assert!(
                    same.into_iter()
                        .all(|other| other.cluster_scoped == one.cluster_scoped),
                    "{kind}"
                );
            }
        }
        assert!(table().kinds.len() > 60);
    }
}
