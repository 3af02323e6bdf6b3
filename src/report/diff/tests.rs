use super::{json, text};
use crate::report::Style;
use crate::report::fixtures::upgrade;
use crate::testing::{plan_of, rendering};

#[test]
fn differences_are_shown_by_component_and_field() {
    insta::assert_snapshot!(text(&upgrade(), Style::Plain), @r#"
    test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main
      cert-manager 1.20.3 → 1.21.1

    cert-manager
      ~ Deployment cert-manager/webhook  restarts 3 pods at once: strategy Recreate
          spec.template.spec.containers[webhook].args[1]  + --enable-gateway-api-listenerset
          spec.template.spec.containers[webhook].image    …:v1.20.3 → …:v1.21.1

    shop
      ~ ConfigMap shop/web
          data["web.yaml"]  lines: 1 added, 1 removed
              - port: 80
              + port: 8080
      ~ Secret shop/web
          stringData.password  <secret 7 bytes> → <secret 7 bytes>  (another value)
      ± StatefulSet shop/web  spec.serviceName cannot change; pods are orphaned and adopted again
          spec.serviceName  web → shop

    widgets
      - CRD widgets.example.com      1 object of this kind goes with it, in 1 namespace
      - Widget.example.com shop/one

    Diff: 0 added, 4 changed, 2 removed, 9 unchanged, in 3 components
    "#);
}

#[test]
fn no_difference_is_one_line() {
    let nothing = rendering(&[]);
    let plan = plan_of(&nothing, Some(&nothing));
    assert_eq!(
        text(&plan, Style::Plain),
        "test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main: no difference, 0 objects\n"
    );
}

#[test]
fn json_has_no_order_and_no_secrets() {
    let json = json(&upgrade());
    assert_eq!(json["format"], "kops-stack.diff/1");
    assert_eq!(json["components"][0]["to"], "1.21.1");
    assert_eq!(json["changes"][0]["component"], "cert-manager");
    assert_eq!(json["changes"][0].get("wave"), None);
    assert!(!json.to_string().contains("hunter"));
}
