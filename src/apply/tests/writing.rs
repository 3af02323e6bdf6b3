//! One write and what may come in between: refusals that pass, objects that move, owners.

use std::time::Duration;

use serde_json::json;

use super::fake::{Fake, Fault};
use super::on_paused_time;
use super::refusals::{busy, busy_for, error, invalid, stale};
use super::world::{Report, World, identity, object};
use crate::model::api::ApiError;
use crate::model::graph::EdgeKind;
use crate::model::plan::Action;
use crate::model::server::Propagation;
use crate::model::work::Revision;

const WEB: &str = "ConfigMap web";

fn one(value: &str) -> World {
    World::of(&[(WEB, value)])
}

/// A fake that holds the object with the value 1, put there by an apply.
async fn made() -> Fake {
    let fake = Fake::new();
    assert!(one("1").apply(&fake).await.outcome().succeeded());
    fake
}

fn value(fake: &Fake) -> serde_json::Value {
    fake.live(&identity(WEB)).expect("it is there").value()["spec"].clone()
}

/// Somebody else changes the object without changing what we set.
fn touch(fake: &Fake) {
    let mut state = fake.state.borrow_mut();
    let object = state.objects.get_mut(&identity(WEB)).expect("it is there");
    let version: u64 = Revision::of(object)
        .resource_version
        .parse()
        .expect("a number");
    object.value_mut()["metadata"]["resourceVersion"] = json!((version + 100).to_string());
}

#[test]
fn each_class_of_refusal_is_repeated_up_to_its_limit() {
    let cases: [(ApiError, u64, &str); 8] = [
        (busy(), 60, "the API server is busy"),
        (
            error(503, "ServiceUnavailable", "down"),
            60,
            "the API server is busy",
        ),
        (error(504, "Timeout", "slow"), 60, "the API server is busy"),
        (
            error(500, "", "etcdserver: leader changed"),
            60,
            "etcd has no leader",
        ),
        (
            error(500, "", "rpc error: etcdserver: request timed out"),
            60,
            "etcd has no leader",
        ),
        (
            error(
                500,
                "InternalError",
                "Internal error occurred: failed calling webhook \"w\": failed to call webhook: Post \"https://x\": refused",
            ),
            240,
            "a webhook does not answer",
        ),
        (
            error(
                409,
                "Conflict",
                "Operation cannot be fulfilled on resourcequotas \"q\": the object has been modified",
            ),
            60,
            "a quota is being counted",
        ),
        (
            ApiError::transport("connection reset by peer"),
            60,
            "the connection broke",
        ),
    ];
    for (refusal, limit, reason) in cases {
        on_paused_time(async {
            let fake = Fake::new();
            fake.fail("apply", WEB, usize::MAX, refusal.clone());
            let report = one("1").apply(&fake).await;
            let took = report.outcome().took.as_secs();
            // A pause of up to 8 s is not begun that would end behind the limit.
            assert!((limit - 9..=limit).contains(&took), "{reason}: {took} s");
            let told = report.told(WEB);
            assert_eq!(told[1], format!("retrying: {reason}"));
            // 0.25 s doubling to 8 s, up to a quarter shorter by chance.
            let fewest = 5 + (limit as usize - 8) / 8;
            let retries = report.retries(WEB);
            assert!(
                (fewest..=fewest * 2).contains(&retries),
                "{reason}: {retries}"
            );
            assert_eq!(fake.asked("apply", WEB).len(), retries + 1);
            assert!(
                told.last()
                    .is_some_and(|words| words.starts_with("failed: ")),
                "{told:?}"
            );

            // The same twice, and then it goes.
            let fake = Fake::new();
            fake.fail("apply", WEB, 2, refusal);
            let report = one("1").apply(&fake).await;
            assert!(report.outcome().succeeded(), "{reason}");
            assert_eq!(report.retries(WEB), 2);
        });
    }
}

