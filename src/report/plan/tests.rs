use super::{json, text};
use crate::model::cluster::change::Age;
use crate::model::plan::{Action, Effect, VersionOverride};
use crate::report::Style;
use crate::report::fixtures::{first_plan, upgrade};
use crate::testing::{plan_of, rendered, rendering};

#[test]
fn a_first_plan_is_read_wave_by_wave() {
    insta::assert_snapshot!(text(&first_plan(), Style::Plain), @r"
    test · reference/2026.11 · Kubernetes 1.35.4 · against an empty cluster

    Wave 1 of 6 · cert-manager
      + ClusterRole webhook
      + CRD certificates.cert-manager.io
    Wave 1 of 6 · namespaces
      + Namespace cert-manager
      + Namespace shop

    Wave 2 of 6 · cert-manager            after: namespace · its role
      + ClusterRoleBinding webhook
      + Service cert-manager/webhook
      + ServiceAccount cert-manager/webhook

    Wave 3 of 6 · cert-manager            after: permissions of its service account · service account
      + Deployment cert-manager/webhook

    Wave 4 of 6 · cert-manager            after: webhook is served by Deployment webhook
      + ValidatingWebhookConfiguration cert-manager

    Wave 5 of 6 · shop                    after: cert-manager provides tls-webhook-cert · webhooks that check its kind
      + Certificate.cert-manager.io shop/web
      + ConfigMap shop/web
      + Secret shop/web

    Wave 6 of 6 · shop                    after: reads ConfigMap web
      + StatefulSet shop/web

    Plan: 13 to create, 0 to update, 0 to replace, 0 to delete, 0 blocked, 0 unchanged
    ");
}

#[test]
fn a_change_is_read_from_what_is_dangerous_to_the_counts() {
    insta::assert_snapshot!(text(&upgrade(), Style::Plain), @r#"
    test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main
      cert-manager 1.20.3 → 1.21.1

    Dangerous
      ± replace  StatefulSet shop/web             spec.serviceName cannot change; pods are orphaned and adopted again
      - delete   CRD widgets.example.com          1 object of this kind goes with it, in 1 namespace
      - delete   Widget.example.com shop/one
      ! restart  Deployment cert-manager/webhook  3 pods at once: strategy Recreate

    Wave 1 of 5 · cert-manager
      ~ Deployment cert-manager/webhook  restarts 3 pods at once: strategy Recreate
          spec.template.spec.containers[webhook].args[1]  + --enable-gateway-api-listenerset
          spec.template.spec.containers[webhook].image    …:v1.20.3 → …:v1.21.1

    Wave 2 of 5 · shop                    after: cert-manager provides tls-webhook-cert
      ~ ConfigMap shop/web
          data["web.yaml"]  lines: 1 added, 1 removed
              - port: 80
              + port: 8080
      ~ Secret shop/web
          stringData.password  <secret 7 bytes> → <secret 7 bytes>  (another value)

    Wave 3 of 5 · shop                    after: reads ConfigMap web
      ± StatefulSet shop/web  spec.serviceName cannot change; pods are orphaned and adopted again
          spec.serviceName  web → shop

    Wave 4 of 5 · widgets                 after: deletes come last
      - Widget.example.com shop/one

    Wave 5 of 5 · widgets                 after: its CRD
      - CRD widgets.example.com  1 object of this kind goes with it, in 1 namespace

    Plan: 0 to create, 3 to update, 1 to replace, 2 to delete, 0 blocked, 9 unchanged
    "#);
}

#[test]
fn nothing_to_do_is_one_line() {
    let config = "{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: a } }";
    let same = rendering(&[("x", config)]);
    let plan = plan_of(&same, Some(&same));
    insta::assert_snapshot!(text(&plan, Style::Plain), @"test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main: nothing to do, 1 object unchanged");
}

#[test]
fn what_the_caller_knows_stands_below_the_title() {
    let mut plan = first_plan();
    plan.heading.overrides = vec![VersionOverride {
        component: "cert-manager".to_owned(),
        stack: "1.21.1".to_owned(),
        chosen: "1.20.3".to_owned(),
    }];
    plan.heading.notes = vec!["CRDs are stand-ins: their fields are not checked".to_owned()];
    let text = text(&plan, Style::Plain);
    let top: Vec<&str> = text.lines().take(3).collect();
    insta::assert_snapshot!(top.join("\n"), @r"
    test · reference/2026.11 · Kubernetes 1.35.4 · against an empty cluster
      cert-manager 1.20.3 is set over 1.21.1 of the stack
      CRDs are stand-ins: their fields are not checked
    ");
}

#[test]
fn many_reasons_and_deletes_are_folded() {
    let maps = |names: std::ops::Range<usize>| -> String {
        let map = |index| {
            format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: m{index}, namespace: a }}\n"
            )
        };
        names.map(map).collect()
    };
    let volumes = |index| format!("{{ name: v{index}, configMap: {{ name: m{index} }} }}");
    let volumes: Vec<String> = (0..20).map(volumes).collect();
    let pod = format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{ name: web, namespace: a }}\nspec: {{ volumes: [{}] }}\n",
        volumes.join(", ")
    );
    let current = rendering(&[("gone", &maps(100..110)), ("x", &maps(0..20))]);
    let desired = rendering(&[(
        "x",
        &format!("{}{pod}", maps(0..20).replace("v1", "v1\ndata: { a: b }")),
    )]);
    let text = text(&plan_of(&desired, Some(&current)), Style::Plain);
    let shown =
        |line: &&str| line.contains("after:") || line.contains("Pod") || line.contains("delete");
    let lines: Vec<&str> = text.lines().filter(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
      - delete   10 objects of gone  10 ConfigMap
    Wave 2 of 3 · x                       after: reads ConfigMap m0, m1, m10 and 17 more
      + Pod a/web
    Wave 3 of 3 · gone                    after: deletes come last
    Plan: 1 to create, 20 to update, 0 to replace, 10 to delete, 0 blocked, 0 unchanged
    ");
}

