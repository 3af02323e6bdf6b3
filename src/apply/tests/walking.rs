//! Order, width, failures and what depends on them.

use std::time::Duration;

use super::fake::Fake;
use super::on_paused_time;
use super::refusals::{error, invalid};
use super::world::{World, identity, object};
use crate::model::graph::EdgeKind;
use crate::model::inventory::Inventory;

const NAMESPACE: &str = "Namespace shop";
const CONFIG: &str = "ConfigMap shop/web";
const WEB: &str = "Deployment shop/web";
const PAGE: &str = "ConfigMap shop/page";

fn shop() -> World {
    World::of(&[(NAMESPACE, "1"), (CONFIG, "1"), (WEB, "1"), (PAGE, "1")])
        .after(NAMESPACE, CONFIG, EdgeKind::Applied)
        .after(NAMESPACE, WEB, EdgeKind::Applied)
        .after(NAMESPACE, PAGE, EdgeKind::Applied)
        .after(CONFIG, WEB, EdgeKind::Applied)
        .after(WEB, PAGE, EdgeKind::Ready)
}

fn inventory(fake: &Fake) -> Inventory {
    let inventory = fake.state.borrow().inventory.clone();
    inventory.expect("an apply wrote it")
}

#[test]
fn everything_is_made_in_order_and_recorded() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.slow(WEB, Some(Duration::from_secs(3)));
        let report = shop().apply(&fake).await;
        assert_eq!(report.outcome().done, 4, "{:?}", report.events);
        assert!(report.outcome().succeeded());
        assert_eq!(
            fake.writes(),
            [
                "record inventory",
                "apply Namespace shop",
                "apply ConfigMap shop/web",
                "apply Deployment shop/web",
                "apply ConfigMap shop/page",
                "record inventory",
            ]
        );
        assert_eq!(
            report.told(WEB),
            [
                "started",
                "written create",
                "waiting: 0 of 1 pods ready",
                "done"
            ]
        );
        let recorded = inventory(&fake);
        assert_eq!((recorded.serial, recorded.pending.clone()), (2, None));
        assert!(
            recorded
                .all()
                .all(|(_, member)| member.uid.is_some() && member.proof.is_some())
        );
        assert_eq!(recorded.all().count(), 4);
        let record = &recorded.history[0];
        assert_eq!(
            (record.result.as_str(), record.plan.as_str()),
            ("applied", "d1")
        );
        assert_eq!(record.counts["create"], 4);
        assert_eq!(record.time, "2026-11-24T12:00:03Z");
        assert!(!fake.state.borrow().held, "the lock is released");
    });
}

#[test]
fn an_apply_that_has_nothing_to_do_writes_nothing() {
    on_paused_time(async {
        let fake = Fake::new();
        assert!(shop().apply(&fake).await.outcome().succeeded());
        let before = fake.writes().len();
        let report = shop().apply(&fake).await;
        assert!(report.outcome().succeeded());
        assert_eq!(report.decision.works, []);
        assert_eq!(fake.writes().len(), before);
    });
}

#[test]
fn what_is_no_longer_wanted_goes_last_and_backwards() {
    on_paused_time(async {
        let fake = Fake::new();
        assert!(shop().apply(&fake).await.outcome().succeeded());
        fake.slow(NAMESPACE, Some(Duration::from_secs(9)));
        fake.lingers(PAGE, Some(Duration::from_secs(7)));
        let mut world = shop().without(CONFIG).without(WEB).without(PAGE);
        world.wanted[0].1 = object(NAMESPACE, "2");
        let before = fake.writes().len();
        let report = world.apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.events);
        assert_eq!(
            fake.writes()[before..],
            [
                "record inventory",
                "apply Namespace shop",
                "delete ConfigMap shop/page",
                "delete Deployment shop/web",
                "delete ConfigMap shop/web",
                "record inventory",
            ]
        );
        let healthy = fake.asked("apply", NAMESPACE)[1].ended + Duration::from_secs(9);
        assert!(fake.asked("delete", PAGE)[0].began >= healthy);
        let gone = fake.asked("delete", PAGE)[0].ended + Duration::from_secs(7);
        assert!(fake.asked("delete", WEB)[0].began >= gone);
        assert_eq!(inventory(&fake).all().count(), 1);
    });
}

