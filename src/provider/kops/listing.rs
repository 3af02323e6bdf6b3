//! The list of `kops delete cluster` without `--yes`, read (`kops.md`, section 2).
//!
//! Below the head of the table each line is one resource of the cloud; what fits nowhere is kept as it is.

use crate::model::cluster::cloud::CloudChanges;

/// Names of the columns, which stand above the first resource.
const HEAD: [&str; 3] = ["TYPE", "NAME", "ID"];

/// What is said where the cloud holds nothing, and only what is stored goes.
const NOTHING: &str = "No cloud resources to delete";

/// How the list ends: with resources, and without.
const ENDS: [&str; 2] = [
    "Must specify --yes to delete cluster",
    "Must specify --yes to unregister the cluster",
];

/// Counts stdout's resources by type; None when it does not end as a list does.
pub fn read(stdout: &str) -> Option<CloudChanges> {
    let mut listed = CloudChanges::default();
    let mut within = false;
    let mut ended = false;
    for line in stdout.lines().filter(|line| !line.trim().is_empty()) {
        let cells: Vec<&str> = line.split('\t').filter(|cell| !cell.is_empty()).collect();
        if cells == HEAD {
            within = true;
        } else if ENDS.contains(&line) {
            (within, ended) = (false, true);
        } else if within {
            match cells.as_slice() {
                [kind, _, _] => *listed.goes.entry((*kind).to_owned()).or_default() += 1,
                _ => listed.unknown.push(line.to_owned()),
            }
        } else if ended && line != NOTHING {
            listed.unknown.push(line.to_owned());
        }
    }
    ended.then_some(listed)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn resources_are_counted_by_type_and_other_lines_kept() {
        let said = "\
***********
A new kops version is available: 1.36.3
***********
TYPE\t\t\tNAME\t\t\t\tID
autoscaling-group\tweb.dev.example.com\t\tweb.dev.example.com
instance\t\tweb.dev.example.com\t\ti-1
instance\t\tweb.dev.example.com\t\ti-2
what is this

Must specify --yes to delete cluster
";
        let listed = read(said).expect("it ends as a list does");
        let goes: Vec<(&str, usize)> = listed
            .goes
            .iter()
            .map(|(kind, count)| (kind.as_str(), *count))
            .collect();
        assert_eq!(goes, [("autoscaling-group", 1), ("instance", 2)]);
        assert_eq!(listed.unknown, ["what is this"]);
    }

    #[test]
    fn a_cluster_without_a_cloud_holds_nothing() {
        let said = "No cloud resources to delete\n\nMust specify --yes to unregister the cluster\n";
        assert!(read(said).expect("it ends as a list does").is_empty());
        assert_eq!(read("No cloud resources to delete\n"), None);
    }
}
