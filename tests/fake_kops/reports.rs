//! The recorded dry runs of kops, read as plan and apply read them.

use kops_stack::provider::kops::read_report;

use super::transcripts::{read, transcripts};

const CLUSTER: &str = "dev.example.com";

/// Of each recorded dry run: what it would create, modify, roll and make.
const RECORDED: [(&str, usize, usize, &[&str]); 10] = [
    ("09-update-dry-run-create", 110, 0, &[]),
    ("11-update-dry-run-no-changes", 0, 1, &[]),
    ("16-update-dry-run-change", 0, 5, &["nodes-us-test-1a"]),
    ("20-update-dry-run-add", 4, 0, &[]),
    ("29-update-dry-run-upgrade", 0, 10, &ALL),
    ("31-update-dry-run-upgrade-nodes", 0, 7, &NODES),
    ("33-update-dry-run-after-upgrade", 0, 0, &[]),
    ("35-reconcile-dry-run", 0, 0, &[]),
    ("37-update-dry-run-downgrade", 0, 10, &ALL),
    ("50-update-dry-run-addon", 1, 10, &ALL),
];

const ALL: [&str; 4] = [
    "batch-us-test-1a",
    "control-plane-us-test-1a",
    "nodes-us-test-1a",
    "nodes-us-test-1b",
];

const NODES: [&str; 3] = ["batch-us-test-1a", "nodes-us-test-1a", "nodes-us-test-1b"];

#[test]
fn each_recorded_dry_run_is_read_to_its_last_line() {
    let Some(folder) = transcripts() else { return };
    let recorded = read(&folder);
    for (name, creates, modifies, rolls) in RECORDED {
        let transcript = recorded.iter().find(|one| one.name == name);
        let transcript = transcript.unwrap_or_else(|| panic!("{name} is recorded"));
        let changes = read_report(&transcript.stdout).unwrap_or_else(|| panic!("{name} is read"));
        let found = (changes.creates.len(), changes.modifies.len());
        assert_eq!(found, (creates, modifies), "{name}");
        assert_eq!(changes.groups_to_roll(CLUSTER), rolls, "{name}");
        assert_eq!(changes.unknown, [""; 0], "{name}");
    }
}

#[test]
fn short_values_are_read_and_texts_are_not() {
    let Some(folder) = transcripts() else { return };
    let recorded = read(&folder);
    let change = recorded.iter().find(|one| one.name.starts_with("16-"));
    let changes = read_report(&change.expect("it is recorded").stdout).expect("it is read");
    let template = changes
        .modifies
        .iter()
        .find(|task| task.kind == "LaunchTemplate")
        .expect("one changes");
    let fields: Vec<_> = template
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.change.clone()))
        .collect();
    let machine = Some(("t3.large".to_owned(), "m5.xlarge".to_owned()));
    assert_eq!(
        fields,
        [
            ("InstanceType", machine),
            ("Tags", None),
            ("UserData", None)
        ]
    );
    assert!(
        !format!("{changes:?}").contains("NodeupConfigHash"),
        "a text is not kept"
    );
}

#[test]
fn items_that_go_are_told_apart_and_what_nobody_knows_is_kept() {
    let report = "\
*********************************************************************************
A new kubernetes version is available: 1.36.4
*********************************************************************************
Will modify resources:
  VPC/dev.example.com
  \tTags                \t {} -> {a: b}

  Something nobody knows
Items will be deleted only when the --prune flag is specified:
  TargetGroup          tcp-dev
Items will be deleted during update:
  VPCCIDRBlock         10.9.0.0/16

Must specify --yes to apply changes
";
    let changes = read_report(report).expect("it ends as one does");
    assert_eq!(changes.modifies.len(), 1);
    assert_eq!(changes.unknown, ["  Something nobody knows"]);
    assert_eq!(changes.deferred, ["TargetGroup tcp-dev"]);
    assert_eq!(changes.deletes, ["VPCCIDRBlock 10.9.0.0/16"]);
    let (cut, _) = report.split_once("Must specify").expect("it is there");
    assert_eq!(read_report(cut), None, "a report that was cut is none");
}
