//! Every expression that the modules ship, with the place that it stands at.

use std::collections::BTreeMap;

use kops_stack::model::rendering::RenderedObject;
use promql_parser::parser::{self, Expr};
use promql_parser::util::{ExprVisitor, walk_expr};
use serde_json::Value;

use crate::catalogue::case::rendered_everywhere;

/// Expressions of all rules and dashboards of all cases, each once, with a place where it stands.
pub fn all() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (case, version, objects) in rendered_everywhere() {
        for rendered in objects {
            let place = format!("{} at {version}: {}", case.title(), rendered.path);
            for expression in of_object(rendered) {
                found.entry(expression).or_insert_with(|| place.clone());
            }
        }
    }
    found
}

fn of_object(rendered: &RenderedObject) -> Vec<String> {
    let object = &rendered.object;
    let mut found = Vec::new();
    match object.kind() {
        "PrometheusRule" => collect(object.value(), &["expr"], &mut found),
        "ConfigMap" => {
            let data = object.value()["data"].as_object();
            let files = data.into_iter().flatten();
            let dashboards = files.filter(|(name, _)| name.ends_with(".json"));
            for (_, text) in dashboards {
                let text = text.as_str().expect("data of a ConfigMap is text");
                let dashboard: Value = serde_json::from_str(text).expect("a dashboard is JSON");
                collect(&dashboard, &["expr", "query", "definition"], &mut found);
            }
        }
        _ => {}
    }
    found.into_iter().filter_map(expression).collect()
}

fn collect(value: &Value, keys: &[&str], found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str().filter(|_| keys.contains(&key.as_str())) {
                    Some(text) => found.push(text.to_owned()),
                    None => collect(value, keys, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys, found)),
        _ => {}
    }
}

/// PromQL of what a rule or a dashboard says: Grafana fills in variables, and asks for the values of
/// a label in words of its own. None for the kind of a data source.
fn expression(text: String) -> Option<String> {
    if text == "prometheus" {
        return None;
    }
    let values = text
        .strip_prefix("label_values(")
        .and_then(|rest| rest.strip_suffix(')'))
        .and_then(|rest| rest.rsplit_once(','));
    let text = values.map_or(text.as_str(), |(selector, _)| selector);
    let text = ["$__rate_interval", "$__interval", "$__range"]
        .iter()
        .fold(text.to_owned(), |text, variable| {
            text.replace(variable, "5m")
        });
    Some(text)
}

/// Names of the metrics that an expression selects.
pub fn metrics(expression: &str) -> Result<Vec<String>, String> {
    struct Names(Vec<String>);
    impl ExprVisitor for Names {
        type Error = String;

        fn pre_visit(&mut self, expr: &Expr) -> Result<bool, String> {
            let selector = match expr {
                Expr::VectorSelector(selector) => selector,
                Expr::MatrixSelector(matrix) => &matrix.vs,
                _ => return Ok(true),
            };
            let name = selector.name.clone();
            self.0.push(name.ok_or("a selector names no metric")?);
            Ok(true)
        }
    }
    let parsed = parser::parse(expression)?;
    let mut names = Names(Vec::new());
    walk_expr(&mut names, &parsed)?;
    Ok(names.0)
}

#[test]
fn every_expression_is_promql() {
    let all = all();
    assert!(all.len() > 100, "only {} expressions were found", all.len());
    let wrong: Vec<String> = all
        .iter()
        .filter_map(|(expression, place)| {
            let error = metrics(expression).err()?;
            Some(format!("{place}\n  {expression}\n  {error}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!("{} expressions are PromQL", all.len());
}

#[test]
fn what_is_no_promql_is_seen() {
    for wrong in [
        "rate(up)",
        "sum by (a (up)",
        "up{job=apiserver}",
        "histogram_quantile(0.9)",
        "{job=\"a\"}",
    ] {
        assert!(metrics(wrong).is_err(), "{wrong}");
    }
    let names = metrics("sum(rate(a[5m])) / on (x) group_left b{c=\"d\"} > 0 or vector(0)");
    assert_eq!(names.expect("it is PromQL"), ["a", "b"]);
}

#[test]
fn what_grafana_fills_in_is_left_out() {
    let of = |text: &str| expression(text.to_owned());
    assert_eq!(of("prometheus"), None);
    assert_eq!(
        of("rate(a[$__rate_interval])").expect("it is one"),
        "rate(a[5m])"
    );
    assert_eq!(
        of("label_values(a{b=\"c, d\"}, e)").expect("it is one"),
        "a{b=\"c, d\"}"
    );
}