#[test]
fn a_change_that_many_share_is_told_once() {
    let object = |kind: &str, name: &str, version: &str, data: &str| {
        format!(
            "---\napiVersion: v1\nkind: {kind}\nmetadata: {{ name: {name}, namespace: a, labels: {{ version: {version} }} }}\n{data}\n"
        )
    };
    let all = |version: &str, data: &str| -> String {
        let plain = [
            ("Service", "b"),
            ("ConfigMap", "a"),
            ("Service", "a"),
            ("ConfigMap", "b"),
        ];
        let plain = plain.map(|(kind, name)| object(kind, name, version, ""));
        plain.concat() + &object("ConfigMap", "c", version, data)
    };
    let plan = plan_of(
        &rendering(&[("x", &all("'2'", "data: { a: c }"))]),
        Some(&rendering(&[("x", &all("'1'", "data: { a: b }"))])),
    );
    insta::assert_snapshot!(text(&plan, Style::Plain), @r#"
    test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main

    Wave 1 of 1 · x
      ~ ConfigMap a/c
          data.a                   b → c
          metadata.labels.version  "1" → "2"
      ~ 4 objects, the same change
          metadata.labels.version  "1" → "2"
          ConfigMap  a/a, a/b
          Service  a/a, a/b

    Plan: 0 to create, 5 to update, 0 to replace, 0 to delete, 0 blocked, 0 unchanged
    "#);
}

#[test]
fn a_renamed_component_is_one_line() {
    let map = |index| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: m{index}, namespace: a }}\n"
        )
    };
    let maps: String = (0..20).map(map).collect();
    let plan = plan_of(
        &rendering(&[("new", &maps)]),
        Some(&rendering(&[("old", &maps)])),
    );
    let text = text(&plan, Style::Plain);
    insta::assert_snapshot!(text, @r"
    test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main

    Wave 1 of 1 · new
      = 20 objects moved from old, otherwise unchanged

    Plan: 0 to create, 0 to update, 0 to replace, 0 to delete, 0 blocked, 20 only moved, 0 unchanged
    ");
}

