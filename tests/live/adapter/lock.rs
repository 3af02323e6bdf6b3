//! One writer at a time.

use std::time::{Duration, Instant};

use kops_stack::kubernetes::{Holder, LeaseLock};
use kops_stack::model::server::{Lock, LockError};

use super::{block_on, connect, connect_by};
use crate::support::control_plane::shared;
use crate::support::proxy::{Harm, Proxy};

const SHORT: Duration = Duration::from_secs(3);

fn holder(who: &str) -> Holder {
    Holder {
        who: who.to_owned(),
        operation: "apply".to_owned(),
        commit: "abc".to_owned(),
    }
}

#[test]
fn a_lock_is_held_by_one_and_given_back() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let connection = connect(plane).await;
        let lock = |who| LeaseLock::new(connection.clone(), "lock-one", holder(who), SHORT);
        let (first, second) = (lock("a@x"), lock("b@y"));
        assert_eq!(first.status().await, Ok(None));
        first.acquire(Duration::ZERO).await.expect("it is free");
        let held = second
            .status()
            .await
            .expect("it can be read")
            .expect("it is held");
        assert_eq!(
            (
                held.holder.as_str(),
                held.operation.as_str(),
                held.commit.as_str()
            ),
            ("a@x", "apply", "abc")
        );
        let refused = second
            .acquire(Duration::ZERO)
            .await
            .expect_err("it is held");
        let LockError::Held { holder, id, .. } = &refused else {
            panic!("{refused}")
        };
        assert_eq!((holder, id), (&held.holder, &held.id));
        first.release().await;
        assert_eq!(second.status().await, Ok(None));
        second
            .acquire(Duration::ZERO)
            .await
            .expect("it is free again");
        second.release().await;
    });
}

#[test]
fn of_many_who_try_at_once_one_gets_it() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let connection = connect(plane).await;
        let locks: Vec<_> = (0..8)
            .map(|number| {
                LeaseLock::new(
                    connection.clone(),
                    "lock-many",
                    holder(&format!("{number}@x")),
                    SHORT,
                )
            })
            .collect();
        let tries = locks.iter().map(|lock| lock.acquire(Duration::ZERO));
        let got = futures::future::join_all(tries).await;
        assert_eq!(
            got.iter().filter(|result| result.is_ok()).count(),
            1,
            "{got:?}"
        );
    });
}

#[test]
fn a_dead_holder_is_followed_after_its_time_and_a_living_one_is_not() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let connection = connect(plane).await;
        let lock = |who| LeaseLock::new(connection.clone(), "lock-dead", holder(who), SHORT);
        let (first, second) = (lock("a@x"), lock("b@y"));
        first.acquire(Duration::ZERO).await.expect("it is free");
        // While it renews, nobody gets it.
        let held = tokio::select! {
            lost = first.hold() => panic!("{lost}"),
            result = second.acquire(SHORT * 2) => result,
        };
        assert!(matches!(held, Err(LockError::Held { .. })), "{held:?}");
        // It died: its time runs out.
        let begin = Instant::now();
        second.acquire(SHORT * 3).await.expect("it lapsed");
        let took = begin.elapsed();
        assert!(took >= SHORT, "it was taken after {took:?}");
        // Should it come back to life, it notices.
        let lost = first.hold().await;
        let LockError::Lost(reason) = &lost else {
            panic!("{lost}")
        };
        assert!(
            reason.starts_with("b@y took it") || reason.contains("not be renewed"),
            "{reason}"
        );
    });
}

#[test]
fn a_broken_lock_is_noticed() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let connection = connect(plane).await;
        let lock = |who| LeaseLock::new(connection.clone(), "lock-broken", holder(who), SHORT);
        let (first, second) = (lock("a@x"), lock("b@y"));
        first.acquire(Duration::ZERO).await.expect("it is free");
        assert_eq!(second.break_lock("other").await, Ok(None));
        let held = second
            .status()
            .await
            .expect("it can be read")
            .expect("it is held");
        let broken = second
            .break_lock(&held.id)
            .await
            .expect("it can be written");
        assert_eq!(broken.map(|held| held.holder).as_deref(), Some("a@x"));
        let lost = first.hold().await;
        assert_eq!(lost, LockError::Lost("somebody broke it".to_owned()));
        assert_eq!(second.status().await, Ok(None));
    });
}

#[test]
fn a_lock_survives_lost_answers_and_not_a_lost_server() {
    let Some(plane) = shared() else { return };
    let proxy = Proxy::before(plane);
    block_on(async {
        let connection = connect_by(&proxy.kubeconfig).await;
        let lock = LeaseLock::new(connection, "lock-cut", holder("a@x"), SHORT);
        lock.acquire(Duration::ZERO).await.expect("it is free");
        proxy.harm(|seen, number| match seen.is_write() && number % 2 == 0 {
            true => Harm::CutAfter,
            false => Harm::None,
        });
        let held = tokio::time::timeout(SHORT * 3, lock.hold()).await;
        assert!(held.is_err(), "{held:?}");
        proxy.harm(|_, _| Harm::CutBefore);
        let begin = Instant::now();
        let lost = lock.hold().await;
        assert!(matches!(lost, LockError::Lost(_)), "{lost}");
        assert!(
            begin.elapsed() < SHORT,
            "others may have it by now: {:?}",
            begin.elapsed()
        );
    });
}
