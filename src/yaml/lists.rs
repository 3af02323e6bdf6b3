//! `kind: List` to the objects in it.

use super::{Map, Value};
use crate::diagnostic::{Diagnostic, Span, codes};

/// The objects that `kubectl` sees in one document.
///
/// For `kubectl` everything with `items` is a list, whatever its kind; an item without kind and
/// version has those of the list, less the word `List`.
pub(super) fn unfold(value: Value, span: &Span) -> Result<Vec<Value>, Diagnostic> {
    let mut list = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(list) if list.contains_key("items") => list,
        object => return Ok(vec![object]),
    };
    match list.remove("items") {
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| adopt(item, &list, span))
            .collect(),
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(_) => Err(refused("`items` of a list is not a list", span)),
    }
}

fn adopt(item: Value, list: &Map<String, Value>, span: &Span) -> Result<Value, Diagnostic> {
    let Value::Object(mut item) = item else {
        return Err(refused("an item of a list is not an object", span));
    };
    if item.contains_key("items") {
        return Err(refused("a list inside a list", span));
    }
    let kind = text(list, "kind");
    let kind = kind.strip_suffix("List").unwrap_or(kind);
    if !kind.is_empty() && text(&item, "kind").is_empty() && text(&item, "apiVersion").is_empty() {
        item.insert("kind".to_owned(), kind.into());
        item.insert("apiVersion".to_owned(), text(list, "apiVersion").into());
    }
    Ok(Value::Object(item))
}

fn text<'m>(map: &'m Map<String, Value>, key: &str) -> &'m str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn refused(message: &str, span: &Span) -> Diagnostic {
    Diagnostic::error(codes::YAML_UNSUPPORTED, message).at(span.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::unfold;
    use crate::diagnostic::{Source, Span};

    fn unfolded(value: Value) -> Option<Vec<Value>> {
        unfold(value, &Span::new(&Source::new("a.yaml", ""), 0, 0)).ok()
    }

    #[test]
    fn items_without_a_kind_have_that_of_their_list() {
        let list = json!({"apiVersion": "v1", "kind": "PodList", "items": [{"a": 1}, {"kind": "Service"}]});
        let expected = vec![
            json!({"apiVersion": "v1", "kind": "Pod", "a": 1}),
            json!({"kind": "Service"}),
        ];
        assert_eq!(unfolded(list), Some(expected));
    }

    #[test]
    fn everything_with_items_is_a_list() {
        assert_eq!(unfolded(json!({"kind": "A", "items": null})), Some(vec![]));
        assert_eq!(unfolded(json!({"kind": "A", "items": {"a": 1}})), None);
        assert_eq!(
            unfolded(json!({"kind": "List", "items": [{"items": []}]})),
            None
        );
        assert_eq!(
            unfolded(json!({"kind": "A"})),
            Some(vec![json!({"kind": "A"})])
        );
    }
}
