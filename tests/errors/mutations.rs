//! Whatever bytes a repository holds, the answer is a value and problems, never a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::case::{files, folder};
use kops_stack::diagnostic::Diagnostics;
use kops_stack::model::tree::FileTree;
use kops_stack::render::{Templates, render};
use kops_stack::report::{diagnostics, style::Style};
use kops_stack::{load, resolve, tree};

/// A change of one file of the base repository.
#[derive(Debug, Clone)]
enum Mutation {
    /// Other bytes at a place, given in thousandths of the file.
    Replace {
        at: usize,
        length: usize,
        bytes: Vec<u8>,
    },
    /// A piece of another file, where its syntax means something else.
    Splice {
        at: usize,
        from: usize,
    },
    Truncate(usize),
    Whole(Vec<u8>),
}

/// What breaks parsers more often than noise does.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "---\n",
    "\n",
    ": ",
    "- ",
    "\t",
    "\"",
    "'",
    "&a ",
    "*a",
    "!x ",
    "|\n",
    "~",
    "null",
    "{}",
    "[]",
    "[",
    "{",
    "}",
    "]",
    "\u{feff}",
    "\u{2028}",
    "\0",
    "é",
    "-1",
    "99999999999999999999",
    "1.0.0",
    ">=1",
    "..",
    "/",
    "fact",
    "#",
];

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
        "[ -~\n]{0,24}".prop_map(String::into_bytes),
    ]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        8 => (0..1000_usize, 0..8_usize, bytes()).prop_map(|(at, length, bytes)| Mutation::Replace { at, length, bytes }),
        2 => (0..1000_usize, 0..1000_usize).prop_map(|(at, from)| Mutation::Splice { at, from }),
        1 => (0..1000_usize).prop_map(Mutation::Truncate),
        1 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(Mutation::Whole),
    ]
}

fn mutate(text: &mut Vec<u8>, mutation: &Mutation) {
    let place = |thousandth: usize, length: usize| length * thousandth / 1000;
    match mutation {
        Mutation::Replace { at, length, bytes } => {
            let start = place(*at, text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, bytes.iter().copied());
        }
        Mutation::Splice { at, from } => {
            let from = place(*from, text.len());
            let piece: Vec<u8> = text[from..(from + 30).min(text.len())].to_vec();
            let at = place(*at, text.len());
            text.splice(at..at, piece);
        }
        Mutation::Truncate(at) => text.truncate(place(*at, text.len())),
        Mutation::Whole(bytes) => text.clone_from(bytes),
    }
}

/// The whole way from files to manifests and to the text of the problems.
fn go(files: &FileTree, built_in: &FileTree) -> Diagnostics {
    let (repository, mut problems) = load::load(files, built_in);
    let names: Vec<&String> = repository.environments.keys().collect();
    let (templates, found) = Templates::parse(&repository, repository.modules.values());
    problems.extend(found);
    for name in names {
        let (environment, found) = resolve::resolve(&repository, name);
        problems.extend(found);
        if let Some(environment) = environment {
            let (rendering, found) = render(&environment, &templates);
            assert!(
                rendering.is_some() || found.has_errors(),
                "no result and no error"
            );
            problems.extend(found);
        }
    }
    let problems = problems.sorted();
    diagnostics::text(&problems, Style::Plain);
    diagnostics::json(&problems);
    problems
}

#[test]
fn no_bytes_make_the_program_panic() {
    let base: Vec<(String, Vec<u8>)> = files(&folder("base")).into_iter().collect();
    // Of the built-in catalogue the way needs only the shared values: modules would cost time.
    let mut built_in = tree::built_in::catalogue();
    built_in
        .files
        .retain(|path, _| path.starts_with("templates/"));
    let count = base.len();
    let changes = proptest::collection::vec((0..count, mutation()), 1..4);
    let config = Config {
        cases: 1500,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&changes, |changes| {
            let mut tree = FileTree::default();
            let mut base = base.clone();
            for (file, mutation) in &changes {
                mutate(&mut base[*file].1, mutation);
            }
            for (path, bytes) in base {
                tree.insert(path, bytes);
            }
            let outcome = catch_unwind(AssertUnwindSafe(|| go(&tree, &built_in)));
            prop_assert!(outcome.is_ok(), "a panic is never the answer");
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}
