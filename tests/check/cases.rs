//! Every case of every module, each with knobs of its own, against upstream's real CRDs and the rules that a
//! component must meet by itself, whatever is set and whatever runs beside it.

use std::collections::{BTreeMap, BTreeSet};

use kops_stack::check::check;
use kops_stack::model::checking::Checking;
use kops_stack::model::rendering::{RenderedComponent, RenderedObject, Rendering};
use kops_stack::model::version::Version;
use rayon::prelude::*;

use super::upstream::{Crds, crds, data, rendered};
use crate::catalogue::case::rendered_everywhere;

/// What no knob may bring about.
const NEVER: [&str; 10] = [
    "floating-image",
    "invalid-field",
    "invalid-metadata",
    "list-key",
    "missing-port",
    "missing-service",
    "missing-service-account",
    "plaintext-secret",
    "removed-api",
    "unknown-field",
];

/// Modules that lean on another one, which no case of theirs has.
const LEANING: [(&str, &str, &str); 2] = [
    (
        "istio-base",
        "missing-service",
        "its validating webhook is served by istiod",
    ),
    (
        "istiod",
        "missing-service-account",
        "istio-base has the account of remote readers",
    ),
];

/// Accounts that cases take from somebody else, with `serviceAccount.create: false`.
const GIVEN: [&str; 3] = [
    "ServiceAccount external-dns/dns,",
    "ServiceAccount ingress-nginx/ingress,",
    "ServiceAccount istio-ingress/ingress,",
];

#[test]
fn no_knob_makes_what_the_api_server_refuses() {
    let Some(data) = data() else { return };
    let crds = crds(&data.join("crds"));
    let cases = rendered_everywhere();
    let found: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|(case, version, objects)| {
            let leans = |code: &str| {
                let mut leaning = LEANING.iter();
                leaning.any(|(module, leaning, _)| *module == case.module.name && *leaning == code)
            };
            let findings = findings(objects, &crds).into_iter();
            let given = |message: &str| GIVEN.iter().any(|account| message.contains(account));
            let findings = findings.filter(move |(code, message)| !leans(code) && !given(message));
            let title = format!("{} at {version}", case.title());
            findings.map(move |(code, message)| format!("{title}: {code}: {message}"))
        })
        .collect();
    assert!(cases.len() > 100, "only {} renderings", cases.len());
    assert!(
        found.is_empty(),
        "{} in {} renderings:\n{}",
        found.len(),
        cases.len(),
        found.join("\n")
    );
}

fn findings(objects: &[RenderedObject], crds: &Crds) -> Vec<(&'static str, String)> {
    let kind = |rendered: &RenderedObject| {
        (
            rendered.object.group().to_owned(),
            rendered.object.kind().to_owned(),
        )
    };
    let used: BTreeSet<(String, String)> = objects.iter().map(kind).collect();
    // In the place of the stand-ins.
    let real = used
        .iter()
        .filter_map(|kind| Some(rendered(crds.get(kind)?.clone())));
    let own = objects
        .iter()
        .filter(|rendered| rendered.object.kind() != "CustomResourceDefinition")
        .map(|rendered| RenderedObject {
            object: rendered.object.clone(),
            path: rendered.path.clone(),
            text: rendered.text.clone(),
        });
    let component = RenderedComponent {
        objects: own.chain(real).collect(),
        ..RenderedComponent::default()
    };
    let rendering = Rendering {
        components: BTreeMap::from([("case".to_owned(), component)]),
        ..Rendering::default()
    };
    let checking = Checking::alone("case", Version::parse("1.36.3").expect("a version"));
    let open = check(&rendering, &checking).open.into_iter();
    let ours = open.filter(|finding| NEVER.contains(&finding.diagnostic.code.name));
    ours.map(|finding| (finding.diagnostic.code.name, finding.diagnostic.message))
        .collect()
}
