//! The rule, held against every file below src/.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use walkdir::WalkDir;

use super::source::{code, known, without_tests};
use crate::support::ROOT;

/// Each knows only what stands before it.
const FOUNDATION: [&str; 4] = ["diagnostic", "yaml", "object", "model"];
const STAGES: [&str; 10] = [
    "load", "resolve", "render", "check", "order", "plan", "health", "report", "import", "upgrade",
];
const ADAPTERS: [&str; 4] = ["tree", "manifests", "kubernetes", "provider"];

/// A file of the program: its top-level module, how deep it lies, and its code without tests.
struct File {
    path: String,
    module: String,
    depth: usize,
    code: String,
}

/// What a top-level module may know besides itself; None when the design does not name it.
fn allowed(module: &str) -> Option<&'static [&'static str]> {
    let place = FOUNDATION.iter().position(|name| *name == module);
    if let Some(place) = place {
        return Some(&FOUNDATION[..place]);
    }
    let upon = STAGES.contains(&module) || ADAPTERS.contains(&module) || module == "apply";
    upon.then_some(&FOUNDATION)
}

/// Every file below src/ but those that only tests see.
fn files() -> Vec<File> {
    let top = Path::new(ROOT).join("src");
    let mut files = BTreeMap::new();
    let mut tests = BTreeSet::new();
    for entry in WalkDir::new(&top).sort_by_file_name() {
        let entry = entry.expect("src/ can be read");
        if entry.path().extension().is_none_or(|end| end != "rs") {
            continue;
        }
        let within = entry.path().strip_prefix(&top).expect("it lies in src/");
        let path = within.to_string_lossy().into_owned();
        let text = fs_err::read_to_string(entry.path()).expect("sources can be read");
        let (code, modules) = without_tests(&code(&text));
        let folder = folder(&path);
        tests.extend(modules.iter().map(|name| format!("{folder}{name}")));
        files.insert(path, code);
    }
    let only_for_tests = |path: &str| {
        let bare = path.trim_end_matches(".rs");
        tests.iter().any(|test| {
            bare == test
                || bare
                    .strip_prefix(test.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    files
        .into_iter()
        .filter(|(path, _)| !only_for_tests(path))
        .map(|(path, code)| {
            let bare = path.trim_end_matches(".rs").trim_end_matches("/mod");
            File {
                module: bare.split('/').next().unwrap_or_default().to_owned(),
                depth: bare.split('/').count(),
                path,
                code,
            }
        })
        .collect()
}

/// Where the modules that a file declares lie.
fn folder(path: &str) -> String {
    match path.strip_suffix("mod.rs") {
        Some(folder) => folder.to_owned(),
        None if path == "lib.rs" => String::new(),
        None => format!("{}/", path.trim_end_matches(".rs")),
    }
}

#[test]
fn imports_point_one_way() {
    let files = files();
    let modules: BTreeSet<&str> = files.iter().map(|file| file.module.as_str()).collect();
    let mut wrong = Vec::new();
    for file in &files {
        if ["main", "lib", "cli"].contains(&file.module.as_str()) {
            continue;
        }
        let Some(allowed) = allowed(&file.module) else {
            wrong.push(format!(
                "src/{}: the design names no `{}`",
                file.path, file.module
            ));
            continue;
        };
        for (line, name) in known(&file.code, file.depth) {
            let other = name != file.module && modules.contains(name.as_str());
            if other && !allowed.contains(&name.as_str()) {
                let (path, module) = (&file.path, &file.module);
                wrong.push(format!(
                    "src/{path}:{line}: `{module}` must not know `{name}`"
                ));
            }
        }
    }
    assert!(files.len() > 100, "only {} files were read", files.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_yaml_knows_the_library_that_reads_yaml() {
    holds(&["granit_parser"], &["yaml"]);
}

#[test]
fn only_adapters_and_cli_touch_the_world() {
    holds(
        &["std::fs", "fs_err", "walkdir"],
        &["tree", "manifests", "provider", "cli"],
    );
    holds(&["object_store", "hyper_util"], &["provider"]);
    holds(&["std::env"], &["cli"]);
    holds(&["std::process"], &["provider", "cli"]);
    holds(&["SystemTime::now"], &["cli"]);
    // What works with a cluster measures how long things take, on a clock that tests hold.
    holds(
        &["Instant::now"],
        &["cli", "apply", "kubernetes", "provider"],
    );
    holds(&["std::time::Instant"], &["cli"]);
    holds(&["TcpStream", "UdpSocket"], &["kubernetes"]);
}

/// `words` stand only in the modules of `places`.
#[track_caller]
fn holds(words: &[&str], places: &[&str]) {
    let mut wrong = Vec::new();
    for file in files() {
        if places.contains(&file.module.as_str()) {
            continue;
        }
        for (number, line) in file.code.lines().enumerate() {
            let found = words.iter().filter(|word| line.contains(*word));
            wrong.extend(found.map(|word| format!("src/{}:{}: `{word}`", file.path, number + 1)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
