use proptest::prelude::*;
use serde_json::{Value, json};

use super::managed::deployment_with;
use super::{item, named, path};
use crate::object::fields::{FieldSet, ManagedFields};
use crate::object::{Path, Segment};

/// Any JSON, with what looks like steps among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    let step = prop_oneof![
        Just(".".to_owned()),
        ".*",
        "[fkvix]:.*",
        "f:[a-z./]{0,4}",
        "k:\\{\"[ab]\": ?([0-9]|\"x\"|[0-9].0|null|\\[\\])\\}",
        "v:([0-9]|\"[a-z]\"|\\{\\}|null)",
        "i:-?[0-9]{1,22}",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            4 => prop::collection::vec((step.clone(), inner.clone()), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

fn any_set() -> impl Strategy<Value = FieldSet> {
    let segment = prop_oneof![
        "[abc]".prop_map(Segment::Key),
        "[ab]".prop_map(|name| named(&name)),
        (0..3i64, "[xy]").prop_map(|(port, protocol)| {
            item(&[("port", json!(port)), ("protocol", json!(protocol))])
        }),
        "[ab]".prop_map(|text| Segment::Element(json!(text))),
        (0..3usize).prop_map(Segment::Index),
    ];
    let path = prop::collection::vec(segment, 1..4).prop_map(|segments| path(&segments));
    prop::collection::vec(path, 0..12).prop_map(|paths| paths.iter().collect())
}

fn holds(set: &FieldSet, path: &Path) -> bool {
    set.has_member(path)
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        if let Ok(set) = FieldSet::read(&json) {
            prop_assert_eq!(FieldSet::read(&set.to_value()), Ok(set));
        }
        let _ = ManagedFields::of(&json);
        let _ = ManagedFields::of(&deployment_with(json));
    }

    #[test]
    fn what_is_written_is_read_again(set in any_set()) {
        prop_assert_eq!(FieldSet::read(&set.to_value()), Ok(set.clone()));
        prop_assert_eq!(set.members().iter().collect::<FieldSet>(), set.clone());
        prop_assert_eq!(set.members().len(), set.len());
        prop_assert!(set.members().iter().all(|path| set.has_member(path) && set.covers(path) && set.contains(path)));
    }

    /// Each law is that of the members, one by one.
    #[test]
    fn sets_obey_the_laws_of_sets(a in any_set(), b in any_set(), c in any_set()) {
        let (union, minus, both) = (a.union(&b), a.difference(&b), a.intersection(&b));
        for path in union.members().iter().chain(&a.members()).chain(&b.members()) {
            let (in_a, in_b) = (holds(&a, path), holds(&b, path));
            prop_assert_eq!(holds(&union, path), in_a || in_b);
            prop_assert_eq!(holds(&minus, path), in_a && !in_b);
            prop_assert_eq!(holds(&both, path), in_a && in_b);
        }
        prop_assert_eq!(union.len(), a.len() + b.len() - both.len());
        prop_assert_eq!(&a.union(&a), &a);
        prop_assert_eq!(&union.union(&b), &union);
        prop_assert_eq!(&b.union(&a), &union);
        prop_assert_eq!(a.union(&b.union(&c)), union.union(&c));
        prop_assert_eq!(b.intersection(&a), both.clone());
        prop_assert_eq!(minus.difference(&b), minus.clone());
        prop_assert_eq!(minus.union(&both), a.clone());
        prop_assert!(minus.intersection(&b).is_empty() && a.difference(&a).is_empty());
        prop_assert!(a.is_subset(&union) && both.is_subset(&a) && minus.is_subset(&a));
        prop_assert_eq!(a.is_subset(&b), minus.is_empty());
        prop_assert_eq!(a.is_subset(&b) && b.is_subset(&a), a == b);
    }

    #[test]
    fn taking_out_undoes_putting_in(set in any_set(), other in any_set()) {
        let mut changed = set.clone();
        for path in other.members() {
            prop_assert_eq!(changed.insert(&path), !set.has_member(&path));
        }
        prop_assert_eq!(&changed, &set.union(&other));
        for path in other.members() {
            prop_assert!(changed.remove(&path));
        }
        prop_assert_eq!(changed, set.difference(&other));
    }
}
