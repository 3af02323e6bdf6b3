//! Files that a case needs and that git, an editor or a reviewer would not keep as they are.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::Sandbox;

const KNOBS: &str = "environments/prod/demo.yaml";

/// Cases that [`make`] has files for.
pub const NAMES: &[&str] = &[
    "alias-bomb",
    "brackets-million",
    "byte-order-mark",
    "carriage-returns",
    "directory-as-knob-file",
    "directory-as-lock",
    "fifo-as-knob-file",
    "huge-file",
    "lock-differs",
    "link-component",
    "link-manifests",
    "link-out-of-repository",
    "manifest-changed-by-hand",
    "manifest-index-broken",
    "manifest-unknown-file",
    "many-keys",
    "manifests-of-revision-broken",
    "nesting-deep",
    "nul-byte",
    "tabs",
    "utf-16",
    "utf-8-broken",
];

/// Makes the files of a case; most cases need none.
pub fn make(case: &str, sandbox: &Sandbox) {
    match case {
        "alias-bomb" => drop(sandbox.write(KNOBS, alias_bomb())),
        "brackets-million" => drop(sandbox.write(KNOBS, "[".repeat(1_000_000))),
        "byte-order-mark" => drop(sandbox.write(KNOBS, "\u{feff}replicas: 9\n")),
        "carriage-returns" => drop(sandbox.write(
            KNOBS,
            "# saved on Windows\r\nreplicas: 9\r\nserver:\r\n  retension: 1h\r\n",
        )),
        "directory-as-knob-file" => folder(sandbox, KNOBS),
        "directory-as-lock" => folder(sandbox, "kops-stack.lock"),
        "fifo-as-knob-file" => {
            let made = Command::new("mkfifo").arg(sandbox.path(KNOBS)).status();
            assert!(made.expect("mkfifo can be run").success());
        }
        "huge-file" => {
            let line = "# a comment that somebody pasted very often\n";
            sandbox.write(KNOBS, line.repeat(210_000));
        }
        "lock-differs" => {
            let manifest = "environments/prod/manifests/metrics-server/kube-system/deployment-metrics-server.yaml";
            rendered(sandbox);
            let lock = sandbox.read("kops-stack.lock");
            let digits = lock.rfind("\": \"").expect("it holds a digest") + 4;
            let other = format!("{}0000{}", &lock[..digits], &lock[digits + 4..]);
            sandbox.write("kops-stack.lock", other);
            sandbox.replace(manifest, "replicas: 1\n", "replicas: 2\n");
        }
        "link-component" => {
            sandbox.write("outside.yaml", "replicas: 2\n");
            symlink("../../outside.yaml", sandbox.path(KNOBS)).expect("links can be made");
        }
        "link-manifests" => {
            let manifests = sandbox.path("environments/prod/manifests");
            symlink(sandbox.home(), manifests).expect("links can be made");
        }
        "link-out-of-repository" => {
            symlink("/etc", sandbox.path("modules/etc")).expect("links can be made");
        }
        "manifest-changed-by-hand" => {
            rendered(sandbox).replace(MANIFEST, "\n  text: hello", "\n  text: changed");
        }
        "manifest-index-broken" => {
            rendered(sandbox).write(
                "environments/prod/manifests/demo/index.json",
                "{\"files\": ",
            );
        }
        "manifest-unknown-file" => {
            rendered(sandbox).write("environments/prod/manifests/demo/mine.yaml", "a: 1\n");
        }
        "manifests-of-revision-broken" => {
            let index = "environments/prod/manifests/demo/index.json";
            let right = rendered(sandbox).read(index);
            sandbox.write(index, "{\"files\": ");
            sandbox.write(
                "environments/prod/manifests/namespaces/namespace-demo.yaml",
                "changed\n",
            );
            commit(sandbox);
            sandbox.write(index, right).run("render").succeeds();
        }
        "many-keys" => {
            let keys = (0..50).map(|number| format!("key{number}: 1\n"));
            sandbox.write(KNOBS, keys.collect::<String>());
        }
        "nesting-deep" => {
            let deep = (0..300).map(|depth| format!("{}a:\n", " ".repeat(depth)));
            sandbox.write(KNOBS, deep.collect::<String>());
        }
        "nul-byte" => drop(sandbox.write(KNOBS, "text: \"a\0b\"\n")),
        "tabs" => drop(sandbox.write(KNOBS, "server:\n\tretention: 1h\n")),
        "utf-16" => {
            let units = "\u{feff}replicas: 2\n".encode_utf16();
            let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
            sandbox.write(KNOBS, bytes);
        }
        "utf-8-broken" => drop(sandbox.write(KNOBS, b"# caf\xe9\nreplicas: 2\n")),
        _ => {}
    }
}

const MANIFEST: &str = "environments/prod/manifests/demo/demo/configmap-demo.yaml";

/// The repository with its manifests.
fn rendered(sandbox: &Sandbox) -> &Sandbox {
    sandbox.run("render").succeeds();
    sandbox
}

/// A git repository of one commit with all that is there.
fn commit(sandbox: &Sandbox) {
    let repository = git2::Repository::init(sandbox.root()).expect("a repository can be made");
    let mut index = repository.index().expect("it has an index");
    let all = git2::IndexAddOption::DEFAULT;
    index.add_all(["*"], all, None).expect("files can be added");
    let tree = index.write_tree().expect("a tree can be written");
    let tree = repository.find_tree(tree).expect("it was written just now");
    let author = git2::Signature::new("Test", "test@example.com", &git2::Time::new(0, 0));
    let author = author.expect("a name");
    let commit = repository.commit(Some("HEAD"), &author, &author, "All", &tree, &[]);
    commit.expect("it can be committed");
}

/// A folder that holds a file, as git keeps none that is empty.
fn folder(sandbox: &Sandbox, path: &str) {
    sandbox.write(&format!("{path}/README"), "not what stands here usually\n");
}

/// Nine levels, each ten times the one before: a thousand million words.
fn alias_bomb() -> String {
    let first = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    let more = (1..10).map(|level| {
        let aliases = vec![format!("*a{}", level - 1); 10];
        format!("a{level}: &a{level} [{}]\n", aliases.join(", "))
    });
    first + &more.collect::<String>()
}
