//! Every awkward text that we write is the text that `kubectl` reads, wherever it stands.

use kops_stack::diagnostic::Source;
use kops_stack::yaml::{Map, Value, emit_stream, kubernetes_stream};
use serde_json::json;

use super::awkward;
use super::kubectl::{Kubectl, annotated, say};

#[test]
fn kubectl_reads_every_string_that_we_write() {
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    let strings: Vec<String> = awkward::strings().into_iter().collect();
    assert!(strings.len() >= 4000, "only {} strings", strings.len());
    let objects: Vec<Value> = strings.chunks(500).map(object).collect();
    let read = kubectl
        .read("strings", &emit_stream(&objects))
        .expect("kubectl reads what we write");
    let mut wrong = std::collections::BTreeSet::new();
    for (object, read) in objects.into_iter().zip(&read) {
        let wanted = annotated(object);
        compare(&wanted, read, &mut wrong);
    }
    say(&format!(
        "{} strings tried, {} wrong",
        strings.len(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn we_read_every_string_that_we_write() {
    let strings: Vec<String> = awkward::strings().into_iter().collect();
    let objects: Vec<Value> = strings.chunks(500).map(object).collect();
    let source = Source::new("strings.yaml", emit_stream(&objects));
    let read = kubernetes_stream(&source).unwrap_or_else(|problems| panic!("{problems:#?}"));
    for (object, (read, _)) in objects.iter().zip(&read) {
        let mut wrong = std::collections::BTreeSet::new();
        compare(object, read, &mut wrong);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    assert_eq!(objects.len(), read.len());
}

/// The texts as values, items and keys, shallow and deep.
fn object(strings: &[String]) -> Value {
    let keyed = strings
        .iter()
        .enumerate()
        .map(|(index, text)| (format!("k{index}"), json!(text)));
    let keys: Map<String, Value> = strings
        .iter()
        .map(|text| (text.clone(), json!(text)))
        .collect();
    let nested: Vec<Value> = strings
        .iter()
        .map(|text| json!([[text], {"a": text, "b": {"c": [text]}}]))
        .collect();
    json!({
        "apiVersion": "example.com/v1",
        "kind": "Strings",
        "metadata": {"name": "strings"},
        "values": keyed.collect::<Map<_, _>>(),
        "list": strings,
        "keys": keys,
        "nested": nested,
    })
}

/// Collects the texts of `wanted` that are not in the same place of `read`.
fn compare(wanted: &Value, read: &Value, wrong: &mut std::collections::BTreeSet<String>) {
    match (wanted, read) {
        (Value::Object(wanted), Value::Object(read)) if wanted.len() == read.len() => {
            for (key, value) in wanted {
                match read.get(key) {
                    Some(read) => compare(value, read, wrong),
                    None => drop(wrong.insert(format!("key {key:?}"))),
                }
            }
        }
        (Value::Array(wanted), Value::Array(read)) if wanted.len() == read.len() => {
            wanted
                .iter()
                .zip(read)
                .for_each(|(wanted, read)| compare(wanted, read, wrong));
        }
        _ if wanted == read => {}
        _ => drop(wrong.insert(format!("{wanted} is read as {read}"))),
    }
}
