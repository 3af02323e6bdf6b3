mod immutable;
mod restarts;
mod schedule;
mod speed;

use proptest::prelude::*;

use crate::model::plan::{Action, Effect, Plan, Step};
use crate::testing::{identity, plan_of, rendering};

/// The plan from one set of objects of a component to another.
fn plan(old: &str, new: &str) -> Plan {
    plan_of(&rendering(&[("x", new)]), Some(&rendering(&[("x", old)])))
}

/// The only step of a plan.
fn step(old: &str, new: &str) -> Step {
    let mut plan = plan(old, new);
    assert_eq!(plan.steps.len(), 1, "{:#?}", plan.steps);
    plan.steps.remove(0)
}

fn reasons(step: &Step) -> Vec<&str> {
    let reason = |effect| match effect {
        &Effect::CrdChange { ref reason } | &Effect::DeletesData { ref reason } => {
            Some(reason.as_str())
        }
        _ => None,
    };
    step.effects.iter().filter_map(reason).collect()
}

const CONFIG: &str = "
apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: a }
data: { size: '1', colour: red }
";

#[test]
fn against_nothing_everything_is_created() {
    let plan = plan_of(&rendering(&[("x", CONFIG)]), None);
    assert_eq!(plan.count(Action::Create), 1);
    assert_eq!(plan.unchanged(), 0);
}

#[test]
fn fields_that_differ_are_listed() {
    let step = step(CONFIG, &CONFIG.replace("red", "blue"));
    assert_eq!(step.action, Action::Update);
    let paths: Vec<String> = step
        .changes
        .iter()
        .map(|change| change.path.to_string())
        .collect();
    assert_eq!(paths, ["data.colour"]);
}

#[test]
fn what_is_gone_is_deleted_and_the_rest_counted() {
    let plan = plan(
        &format!("{CONFIG}---{}", CONFIG.replace("web", "old")),
        CONFIG,
    );
    assert_eq!(plan.steps[0].identity, identity("ConfigMap a/old"));
    assert_eq!(plan.steps[0].action, Action::Delete);
    assert_eq!(plan.unchanged(), 1);
}

#[test]
fn an_object_of_another_component_is_moved_and_not_deleted() {
    let plan = plan_of(
        &rendering(&[("new", CONFIG)]),
        Some(&rendering(&[("old", CONFIG)])),
    );
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].action, Action::Noop);
    let moved = Effect::Moved {
        from: "old".to_owned(),
    };
    assert_eq!(plan.steps[0].effects, [moved]);
    assert!(!plan.steps[0].is_dangerous());
}

#[test]
fn what_is_protected_stays() {
    let kept = CONFIG.replace(
        "namespace: a",
        "namespace: a, annotations: { kops-stack.io/protect: 'true' }",
    );
    let plan = plan(&kept, "");
    assert_eq!(plan.steps[0].action, Action::Blocked);
    assert!(matches!(
        plan.steps[0].effects.as_slice(),
        [Effect::Protected { .. }]
    ));
}