#[test]
fn a_refusal_of_the_object_is_final() {
    let cases = [
        invalid(),
        error(400, "BadRequest", "bad"),
        error(
            403,
            "Forbidden",
            "configmaps \"web\" is forbidden: User \"u\" cannot patch",
        ),
        error(404, "NotFound", "namespaces \"shop\" not found"),
        error(404, "", "404 page not found"),
        error(413, "RequestEntityTooLarge", "large"),
        error(
            500,
            "",
            "failed to create typed patch object (/web; v1, Kind=ConfigMap): .spec.x: field not declared in schema",
        ),
        error(
            500,
            "",
            "request to convert CR to an invalid group/version: example.com/v1",
        ),
        error(409, "AlreadyExists", "there"),
    ];
    for refusal in cases {
        on_paused_time(async {
            let fake = Fake::new();
            fake.fail("apply", WEB, usize::MAX, refusal.clone());
            let report = one("1").apply(&fake).await;
            assert_eq!(fake.asked("apply", WEB).len(), 1, "{refusal}");
            assert_eq!(report.outcome().failed, [0]);
        });
    }
}

#[test]
fn the_server_says_when_to_come_back() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.fail("apply", WEB, 1, busy_for(Duration::from_secs(17)));
        let report = one("1").apply(&fake).await;
        assert!(report.outcome().succeeded());
        assert_eq!(report.outcome().took.as_secs(), 17);
    });
}

#[test]
fn what_the_apply_itself_makes_may_be_late() {
    on_paused_time(async {
        let fake = Fake::new();
        let (crd, widget) = (
            "CustomResourceDefinition widgets.example.com",
            "Widget.example.com a",
        );
        let mut world =
            World::of(&[(crd, "1"), (widget, "1")]).after(crd, widget, EdgeKind::Applied);
        world.wanted[0].1.value_mut()["spec"] =
            json!({"group": "example.com", "names": {"kind": "Widget"}});
        fake.slow(crd, Some(Duration::from_secs(5)));
        let report = world.apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.events);
        assert_eq!(
            report.told(widget)[1],
            "retrying: its kind is not served yet"
        );
        assert!(fake.state.borrow().learned > 1);
    });
}

#[test]
fn an_object_that_moved_is_written_when_the_difference_is_the_same() {
    on_paused_time(async {
        let fake = made().await;
        let world = one("2");
        let decision = world.decide(&fake);
        touch(&fake);
        let report = world
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(value(&fake), json!({"value": "2"}));
        assert_eq!(fake.asked("probe", WEB).len(), 1);
    });
}

#[test]
fn an_object_that_became_another_is_left_alone() {
    on_paused_time(async {
        let fake = made().await;
        let world = one("2");
        let decision = world.decide(&fake);
        fake.put(object(WEB, "3"), "somebody");
        let report = world
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert_eq!(
            report.told(WEB)[1],
            "failed (moved): it changed since the plan was made, which would now update it otherwise"
        );
        assert_eq!(value(&fake), json!({"value": "3"}));
    });
}

#[test]
fn an_object_that_is_already_as_wanted_is_not_written_again() {
    on_paused_time(async {
        let fake = made().await;
        let world = one("2");
        let decision = world.decide(&fake);
        fake.put(object(WEB, "2"), "somebody");
        let report = world
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(
            fake.asked("apply", WEB).len(),
            2,
            "the first apply, and the refused one"
        );
    });
}

#[test]
fn an_object_that_is_gone_or_made_anew_is_left_alone() {
    on_paused_time(async {
        for anew in [false, true] {
            let fake = made().await;
            let world = one("2");
            let decision = world.decide(&fake);
            fake.take_away(&identity(WEB));
            if anew {
                fake.put(object(WEB, "1"), "somebody");
            }
            let report = world
                .carry_out(&fake, decision, std::future::pending())
                .await;
            let told = report.told(WEB).pop().expect("it failed");
            assert!(told.starts_with("failed (moved): "), "{told}");
            assert_eq!(fake.live(&identity(WEB)).is_some(), anew);
        }
    });
}

#[test]
fn an_object_that_never_stands_still_fails_after_ten_tries() {
    on_paused_time(async {
        let fake = made().await;
        fake.fail("apply", WEB, usize::MAX, stale());
        let report = one("2").apply(&fake).await;
        assert_eq!(fake.asked("apply", WEB).len(), 1 + 11);
        assert_eq!(
            report.told(WEB).pop().as_deref(),
            Some("failed (moved): it moved 10 times between reading and writing it")
        );
    });
}

fn own(fake: &Fake, manager: &str) {
    let key = (identity(WEB), "spec.value".to_owned());
    fake.state
        .borrow_mut()
        .owners
        .insert(key, manager.to_owned());
}

