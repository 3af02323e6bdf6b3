//! What must hold for every value and every file.

use kops_stack::diagnostic::{Diagnostics, Source};
use kops_stack::yaml::{
    Map, Node, NodeKind, Segment, Value, decode, emit, kubernetes, kubernetes_stream, parse_one,
    parse_stream, set, strict_value,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Texts of the characters that matter to YAML, and of any.
fn text() -> impl Strategy<Value = String> {
    let awkward = "[ab \n\t:#'\"\\-?,{}&*!|>%@`0-9.e_~é\u{85}\u{2028}\u{feff}]{0,12}";
    prop_oneof![3 => awkward, 1 => any::<String>(), 2 => "[a-z]{1,8}"]
}

/// Values as the API machinery knows them: whole numbers are integers.
fn value() -> impl Strategy<Value = Value> {
    let is_broken = |value: f64| value.is_finite() && value.fract() != 0.0;
    let float = any::<f64>().prop_map(move |value| if is_broken(value) { value } else { 0.5 });
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        float.prop_map(Value::from),
        text().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 5, |inner| {
        let map = vec((text(), inner.clone()), 0..5)
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()));
        prop_oneof![vec(inner, 0..5).prop_map(Value::Array), map]
    })
}

/// What files are made of.
const WORDS: [&str; 40] = [
    "a",
    "b: ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    "\"",
    "|",
    ">",
    "|-\n",
    "|+\n",
    "&x ",
    "*x",
    "<<: ",
    "!!str ",
    "!t ",
    "# c",
    "---\n",
    "---# c\n",
    "...\n",
    "%YAML 1.1\n",
    "? ",
    "~",
    "0644",
    "on",
    "1.30",
    "\t",
    "\r\n",
    "é",
    "\\",
    "items:",
    "kind: List\n",
    "a: 1\n",
];

/// Files made of the words of YAML, most of them broken, and good ones with a few words put in.
pub fn file() -> impl Strategy<Value = String> {
    let broken = vec(select(&WORDS[..]), 0..30).prop_map(|words| words.concat());
    let mapping = vec(("[a-z]{1,3}", value()), 1..5)
        .prop_map(|pairs| Value::Object(pairs.into_iter().collect()));
    let words = vec((any::<Index>(), select(&WORDS[..])), 0..4);
    let changed = (mapping, select(LAYOUTS), words).prop_map(|(value, layout, words)| {
        let mut text = layout(&value);
        for (place, word) in words {
            let at = text.floor_char_boundary(place.index(text.len() + 1));
            text.insert_str(at, word);
        }
        text
    });
    prop_oneof![broken, changed]
}

fn read(yaml: &str) -> Value {
    let document = parse_one(&Source::new("a.yaml", yaml))
        .unwrap_or_else(|problems| panic!("{yaml}\n{problems:#?}"));
    let mut problems = Diagnostics::default();
    let strict = strict_value(&document, &document.root, &mut problems);
    assert!(problems.is_empty(), "{yaml}\n{problems:#?}");
    let value = kubernetes(&document).unwrap_or_else(|problems| panic!("{yaml}\n{problems:#?}"));
    assert_eq!(value, strict, "{yaml}");
    value
}

/// Ways in which a file may be laid out.
const LAYOUTS: &[fn(&Value) -> String] = &[
    emit,
    |value| emit(value).replace('\n', "\r\n"),
    |value| ascii(&format!("# from JSON\n{value} # end")),
    |value| ascii(&format!("{value:#}")),
];

/// JSON with the escapes of YAML, which must not hold all that JSON may.
fn ascii(json: &str) -> String {
    json.chars()
        .map(|c| {
            if c < '\x7f' {
                c.to_string()
            } else {
                format!("\\U{:08x}", u32::from(c))
            }
        })
        .collect()
}

/// A place in a value, by chance.
fn path(value: &Value, choices: &[Index]) -> Vec<Segment> {
    let Some((choice, rest)) = choices.split_first() else {
        return Vec::new();
    };
    let (segment, child) = match value {
        Value::Array(items) if !items.is_empty() => {
            let index = choice.index(items.len());
            (Segment::Index(index), &items[index])
        }
        Value::Object(map) if !map.is_empty() => {
            let (key, value) = map
                .iter()
                .nth(choice.index(map.len()))
                .expect("the index is within");
            (Segment::Key(key.clone()), value)
        }
        _ => return Vec::new(),
    };
    [vec![segment], path(child, rest)].concat()
}

fn place<'v>(value: &'v mut Value, path: &[Segment]) -> &'v mut Value {
    path.iter().fold(value, |value, segment| match segment {
        Segment::Key(key) => &mut value[key.as_str()],
        Segment::Index(index) => &mut value[*index],
    })
}

/// Spans lie in the text, on characters, parents around children.
fn check_spans(text: &str, node: &Node) {
    assert!(
        text.get(node.span.clone()).is_some(),
        "{:?} in {text:?}",
        node.span
    );
    let children: Vec<&Node> = match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::Sequence(items) => items.iter().collect(),
        NodeKind::Mapping(entries) => entries
            .iter()
            .flat_map(|entry| [&entry.key, &entry.value])
            .collect(),
    };
    let alias = text[node.span.start..].starts_with('*');
    for child in children {
        let inside = node.span.start <= child.span.start && child.span.end <= node.span.end;
        assert!(
            inside || alias,
            "{:?} in {:?} of {text:?}",
            child.span,
            node.span
        );
        check_spans(text, child);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_as_the_same(value in value()) {
        let yaml = emit(&value);
        prop_assert_eq!(&read(&yaml), &value);
        prop_assert_eq!(emit(&read(&yaml)), yaml);
    }

    #[test]
    fn an_edit_changes_one_value(
        root in vec(("[a-z]{1,3}", value()), 1..5),
        choices in vec(any::<Index>(), 1..4),
        new in value(),
        layout in select(LAYOUTS),
    ) {
        let mut root = Value::Object(root.into_iter().collect::<Map<_, _>>());
        let before = layout(&root);
        let path = path(&root, &choices);
        let document = parse_one(&Source::new("a.yaml", before.as_str())).unwrap();
        let after = set(&document, &path, &new);
        prop_assert!(after.is_ok(), "{path:?} {new:?} {after:?}\n{before}");
        let after = after.unwrap();
        *place(&mut root, &path) = new;
        prop_assert_eq!(read(&after), root);
        let span = document.node_at(&path).unwrap().span.clone();
        let first = before[..span.start].trim_end().rfind('\n').unwrap_or(0);
        prop_assert_eq!(after.get(..first), Some(&before[..first]));
        prop_assert!(after.ends_with(&before[span.end..]));
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(source) = decode("a.yaml", bytes) {
            let _ = (parse_stream(&source), kubernetes_stream(&source));
        }
    }

    #[test]
    fn both_ways_of_reading_agree(text in file()) {
        let source = Source::new("a.yaml", text.as_str());
        let documents = parse_stream(&source);
        if let Ok(documents) = &documents {
            for document in documents {
                check_spans(&text, &document.root);
            }
        }
        let by_nodes: Option<Vec<Value>> = documents
            .ok()
            .and_then(|documents| documents.iter().map(|document| kubernetes(document).ok()).collect());
        if text.contains("items") {
            return Ok(());
        }
        let by_events = kubernetes_stream(&source).ok();
        let by_events = by_events.map(|values| values.into_iter().map(|(value, _)| value).collect::<Vec<_>>());
        let by_nodes = by_nodes.map(|values| values.into_iter().filter(|value| !value.is_null()).collect());
        prop_assert_eq!(by_nodes, by_events);
    }
}
