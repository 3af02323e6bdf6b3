use super::step;
use crate::model::plan::{Effect, Pace};

/// A Deployment whose pods have an image of this number.
pub fn deployment(name: &str, spec: &str, image: usize) -> String {
    workload("Deployment", name, spec, image)
}

fn workload(kind: &str, name: &str, spec: &str, image: usize) -> String {
    format!("
---
apiVersion: apps/v1
kind: {kind}
metadata: {{ name: {name}, namespace: a }}
spec:
  {{ template: {{ metadata: {{ labels: {{ app: web }} }}, spec: {{ containers: [{{ name: web, image: 'x:{image}' }}] }} }}, {spec} }}
")
}

/// How pods restart when the image changes, beside other objects that stay.
fn restart(kind: &str, spec: &str, others: &str) -> Vec<Effect> {
    let yaml = |image| format!("{}{others}", workload(kind, "web", spec, image));
    step(&yaml(1), &yaml(2)).effects
}

fn restarts(pods: Option<u64>, pace: Pace, reason: &str) -> Vec<Effect> {
    vec![Effect::Restarts {
        pods,
        pace,
        reason: reason.to_owned(),
    }]
}

#[test]
fn deployments_restart_as_their_strategy_says() {
    let rolling = |pods| restarts(Some(pods), Pace::Rolling, "");
    let all = "its strategy lets all be missing";
    assert_eq!(restart("Deployment", "replicas: 3", ""), rolling(3));
    // A surge of one makes the new pod before the only old one goes.
    assert_eq!(restart("Deployment", "replicas: 1", ""), rolling(1));
    assert_eq!(restart("Deployment", "", ""), rolling(1));
    let strategy = |text: &str| format!("replicas: 2, strategy: {text}");
    assert_eq!(
        restart("Deployment", &strategy("{ type: Recreate }"), ""),
        restarts(Some(2), Pace::AtOnce, "strategy Recreate")
    );
    assert_eq!(
        restart(
            "Deployment",
            &strategy("{ rollingUpdate: { maxUnavailable: 100% } }"),
            ""
        ),
        restarts(Some(2), Pace::AtOnce, all)
    );
    let no_surge = "replicas: 1, strategy: { rollingUpdate: { maxSurge: 0 } }";
    assert_eq!(
        restart("Deployment", no_surge, ""),
        restarts(Some(1), Pace::AtOnce, all)
    );
    assert_eq!(restart("Deployment", "replicas: 0", ""), []);
}

#[test]
fn stateful_sets_restart_one_by_one_and_daemon_sets_node_by_node() {
    let only = "it is the only one";
    assert_eq!(
        restart("StatefulSet", "replicas: 3", ""),
        restarts(Some(3), Pace::Rolling, "")
    );
    assert_eq!(
        restart("StatefulSet", "replicas: 1", ""),
        restarts(Some(1), Pace::AtOnce, only)
    );
    let partition = "replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } }";
    assert_eq!(
        restart("StatefulSet", partition, ""),
        restarts(Some(1), Pace::Rolling, "")
    );
    assert_eq!(
        restart("DaemonSet", "", ""),
        restarts(None, Pace::Rolling, "")
    );
    let on_delete = restart("DaemonSet", "updateStrategy: { type: OnDelete }", "");
    assert!(matches!(on_delete.as_slice(), [Effect::Note { .. }]));
}

#[test]
fn an_autoscaler_hides_the_number_and_a_budget_does_not_help() {
    let scaler = "
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: a }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
";
    assert_eq!(
        restart("Deployment", "", scaler),
        restarts(None, Pace::Rolling, "")
    );
    let budget = "
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: a }
spec: { selector: { matchLabels: { app: web } }, minAvailable: 1 }
";
    assert_eq!(
        restart("Deployment", "strategy: { type: Recreate }", budget),
        restarts(
            Some(1),
            Pace::AtOnce,
            "strategy Recreate; its disruption budget does not hold a rollout back"
        )
    );
}

#[test]
fn changes_beside_the_template_restart_nothing() {
    let effects = step(
        &deployment("web", "replicas: 1", 1),
        &deployment("web", "replicas: 2", 1),
    )
    .effects;
    assert_eq!(effects, []);
    let cpu = |cpu: &str| {
        deployment("web", "replicas: 1", 1).replace(
            "name: web, image",
            &format!("name: web, resources: {{ limits: {{ cpu: {cpu} }} }}, image"),
        )
    };
    assert_eq!(step(&cpu("1"), &cpu("1000m")).effects, []);
}
