//! Lock and journal in a folder.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::{
    End, LockState, Outcome, StateError, StateFolder, StepState, Turn, break_lock,
};
use serde_json::{Value, json};

use super::world::{CLUSTER, LIMIT, acquire, block_on, brief, claim, folder, long};
use crate::support::Sandbox;

/// The names of what lies in the log.
fn names(store: &Path) -> BTreeSet<String> {
    let log = store.join("kops-stack").join(CLUSTER);
    let entries = fs_err::read_dir(log).expect("the log is there");
    let names = entries.map(|entry| entry.expect("it is there").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn entry(store: &Path, number: u32) -> std::path::PathBuf {
    let log = store.join("kops-stack").join(CLUSTER);
    log.join(format!("{number:08}.json"))
}

#[test]
fn a_run_is_taken_written_and_given_back() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let now = Timestamp::now();
        let state = folder.state(now).await.expect("an empty store is read");
        assert_eq!(state.lock, LockState::Free);
        assert_eq!(state.last, None);
        assert!(!store.exists(), "reading makes no folder");

        let turn = acquire(&folder, "jo", long()).await.expect("it is free");
        assert!(turn.before().is_none() && turn.took_over().is_none());
        let detail = json!({"group": "nodes"});
        turn.step(1, "roll nodes", StepState::Started, Value::Null)
            .await
            .unwrap();
        turn.step(1, "roll nodes", StepState::Finished, detail.clone())
            .await
            .unwrap();
        turn.note("cluster", json!("5d6f")).await.unwrap();
        let state = folder.state(Timestamp::now()).await.unwrap();
        let LockState::Held(held) = state.lock else {
            panic!("it is held: {state:?}");
        };
        assert_eq!(held.id, turn.id());
        assert_eq!(held.holder.to_string(), "jo@ci-1 (process 7)");
        assert_eq!(
            (held.operation.as_str(), held.commit.as_str()),
            ("apply", "1a2b3c4")
        );
        turn.release(Outcome::Done, "").await.unwrap();

        let state = folder.state(Timestamp::now()).await.unwrap();
        assert_eq!(state.lock, LockState::Free);
        let run = state.last.expect("there was a run");
        let steps: Vec<_> = run.records.iter().map(|record| record.step.state).collect();
        assert_eq!(steps, [StepState::Started, StepState::Finished]);
        assert_eq!(run.steps()[&1].step.detail, detail);
        assert_eq!(run.notes["cluster"], "5d6f");
        assert!(run.unfinished().is_none());
        let end = run.end.expect("it ended");
        assert!(matches!(
            end,
            End::Released {
                outcome: Outcome::Done,
                ..
            }
        ));
    });
    let wanted = (1..=5).map(|number| format!("{number:08}.json"));
    assert_eq!(names(&store), wanted.collect());
}

#[test]
fn of_ten_who_want_it_one_gets_it() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let tries = (0..10).map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let folder = folder(&store).await;
                acquire(&folder, &format!("jo{number}"), long()).await
            })
        });
        let tries = futures::future::join_all(tries).await;
        let (mut won, mut lost) = (Vec::new(), Vec::new());
        for tried in tries {
            match tried.expect("nobody panics") {
                Ok(turn) => won.push(turn),
                Err(error) => lost.push(error),
            }
        }
        assert_eq!((won.len(), lost.len()), (1, 9), "{lost:?}");
        for error in lost {
            let StateError::Held { held, .. } = &error else {
                panic!("somebody holds it: {error}");
            };
            assert_eq!(held.id, won[0].id());
            assert!(error.help().contains("--lock-timeout"), "{}", error.help());
        }
    });
    assert_eq!(names(&store).len(), 1, "who lost has written nothing");
}

#[test]
fn who_waits_gets_it_when_it_is_given_back() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let first = acquire(&folder, "jo", long()).await.unwrap();
        let patience = Duration::from_secs(20);
        let claim = claim("al", "ci-2");
        let waiting = Turn::acquire(&folder, &claim, patience, long());
        let giving = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            first.release(Outcome::Failed, "a step failed").await
        };
        let (second, given) = futures::join!(waiting, giving);
        given.expect("it can be given back");
        let second = second.expect("it was given back");
        assert!(second.took_over().is_none());
    });
}

