//! The environments of this repository get ready on the test control plane: what the stand-ins play is
//! enough for all that the catalogue renders, with upstream's own CRDs where they are at hand.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::model::digest::sha256;
use walkdir::WalkDir;

use super::health::all_get_healthy;
use crate::support::ROOT;
use crate::support::catalogue::CATALOGUE;
use crate::support::control_plane::{ControlPlane, start};

#[test]
fn dev_gets_ready_and_then_all_other_modules() {
    let Some(plane) = start("1.36", &["-nodes", "3"]) else {
        return;
    };
    if gets_ready(&plane, "dev").is_some() {
        certificate_waits_for_its_issuer(&plane);
        certificates_go_wrong(&plane);
        route_waits_for_its_service(&plane);
        other_modules_get_ready(&plane);
    }
}

#[test]
fn prod_gets_ready_on_the_release_before() {
    let flags = ["-nodes", "3", "-node-label", "role=platform"];
    if let Some(plane) = start("1.35", &flags) {
        gets_ready(&plane, "prod");
    }
}

/// Applies the committed manifests until nothing is refused any more, and waits for all of them.
fn gets_ready(plane: &ControlPlane, environment: &str) -> Option<()> {
    let manifests = manifests(environment);
    is_taken(plane, environment, &manifests)?;
    are_ready(
        plane,
        &[
            ("deployment", "Available"),
            ("job", "Complete"),
            ("apiservice", "Available"),
            ("clusterissuer", "Ready"),
            ("certificate", "Ready"),
            ("gatewayclass", "Accepted"),
            ("gateway.gateway.networking.k8s.io", "Programmed"),
        ],
    )?;
    // The Gateway's certificate is there, so all of its listeners are good.
    let listeners =
        r#"jsonpath={.items[*].status.listeners[*].conditions[?(@.type=="Programmed")].status}"#;
    let listeners = plane.kubectl(&["get", "gateways", "-A", "-o", listeners])?;
    assert!(
        !listeners.is_empty() && !listeners.contains("False"),
        "{listeners}"
    );
    all_get_healthy(plane, &manifests)
}

/// Each pass finds more of what it needs: namespaces, definitions, webhooks that answer.
fn is_taken(plane: &ControlPlane, what: &str, manifests: &str) -> Option<()> {
    let arguments = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    let mut refused = String::new();
    for _ in 0..8 {
        match plane.ask(&arguments, manifests)? {
            Ok(_) => return Some(()),
            Err(said) => refused = said,
        }
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    panic!("{what} is not taken: {refused}");
}

fn are_ready(plane: &ControlPlane, kinds: &[(&str, &str)]) -> Option<()> {
    for (kind, condition) in kinds {
        let condition = format!("--for=condition={condition}");
        plane.kubectl(&["wait", "--all", "-A", kind, &condition, "--timeout=300s"])?;
    }
    Some(())
}

/// All manifests of an environment; the stand-ins of CRDs are left out where upstream's are at hand.
fn manifests(environment: &str) -> String {
    let folder = Path::new(ROOT)
        .join("environments")
        .join(environment)
        .join("manifests");
    let published = published();
    let mut all = String::new();
    for component in fs_err::read_dir(&folder).expect("it is committed") {
        let component = component.expect("it can be read").path();
        // What makes the cluster is for kops, and not for the cluster.
        if component.ends_with("cluster") {
            continue;
        }
        let index = fs_err::read_to_string(component.join("index.json")).expect("each has one");
        let index: serde_json::Value = serde_json::from_str(&index).expect("it is JSON");
        let strict = strict(&published, &index);
        for entry in WalkDir::new(&component) {
            let path = entry.expect("it can be read").into_path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("it is text");
            let replaced = !strict.is_empty() && name.starts_with("customresourcedefinition-");
            if name.ends_with(".yaml") && !replaced {
                let text = fs_err::read_to_string(&path).expect("it can be read");
                all += &format!("---\n{text}\n");
            }
        }
        for text in strict {
            all += &format!("---\n{text}\n");
        }
    }
    all
}

/// What upstream publishes, by digest.
fn published() -> BTreeMap<String, String> {
    let folder = Path::new(ROOT).join("../shared/data/crds");
    if !folder.exists() {
        eprintln!("there is no ../shared/data/crds: with stand-ins of the CRDs");
        return BTreeMap::new();
    }
    WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| fs_err::read_to_string(entry.path()).expect("it is text"))
        .map(|text| (sha256(text.as_bytes()), text))
        .collect()
}

/// Upstream's CRDs for the version of the module of a component; none when one of them is missing.
fn strict<'t>(
    published: &'t BTreeMap<String, String>,
    index: &serde_json::Value,
) -> Vec<&'t String> {
    let text = |key: &str| index[key].as_str().unwrap_or_default();
    let Some(module) = CATALOGUE.modules.get(text("module")) else {
        return Vec::new();
    };
    let files: Option<Vec<_>> = module
        .inputs
        .iter()
        .flat_map(|input| &input.versions)
        .filter(|version| version.version.to_string() == text("version"))
        .flat_map(|version| version.files.values())
        .map(|digest| published.get(&digest.to_string()))
        .collect();
    files.unwrap_or_default()
}