#[test]
fn what_needs_a_failure_is_skipped_and_the_rest_goes_on() {
    on_paused_time(async {
        let fake = Fake::new();
        let mut world = shop();
        world
            .wanted
            .push(("other".to_owned(), object("ConfigMap shop/other", "1")));
        world = world.after(NAMESPACE, "ConfigMap shop/other", EdgeKind::Applied);
        fake.fail("apply", CONFIG, 1, invalid());
        let report = world.apply(&fake).await;
        let outcome = report.outcome();
        assert_eq!((outcome.done, outcome.succeeded()), (2, false));
        assert_eq!(
            report.told(CONFIG),
            ["started", "failed: spec.value: must be even"]
        );
        assert_eq!(
            report.told(WEB),
            [format!("skipped: Needs({:?})", identity(CONFIG))]
        );
        assert_eq!(report.told(PAGE), report.told(WEB));
        let recorded = inventory(&fake);
        assert_eq!(recorded.history[0].result, "failed");
        assert_eq!(recorded.all().count(), 2);
        assert!(world.apply(&fake).await.outcome().succeeded());
        assert_eq!(inventory(&fake).all().count(), 5);
    });
}

#[test]
fn what_never_gets_healthy_fails_in_time_and_says_why() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.slow(WEB, None);
        let report = shop().apply(&fake).await;
        assert_eq!(
            report.told(WEB).last().map(String::as_str),
            Some("failed: not ready after 300 s: 0 of 1 pods ready")
        );
        let failed = &report.outcome().failed;
        assert_eq!(*failed, [report.step(WEB)]);
        let took = report.outcome().took;
        assert!(
            took > Duration::from_secs(300) && took < Duration::from_secs(302),
            "{took:?}"
        );
        let failure = report.events.iter().find_map(|event| match &event.what {
            crate::model::event::Happening::Failed { failure, .. } => Some(failure),
            _ => None,
        });
        let failure = failure.expect("it failed");
        assert_eq!(failure.details, ["why Deployment shop/web is so"]);
        assert_eq!(failure.runbook.as_deref(), Some("read this"));
        assert!(
            inventory(&fake)
                .find(&identity(WEB))
                .is_some_and(|(_, member)| member.uid.is_some())
        );
    });
}

fn behind_a_service() -> World {
    let mut world = World::of(&[(NAMESPACE, "1"), (WEB, "1")]);
    world = world.after(NAMESPACE, WEB, EdgeKind::Applied);
    world.wanted[1].1.value_mut()["spec"]["service"] = "hook".into();
    world
}

#[test]
fn what_needs_pods_behind_a_service_waits_for_them() {
    on_paused_time(async {
        let fake = Fake::new();
        let comes = tokio::time::Instant::now() + Duration::from_secs(7);
        fake.state
            .borrow_mut()
            .alone
            .insert("hook".to_owned(), comes);
        let report = behind_a_service().apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        let told = report.told(WEB);
        assert_eq!(told[2], "waiting: no pod is behind its Service");
        // It is seen soon, though nothing is told of the object itself.
        let took = report.outcome().took;
        assert!(
            took > Duration::from_secs(7) && took < Duration::from_millis(8_500),
            "{took:?}"
        );
    });
}

#[test]
fn who_may_not_look_behind_a_service_does_not_wait() {
    on_paused_time(async {
        let fake = Fake::new();
        let never = tokio::time::Instant::now() + Duration::from_secs(100_000);
        fake.state
            .borrow_mut()
            .alone
            .insert("hook".to_owned(), never);
        fake.fail(
            "addresses",
            "hook",
            usize::MAX,
            error(403, "Forbidden", "no"),
        );
        let report = behind_a_service().apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        fake.state.borrow_mut().faults.clear();
        let mut world = behind_a_service();
        world.wanted[1].1.value_mut()["spec"]["value"] = "2".into();
        let report = world.apply(&fake).await;
        let last = report.told(WEB).pop();
        let expected = "failed: not ready after 300 s: no pod is behind its Service";
        assert_eq!(last.as_deref(), Some(expected));
    });
}
