use super::restarts::deployment;
use crate::model::plan::Plan;
use crate::model::rendering::Rendering;
use crate::testing::{dependency, plan_of, rendering};

fn waves(plan: &Plan) -> Vec<String> {
    let names = |wave: &Vec<usize>| {
        let names = wave
            .iter()
            .map(|step| plan.steps[*step].identity.to_string());
        names.collect::<Vec<_>>().join(", ")
    };
    plan.waves.iter().map(names).collect()
}

const NAMESPACE: &str = "
---
apiVersion: v1
kind: Namespace
metadata: { name: a }
";

const CONFIG: &str = "
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: a }
";

/// Three components in a chain, the images of their pods by number.
fn chain(images: [usize; 3]) -> Rendering {
    let names = ["first", "second", "third"];
    let yaml = names
        .iter()
        .zip(images)
        .map(|(name, image)| deployment(name, "replicas: 1", image));
    let yaml: Vec<String> = yaml.collect();
    let mut rendering = rendering(
        &names
            .into_iter()
            .zip(yaml.iter().map(String::as_str))
            .collect::<Vec<_>>(),
    );
    rendering.dependencies = vec![
        dependency("second", "first", "a"),
        dependency("third", "second", "b"),
    ];
    rendering
}

#[test]
fn a_component_waits_also_through_one_that_does_not_change() {
    let plan = plan_of(&chain([2, 1, 2]), Some(&chain([1, 1, 1])));
    assert_eq!(waves(&plan), ["Deployment a/first", "Deployment a/third"]);
}

#[test]
fn milestones_that_nothing_reaches_are_left_out() {
    let plan = plan_of(&chain([1, 1, 2]), Some(&chain([1, 1, 1])));
    assert!(plan.milestones.is_empty() && plan.edges.is_empty());
    assert_eq!(waves(&plan), ["Deployment a/third"]);
}

#[test]
fn deletes_run_backwards_and_last() {
    let old = format!("{NAMESPACE}{CONFIG}{}", deployment("web", "", 1));
    let new = "
apiVersion: v1
kind: Namespace
metadata: { name: b }
";
    let plan = plan_of(&rendering(&[("x", new)]), Some(&rendering(&[("x", &old)])));
    assert_eq!(
        waves(&plan),
        [
            "Namespace b",
            "ConfigMap a/web, Deployment a/web",
            "Namespace a"
        ]
    );
}

#[test]
fn components_go_in_the_reverse_order_of_their_need() {
    let mut empty = chain([1, 1, 1]);
    empty.components.clear();
    let plan = plan_of(&empty, Some(&chain([1, 1, 1])));
    assert_eq!(
        waves(&plan),
        [
            "Deployment a/third",
            "Deployment a/second",
            "Deployment a/first"
        ]
    );
}

const WIDGET: &str = "
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: a }
";

const CRD: &str = "
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec: { group: example.com, names: { kind: Widget, plural: widgets }, versions: [] }
";

#[test]
fn resources_go_before_the_controller_that_cleans_up_behind_them() {
    let operator = format!("{CRD}{}", deployment("operator", "", 1));
    let current = rendering(&[("operator", &operator), ("shop", WIDGET)]);
    let plan = plan_of(&rendering(&[]), Some(&current));
    assert_eq!(
        waves(&plan),
        [
            "Widget.example.com a/one",
            "Deployment a/operator",
            "CustomResourceDefinition widgets.example.com"
        ]
    );
}

/// The operator needs the network, and the network has resources of the operator's kind.
#[test]
fn a_known_order_is_stronger_than_a_likely_one() {
    let operator = format!("{CRD}{}", deployment("operator", "", 1));
    let network = format!("{WIDGET}{}", deployment("network", "", 1));
    let mut current = rendering(&[("network", &network), ("operator", &operator)]);
    current.dependencies = vec![
        dependency("operator", "network", "cni"),
        dependency("network", "operator", "crd:example.com"),
    ];
    let plan = plan_of(&rendering(&[]), Some(&current));
    assert_eq!(waves(&plan)[0], "Deployment a/operator");
}

/// Each of many objects follows each of many others, by way of one milestone.
#[test]
fn edges_stay_linear() {
    let many = |component: &str| {
        let maps = (0..200).map(|index| CONFIG.replace("web", &format!("{component}{index}")));
        maps.collect::<String>()
    };
    let mut desired = rendering(&[("x", &many("x")), ("y", &many("y"))]);
    desired.dependencies = vec![dependency("y", "x", "thing")];
    let plan = plan_of(&desired, None);
    assert_eq!(
        plan.waves.iter().map(Vec::len).collect::<Vec<_>>(),
        [200, 200]
    );
    assert!(plan.edges.len() < 500, "{} edges", plan.edges.len());
}

const AUTOSCALER: &str = "
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: a }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 5 }
";

/// The waves and the reasons of a plan that takes the autoscaler away, and `more` with it.
fn autoscaler_goes(knobs: &str, more: &str) -> (Vec<String>, Vec<String>) {
    let old = format!("{}{AUTOSCALER}{more}", deployment("web", "", 1));
    let new = deployment("web", knobs, 2);
    let plan = plan_of(&rendering(&[("x", &new)]), Some(&rendering(&[("x", &old)])));
    let reasons = plan.edges.iter().map(|edge| edge.reason.to_string());
    (waves(&plan), reasons.collect())
}

#[test]
fn an_autoscaler_goes_before_the_workload_that_says_its_number_again() {
    let (waves, reasons) = autoscaler_goes("replicas: 1", CONFIG);
    assert_eq!(
        waves,
        [
            "HorizontalPodAutoscaler a/web",
            "Deployment a/web",
            "ConfigMap a/web"
        ]
    );
    let told = "an autoscaler that goes sets the number of pods no more";
    assert!(reasons.iter().any(|reason| reason == told), "{reasons:?}");
}

#[test]
fn an_autoscaler_of_a_workload_without_a_number_goes_last() {
    let (waves, _) = autoscaler_goes("", "");
    assert_eq!(waves, ["Deployment a/web", "HorizontalPodAutoscaler a/web"]);
}

#[test]
fn an_autoscaler_goes_last_where_what_needs_it_does() {
    let web = |replicas: &str, image| deployment("web", replicas, image);
    let old = format!("{}{AUTOSCALER}", web("", 1));
    let mut current = rendering(&[("x", &old), ("y", CONFIG)]);
    current.dependencies = vec![dependency("y", "x", "a")];
    let plan = plan_of(&rendering(&[("x", &web("replicas: 1", 2))]), Some(&current));
    assert_eq!(
        waves(&plan),
        [
            "Deployment a/web",
            "ConfigMap a/web",
            "HorizontalPodAutoscaler a/web"
        ]
    );
}
