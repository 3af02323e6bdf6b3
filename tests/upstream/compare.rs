//! Two sets of objects against one another: every leaf is equal, bookkeeping of Helm, or differs.

use std::collections::{BTreeMap, BTreeSet};

use kops_stack::object::{ChangeKind, Identity, Object, Path, Schema, Segment, diff};
use kops_stack::yaml::Value;

use super::leaves;

/// Labels that Helm's scaffold fills in with the chart's name, release service and version, which
/// are ours to say of a module. Their number is told apart from all others.
const BOOKKEEPING: [&str; 5] = [
    "helm.sh/chart",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "chart",
    "heritage",
];

/// What two sets of objects have in common and what not.
#[derive(Default)]
pub struct Comparison {
    pub objects: usize,
    pub equal: usize,
    pub bookkeeping: usize,
    pub differing: Vec<Difference>,
    pub only_theirs: Vec<Identity>,
    pub only_ours: Vec<Identity>,
}

/// One leaf that is not the same on both sides.
pub struct Difference {
    pub object: Identity,
    pub path: String,
    pub theirs: Option<Value>,
    pub ours: Option<Value>,
}

pub fn compare(theirs: &[Object], ours: &[Object]) -> Comparison {
    let mut theirs = by_identity(theirs);
    let mut comparison = Comparison::default();
    for (identity, ours) in by_identity(ours) {
        match theirs.remove(&identity) {
            Some(theirs) => comparison.object(&identity, theirs, ours),
            None => comparison.only_ours.push(identity),
        }
    }
    comparison.only_theirs = theirs.into_keys().collect();
    comparison
}

fn by_identity(objects: &[Object]) -> BTreeMap<Identity, &Object> {
    let count = objects.len();
    let map: BTreeMap<_, _> = objects
        .iter()
        .map(|object| (object.identity(), object))
        .collect();
    assert_eq!(map.len(), count, "two objects have one identity");
    map
}

impl Comparison {
    fn object(&mut self, identity: &Identity, theirs: &Object, ours: &Object) {
        self.objects += 1;
        let mut same = leaves::count(theirs.value());
        for change in diff(theirs.value(), ours.value(), &Schema::of(theirs)) {
            match change.kind {
                // The server reads both as one.
                ChangeKind::Spelling => {}
                ChangeKind::Reordered => {
                    let path = format!("{} (order)", change.path);
                    self.differs(identity, path, change.old, change.new);
                }
                ChangeKind::Value => {
                    same -= change.old.as_ref().map_or(0, leaves::count);
                    self.change(identity, &change.path, change.old, change.new);
                }
            }
        }
        self.equal += same;
    }

    /// What stands on one side alone is as many differences as it has leaves.
    fn change(&mut self, object: &Identity, at: &Path, old: Option<Value>, new: Option<Value>) {
        let below = |value: &Option<Value>| -> BTreeMap<String, (Path, Value)> {
            let Some(value) = value else {
                return BTreeMap::new();
            };
            let paths = leaves::paths(&Path::root(), value);
            let leaf = |path: Path| {
                let value = path.get(value).cloned().unwrap_or_default();
                let segments = at.segments().iter().chain(path.segments());
                let whole: Path = segments.cloned().collect();
                (whole.to_string(), (whole, value))
            };
            paths.into_iter().map(leaf).collect()
        };
        let (old, new) = (below(&old), below(&new));
        let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for text in paths {
            let (theirs, ours) = (old.get(text), new.get(text));
            let (path, _) = theirs.or(ours).expect("one of them has it");
            if is_bookkeeping(path) {
                self.bookkeeping += 1;
                continue;
            }
            let value = |side: Option<&(Path, Value)>| side.map(|(_, value)| value.clone());
            self.differs(object, text.clone(), value(theirs), value(ours));
        }
    }

    fn differs(
        &mut self,
        object: &Identity,
        path: String,
        theirs: Option<Value>,
        ours: Option<Value>,
    ) {
        self.differing.push(Difference {
            object: object.clone(),
            path,
            theirs,
            ours,
        });
    }
}

fn is_bookkeeping(path: &Path) -> bool {
    match path.segments() {
        [.., Segment::Key(map), Segment::Key(key)] if map == "labels" => {
            BOOKKEEPING.contains(&key.as_str())
        }
        [.., Segment::Key(map), Segment::Key(key)] if map == "annotations" => {
            key.starts_with("helm.sh/")
        }
        _ => false,
    }
}
