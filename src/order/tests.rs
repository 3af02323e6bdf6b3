use proptest::prelude::*;

use super::order;
use crate::model::graph::{EdgeKind, Graph, Node, levels};
use crate::model::rendering::Rendering;
use crate::testing::{dependency, rendering, shown};

/// The edges between objects and milestones, as `before → after (kind, reason)`.
fn edges(rendering: &Rendering) -> Vec<String> {
    let graph = order(rendering).expect("an order");
    let edge = |edge: &crate::model::graph::Edge| {
        let (before, after) = (name(&graph, edge.before), name(&graph, edge.after));
        format!("{before} → {after} ({}, {})", edge.kind.name(), edge.reason)
    };
    graph.edges.iter().map(edge).collect()
}

fn name(graph: &Graph, node: usize) -> String {
    match &graph.nodes[node] {
        Node::Object { identity, .. } => identity.to_string(),
        Node::Milestone(name) => format!("[{name}]"),
    }
}

/// Whether `later` comes in a later wave than `earlier`.
fn follows(rendering: &Rendering, later: &str, earlier: &str) -> bool {
    let graph = order(rendering).expect("an order");
    let weighs: Vec<bool> = graph
        .nodes
        .iter()
        .map(|node| matches!(node, Node::Object { .. }))
        .collect();
    let levels = levels(&weighs, &graph.edges).expect("no cycle");
    let level = |wanted: &str| {
        let node = (0..graph.nodes.len()).find(|node| name(&graph, *node) == wanted);
        levels[node.unwrap_or_else(|| panic!("there is no {wanted}"))]
    };
    level(later) > level(earlier)
}

fn workload(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "
---
apiVersion: apps/v1
kind: {kind}
metadata: {{ name: {name}, namespace: a }}
spec:
  selector: {{ matchLabels: {{ app: {name} }} }}
  template:
    metadata: {{ labels: {{ app: {name} }} }}
    spec: {{ containers: [{{ name: main }}], {spec} }}
"
    )
}

fn config_map(name: &str) -> String {
    format!(
        "
---
apiVersion: v1
kind: ConfigMap
metadata: {{ name: {name}, namespace: a }}
"
    )
}

fn service(name: &str) -> String {
    format!(
        "
---
apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: a }}
spec: {{ selector: {{ app: {name} }} }}
"
    )
}

const CRD: &str = "
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec: { group: example.com, names: { kind: Widget, plural: widgets }, versions: [] }
";

const WIDGET: &str = "
---
apiVersion: example.com/v1
kind: Widget
metadata: { name: one, namespace: a }
";

const WEBHOOK: &str = "
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: check }
webhooks:
- clientConfig: { service: { name: server, namespace: a } }
  rules: [{ apiGroups: [example.com], resources: [widgets] }]
";

#[test]
fn content_follows_its_namespace_and_resources_their_crd() {
    let namespace = "
apiVersion: v1
kind: Namespace
metadata: { name: a }
";
    let rendering = rendering(&[("x", &format!("{namespace}{CRD}{WIDGET}"))]);
    assert_eq!(
        edges(&rendering),
        [
            "CustomResourceDefinition widgets.example.com → Widget.example.com a/one (ready, its CRD)",
            "CustomResourceDefinition widgets.example.com → [CRDs of x] (ready, CRDs of x)",
            "Namespace a → Widget.example.com a/one (applied, namespace)",
        ]
    );
}

#[test]
fn pods_follow_what_they_read_and_what_their_account_may_do() {
    let yaml = "
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: a }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: a }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: web, namespace: a }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
subjects: [{ kind: ServiceAccount, name: web, namespace: a }]
";
    let spec = "serviceAccountName: web, volumes: [{ name: v, configMap: { name: settings } }]";
    let yaml = format!(
        "{yaml}{}{}",
        config_map("settings"),
        workload("Deployment", "web", spec)
    );
    assert_eq!(
        edges(&rendering(&[("x", &yaml)])),
        [
            "ConfigMap a/settings → Deployment a/web (applied, reads ConfigMap settings)",
            "Role a/reader → RoleBinding a/web (applied, its role)",
            "Role a/reader → [permissions of ServiceAccount a/web] (applied, permissions of its service account)",
            "RoleBinding a/web → [permissions of ServiceAccount a/web] (applied, permissions of its service account)",
            "ServiceAccount a/web → Deployment a/web (applied, service account)",
            "[permissions of ServiceAccount a/web] → Deployment a/web (applied, permissions of its service account)",
        ]
    );
}

