//! The inventory in the cluster.

use kops_stack::kubernetes::SecretStore;
use kops_stack::model::inventory::{Inventory, Member};
use kops_stack::model::server::Store;
use kops_stack::object::Identity;

use super::{block_on, connect, connect_by};
use crate::support::control_plane::{ControlPlane, shared, start};
use crate::support::proxy::{Harm, Proxy};

/// So many members that do not pack well.
fn inventory(members: usize) -> Inventory {
    let member = |number: usize| Member {
        identity: Identity {
            namespace: Some("shop".to_owned()),
            kind: "ConfigMap".to_owned(),
            group: String::new(),
            name: format!("c-{number}"),
        },
        version: "v1".to_owned(),
        uid: Some(uuid::Uuid::new_v4().to_string()),
        proof: None,
    };
    let mut inventory = Inventory::default();
    inventory
        .members
        .insert("shop".to_owned(), (0..members).map(member).collect());
    inventory
}

fn secrets(plane: &ControlPlane, environment: &str) -> Option<Vec<String>> {
    let label = format!("kops-stack.io/inventory={environment}");
    let names = plane.kubectl(&[
        "get",
        "secrets",
        "-n",
        "kops-stack-system",
        "-l",
        &label,
        "-o",
        "name",
    ])?;
    Some(names.lines().map(str::to_owned).collect())
}

#[test]
fn the_first_write_makes_namespace_and_record() {
    let Some(plane) = start("1.36", &["-nodes", "0"]) else {
        return;
    };
    block_on(async {
        let store = SecretStore::new(connect(&plane).await, "first");
        assert_eq!(store.read().await, Ok(None));
        let written = inventory(3);
        assert_eq!(store.write(&written).await, Ok(1));
        assert_eq!(store.write(&written).await, Ok(2));
        let read = SecretStore::new(connect(&plane).await, "first")
            .read()
            .await;
        let read = read.expect("it can be read").expect("it is there");
        assert_eq!(read.serial, 2);
        assert_eq!(read.members, written.members);
        assert_eq!(read.lineage.len(), 36);
        assert_eq!(store.read().await, Ok(Some(read)));
    });
    let template = "{.metadata.annotations.kops-stack\\.io/objects} {.metadata.annotations.kops-stack\\.io/serial}";
    let path = format!("jsonpath={template}");
    let shown = plane.kubectl(&[
        "get",
        "secret",
        "kops-stack-first",
        "-n",
        "kops-stack-system",
        "-o",
        &path,
    ]);
    if let Some(shown) = shown {
        assert_eq!(shown, "3 2");
    }
}

#[test]
fn of_two_writers_one_is_refused() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let name = "store-two";
        let one = SecretStore::new(connect(plane).await, name);
        let two = SecretStore::new(connect(plane).await, name);
        assert_eq!(one.write(&inventory(1)).await, Ok(1));
        let blind = two.write(&inventory(1)).await.expect_err("it was not read");
        assert_eq!(blind.code, 409);
        let seen = two
            .read()
            .await
            .expect("it can be read")
            .expect("it is there");
        assert_eq!(one.write(&inventory(2)).await, Ok(2));
        let stale = two.write(&seen).await.expect_err("it moved");
        assert_eq!(stale.code, 409);
        let mut other = one
            .read()
            .await
            .expect("it can be read")
            .expect("it is there");
        assert_eq!(other.members["shop"].len(), 2);
        other.lineage = "another".to_owned();
        let history = one.write(&other).await.expect_err("it is another history");
        assert_eq!(history.code, 409);
    });
}

#[test]
fn what_is_large_lies_in_pieces_and_old_ones_go() {
    let Some(plane) = shared() else { return };
    let name = "store-large";
    let large = inventory(60_000);
    let before = block_on(async {
        let store = SecretStore::new(connect(plane).await, name);
        assert_eq!(store.write(&large).await, Ok(1));
        let before = secrets(plane, name);
        assert_eq!(store.write(&large).await, Ok(2));
        let read = store
            .read()
            .await
            .expect("it can be read")
            .expect("it is there");
        assert_eq!(read.members, large.members);
        before
    });
    let (Some(before), Some(after)) = (before, secrets(plane, name)) else {
        return;
    };
    assert!(before.len() > 2, "{before:?}");
    assert_eq!(before.len(), after.len());
    let kept = after.iter().filter(|name| before.contains(name)).count();
    assert_eq!(
        kept, 1,
        "only the parent keeps its name: {before:?} {after:?}"
    );
    block_on(async {
        let store = SecretStore::new(connect(plane).await, name);
        store.read().await.expect("it can be read");
        assert_eq!(store.write(&inventory(1)).await, Ok(3));
    });
    assert_eq!(secrets(plane, name).map(|names| names.len()), Some(1));
}

#[test]
fn a_write_whose_answer_is_lost_counts() {
    let Some(plane) = shared() else { return };
    let proxy = Proxy::before(plane);
    proxy.harm(|seen, _| match seen.is_write() {
        true => Harm::CutAfter,
        false => Harm::None,
    });
    block_on(async {
        let store = SecretStore::new(connect_by(&proxy.kubeconfig).await, "store-lost");
        // The namespace is made by whoever comes first.
        SecretStore::new(connect(plane).await, "store-lost-other")
            .write(&inventory(1))
            .await
            .expect("it is free");
        assert_eq!(store.write(&inventory(1)).await, Ok(1));
        assert_eq!(store.write(&inventory(2)).await, Ok(2));
        let read = store
            .read()
            .await
            .expect("it can be read")
            .expect("it is there");
        assert_eq!((read.serial, read.members["shop"].len()), (2, 2));
    });
}
