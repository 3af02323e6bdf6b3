use proptest::prelude::*;

use super::{LIMIT, comment, markdown};
use crate::model::plan::Plan;
use crate::report::fixtures::{first_plan, upgrade};
use crate::testing::{plan_of, rendering};
use crate::yaml::Value;

const COMMAND: &str = "kops-stack plan prod --against main";

fn shown(plan: &Plan) -> String {
    markdown("Plan", plan, COMMAND)
}

#[test]
fn a_change_is_dangerous_things_a_table_and_folded_objects() {
    insta::assert_snapshot!(shown(&upgrade()), @r#"
    ### Plan for `test`: 0 to create, 3 to update, 1 to replace, 2 to delete, 0 blocked, 9 unchanged

    reference/2026.8 → 2026.11 · Kubernetes 1.35.4 · against main

    - cert-manager 1.20.3 → 1.21.1

    #### Dangerous

    - **replace** `StatefulSet shop/web`: spec.serviceName cannot change; pods are orphaned and adopted again
    - **delete** `CRD widgets.example.com`: 1 object of this kind goes with it, in 1 namespace
    - **delete** `Widget.example.com shop/one`
    - **restart** `Deployment cert-manager/webhook`: 3 pods at once: strategy Recreate

    | component | create | update | replace | delete | other | unchanged |
    |---|---:|---:|---:|---:|---:|---:|
    | `cert-manager 1.20.3 → 1.21.1` | 0 | 1 | 0 | 0 | 0 | 6 |
    | `shop` | 0 | 2 | 1 | 0 | 0 | 1 |
    | `widgets` | 0 | 0 | 0 | 2 | 0 | 0 |

    <details><summary><code>~ Deployment cert-manager/webhook</code> update</summary>

    ```diff
    ! restarts 3 pods at once: strategy Recreate
    + spec.template.spec.containers[webhook].args[1]  + --enable-gateway-api-listenerset
    ! spec.template.spec.containers[webhook].image    quay.io/jetstack/cert-manager-webhook:v1.20.3 → quay.io/jetstack/cert-manager-webhook:v1.21.1
    ```

    </details>
    <details><summary><code>~ ConfigMap shop/web</code> update</summary>

    ```diff
    ! data["web.yaml"]  lines: 1 added, 1 removed
    -     port: 80
    +     port: 8080
    ```

    </details>
    <details><summary><code>~ Secret shop/web</code> update</summary>

    ```diff
    ! stringData.password  <secret 7 bytes> → <secret 7 bytes>  (another value)
    ```

    </details>
    <details><summary><code>± StatefulSet shop/web</code> replace</summary>

    ```diff
    ! spec.serviceName cannot change; pods are orphaned and adopted again
    ! spec.serviceName  web → shop
    ```

    </details>
    <details><summary><code>- CRD widgets.example.com</code> delete</summary>

    ```diff
    ! 1 object of this kind goes with it, in 1 namespace
    ```

    </details>
    <details><summary><code>widgets</code>: 1 object to delete</summary>

    ```diff
    - Widget.example.com shop/one
    ```

    </details>
    "#);
}

#[test]
fn a_first_plan_lists_what_is_created() {
    let shown = shown(&first_plan());
    assert!(!shown.contains("Dangerous"));
    assert!(
        shown.contains("<summary><code>shop</code>: 4 objects to create</summary>"),
        "{shown}"
    );
}

/// ConfigMaps by name, each with one value.
fn configs<'a>(entries: impl IntoIterator<Item = (String, &'a str)>) -> String {
    let config = |(name, value): (String, &str)| {
        let value = Value::from(value);
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: a }}\ndata: {{ key: {value} }}\n"
        )
    };
    entries.into_iter().map(config).collect()
}

fn change(old: &str, new: &str) -> Plan {
    plan_of(&rendering(&[("x", new)]), Some(&rendering(&[("x", old)])))
}

#[test]
fn the_largest_details_are_cut_and_said() {
    let names = || (0..30).map(|index| format!("c{index}"));
    let long = "line of a text\n".repeat(100);
    let values = |last: &str| {
        let entries = names()
            .map(|name| (name, long.as_str()))
            .chain([("small".to_owned(), last)]);
        configs(entries)
    };
    let new = values("b")
        .replace("line of", "another line of")
        .replace("lines of", "l");
    let few = shown(&change(&values("a"), &new));
    assert!(
        few.len() < LIMIT && !few.contains("cut"),
        "lines of one text are limited"
    );
    let wide = |version: usize| -> String {
        let key = |name: &str, key: usize| format!("k{key}: v{version}-{name}{}", "x".repeat(150));
        let config = |name: String| {
            let keys: Vec<String> = (0..60).map(|index| key(&name, index)).collect();
            let data = keys.join(", ");
            format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: {name}, namespace: a }}\ndata: {{ {data} }}\n"
            )
        };
        names().map(config).collect()
    };
    let many = shown(&change(&wide(1), &wide(2)));
    assert!(many.len() < LIMIT, "{}", many.len());
    assert!(many.contains("(cut)"));
    assert!(
        many.contains(&format!("The whole: `{COMMAND}`")),
        "{}",
        &many[many.len() - 300..]
    );
}