#[test]
fn webhooks_follow_the_workload_that_serves_them_and_resources_follow_webhooks() {
    let yaml = format!(
        "{CRD}{WIDGET}{WEBHOOK}{}{}",
        service("server"),
        workload("Deployment", "server", "")
    );
    let rendering = rendering(&[("x", &yaml)]);
    let edges = edges(&rendering);
    let has = |edge: &str| assert!(edges.iter().any(|known| known == edge), "{edges:#?}");
    has(
        "Deployment a/server → ValidatingWebhookConfiguration check (ready, webhook is served by Deployment server)",
    );
    has("[CRDs of x] → Deployment a/server (ready, CRDs of its component)");
    has(
        "ValidatingWebhookConfiguration check → [webhooks of widgets.example.com serve] (ready, checked by webhook check)",
    );
    assert!(follows(
        &rendering,
        "Widget.example.com a/one",
        "ValidatingWebhookConfiguration check"
    ));
}

#[test]
fn an_api_service_follows_its_server() {
    let api = "
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: { name: v1beta1.metrics.k8s.io }
spec: { service: { name: server, namespace: a } }
";
    let yaml = format!(
        "{api}{}{}",
        service("server"),
        workload("Deployment", "server", "")
    );
    let edges = edges(&rendering(&[("x", &yaml)]));
    let wanted = "Deployment a/server → APIService v1beta1.metrics.k8s.io (ready, API is served by Deployment server)";
    assert!(edges.iter().any(|edge| edge == wanted), "{edges:#?}");
}

#[test]
fn a_component_waits_for_what_others_provide() {
    let (a, b) = (
        workload("Deployment", "issuer", ""),
        workload("Deployment", "web", ""),
    );
    let account = "
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: a }
";
    let mut rendering = rendering(&[
        ("issuer", &a),
        ("web", &format!("{b}{account}{}", config_map("web"))),
    ]);
    rendering.dependencies = vec![dependency("web", "issuer", "issuer")];
    assert_eq!(
        edges(&rendering),
        [
            "Deployment a/issuer → [issuer is ready] (ready, part of issuer)",
            "[issuer is ready] → [what web needs is ready] (ready, issuer provides issuer)",
            "[what web needs is ready] → ConfigMap a/web (ready, what web needs is ready)",
            "[what web needs is ready] → Deployment a/web (ready, what web needs is ready)",
        ]
    );
    assert!(!follows(
        &rendering,
        "ServiceAccount a/web",
        "Deployment a/issuer"
    ));
}

#[test]
fn kinds_of_others_need_their_crds_only() {
    let operator = format!("{CRD}{}", workload("Deployment", "operator", ""));
    let network = format!("{WIDGET}{}", workload("DaemonSet", "network", ""));
    let mut rendering = rendering(&[("network", &network), ("operator", &operator)]);
    rendering.dependencies = vec![
        dependency("network", "operator", "crd:example.com"),
        dependency("operator", "network", "cni"),
    ];
    let crd = "CustomResourceDefinition widgets.example.com";
    assert!(follows(&rendering, "DaemonSet a/network", crd));
    assert!(follows(
        &rendering,
        "Deployment a/operator",
        "DaemonSet a/network"
    ));
}

/// The rules of a network plug-in are checked by an operator that needs the network.
#[test]
fn what_would_close_a_circle_and_need_not_gives_way() {
    let operator = format!(
        "{CRD}{WEBHOOK}{}{}",
        service("server"),
        workload("Deployment", "server", "")
    );
    let network = format!("{WIDGET}{}", workload("DaemonSet", "network", ""));
    let mut rendering = rendering(&[("network", &network), ("operator", &operator)]);
    rendering.dependencies = vec![
        dependency("network", "operator", "crd:example.com"),
        dependency("operator", "network", "cni"),
    ];
    assert!(follows(
        &rendering,
        "Deployment a/server",
        "DaemonSet a/network"
    ));
    assert!(follows(
        &rendering,
        "Widget.example.com a/one",
        "ValidatingWebhookConfiguration check"
    ));
}