#[test]
fn secrets_are_compared_and_then_masked() {
    let secret = "
apiVersion: v1
kind: Secret
metadata: { name: a, namespace: a }
data: { key: aHVudGVyMg== }
stringData: { word: hunter2 }
";
    let other = secret
        .replace("hunter2", "hunter3")
        .replace("aHVudGVyMg==", "aHVudGVyMw==");
    let step = step(secret, &other);
    assert_eq!(step.changes.len(), 2);
    let shown = format!("{step:?}");
    assert!(shown.contains("<secret 7 bytes>"), "{shown}");
    for secret in ["hunter", "aHVudGVy"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn malformed_secrets_stay_secret() {
    let secret = |words: &str| {
        format!(
            "
apiVersion: v1
kind: Secret
metadata: {{ name: a, namespace: a }}
stringData: {words}
"
        )
    };
    for (old, new) in [
        ("{ a: [hunter2] }", "{ a: [hunter3, hunter4] }"),
        ("hunter2", "[hunter3]"),
        ("{}", "{ a: { b: hunter2 } }"),
        ("{ a: { b: [hunter2] } }", "{ a: { b: [hunter3] } }"),
    ] {
        let shown = format!("{:?}", step(&secret(old), &secret(new)));
        assert!(!shown.contains("hunter"), "{shown}");
    }
}

const CRD: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { kind: Widget, plural: widgets }
  versions:
  - { name: v1alpha1, served: true, storage: false }
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        properties:
          spec:
            required: [size]
            properties:
              size: { type: integer, maximum: 10 }
              colour: { type: string, enum: [red, blue] }
              parts:
                type: array
                items: { properties: { name: { type: string } } }
";

#[test]
fn crds_that_refuse_what_exists_are_said() {
    let reasons_of = |from: &str, to: &str| {
        assert!(CRD.contains(from), "{from}");
        let step = step(CRD, &CRD.replace(from, to));
        assert_eq!(step.action, Action::Update);
        reasons(&step).join("; ")
    };
    assert_eq!(
        reasons_of("- { name: v1alpha1, served: true, storage: false }", ""),
        "version v1alpha1 goes; the server refuses while objects are stored in it"
    );
    assert_eq!(
        reasons_of(
            "served: true, storage: false",
            "served: false, storage: false"
        ),
        "version v1alpha1 is no longer served"
    );
    assert_eq!(
        reasons_of("maximum: 10", "maximum: 5"),
        "v1 is stricter about spec.size"
    );
    assert_eq!(reasons_of("maximum: 10", "maximum: 20"), "");
    assert_eq!(
        reasons_of("[red, blue]", "[red]"),
        "v1 is stricter about spec.colour"
    );
    assert_eq!(reasons_of("[red, blue]", "[red, blue, green]"), "");
    assert_eq!(
        reasons_of("required: [size]", "required: [size, colour]"),
        "v1 is stricter about spec"
    );
    assert_eq!(
        reasons_of("type: integer", "type: string"),
        "v1 is stricter about spec.size"
    );
    assert_eq!(
        reasons_of(
            "items: { properties: { name: { type: string } } }",
            "items: {}"
        ),
        "v1 no longer knows spec.parts[].*"
    );
}

#[test]
fn a_new_storage_version_is_said() {
    let new = CRD
        .replace("storage: true", "storage: nope")
        .replace("storage: false", "storage: true")
        .replace("storage: nope", "storage: false");
    let step = step(CRD, &new);
    assert_eq!(
        reasons(&step),
        [
            "objects are stored as v1alpha1 from now on; those of v1 stay until they are written again"
        ]
    );
}

#[test]
fn deletes_say_what_goes_with_them() {
    let widget = |name: &str, namespace: &str| {
        format!(
            "
---
apiVersion: example.com/v1
kind: Widget
metadata: {{ name: {name}, namespace: {namespace} }}
"
        )
    };
    let kept = format!("{}{}", widget("a", "a"), widget("b", "b"));
    let step = step(&format!("{CRD}{kept}"), &kept);
    let expected = Effect::DeletesKind {
        objects: 2,
        namespaces: 2,
    };
    assert_eq!(step.effects, [expected]);
    let namespace = "
---
apiVersion: v1
kind: Namespace
metadata: { name: a }
";
    let deleted = plan(&format!("{CONFIG}{namespace}"), CONFIG);
    assert_eq!(
        reasons(&deleted.steps[0]),
        ["everything in it goes too, 1 object of it known here"]
    );
}

fn objects() -> impl Strategy<Value = String> {
    let object = (0..4usize, 0..5usize, 0..3usize);
    prop::collection::btree_map(0..12usize, object, 0..12).prop_map(|objects| {
        let object = |(name, (kind, value, size)): (usize, (usize, usize, usize))| match kind {
            0 => format!("---\n{}", CONFIG.replace("web", &format!("c{name}")).replace("red", &format!("v{value}"))),
            1 => format!("---\napiVersion: v1\nkind: Secret\nmetadata: {{ name: s{name}, namespace: a }}\nstringData: {{ k: secret{value} }}\n"),
            2 => format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{ name: n{name}, labels: {{ l: l{value} }} }}\n"),
            _ => restarts::deployment(&format!("d{name}"), &format!("replicas: {size}, selector: {{ matchLabels: {{ app: s{value} }} }}"), value),
        };
        objects.into_iter().map(object).collect()
    })
}

proptest! {
    #[test]
    fn a_plan_to_the_same_is_empty(yaml in objects()) {
        let plan = plan(&yaml, &yaml);
        prop_assert!(plan.is_empty());
        prop_assert!(plan.edges.is_empty() && plan.waves.is_empty() && plan.milestones.is_empty());
    }

    #[test]
    fn every_edge_goes_to_a_later_wave_and_every_object_is_counted(old in objects(), new in objects()) {
        let plan = plan(&old, &new);
        let mut waves = vec![None; plan.steps.len()];
        for (wave, steps) in plan.waves.iter().enumerate() {
            for step in steps {
                prop_assert_eq!(waves[*step].replace(wave), None);
            }
        }
        for edge in plan.edges.iter().filter(|edge| edge.before.max(edge.after) < plan.steps.len()) {
            prop_assert!(waves[edge.before] < waves[edge.after]);
        }
        let desired = new.matches("apiVersion").count();
        let planned = plan.steps.iter().filter(|step| step.action != Action::Delete).count();
        prop_assert_eq!(desired, planned + plan.unchanged());
        let shown = format!("{plan:?}");
        prop_assert!(!shown.contains("secret0"));
    }
}