#[test]
fn a_conflict_that_nobody_approved_is_not_forced() {
    on_paused_time(async {
        let fake = made().await;
        own(&fake, "hpa");
        let report = one("2").apply(&fake).await;
        assert_eq!(
            report.told(WEB).pop().as_deref(),
            Some("failed (moved): spec.value is owned by `hpa`, which the plan did not show")
        );
        assert_eq!(value(&fake), json!({"value": "1"}));
    });
}

#[test]
fn a_conflict_that_was_approved_is_taken() {
    on_paused_time(async {
        let fake = made().await;
        own(&fake, "hpa");
        let mut world = one("2");
        world.takes = vec!["hpa".to_owned()];
        assert!(world.apply(&fake).await.outcome().succeeded());
        assert_eq!(value(&fake), json!({"value": "2"}));
        assert!(fake.state.borrow().owners.is_empty());
    });
}

#[test]
fn adoption_makes_former_managers_ours_first() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.put(object(WEB, "1"), "helm");
        own(&fake, "helm");
        let report = one("2").apply(&fake).await;
        assert_eq!(report.decision.works[0].action, Action::Adopt);
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(
            fake.writes(),
            [
                "record inventory",
                "adopt ConfigMap web",
                "apply ConfigMap web",
                "record inventory"
            ]
        );
        let managers = fake.state.borrow().managers[&identity(WEB)].clone();
        assert_eq!(managers.into_iter().collect::<Vec<_>>(), ["kops-stack"]);
    });
}

#[test]
fn adoption_of_an_object_that_moved_is_judged_again() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.put(object(WEB, "1"), "helm");
        let decision = one("2").decide(&fake);
        touch(&fake);
        let report = one("2")
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        let decision = one("3").decide(&fake);
        assert_eq!(decision.works[0].action, Action::Update);
    });
}

fn immutable(value: &str) -> World {
    let mut world = one("1");
    world.wanted[0].1.value_mut()["spec"]["immutable"] = json!(value);
    world
}

#[test]
fn a_replace_deletes_waits_and_makes_anew() {
    on_paused_time(async {
        for orphans in [false, true] {
            let fake = Fake::new();
            assert!(immutable("a").apply(&fake).await.outcome().succeeded());
            let before = fake
                .live(&identity(WEB))
                .map(|object| Revision::of(&object));
            fake.lingers(WEB, Some(Duration::from_secs(4)));
            let world = immutable("b");
            let mut decision = world.decide(&fake);
            assert_eq!(decision.works[0].action, Action::Replace);
            decision.works[0].orphan_pods = orphans;
            // Its status may move in between.
            touch(&fake);
            let report = world
                .carry_out(&fake, decision, std::future::pending())
                .await;
            assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
            assert_eq!(
                report.told(WEB),
                [
                    "started",
                    "waiting: it is being deleted, and kept by example.com/wait",
                    "written replace",
                    "done"
                ]
            );
            let propagation = match orphans {
                true => Propagation::Orphan,
                false => Propagation::Foreground,
            };
            assert_eq!(fake.state.borrow().propagations, [propagation]);
            let now = fake
                .live(&identity(WEB))
                .map(|object| Revision::of(&object));
            assert_ne!(before.expect("made").uid, now.clone().expect("made").uid);
            let state = fake.state.borrow();
            let inventory = state.inventory.as_ref().expect("recorded");
            let (_, member) = inventory.find(&identity(WEB)).expect("recorded");
            assert_eq!(member.uid, now.map(|now| now.uid));
        }
    });
}

#[test]
fn a_replace_that_lingers_fails_after_two_minutes() {
    on_paused_time(async {
        let fake = Fake::new();
        assert!(immutable("a").apply(&fake).await.outcome().succeeded());
        fake.lingers(WEB, None);
        let report = immutable("b").apply(&fake).await;
        assert_eq!(
            report.told(WEB).pop().as_deref(),
            Some("failed: not gone after 120 s: it is being deleted, and kept by example.com/wait")
        );
        assert_eq!(report.outcome().took.as_secs(), 120);
    });
}

#[test]
fn an_object_that_is_being_deleted_is_made_again() {
    on_paused_time(async {
        let fake = made().await;
        mark_as_dying(&fake);
        let world = one("2");
        let gone = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            fake.take_away(&identity(WEB));
            std::future::pending::<String>().await
        };
        let report = world.apply_until(&fake, gone).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        let live = fake.live(&identity(WEB)).expect("it is there again");
        assert_eq!(live.get(&["metadata", "deletionTimestamp"]), None);
    });
}

