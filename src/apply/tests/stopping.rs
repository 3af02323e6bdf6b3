//! Stops, lost locks and kills at every write: what is there is recorded, and the next run
//! converges and touches nothing foreign.

use std::time::Duration;

use super::fake::Fake;
use super::on_paused_time;
use super::refusals::invalid;
use super::world::{Report, World, identity, object};
use crate::apply::Refused;
use crate::model::event::{Happening, Skip};
use crate::model::graph::EdgeKind;
use crate::model::inventory::Inventory;
use crate::model::work::Revision;
use crate::object::Object;

const NAMESPACE: &str = "Namespace shop";
const FOREIGN: &str = "ConfigMap shop/foreign";

/// Before: six objects. After: one is changed, one replaced, one adopted, two new, two go.
fn before() -> World {
    let world = World::of(&[
        (NAMESPACE, "1"),
        ("ConfigMap shop/a", "1"),
        ("Deployment shop/b", "1"),
        ("ConfigMap shop/c", "1"),
        ("ConfigMap shop/d", "1"),
        ("Deployment shop/e", "1"),
    ]);
    ordered(world)
}

fn after() -> World {
    let mut world = World::of(&[
        (NAMESPACE, "1"),
        ("ConfigMap shop/a", "2"),
        ("Deployment shop/b", "1"),
        ("ConfigMap shop/c", "1"),
        ("ConfigMap shop/helm", "2"),
        ("ConfigMap shop/f", "1"),
        ("Deployment shop/g", "1"),
    ]);
    world.wanted[2].1.value_mut()["spec"]["immutable"] = "new".into();
    ordered(world)
}

fn ordered(world: World) -> World {
    let inside = [
        "ConfigMap shop/a",
        "Deployment shop/b",
        "ConfigMap shop/c",
        "ConfigMap shop/d",
    ];
    let more = ["Deployment shop/e", "ConfigMap shop/f", "Deployment shop/g"];
    let world = inside.into_iter().chain(more).fold(world, |world, text| {
        world.after(NAMESPACE, text, EdgeKind::Applied)
    });
    world
        .after("ConfigMap shop/d", "Deployment shop/e", EdgeKind::Applied)
        .after("ConfigMap shop/a", "Deployment shop/b", EdgeKind::Applied)
        .after("Deployment shop/b", "ConfigMap shop/f", EdgeKind::Ready)
        .after("ConfigMap shop/f", "Deployment shop/g", EdgeKind::Applied)
}

/// The fake with what `before` made, and what others did.
async fn begun() -> Fake {
    let fake = Fake::new();
    for name in ["b", "e", "g"] {
        let identity = identity(&format!("Deployment shop/{name}"));
        let mut state = fake.state.borrow_mut();
        state
            .slow
            .insert(identity.clone(), Some(Duration::from_secs(2)));
        state
            .lingering
            .insert(identity, Some(Duration::from_secs(1)));
    }
    assert!(before().apply(&fake).await.outcome().succeeded());
    fake.put(object("ConfigMap shop/helm", "1"), "helm");
    fake.put(object(FOREIGN, "theirs"), "somebody");
    fake.clear_log();
    fake
}

fn inventory(fake: &Fake) -> Inventory {
    let inventory = fake.state.borrow().inventory.clone();
    inventory.expect("an apply wrote it")
}

fn foreign(fake: &Fake) -> Option<Object> {
    fake.live(&identity(FOREIGN))
}

/// Everything is as wanted, recorded with its uid, and nothing else is there or gone.
#[track_caller]
fn assert_converged(fake: &Fake, foreign_before: Option<&Object>, when: &str) {
    assert_eq!(foreign(fake).as_ref(), foreign_before, "{when}");
    let recorded = inventory(fake);
    assert_eq!(recorded.pending, None, "{when}");
    let world = after();
    for (_, wanted) in &world.wanted {
        let live = fake.live(&wanted.identity());
        let live = live.unwrap_or_else(|| panic!("{when}: {} is missing", wanted.identity()));
        assert_eq!(live.value()["spec"], wanted.value()["spec"], "{when}");
        let (_, member) = recorded.find(&wanted.identity()).expect("it is recorded");
        assert_eq!(member.uid, Some(Revision::of(&live).uid), "{when}");
    }
    assert_eq!(recorded.all().count(), world.wanted.len(), "{when}");
    assert_eq!(
        fake.state.borrow().objects.len(),
        world.wanted.len() + 1,
        "{when}"
    );
}