#[test]
fn thousands_of_objects_stay_below_the_limit() {
    for count in [1, 100, 5000] {
        let name = |index: usize| format!("{}{index}", "n".repeat(60));
        let old = configs((0..count).map(|index| (name(index), "a")));
        let new = configs((0..count).map(|index| (name(index), "b")));
        for plan in [change(&old, &new), change("", &new), change(&old, "")] {
            let shown = shown(&plan);
            assert!(shown.len() < LIMIT, "{count}: {}", shown.len());
            assert_eq!(
                shown.contains("The whole: "),
                shown.contains("cut"),
                "{count}"
            );
        }
    }
}

/// What may break out of markdown: everything outside of code that is not our own.
fn outside_code(markdown: &str) -> String {
    let mut fence: Option<String> = None;
    let mut outside = String::new();
    for line in markdown.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && line == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 && line.ends_with("diff") => fence = Some(ticks),
            None => outside += &format!("{}\n", without_spans(line)),
        }
    }
    assert_eq!(fence, None, "a fence stays open");
    outside
}

fn without_spans(line: &str) -> String {
    if let Some((before, rest)) = line.split_once("<code>") {
        let (code, after) = rest.split_once("</code>").expect("code ends on its line");
        assert!(!code.contains(['<', '>', '"']), "{code}");
        return format!("{before}{}", without_spans(after));
    }
    let mut out = String::new();
    let mut rest = line;
    while let Some(begin) = rest.find('`') {
        out += &rest[..begin];
        let ticks: String = rest[begin..].chars().take_while(|c| *c == '`').collect();
        let after = &rest[begin + ticks.len()..];
        let end = after.find(&ticks).expect("a span ends on its line");
        rest = after[end..].trim_start_matches('`');
    }
    out + rest
}

/// As JSON of ASCII characters only: YAML refuses some of the others.
fn quoted(text: &str) -> String {
    let json = Value::from(text).to_string();
    let escaped = |c: char| match c.is_ascii() {
        true => c.to_string(),
        false => format!("\\u{:04x}", c as u32),
    };
    json.chars().map(escaped).collect()
}

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "`",
        "```",
        "````diff",
        "\n",
        "|",
        "<b>",
        "</details>",
        "</code>",
        "&lt;",
        "@team",
        "#1",
        "https://a.b",
        "\u{202e}",
        "[a](b)",
        "![a](b)",
        "**",
        "\r",
        "\u{1b}[2J",
        "-",
        " ",
        "x",
        "<!--",
        "-->",
        "\\",
        "\u{2028}",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_of_a_manifest_breaks_out(old in nasty(), new in nasty(), key in nasty(), component in nasty()) {
        let object = |value: &str| {
            let (key, value) = (quoted(&key), quoted(value));
            format!("
apiVersion: apps/v1
kind: StatefulSet
metadata: {{ name: a, namespace: a, annotations: {{ {key}: {value} }} }}
spec: {{ serviceName: {value}, {key}: {value}, template: {{ a: {value} }} }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: \"x`|<b>@team*_\" }}
")
        };
        let states = [object(&new), object(&old)];
        let [desired, current] = states.each_ref().map(|yaml| rendering(&[(component.as_str(), yaml.as_str())]));
        let mut plan = plan_of(&desired, Some(&current));
        plan.heading.notes = vec![new.clone()];
        let shown = shown(&plan);
        prop_assert!(shown.len() < LIMIT);
        let moves = ['\r', '\u{1b}', '\u{202e}', '\u{2028}'];
        prop_assert!(!shown.contains(moves));
        let outside = outside_code(&shown);
        for word in ["@", "<b>", "https", "<!--", "[a]", "#1"] {
            prop_assert!(!outside.contains(word), "{}", outside);
        }
        prop_assert_eq!(outside.matches("</details>").count(), outside.matches("<details>").count());
    }
}

/// `count` environments, of which every third does not change.
fn fleet(count: usize) -> Vec<Plan> {
    let plan = |index: usize| {
        let mut plan = match index % 3 {
            0 => plan_of(&rendering(&[]), None),
            1 => first_plan(),
            _ => upgrade(),
        };
        plan.environment = format!("env-{index}");
        plan
    };
    (0..count).map(plan).collect()
}

#[test]
fn one_comment_holds_any_number_of_environments() {
    for count in [1, 2, 6, 60, 3_000] {
        let text = comment("Plan", &fleet(count), |plan| {
            format!("plan {}", plan.environment)
        });
        assert!(text.len() <= LIMIT, "{count}: {} bytes", text.len());
        let shown = text.matches("### Plan for").count();
        let changing = fleet(count).iter().filter(|plan| !plan.is_empty()).count();
        // One environment is always shown; of several, those that do not change are only named.
        let whole = shown >= changing.max(1);
        let told = text.contains("more change");
        assert_eq!(told, !whole, "{count}: {shown} of {changing} shown");
    }
}

#[test]
fn environments_with_danger_come_first() {
    let text = comment("Plan", &fleet(3), |plan| {
        format!("plan {}", plan.environment)
    });
    let place = |name: &str| text.find(name).expect("it is there");
    assert!(place("`env-2`") < place("`env-1`"));
    assert!(
        text.ends_with("1 environment unchanged: `env-0`\n"),
        "{text}"
    );
}