#[test]
fn a_holder_renews_for_as_long_as_it_lives() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let terms = brief(Duration::from_millis(1500));
        let first = acquire(&folder, "jo", terms).await.unwrap();
        // The step blocks a thread, and not the one that renews.
        let step = tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(4)));
        let refused = acquire(&folder, "al", terms).await;
        assert!(matches!(refused, Err(StateError::Held { .. })));
        step.await.unwrap();
        first
            .step(1, "roll", StepState::Finished, Value::Null)
            .await
            .unwrap();
        first.release(Outcome::Done, "").await.unwrap();
    });
    let renewed = names(&store).len() - 3;
    assert!((4..=9).contains(&renewed), "{renewed} renewals in 4 s");
}

#[test]
fn a_lock_that_nobody_renews_is_taken_over_and_its_steps_with_it() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let terms = brief(Duration::from_secs(1));
        let dead = acquire(&folder, "jo", terms).await.unwrap();
        dead.step(1, "create", StepState::Finished, json!({"id": "a"}))
            .await
            .unwrap();
        dead.step(2, "validate", StepState::Started, Value::Null)
            .await
            .unwrap();
        let id = dead.id().to_owned();
        drop(dead);

        let began = std::time::Instant::now();
        let claim = claim("al", "ci-2");
        let next = Turn::acquire(&folder, &claim, Duration::from_secs(10), terms).await;
        let next = next.expect("it lapses");
        assert!(
            began.elapsed() >= Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(next.took_over().map(|of| of.user.as_str()), Some("jo"));
        let before = next.before().expect("something is left");
        assert!(before.is_of(&claim));
        assert_eq!(before.run, id);
        assert_eq!(before.steps[&1].step.detail, json!({"id": "a"}));
        assert!(before.has_finished(1) && !before.has_finished(2) && !before.has_finished(3));

        // It dies before its first step, and the one after it in the third.
        drop(next);
        let third = Turn::acquire(&folder, &claim, Duration::from_secs(10), terms)
            .await
            .unwrap();
        assert!(third.before().is_some_and(|before| before.has_finished(1)));
        third
            .step(2, "validate", StepState::Finished, Value::Null)
            .await
            .unwrap();
        third
            .release(Outcome::Interrupted, "stopped")
            .await
            .unwrap();
        let fourth = acquire(&folder, "al", terms).await.unwrap();
        let before = fourth.before().expect("something is left");
        assert!(before.has_finished(1) && before.has_finished(2));
        fourth.release(Outcome::Done, "").await.unwrap();
        let fifth = acquire(&folder, "al", terms).await.unwrap();
        assert!(fifth.before().is_none(), "nothing is left of what was done");

        let users = folder.history(10).await.unwrap().into_iter();
        let users: Vec<_> = users.map(|run| run.holder.user).collect();
        assert_eq!(users, ["al", "al", "al", "al", "jo"]);
        assert_eq!(folder.history(2).await.unwrap().len(), 2);
    });
}

#[test]
fn steps_of_another_plan_are_told_and_not_taken_for_ours() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let first = acquire(&folder, "jo", long()).await.unwrap();
        first
            .step(1, "create", StepState::Finished, Value::Null)
            .await
            .unwrap();
        first.release(Outcome::Failed, "red").await.unwrap();
        let mut other = claim("al", "ci-2");
        other.plan = "sha256:other".to_owned();
        let second = Turn::acquire(&folder, &other, Duration::ZERO, long())
            .await
            .unwrap();
        let before = second.before().cloned().expect("it is told");
        assert!(!before.is_of(&other) && before.has_finished(1));
        second
            .step(2, "roll", StepState::Finished, Value::Null)
            .await
            .unwrap();
        second.release(Outcome::Failed, "red").await.unwrap();
        let third = acquire(&folder, "jo", long()).await.unwrap();
        let before = third.before().expect("it is told");
        assert!(!before.has_finished(1) && before.has_finished(2));
    });
}

