//! The way of an upgrade for programs. Fields are added, never renamed; then the format gets another
//! number.

use serde_json::json as value;

use crate::model::upgrade::{
    Change, ClusterMove, Edit, EditedValue, GoneApi, Hop, Move, Note, Obstacle, UpgradePath,
};
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.upgrade/1";

/// The whole path with every obstacle.
pub fn json(path: &UpgradePath) -> Value {
    value!({
        "format": FORMAT,
        "environment": path.environment,
        "kubernetes": path.kubernetes.as_str(),
        "stack": path.stack,
        "target": path.target.to_string(),
        "free": path.is_free(),
        "nextIsFree": path.next_is_free(),
        "obstacles": path.obstacles().count(),
        "hops": path.hops.iter().map(hop).collect::<Vec<_>>(),
        "deadEnd": path.dead_end.as_ref().map(obstacle),
    })
}

fn hop(hop: &Hop) -> Value {
    let texts = |change: &Change<crate::model::version::Version>| value!({"from": change.from.as_str(), "to": change.to.as_str()});
    value!({
        "kubernetes": texts(&hop.kubernetes),
        "stack": {"from": hop.stack.from, "to": hop.stack.to},
        "seen": !hop.unseen,
        "objects": hop.objects,
        "moves": hop.moves.iter().map(moved).collect::<Vec<_>>(),
        "stay": hop.stay,
        "cluster": hop.cluster.as_ref().map(cluster),
        "going": hop.going.iter().map(gone).collect::<Vec<_>>(),
        "obstacles": hop.obstacles.iter().map(obstacle).collect::<Vec<_>>(),
        "notes": hop.notes.iter().map(note).collect::<Vec<_>>(),
        "edits": hop.edits.iter().flat_map(edits).collect::<Vec<_>>(),
    })
}

fn moved(moved: &Move) -> Value {
    value!({
        "component": moved.component,
        "from": moved.version.from.as_str(),
        "to": moved.version.to.as_str(),
        "when": moved.when.name(),
        "reason": moved.reason,
        "after": moved.waits_for,
        "restarts": moved.restarts,
    })
}

fn cluster(cluster: &ClusterMove) -> Value {
    let groups = cluster.groups.iter().map(|(name, sizes)| {
        value!({
            "name": name,
            "min": sizes.map(|(least, _)| least),
            "max": sizes.map(|(_, most)| most),
        })
    });
    value!({
        "kops": cluster.kops,
        "kopsMakes": {"from": cluster.makes.from.to_string(), "to": cluster.makes.to.to_string()},
        "etcd": cluster.etcd,
        "controlPlane": cluster.control_plane,
        "nodeGroups": groups.collect::<Vec<_>>(),
    })
}

fn gone(gone: &GoneApi) -> Value {
    value!({
        "apiVersion": gone.api_version,
        "kind": gone.kind,
        "replacement": gone.replacement,
    })
}

fn obstacle(obstacle: &Obstacle) -> Value {
    value!({
        "code": obstacle.code.name,
        "message": obstacle.message,
        "place": obstacle.place,
        "helps": obstacle.helps,
    })
}

fn note(note: &Note) -> Value {
    value!({"topic": note.topic.name(), "subject": note.subject, "text": note.text})
}

fn edits(edit: &Edit) -> Vec<Value> {
    let values = edit.values.iter();
    values
        .map(|EditedValue { key, value, over }| {
            value!({
                "file": edit.path,
                "key": key,
                "from": value.from,
                "to": value.to,
                "overLayer": over.as_ref().map(|over| &over.layer),
                "sharedWith": over.as_ref().map(|over| &over.shared_with),
            })
        })
        .collect()
}