/// Somebody deletes the object, and something keeps it for a time.
fn mark_as_dying(fake: &Fake) {
    let mut state = fake.state.borrow_mut();
    let live = state.objects.get_mut(&identity(WEB)).expect("it is there");
    live.value_mut()["metadata"]["deletionTimestamp"] = json!("now");
}

fn deleted(fake: &Fake) -> impl Future<Output = Report> {
    let nothing = World::default();
    async move { nothing.apply(fake).await }
}

#[test]
fn an_object_of_another_uid_is_never_deleted() {
    on_paused_time(async {
        let fake = made().await;
        let decision = World::default().decide(&fake);
        assert_eq!(decision.works[0].action, Action::Delete);
        fake.take_away(&identity(WEB));
        fake.put(object(WEB, "theirs"), "somebody");
        let report = World::default()
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert_eq!(
            report.told(WEB).pop().as_deref(),
            Some("failed (moved): it was deleted and made again since the plan was made")
        );
        assert_eq!(value(&fake), json!({"value": "theirs"}));

        // A plan that would take the new one for the recorded one is refused too.
        let mut decision = World::default().decide(&fake);
        decision.works[0].action = Action::Delete;
        let report = World::default()
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert_eq!(
            report.told(WEB).pop().as_deref(),
            Some("failed (moved): it is not the object that the inventory records")
        );
        assert_eq!(value(&fake), json!({"value": "theirs"}));
    });
}

#[test]
fn a_delete_that_is_refused_stays_in_the_inventory() {
    on_paused_time(async {
        let fake = made().await;
        fake.fail(
            "delete",
            WEB,
            1,
            error(403, "Forbidden", "configmaps \"web\" is forbidden: no"),
        );
        let report = deleted(&fake).await;
        assert_eq!(report.told(WEB).pop().as_deref(), Some("failed: no"));
        let recorded = |fake: &Fake| {
            let state = fake.state.borrow();
            let inventory = state.inventory.as_ref().expect("recorded");
            inventory.find(&identity(WEB)).is_some()
        };
        assert!(recorded(&fake));
        assert!(deleted(&fake).await.outcome().succeeded());
        assert!(!recorded(&fake));
    });
}

#[test]
fn a_write_whose_answer_was_lost_is_not_lost() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.state.borrow_mut().faults.push(Fault {
            verb: "apply",
            name: WEB.to_owned(),
            times: usize::MAX,
            error: ApiError::transport("connection reset by peer"),
            after: true,
        });
        let report = one("1").apply(&fake).await;
        assert_eq!(report.outcome().failed, [0]);
        let inventory = fake.state.borrow().inventory.clone().expect("recorded");
        let pending = inventory.pending.clone().expect("it may be there");
        assert_eq!(pending.members["shop"][0].identity, identity(WEB));
        // Whoever plans next knows it for ours.
        fake.state.borrow_mut().faults.clear();
        assert!(deleted(&fake).await.outcome().succeeded());
        assert!(fake.live(&identity(WEB)).is_none());
        let inventory = fake.state.borrow().inventory.clone().expect("recorded");
        assert_eq!((inventory.all().count(), inventory.pending), (0, None));
    });
}

#[test]
fn what_somebody_made_since_the_plan_is_left_alone() {
    on_paused_time(async {
        for value_of_theirs in ["1", "7"] {
            let fake = Fake::new();
            let world = one("1");
            let decision = world.decide(&fake);
            fake.put(object(WEB, value_of_theirs), "somebody");
            let report = world
                .carry_out(&fake, decision, std::future::pending())
                .await;
            let told = report.told(WEB).pop().expect("it failed");
            assert!(
                told.starts_with("failed (moved): somebody made it since the plan was made"),
                "{told}"
            );
            assert_eq!(value(&fake), json!({"value": value_of_theirs}));
            let managers = fake.state.borrow().managers[&identity(WEB)].clone();
            assert_eq!(Vec::from_iter(managers), ["somebody"]);
        }
    });
}

#[test]
fn a_create_whose_answer_was_lost_finds_its_own() {
    on_paused_time(async {
        let fake = Fake::new();
        fake.state.borrow_mut().faults.push(Fault {
            verb: "apply",
            name: WEB.to_owned(),
            times: 1,
            error: ApiError::transport("connection reset by peer"),
            after: true,
        });
        let report = one("1").apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(value(&fake), json!({"value": "1"}));
    });
}