#[test]
fn no_line_is_wider_than_the_page_or_holds_what_moves_the_cursor() {
    let long = "x".repeat(300);
    let config = |value: &str| {
        format!("
apiVersion: v1
kind: ConfigMap
metadata: {{ name: {long}, namespace: a, annotations: {{ a.b/{long}: 'https://example.com/{long}/{value}' }} }}
data: {{ {value}: \"{value}\\e[2J\\u202e\", text: \"{value}\\n{long}\\n\" }}
")
    };
    let plan = plan_of(
        &rendering(&[("x", &config("new"))]),
        Some(&rendering(&[("x", &config("old"))])),
    );
    let text = text(&plan, Style::Plain);
    for line in text.lines() {
        assert!(line.chars().count() <= 120, "{line}");
    }
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
}

#[test]
fn colour_changes_no_word() {
    let plan = upgrade();
    let coloured = text(&plan, Style::Coloured);
    assert!(coloured.contains("\u{1b}[31m"));
    let mut plain = String::new();
    for (index, part) in coloured.split("\u{1b}[").enumerate() {
        plain += if index == 0 {
            part
        } else {
            part.split_once('m').map_or("", |(_, rest)| rest)
        };
    }
    let trimmed = |text: &str| {
        text.lines()
            .map(str::trim_end)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(trimmed(&plain), trimmed(&text(&plan, Style::Plain)));
}

#[test]
fn json_holds_the_whole_plan() {
    let plan = upgrade();
    let json = json(&plan);
    assert_eq!(json["format"], "kops-stack.plan/1");
    assert_eq!(json["counts"]["update"], 3);
    assert_eq!(json["counts"]["unchanged"], 9);
    assert_eq!(
        json["steps"].as_array().map(Vec::len),
        Some(plan.steps.len())
    );
    let replaced = &json["steps"][3];
    assert_eq!(replaced["action"], "replace");
    assert_eq!(replaced["object"]["kind"], "StatefulSet");
    assert_eq!(replaced["wave"], 2);
    assert_eq!(replaced["changes"][0]["path"], "spec.serviceName");
    assert_eq!(replaced["effects"][0]["kind"], "immutable");
    assert_eq!(json["milestones"][0]["id"], plan.steps.len());
    assert!(!json.to_string().contains("hunter"));
}

#[test]
fn a_refusal_is_told_once() {
    let told = |reason: &str| {
        let mut plan = first_plan();
        let step = &mut plan.steps[0];
        step.action = Action::Blocked;
        step.effects = vec![Effect::Refused {
            reason: reason.to_owned(),
        }];
        [
            text(&plan, Style::Plain),
            super::markdown(&plan, "of the job"),
        ]
    };
    let times = |told: [String; 2]| told.map(|told| told.matches("no more than two").count());
    let short = told("no more than two replicas here");
    assert!(short[0].contains("see above"), "{}", short[0]);
    assert_eq!(times(short), [1, 1]);
    // A comment cuts what is long, and says more of it below.
    let long = format!("no more than two{} here", " of these".repeat(80));
    assert_eq!(times(told(&long)), [1, 2]);
}

#[test]
fn old_machines_are_told_where_nothing_is_to_be_done() {
    let group = "apiVersion: kops.k8s.io/v1alpha2\nkind: InstanceGroup\nmetadata: { name: general }\nspec: { role: Node }\n";
    let mut same = rendering(&[]);
    same.cluster = Some(rendered(group));
    let mut plan = plan_of(&same, Some(&same));
    let age = |group: &str, days| Age {
        group: group.to_owned(),
        days,
    };
    if let Some(cluster) = &mut plan.cluster {
        cluster.ages = vec![age("batch", 12), age("general", 400)];
    }
    insta::assert_snapshot!(text(&plan, Style::Plain), @r"
    test · reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main: nothing to do, 0 objects unchanged

    Dangerous
      ! old      general  its oldest machine is 400 days old; kops' certificates on it end after 455: `kops-stack roll test
                          general --reason certificates`
    ");
}
