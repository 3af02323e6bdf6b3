//! A published release of a stack never changes: the digests of what it renders are committed.
//!
//! What is rendered is a reference environment with all modules of the release and no knob set, and
//! every case of every module, each for every minor of Kubernetes that the release supports.

mod renderings;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::support::ROOT;
use renderings::renderings;

/// Releases that users may have, with the minors that they support. Nothing is ever taken away.
const PUBLISHED: [(&str, &[&str]); 3] = [
    ("reference/2026.8", &["1.34", "1.35"]),
    ("reference/2026.11", &["1.35", "1.36"]),
    ("reference/2026.12", &["1.35", "1.36"]),
];

/// Releases that still change, since no user has them. Each moves to [`PUBLISHED`] before main is
/// handed on, for `init` proposes the newest.
const IN_PREPARATION: [&str; 0] = [];

/// Cases whose digests were taken out, since no cluster can hold what they rendered: the API server refuses
/// it at every release. Their knobs are errors now, and cases of other names took their place.
const REFUSED: [(&str, &str); 3] = [
    (
        "ingress-nginx/on-nodes",
        "ports of the node that are not the container's, one of them the webhook's",
    ),
    (
        "kube-prometheus/tuned-alertmanager",
        "`loadBalancerSourceRanges` at a Service of type NodePort",
    ),
    (
        "kube-prometheus/tuned-grafana",
        "`loadBalancerSourceRanges` at a Service of type NodePort",
    ),
];

/// Set to add digests that are missing: of a release or a case that is new. It changes none.
const PUBLISH: &str = "PUBLISH_RENDERINGS";

const NEVER: &str = "\
A published release never changes: who renders it again must get what runs. To change what it renders,
make a new release in stacks/, and a feature in module.yaml that holds from it on (`{ stacks: \">=2027.2\" }`),
so that the change reaches one environment after the other. A case that sets other knobs gets a new name.";

fn file() -> PathBuf {
    PathBuf::from(ROOT).join("tests/frozen/digests.txt")
}

/// Digests by what they are of, as `reference/2026.11 1.36 cert-manager/default`.
fn committed() -> BTreeMap<String, String> {
    let text = fs_err::read_to_string(file()).unwrap_or_default();
    let lines = text.lines().map(|line| {
        let (digest, what) = line.split_once("  ").expect("a digest and what it is of");
        (what.to_owned(), digest.to_owned())
    });
    lines.collect()
}

#[test]
fn published_releases_render_what_they_rendered() {
    let mut frozen = committed();
    let renderings = renderings(&PUBLISHED);
    let changed: Vec<&String> = renderings
        .iter()
        .filter(|(what, digest)| frozen.get(*what).is_some_and(|known| known != *digest))
        .map(|(what, _)| what)
        .collect();
    assert!(
        changed.is_empty(),
        "these render something else now: {changed:#?}\n{NEVER}"
    );
    let gone: Vec<&String> = frozen
        .keys()
        .filter(|what| !renderings.contains_key(*what))
        .collect();
    assert!(
        gone.is_empty(),
        "these are rendered no more: {gone:#?}\n{NEVER}"
    );
    let missing: Vec<String> = renderings
        .keys()
        .filter(|what| !frozen.contains_key(*what))
        .cloned()
        .collect();
    if std::env::var_os(PUBLISH).is_some() {
        frozen.extend(renderings);
        let lines = frozen
            .iter()
            .map(|(what, digest)| format!("{digest}  {what}\n"));
        fs_err::write(file(), lines.collect::<String>()).expect("the file can be written");
        return;
    }
    assert!(
        missing.is_empty(),
        "these have no digest in tests/frozen/digests.txt: {missing:#?}\n\
         If they were taken out: put them back. If they are new: {PUBLISH}=1 cargo test --test integration frozen\n{NEVER}"
    );
}

#[test]
fn cases_that_the_server_refuses_do_not_come_back() {
    let frozen = committed();
    let cases = crate::catalogue::case::all();
    for (title, why) in REFUSED {
        let named = |what: &&String| what.ends_with(&format!(" {title}"));
        assert_eq!(frozen.keys().find(named), None, "{title} renders {why}");
        let mut cases = cases.iter();
        assert!(
            !cases.any(|case| format!("{}/{}", case.module.name, case.name) == title),
            "{title} renders {why}"
        );
    }
}

#[test]
fn every_published_release_is_still_there() {
    let stacks = &crate::support::catalogue::CATALOGUE;
    for (release, minors) in PUBLISHED {
        let stack = stacks.stack(release);
        let stack = stack.unwrap_or_else(|| panic!("{release} is gone from stacks/\n{NEVER}"));
        for minor in minors {
            let version = kops_stack::model::version::Version::parse(minor).expect("a minor");
            assert!(
                stack.kubernetes.contains(&version),
                "{release} lost {minor}\n{NEVER}"
            );
        }
    }
}

#[test]
fn every_release_is_published_or_in_preparation() {
    let stacks = crate::support::catalogue::CATALOGUE.stacks.values();
    for stack in stacks.flat_map(BTreeMap::values) {
        let title = stack.title();
        let published = PUBLISHED.iter().any(|(release, _)| *release == title);
        let in_preparation = IN_PREPARATION.contains(&title.as_str());
        assert!(
            published != in_preparation,
            "{title} belongs into one of PUBLISHED and IN_PREPARATION in tests/frozen/mod.rs"
        );
    }
}
