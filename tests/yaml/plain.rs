//! Bare scalars mean what `kubectl` says.

use kops_stack::diagnostic::Source;
use kops_stack::yaml::{Value, emit, kubernetes, kubernetes_stream, parse_one};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;

use super::awkward;
use super::kubectl::{Kubectl, say};

const HEAD: &str = "apiVersion: example.com/v1\nkind: Plain\nmetadata: {name: plain}\n";

/// The table of `kubectl` 1.36.3.
fn table() -> Vec<(&'static str, Value)> {
    vec![
        ("on", json!(true)),
        ("yes", json!(true)),
        ("y", json!(true)),
        ("True", json!(true)),
        ("off", json!(false)),
        ("no", json!(false)),
        ("n", json!(false)),
        ("NO", json!(false)),
        ("1_000", json!(1000)),
        ("0644", json!(420)),
        ("07", json!(7)),
        ("08", json!(8)),
        ("0o644", json!(420)),
        ("0x1f", json!(31)),
        ("0b11", json!(3)),
        ("+1", json!(1)),
        ("1.0", json!(1)),
        ("1e3", json!(1000)),
        ("1.", json!(1)),
        ("12e03", json!(12000)),
        ("1.10", json!(1.1)),
        (".5", json!(0.5)),
        ("9007199254740993", json!(9007199254740993_i64)),
        ("12:30", json!("12:30")),
        ("2020-01-01", json!("2020-01-01")),
        ("=", json!("=")),
        ("2020-01-01T00:00:00Z", json!("2020-01-01T00:00:00Z")),
        ("~", json!(null)),
        ("Null", json!(null)),
        ("", json!(null)),
        ("18446744073709551615", json!(18446744073709551615_f64)),
        ("-0.0", json!(0)),
        ("1000000000000000128.0", json!(1000000000000000100_i64)),
        ("1e400", json!("1e400")),
        (".1_0", json!(0.1)),
        ("._1", json!("._1")),
        ("0x1p4", json!("0x1p4")),
        ("!!str 12", json!("12")),
        ("!!int \"12\"", json!(12)),
        ("!!float 3", json!(3)),
        ("!!bool \"yes\"", json!(true)),
        ("!!null \"\"", json!(null)),
        ("a  \n  b\n\n  c", json!("a b\nc")),
        ("'it''s'", json!("it's")),
        ("\"\\u00e9\\\n  x\"", json!("éx")),
        (">-\n  a\n  b\n\n  c\n", json!("a b\nc")),
        ("|+\n  a\n\n  b", json!("a\n\nb\n")),
        ("{<<: {a: 1, b: 2}, b: 3}", json!({"a": 1, "b": 3})),
        (
            "{<<: [{a: 1}, {a: 2, b: 2}], b: 3}",
            json!({"a": 1, "b": 3}),
        ),
        (
            "{yes: 1, 1: 2, 1.5: 3, 0x10: 4}",
            json!({"true": 1, "1": 2, "1.5": 3, "16": 4}),
        ),
        (
            "{a:b, \"c\":d, e: http://f:80}",
            json!({"a:b": null, "c": "d", "e": "http://f:80"}),
        ),
    ]
}

fn ours(yaml: &str) -> Option<Value> {
    let document = parse_one(&Source::new("plain.yaml", yaml)).ok()?;
    kubernetes(&document).ok()
}

#[test]
fn the_table_is_read_as_kubectl_does() {
    for (text, value) in table() {
        assert_eq!(
            ours(&format!("a: {text}")),
            Some(json!({"a": value})),
            "{text:?}"
        );
    }
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    let mut yaml = HEAD.to_owned();
    let entries = table()
        .into_iter()
        .enumerate()
        .map(|(at, (text, _))| format!("k{at}: {}\n", text.trim_end_matches('\n')));
    yaml.extend(entries);
    let read = kubectl
        .read("table", &yaml)
        .expect("kubectl reads the table");
    for (at, (text, value)) in table().into_iter().enumerate() {
        assert_eq!(read[0][format!("k{at}")], value, "{text:?}");
    }
}

#[test]
fn bare_scalars_are_read_as_kubectl_does() {
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    let scalars: Vec<String> = awkward::scalars().into_iter().collect();
    let readable: Vec<_> = scalars
        .iter()
        .filter(|text| ours(&format!("- {text}\n")).is_some())
        .collect();
    let mut yaml = format!("{HEAD}values:\n");
    yaml.extend(readable.iter().map(|text| format!("- {text}\n")));
    yaml.push_str("keys:\n");
    let keys = scalars
        .iter()
        .filter(|text| ours(&format!("- {{{text}: 0}}\n")).is_some());
    yaml.extend(keys.map(|text| format!("- {{{text}: 0}}\n")));
    let mut read = kubectl
        .read("scalars", &yaml)
        .expect("kubectl reads what we read");
    let source = Source::new("scalars.yaml", yaml);
    let (mut object, _) = kubernetes_stream(&source).expect("we read it").remove(0);
    for part in ["values", "keys"] {
        let (ours, theirs) = (object[part].take(), read[0][part].take());
        let (ours, theirs) = (ours.as_array().unwrap(), theirs.as_array().unwrap());
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert_eq!(number(ours), number(theirs), "{part}");
        }
    }
    say(&format!(
        "{} bare scalars read as kubectl does, {} refused",
        readable.len(),
        scalars.len() - readable.len()
    ));
}

#[test]
fn kubectl_reads_every_number_that_we_write() {
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    let mut runner = TestRunner::deterministic();
    let mut draw = |strategy: &BoxedStrategy<Value>| {
        strategy
            .new_tree(&mut runner)
            .expect("any number")
            .current()
    };
    let floats = any::<f64>().prop_map(|value| json!(value)).boxed();
    let halves = any::<i32>()
        .prop_map(|value| json!(f64::from(value) / 8.0))
        .boxed();
    let integers = any::<i64>().prop_map(|value| json!(value)).boxed();
    let mut numbers: Vec<Value> = (0..1000)
        .flat_map(|_| [draw(&floats), draw(&halves), draw(&integers)])
        .collect();
    numbers.extend(
        [
            0.0,
            -0.0,
            1e20,
            1e21,
            1e-6,
            1e-7,
            f64::MAX,
            f64::MIN_POSITIVE,
            9.2e18,
            9.3e18,
        ]
        .map(|value| json!(value)),
    );
    let mut object = ours(HEAD).expect("the head is a mapping");
    object["numbers"] = json!(numbers);
    let read = kubectl
        .read("numbers", &emit(&object))
        .expect("kubectl reads what we write");
    for (wanted, read) in numbers
        .iter()
        .zip(read[0]["numbers"].as_array().expect("a list"))
    {
        assert_eq!(wanted.as_f64(), read.as_f64());
        assert!(
            wanted.as_i64().is_none() || wanted == read,
            "{wanted} is read as {read}"
        );
    }
}

/// Integers beyond 64 bits with sign are floats to the API machinery, though it prints them whole.
pub fn number(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_u64() && !number.is_i64() => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(number_of).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), number_of(value)))
            .collect(),
        value => value.clone(),
    }
}

fn number_of(value: &Value) -> Value {
    number(value)
}
