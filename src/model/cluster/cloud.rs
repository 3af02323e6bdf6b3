//! What the cloud lacks to be as the provider's documents say, and the machines that are in it.

use std::collections::BTreeMap;

/// What an update would do in the cloud, as the provider's program foretells it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudChanges {
    pub creates: Vec<Task>,
    pub modifies: Vec<Task>,
    /// What goes at once, as `kind name`.
    pub deletes: Vec<String>,
    /// What goes only when somebody prunes.
    pub deferred: Vec<String>,
    /// How many resources go with the whole cluster, by kind.
    pub goes: BTreeMap<String, usize>,
    /// Lines that nobody here can read: kept, and shown, since they may say something.
    pub unknown: Vec<String>,
}

/// One resource of the cloud that is made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// As the provider calls it, such as `LaunchTemplate`.
    pub kind: String,
    pub name: String,
    pub fields: Vec<TaskField>,
}

/// A field that changes. Whole texts (user data, manifests of addons) may hold secrets and are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskField {
    pub name: String,
    /// Before and after, of short values.
    pub change: Option<(String, String)>,
}

/// A machine of a group, as the provider knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    pub id: String,
    /// The node that it has become; empty as long as it is none.
    pub node: String,
    pub group: String,
    pub control_plane: bool,
    /// It is older than what its group would make today.
    pub is_old: bool,
}

impl CloudChanges {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an update has something to do, beside what waits for a prune.
    pub fn asks_for_update(&self) -> bool {
        let tasks = [&self.creates, &self.modifies];
        tasks.iter().any(|tasks| !tasks.is_empty())
            || !self.deletes.is_empty()
            || !self.unknown.is_empty()
    }

    /// The groups whose machines are made from another template after the update.
    pub fn groups_to_roll(&self, cluster: &str) -> Vec<String> {
        let templates = self
            .modifies
            .iter()
            .filter(|task| task.kind == "LaunchTemplate");
        templates
            .map(|task| group_of(&task.name, cluster).to_owned())
            .collect()
    }

    /// The groups that the cloud does not have yet.
    pub fn groups_to_come(&self, cluster: &str) -> Vec<String> {
        let groups = self
            .creates
            .iter()
            .filter(|task| task.kind == "AutoscalingGroup");
        groups
            .map(|task| group_of(&task.name, cluster).to_owned())
            .collect()
    }
}

/// The group by the name that it has in the cloud: `web.dev.example.com` is `web`, and
/// `control-plane-a.masters.dev.example.com` is `control-plane-a`.
pub fn group_of<'n>(name: &'n str, cluster: &str) -> &'n str {
    let suffix = |role: &str| {
        let rest = name.strip_suffix(cluster)?.strip_suffix('.')?;
        match role {
            "" => Some(rest),
            role => rest.strip_suffix(role)?.strip_suffix('.'),
        }
    };
    ["masters", "apiservers", "bastions", ""]
        .into_iter()
        .find_map(suffix)
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::group_of;

    #[test]
    fn the_cloud_s_name_of_a_group_holds_its_name() {
        let cluster = "dev.example.com";
        for (name, group) in [
            ("web.dev.example.com", "web"),
            ("a-1.masters.dev.example.com", "a-1"),
            ("door.bastions.dev.example.com", "door"),
            ("elsewhere", "elsewhere"),
        ] {
            assert_eq!(group_of(name, cluster), group);
        }
    }
}