#[test]
fn a_circle_is_an_error_with_every_edge() {
    let reads = |name| format!("volumes: [{{ name: v, configMap: {{ name: {name} }} }}]");
    let first = workload("Deployment", "first", &reads("settings"));
    let second = format!(
        "{}{}",
        workload("Deployment", "second", ""),
        config_map("settings")
    );
    let asks = "
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: a
  annotations: { kops-stack.io/depends-on: apps/namespaces/a/Deployment/second }
";
    let mut rendering = rendering(&[
        ("first", &first),
        (
            "second",
            &second.replace(&config_map("settings"), &format!("---{asks}")),
        ),
    ]);
    rendering.dependencies = vec![dependency("second", "first", "database")];
    let errors = order(&rendering).expect_err("a circle");
    insta::assert_snapshot!(shown(&errors), @r#"
    error[order-cycle]: 5 steps of `test` wait for one another in a circle, so that none could be first
     |
     = help: "first is ready" comes after Deployment a/first (part of first)
     = help: "what second needs is ready" comes after "first is ready" (first provides database)
     = help: Deployment a/second comes after "what second needs is ready" (what second needs is ready)
     = help: ConfigMap a/settings comes after Deployment a/second (asked for by its annotation)
     = help: Deployment a/first comes after ConfigMap a/settings (reads ConfigMap settings)
     = help: take one of these needs away: the object that is named, or the component that provides it
    "#);
}

#[test]
fn an_order_that_the_author_asks_for_is_kept() {
    let asks = "
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: late
  namespace: a
  annotations: { kops-stack.io/depends-on: 'apps/namespaces/a/Deployment/web, /Namespace/none' }
";
    let yaml = format!("{asks}{}", workload("Deployment", "web", ""));
    assert_eq!(
        edges(&rendering(&[("x", &yaml)])),
        ["Deployment a/web → ConfigMap a/late (ready, asked for by its annotation)"]
    );
}

#[test]
fn an_autoscaler_follows_its_target_and_pods_follow_limits() {
    let yaml = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web, namespace: a }
spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web } }
---
apiVersion: v1
kind: LimitRange
metadata: { name: limits, namespace: a }
";
    let rendering = rendering(&[("x", &format!("{yaml}{}", workload("Deployment", "web", "")))]);
    assert!(follows(
        &rendering,
        "HorizontalPodAutoscaler a/web",
        "Deployment a/web"
    ));
    assert!(follows(
        &rendering,
        "Deployment a/web",
        "LimitRange a/limits"
    ));
}

/// Objects that name one another and components that need one another, at random.
fn renderings() -> impl Strategy<Value = Rendering> {
    let object = (0..3usize, 0..6usize, prop::collection::vec(0..6usize, 0..3));
    let objects = prop::collection::vec(object, 1..24);
    let needs = prop::collection::vec((0..3usize, 0..3usize), 0..4);
    (objects, needs).prop_map(|(objects, needs)| {
        let mut components = vec![String::new(); 3];
        for (index, (component, kind, reads)) in objects.iter().enumerate() {
            let name = format!("o{index}");
            let volumes = reads
                .iter()
                .map(|read| format!("{{ name: v, configMap: {{ name: o{read} }} }}"));
            let spec = format!("volumes: [{}]", volumes.collect::<Vec<_>>().join(", "));
            components[*component] += &match kind {
                0 | 1 => config_map(&name),
                2 => service(&name),
                3 => WIDGET.replace("one", &name),
                _ => workload("Deployment", &name, &spec),
            };
        }
        components[0] += CRD;
        let names = ["x", "y", "z"];
        let pairs: Vec<_> = names
            .into_iter()
            .zip(components.iter().map(String::as_str))
            .collect();
        let mut rendering = rendering(&pairs);
        rendering.dependencies = needs
            .iter()
            .map(|(component, on)| dependency(names[*component], names[*on], "thing"))
            .collect();
        rendering
    })
}

proptest! {
    #[test]
    fn an_order_is_found_or_refused_and_always_the_same(rendering in renderings()) {
        let first = order(&rendering);
        let again = order(&rendering);
        prop_assert_eq!(first.as_ref().ok(), again.as_ref().ok());
        if let Ok(graph) = first {
            let weighs = vec![true; graph.nodes.len()];
            let levels = levels(&weighs, &graph.edges).expect("an order has no cycle");
            for edge in &graph.edges {
                prop_assert!(levels[edge.before] < levels[edge.after]);
            }
            prop_assert!(graph.edges.iter().all(|edge| edge.kind != EdgeKind::Ready || !edge.reason.is_empty()));
        }
    }
}