#[test]
fn what_the_cluster_makes_for_every_namespace_is_no_surprise() {
    on_paused_time(async {
        const ACCOUNT: &str = "ServiceAccount shop/default";
        let fake = Fake::new();
        fake.put(object("Namespace shop", "1"), "somebody");
        let world = World::of(&[(ACCOUNT, "2")]);
        let decision = world.decide(&fake);
        fake.put(object(ACCOUNT, "1"), "kube-controller-manager");
        let report = world
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(ACCOUNT));
    });
}

/// The object with a mapping, and a value that has the fake's planner see a change.
fn with_mapping(value: &str, mapping: &str, content: &serde_json::Value) -> World {
    let mut world = one(value);
    world.wanted[0].1.value_mut()["spec"][mapping] = content.clone();
    world
}

#[test]
fn a_mapping_that_becomes_empty_is_sent_again_before_it_is_recorded() {
    on_paused_time(async {
        let filled = json!({"matchLabels": {"team": "shop"}});
        let fake = Fake::new();
        let before = with_mapping("1", "selector", &filled).apply(&fake).await;
        assert!(before.outcome().succeeded());
        assert_eq!(fake.asked("apply", WEB).len(), 1);
        fake.clear_log();
        let report = with_mapping("2", "selector", &json!({})).apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(value(&fake), json!({"value": "2", "selector": {}}));
        assert_eq!(fake.asked("apply", WEB).len(), 2);
        let inventory = fake.state.borrow().inventory.clone().expect("recorded");
        let (_, member) = inventory.find(&identity(WEB)).expect("it is ours");
        let proof = member.proof.as_ref().expect("it is proven");
        assert_eq!(proof.payload, value(&fake).to_string());
    });
}

#[test]
fn what_the_server_never_keeps_is_sent_twice_and_no_more() {
    on_paused_time(async {
        let fake = made().await;
        fake.clear_log();
        let report = with_mapping("2", "pruned", &json!({})).apply(&fake).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(value(&fake), json!({"value": "2"}));
        assert_eq!(fake.asked("apply", WEB).len(), 2);
    });
}

/// An apply that empties a mapping, with something that happens after its first write.
async fn emptied_while(fake: &Fake, happens: impl FnOnce(&Fake)) -> Report {
    let filled = json!({"matchLabels": {"team": "shop"}});
    with_mapping("1", "selector", &filled).apply(fake).await;
    fake.clear_log();
    let world = with_mapping("2", "selector", &json!({}));
    let meanwhile = async {
        while fake.asked("apply", WEB).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        happens(fake);
    };
    let (report, ()) = tokio::join!(world.apply(fake), meanwhile);
    report
}

#[test]
fn a_status_that_comes_between_the_two_stops_nobody() {
    on_paused_time(async {
        let fake = Fake::new();
        let report = emptied_while(&fake, touch).await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(value(&fake), json!({"value": "2", "selector": {}}));
        assert_eq!(fake.asked("apply", WEB).len(), 3);
    });
}

#[test]
fn a_second_write_that_is_refused_leaves_no_proof() {
    on_paused_time(async {
        let fake = Fake::new();
        let refuse = |fake: &Fake| fake.fail("apply", WEB, usize::MAX, invalid());
        let report = emptied_while(&fake, refuse).await;
        assert!(!report.outcome().succeeded());
        let inventory = fake.state.borrow().inventory.clone().expect("recorded");
        let (_, member) = inventory.find(&identity(WEB)).expect("it is ours");
        assert_eq!(member.proof, None);
    });
}

#[test]
fn what_others_own_and_is_to_go_is_sent_as_null_before_the_payload() {
    on_paused_time(async {
        let fake = made().await;
        fake.clear_log();
        let world = one("2");
        let mut decision = world.decide(&fake);
        let work = &mut decision.works[0];
        let mut clearing = work.payload.as_deref().expect("it is sent").clone();
        clearing["spec"]["theirs"] = serde_json::Value::Null;
        (work.asked, work.clears) = (Some(clearing.into()), true);
        let report = world
            .carry_out(&fake, decision, std::future::pending())
            .await;
        assert!(report.outcome().succeeded(), "{:?}", report.told(WEB));
        assert_eq!(fake.asked("apply", WEB).len(), 2);
        assert_eq!(value(&fake), json!({"value": "2"}));
    });
}
