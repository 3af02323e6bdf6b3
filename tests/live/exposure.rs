//! What `check` finds of ports of nodes and fields of Services, an API server refuses too, field by
//! field; and it takes what only looks like it.

use crate::support::ROOT;
use crate::support::control_plane::shared;

const OBJECTS: &str =
    "tests/errors/cases/check-invalid-field/modules/exposed/templates/exposure.yaml";

/// The fields that the server names of each object; none where it takes it.
const REFUSED: [(&str, &[&str]); 7] = [
    (
        "raises-balanced",
        &[
            "allocateLoadBalancerNodePorts",
            "healthCheckNodePort",
            "loadBalancerClass",
            "loadBalancerSourceRanges",
        ],
    ),
    ("raises-inside", &["externalTrafficPolicy", "nodePort"]),
    ("near-miss-balanced", &[]),
    ("near-miss-inside", &[]),
    ("raises-other-port", &["hostPort"]),
    ("raises-port-twice", &["hostPort"]),
    ("near-miss-ports", &[]),
];

#[test]
fn the_server_refuses_what_check_finds_and_takes_the_rest() {
    let Some(plane) = shared() else { return };
    let text = fs_err::read_to_string(format!("{ROOT}/{OBJECTS}")).expect("it is there");
    let text = text.replace("{{ images.server }}", "web:1");
    let documents: Vec<&str> = text.split("\n---\n").collect();
    assert_eq!(documents.len(), REFUSED.len());
    for (document, (name, fields)) in documents.into_iter().zip(REFUSED) {
        assert!(document.contains(&format!("name: {name} ")), "{document}");
        let create = ["create", "--dry-run=server", "-f", "-"];
        let Some(said) = plane.ask(&create, document) else {
            return;
        };
        match said {
            Ok(_) => assert!(fields.is_empty(), "{name} was taken"),
            Err(refusal) => {
                assert!(!fields.is_empty(), "{name}: {refusal}");
                let refusal_of = |field: &&&str| {
                    let refusal = refusal.to_lowercase();
                    refusal.contains(&field.to_lowercase())
                };
                let missing: Vec<_> = fields.iter().filter(|field| !refusal_of(field)).collect();
                assert!(missing.is_empty(), "{name}: {missing:?} not in {refusal}");
            }
        }
    }
}