#[test]
fn a_lock_that_was_taken_away_is_noticed_at_the_next_entry() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let first = acquire(&folder, "jo", long()).await.unwrap();
        let by = claim("al", "laptop").holder;
        let nobody = break_lock(&folder, "another-id", &by, "").await.unwrap();
        assert_eq!(nobody, None);
        let id = first.id().to_owned();
        let broken = break_lock(&folder, &id, &by, "its runner was deleted")
            .await
            .unwrap();
        assert_eq!(broken.map(|of| of.user), Some("jo".to_owned()));
        assert_eq!(break_lock(&folder, &id, &by, "").await.unwrap(), None);
        let second = acquire(&folder, "al", long())
            .await
            .expect("it is free at once");

        let error = first
            .step(1, "roll", StepState::Started, Value::Null)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the lock of prod.example.com was lost: al@laptop (process 7) broke it: its runner was deleted"
        );
        assert_eq!(first.lost().await, error);
        // What is lost stays so, and nothing more is written.
        let before = names(&store).len();
        let again = first.note("cluster", json!("x")).await.unwrap_err();
        assert_eq!(again, error);
        assert!(first.release(Outcome::Done, "").await.is_err());
        assert_eq!(names(&store).len(), before);
        second.release(Outcome::Done, "").await.unwrap();
    });
}

#[test]
fn who_renews_learns_of_the_loss_without_a_step() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let terms = brief(Duration::from_secs(3));
        let first = acquire(&folder, "jo", terms).await.unwrap();
        let by = claim("al", "laptop").holder;
        break_lock(&folder, first.id(), &by, "").await.unwrap();
        let second = acquire(&folder, "al", long()).await.unwrap();
        let lost = tokio::time::timeout(Duration::from_secs(10), first.lost()).await;
        let lost = lost.expect("it is noticed within a third of the time");
        let StateError::Lost { reason, .. } = lost else {
            panic!("it is lost: {lost}");
        };
        assert_eq!(reason, "al@laptop (process 7) broke it");
        second.release(Outcome::Done, "").await.unwrap();
    });
}

#[test]
fn a_store_that_fails_is_borne_until_the_lock_runs_out() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let terms = brief(Duration::from_millis(2400));
        let turn = acquire(&folder, "jo", terms).await.unwrap();
        // A file in place of the folder: nothing can be written below it.
        let (log, aside) = (store.join("kops-stack"), store.join("aside"));
        fs_err::rename(&log, &aside).unwrap();
        fs_err::write(&log, "").unwrap();
        let mend = async {
            tokio::time::sleep(Duration::from_millis(1000)).await;
            fs_err::remove_file(&log).unwrap();
            fs_err::rename(&aside, &log).unwrap();
        };
        let step = turn.step(1, "roll", StepState::Started, Value::Null);
        let (written, ()) = futures::join!(step, mend);
        written.expect("it was mended in time");

        fs_err::rename(&log, &aside).unwrap();
        fs_err::write(&log, "").unwrap();
        let lost = tokio::time::timeout(Duration::from_secs(10), turn.lost()).await;
        let lost = lost.expect("it runs out").to_string();
        assert!(
            lost.contains("it could not be renewed for 2 s: failed to write"),
            "{lost}"
        );
        let refused = turn.step(2, "roll", StepState::Started, Value::Null).await;
        assert_eq!(refused.unwrap_err().to_string(), lost);
    });
}

#[test]
fn a_clock_that_is_wrong_takes_no_lock_away() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let terms = brief(Duration::from_millis(1500));
        let turn = acquire(&folder, "jo", terms).await.unwrap();
        // By the clock of a reader that is ten minutes fast it has lapsed; it says so and no more.
        let fast = Timestamp::now() + jiff::SignedDuration::from_mins(10);
        let state = folder.state(fast).await.unwrap();
        assert!(matches!(state.lock, LockState::Expired(_)));
        drop(turn);

        // A holder ten minutes behind renews in time: whoever wants the lock sees it do so.
        let text = fs_err::read_to_string(entry(&store, 1)).unwrap();
        let mut behind: Value = serde_json::from_str(&text).unwrap();
        let shift = |value: &Value| {
            let at: Timestamp = value.as_str().unwrap().parse().unwrap();
            json!((at - jiff::SignedDuration::from_mins(10)).to_string())
        };
        for key in ["at", "until"] {
            behind[key] = shift(&behind[key]);
        }
        fs_err::write(entry(&store, 1), behind.to_string()).unwrap();
        behind["event"] = json!("renewed");
        let renews = async {
            for number in 2..=8 {
                tokio::time::sleep(Duration::from_millis(500)).await;
                fs_err::write(entry(&store, number), behind.to_string()).unwrap();
            }
        };
        let claim = claim("al", "ci-2");
        let wants = Turn::acquire(&folder, &claim, Duration::from_secs(2), terms);
        let (wanted, ()) = futures::join!(wants, renews);
        assert!(matches!(wanted, Err(StateError::Held { .. })), "{wanted:?}");
        // Then it dies.
        let next = Turn::acquire(&folder, &claim, Duration::ZERO, terms).await;
        assert_eq!(
            next.unwrap().took_over().map(|of| of.user.as_str()),
            Some("jo")
        );
    });
}