/// Writes of the whole change, those of the inventory among them.
fn writes_in_all() -> usize {
    on_paused_time(async {
        let fake = begun().await;
        let foreign = foreign(&fake);
        let report = after().apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.events);
        assert_converged(&fake, foreign.as_ref(), "at once");
        fake.writes().len()
    })
}

#[test]
fn a_kill_at_any_write_is_made_good_by_the_next_run() {
    let writes = writes_in_all();
    assert_eq!(writes, 11, "2 records, 1 adoption, 5 applies, 3 deletes");
    for write in 1..=writes {
        for carried_out in [false, true] {
            let when = format!("killed at write {write}, carried out: {carried_out}");
            on_paused_time(async {
                let fake = begun().await;
                let foreign = foreign(&fake);
                fake.crash_at(write, carried_out);
                let world = after();
                tokio::select! {
                    _ = world.apply(&fake) => panic!("{when}: it ended"),
                    () = fake.crashed.notified() => {}
                }
                assert!(fake.state.borrow().held, "{when}: nobody released the lock");
                fake.after_crash();
                let report = after().apply(&fake).await;
                assert!(report.outcome().succeeded(), "{when}: {:?}", report.events);
                assert_converged(&fake, foreign.as_ref(), &when);
            });
        }
    }
}

#[test]
fn a_stop_at_any_write_ends_what_is_under_way_and_records_it() {
    for write in 1..=writes_in_all() {
        let when = format!("stopped at write {write}");
        on_paused_time(async {
            let fake = begun().await;
            let foreign = foreign(&fake);
            let world = after();
            let stop = async {
                while fake.begun_writes() < write {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                "Ctrl-C".to_owned()
            };
            let report = world.apply_until(&fake, stop).await;
            let outcome = report.outcome();
            assert!(outcome.interrupted || outcome.succeeded(), "{when}");
            assert_eq!(outcome.failed, [] as [usize; 0], "{when}");
            let recorded = inventory(&fake);
            assert_eq!(
                recorded.pending, None,
                "{when}: what is under way is finished"
            );
            for (_, member) in recorded.all() {
                let live = fake.live(&member.identity);
                let live = live.unwrap_or_else(|| panic!("{when}: {} is gone", member.identity));
                assert_eq!(member.uid, Some(Revision::of(&live).uid), "{when}");
            }
            assert!(!fake.state.borrow().held, "{when}");
            assert!(after().apply(&fake).await.outcome().succeeded(), "{when}");
            assert_converged(&fake, foreign.as_ref(), &when);
        });
    }
}

#[test]
fn after_a_stop_no_write_begins() {
    on_paused_time(async {
        let fake = begun().await;
        let stop = async {
            // While Deployment b is waited for.
            tokio::time::sleep(Duration::from_millis(1500)).await;
            "Ctrl-C".to_owned()
        };
        let report = after().apply_until(&fake, stop).await;
        let outcome = report.outcome();
        assert!(outcome.interrupted);
        assert_eq!(outcome.waiting, [report.step("Deployment shop/b")]);
        assert_eq!(
            report.told("ConfigMap shop/f"),
            [format!("skipped: {:?}", Skip::Stopped)]
        );
        let stopped = report.events.iter().position(|event| {
            event.what
                == Happening::Stopping {
                    reason: "Ctrl-C".to_owned(),
                }
        });
        let later = &report.events[stopped.expect("it was told")..];
        let began = |what: &Happening| matches!(what, Happening::Started { .. });
        assert!(!later.iter().any(|event| began(&event.what)));
        assert_eq!(inventory(&fake).history[0].result, "interrupted");
    });
}

#[test]
fn after_a_stop_nobody_waits_for_what_is_being_deleted() {
    on_paused_time(async {
        let fake = Fake::new();
        let web = "ConfigMap web";
        assert!(
            World::of(&[(web, "1")])
                .apply(&fake)
                .await
                .outcome()
                .succeeded()
        );
        fake.lingers(web, None);
        let stop = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            "Ctrl-C".to_owned()
        };
        let report = World::default().apply_until(&fake, stop).await;
        assert_eq!(report.outcome().waiting, [0]);
        assert_eq!(report.outcome().took.as_secs(), 3);
        assert!(inventory(&fake).find(&identity(web)).is_some());
        fake.take_away(&identity(web));
        assert!(World::default().apply(&fake).await.outcome().succeeded());
        assert!(inventory(&fake).find(&identity(web)).is_none());
    });
}

