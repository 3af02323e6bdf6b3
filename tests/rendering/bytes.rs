//! The same input gives the same bytes, wherever and however the program runs.

use std::collections::BTreeMap;

use crate::support::{Ran, Run, Sandbox, fixtures};

type Files = BTreeMap<String, Vec<u8>>;

/// All manifests that a run from nothing writes.
fn rendered(prepare: impl FnOnce(Run) -> Run) -> Files {
    let sandbox = fixtures::environments();
    for environment in ["dev", "staging", "prod"] {
        let manifests = sandbox.path(&format!("environments/{environment}/manifests"));
        fs_err::remove_dir_all(manifests).expect("the manifests were committed");
    }
    let _: Ran = prepare(sandbox.command("render")).run().succeeds();
    manifests(&sandbox)
}

fn manifests(sandbox: &Sandbox) -> Files {
    let mut files = sandbox.files("environments");
    files.retain(|path, _| path.contains("/manifests/"));
    files
}

#[track_caller]
fn same(files: &Files, other: &Files) {
    let paths = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(files), paths(other));
    for (path, bytes) in files {
        assert!(bytes == &other[path], "{path} differs");
    }
}

#[test]
fn manifests_are_those_that_are_committed() {
    let files = rendered(|run| run);
    assert!(files.len() > 200, "only {} files", files.len());
    same(&files, &manifests(&fixtures::environments()));
}

#[test]
fn threads_do_not_matter() {
    let committed = manifests(&fixtures::environments());
    for threads in ["1", "2", "7"] {
        same(
            &rendered(|run| run.env("RAYON_NUM_THREADS", threads)),
            &committed,
        );
    }
}

#[test]
fn the_working_directory_does_not_matter() {
    let committed = manifests(&fixtures::environments());
    same(&rendered(|run| run.within("environments/dev")), &committed);
}

#[test]
fn locale_and_clock_do_not_matter() {
    let committed = manifests(&fixtures::environments());
    // In Turkish, an `I` in lower case is no `i`.
    let turkish = |run: Run| {
        run.env("LC_ALL", "tr_TR.UTF-8")
            .env("LANG", "tr_TR.UTF-8")
            .env("TZ", "Pacific/Kiritimati")
    };
    same(&rendered(turkish), &committed);
}

#[test]
fn the_home_folder_does_not_matter() {
    let committed = manifests(&fixtures::environments());
    same(&rendered(|run| run.without("HOME")), &committed);
    same(&rendered(|run| run.env("HOME", "/nowhere")), &committed);
}

#[test]
fn the_umask_does_not_matter() {
    let committed = manifests(&fixtures::environments());
    for mask in ["022", "077"] {
        same(&rendered(|run| run.umask(mask)), &committed);
    }
}