#[test]
fn a_lock_that_lapsed_long_ago_is_taken_at_once() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        drop(acquire(&folder, "jo", long()).await.unwrap());
        let text = fs_err::read_to_string(entry(&store, 1)).unwrap();
        let mut old: Value = serde_json::from_str(&text).unwrap();
        (old["at"], old["until"]) = (json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:02:00Z"));
        fs_err::write(entry(&store, 1), old.to_string()).unwrap();
        let began = std::time::Instant::now();
        let next = acquire(&folder, "al", long()).await.unwrap();
        assert!(next.took_over().is_some());
        assert!(began.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn what_is_no_entry_is_named_and_nothing_is_guessed() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    block_on(async {
        let folder = folder(&store).await;
        let turn = acquire(&folder, "jo", long()).await.unwrap();
        turn.step(1, "roll", StepState::Finished, Value::Null)
            .await
            .unwrap();
        turn.release(Outcome::Failed, "red").await.unwrap();
        // What others left there is no entry.
        fs_err::write(
            store.join("kops-stack").join(CLUSTER).join("notes.txt"),
            "x",
        )
        .unwrap();
        let whole = fs_err::read_to_string(entry(&store, 2)).unwrap();
        let newer = whole.replace("\"format\": 1", "\"format\": 2");
        let other = whole.replace("\"began\": 1", "\"began\": 2");
        for (text, why) in [
            ("{", "it is no JSON"),
            ("{\"format\": 1}", "it is no entry of a log of kops-stack"),
            (newer.as_str(), "a newer version of kops-stack wrote it"),
        ] {
            fs_err::write(entry(&store, 2), text).unwrap();
            for error in [
                folder.state(Timestamp::now()).await.unwrap_err(),
                acquire(&folder, "al", long()).await.unwrap_err(),
            ] {
                let StateError::Invalid { place, reason } = &error else {
                    panic!("it cannot be read: {error}");
                };
                assert_eq!(*place, entry(&store, 2).display().to_string());
                assert!(reason.contains(why), "{reason}");
                assert!(error.help().contains("delete it"), "{}", error.help());
            }
        }
        fs_err::write(entry(&store, 3), other).unwrap();
        let error = folder
            .state(Timestamp::now())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("cannot be read"), "{error}");
        fs_err::remove_file(entry(&store, 2)).unwrap();
        fs_err::write(entry(&store, 3), whole).unwrap();
        let error = folder
            .state(Timestamp::now())
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("the log has a gap here"), "{error}");
    });
    assert_eq!(names(&store).len(), 3, "nothing was written over it");
}

#[test]
fn an_address_that_can_hold_no_lock_is_refused() {
    let ambient = Ambient::default();
    for (address, why) in [
        ("memfs://x", "only s3, gs and folders are"),
        ("do://spaces/x", "only s3, gs and folders are"),
        ("store", "is no absolute folder"),
        ("file://store", "is no absolute folder"),
        ("s3:///x", "names no bucket"),
        ("s3://b?x=y", "names no bucket"),
        ("", "is no absolute folder"),
    ] {
        let opened = StateFolder::open(address, CLUSTER, &ambient, LIMIT);
        let error = block_on(opened).expect_err(address);
        assert!(error.to_string().contains(why), "{address}: {error}");
        assert!(error.help().contains("s3://BUCKET"), "{}", error.help());
    }
    for cluster in ["", "../x", "a/b", "A", ".hidden", "a..b"] {
        let opened = StateFolder::open("/tmp/x", cluster, &ambient, LIMIT);
        let error = block_on(opened).expect_err(cluster).to_string();
        assert!(error.contains("its name is no name of DNS"), "{error}");
    }
}