fn certificate_waits_for_its_issuer(plane: &ControlPlane) {
    let ca = |name: &str, more: &str| {
        format!(
            "
---
apiVersion: cert-manager.io/v1
kind: {name}
metadata: {{ name: own, namespace: default }}
spec: {more}
"
        )
    };
    let issuer = ca("Issuer", "{ ca: { secretName: ca } }");
    let certificate = ca(
        "Certificate",
        "{ secretName: own, dnsNames: [own.example.com], issuerRef: { name: own } }",
    );
    plane.apply(&(issuer + &certificate));
    let reason = |kind| {
        let path = r#"jsonpath={.status.conditions[?(@.type=="Ready")].reason}"#;
        ["get", kind, "own", "-o", path]
    };
    plane.wait_for(&reason("issuer"), |said| said == "ErrGetKeyPair");
    plane.wait_for(&reason("certificate"), |said| said == "DoesNotExist");
    let missing = plane.ask(&["get", "secret", "own"], "");
    assert!(missing.is_some_and(|said| said.is_err_and(|said| said.contains("not found"))));
    plane.apply(
        "
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: { name: self, namespace: default }
spec: { selfSigned: {} }
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: { name: ca, namespace: default }
spec: { secretName: ca, isCA: true, commonName: ca, issuerRef: { name: self } }
",
    );
    plane.wait_for(&reason("issuer"), |said| said == "KeyPairVerified");
    plane.wait_for(&reason("certificate"), |said| said == "Ready");
}

/// Of three Certificates one is refused, one comes late, and one never gets its Secret.
fn certificates_go_wrong(plane: &ControlPlane) {
    let lines = [
        "Certificate default/bad fail quota reached",
        "Certificate default/late slow 4s",
        "Secret default/never absent",
    ];
    let _fault = plane.fault("certificates", &lines.join("\n"));
    for name in ["bad", "late", "never"] {
        plane.apply(&format!(
            "
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{ name: {name}, namespace: default }}
spec: {{ secretName: {name}, dnsNames: [a.example.com], issuerRef: {{ name: self }} }}
"
        ));
    }
    let show = |name, path| ["get", "certificate", name, "-o", path];
    let message = r#"jsonpath={.status.conditions[?(@.type=="Issuing")].message}"#;
    plane.wait_for(&show("bad", message), |said| said.contains("quota reached"));
    let times = r#"jsonpath={.metadata.creationTimestamp} {.status.conditions[?(@.status=="True")].lastTransitionTime} {.status.notAfter}"#;
    let times = plane.wait_for(&show("late", times), |said| {
        said.split_whitespace().count() == 3
    });
    let times = times.expect("there is a kubectl");
    let mut times = times.split_whitespace().map(|time| {
        let time: jiff::Timestamp = time.parse().expect("it is a time");
        time.as_second()
    });
    let (made, ready) = (times.next(), times.next());
    assert!(ready >= made.map(|made| made + 4), "{made:?} {ready:?}");
    let reason = r#"jsonpath={.status.conditions[?(@.type=="Ready")].reason}"#;
    let never = plane.kubectl(&show("never", reason));
    assert_eq!(never.as_deref(), Some("DoesNotExist"));
}

fn route_waits_for_its_service(plane: &ControlPlane) {
    plane.apply(
        "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: default }
spec:
  parentRefs: [{ name: public, namespace: envoy-gateway-system }]
  rules: [{ backendRefs: [{ name: shop, port: 80 }] }]
",
    );
    let path = r#"jsonpath={.status.parents[0].conditions[?(@.type=="ResolvedRefs")].reason}"#;
    let reason = ["get", "httproute", "shop", "-o", path];
    plane.wait_for(&reason, |said| said == "BackendNotFound");
    plane.kubectl(&["create", "service", "clusterip", "shop", "--tcp=80"]);
    plane.wait_for(&reason, |said| said == "ResolvedRefs");
}

/// The modules that no environment here uses, as their goldens have them.
fn other_modules_get_ready(plane: &ControlPlane) {
    let mut manifests = String::new();
    for module in [
        "prometheus-operator-crds",
        "kube-prometheus",
        "ingress-nginx",
        "istio-base",
        "istiod",
        "istio-gateway",
        "external-dns",
    ] {
        let golden = format!("{ROOT}/modules/{module}/tests/default.golden.yaml");
        manifests += &fs_err::read_to_string(golden).expect("it is committed");
        manifests += "\n---\n";
    }
    manifests += "
apiVersion: v1
kind: Secret
metadata: { name: kube-prometheus-grafana, namespace: monitoring }
stringData: { admin-user: admin, admin-password: canary }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: default }
spec: { ingressClassName: nginx, defaultBackend: { service: { name: shop, port: { number: 80 } } } }
";
    is_taken(plane, "the other modules", &manifests);
    are_ready(
        plane,
        &[
            ("deployment", "Available"),
            ("job", "Complete"),
            ("prometheus", "Available"),
            ("alertmanager", "Available"),
        ],
    );
    let address = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    let address = ["get", "ingress", "shop", "-o", address];
    plane.wait_for(&address, |said| said.starts_with("198.18."));
    // istiod lets nothing pass unchecked any more, and answers for it.
    let policy = "jsonpath={.webhooks[0].failurePolicy}";
    let validator = [
        "get",
        "validatingwebhookconfiguration",
        "istiod-default-validator",
        "-o",
        policy,
    ];
    plane.wait_for(&validator, |said| said == "Fail");
    plane.apply(
        "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec: { hosts: [shop.example.com] }
",
    );
}