#[test]
fn a_lost_lock_stops_as_well() {
    on_paused_time(async {
        let fake = begun().await;
        let lose = async {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            fake.lose.notify_one();
            std::future::pending::<String>().await
        };
        let report = after().apply_until(&fake, lose).await;
        assert!(report.outcome().interrupted);
        let reason = "the lock was lost: another has it".to_owned();
        let told = report.events.iter().any(|event| {
            event.what
                == Happening::Stopping {
                    reason: reason.clone(),
                }
        });
        assert!(told, "{:?}", report.events);
    });
}

#[test]
fn a_held_lock_and_a_moved_inventory_refuse_before_anything_is_written() {
    on_paused_time(async {
        let fake = begun().await;
        fake.state.borrow_mut().held = true;
        let report = after().apply(&fake).await;
        assert!(matches!(report.outcome, Err(Refused::Lock(_))));
        assert!(fake.writes().is_empty());

        fake.state.borrow_mut().held = false;
        let mut decision = after().decide(&fake);
        decision
            .plan
            .live
            .as_mut()
            .expect("a plan against a cluster")
            .serial = 1;
        let report = after()
            .carry_out(&fake, decision, std::future::pending())
            .await;
        let refused = report.outcome.expect_err("somebody applied in between");
        assert_eq!(
            refused.to_string(),
            "somebody applied since the plan was made: inventory serial 2, plan made at 1"
        );
        assert!(fake.writes().is_empty());
        assert!(!fake.state.borrow().held);
    });
}

#[test]
fn fail_fast_begins_nothing_after_the_first_failure() {
    on_paused_time(async {
        let fake = Fake::new();
        let mut world = World::of(&[("ConfigMap a", "1"), ("ConfigMap b", "1")]);
        world.options.fail_fast = true;
        world.options.parallel = 1;
        fake.fail("apply", "ConfigMap a", 1, invalid());
        let report: Report = world.apply(&fake).await;
        assert_eq!(
            report.told("ConfigMap b"),
            [format!("skipped: {:?}", Skip::FailedFast)]
        );
        assert!(!report.outcome().interrupted);
        assert_eq!(inventory(&fake).history[0].result, "failed");
    });
}

#[test]
fn what_is_blocked_is_not_tried_nor_what_needs_it() {
    on_paused_time(async {
        let fake = begun().await;
        let mut world = after();
        world.blocked = vec![identity("ConfigMap shop/a")];
        let report = world.apply(&fake).await;
        assert_eq!(
            report.told("ConfigMap shop/a"),
            [format!("skipped: {:?}", Skip::Blocked)]
        );
        let needs = Skip::Needs(identity("ConfigMap shop/a"));
        for text in ["Deployment shop/b", "ConfigMap shop/d"] {
            assert_eq!(report.told(text), [format!("skipped: {needs:?}")]);
        }
        assert!(fake.asked("apply", "ConfigMap shop/a").is_empty());
        assert!(
            fake.live(&identity("ConfigMap shop/d")).is_some(),
            "deletes come last"
        );
    });
}
