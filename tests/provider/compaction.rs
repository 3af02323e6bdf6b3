//! Tidying a log: what is kept, and a crash in between.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use kops_stack::provider::state::{Keep, LockState, Outcome, StepState, Terms, Turn};
use serde_json::{Value, json};

use super::world::{CLUSTER, acquire, block_on, claim, folder, long};
use crate::support::Sandbox;

fn numbers(store: &Path) -> Vec<u32> {
    let log = store.join("kops-stack").join(CLUSTER);
    let entries = fs_err::read_dir(log).expect("the log is there");
    let names = entries.map(|entry| entry.expect("it is there").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let mut numbers: Vec<u32> = names
        .filter_map(|name| name.strip_suffix(".json")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Five runs of four entries each; the last ended red after one step.
fn five_runs(store: &Path) {
    block_on(async {
        let folder = folder(store).await;
        for run in 1..=5 {
            let turn = acquire(&folder, &format!("jo{run}"), long()).await.unwrap();
            turn.step(run, "roll", StepState::Started, Value::Null)
                .await
                .unwrap();
            turn.step(run, "roll", StepState::Finished, Value::Null)
                .await
                .unwrap();
            turn.release(Outcome::Failed, "red").await.unwrap();
        }
    });
    assert_eq!(numbers(store).len(), 20);
}

/// Two runs are kept, however young what is before them.
fn two() -> Terms {
    Terms {
        keep: Keep {
            runs: 2,
            age: Duration::ZERO,
            entries: 5,
        },
        ..long()
    }
}

/// Makes everything older than what is written from now on.
fn age(store: &Path) {
    let log = store.join("kops-stack").join(CLUSTER);
    for entry in fs_err::read_dir(log).unwrap() {
        let file = std::fs::File::options()
            .write(true)
            .open(entry.unwrap().path())
            .unwrap();
        file.set_modified(std::time::SystemTime::now() - Duration::from_secs(3600))
            .unwrap();
    }
}

#[test]
fn old_runs_go_when_the_lock_is_taken_and_what_is_left_unfinished_stays() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    five_runs(&store);
    age(&store);
    block_on(async {
        let folder = folder(&store).await;
        let claim = claim("al", "ci-2");
        let turn = Turn::acquire(&folder, &claim, Duration::ZERO, two())
            .await
            .unwrap();
        assert_eq!(numbers(&store), [17, 18, 19, 20, 21]);
        let before = turn.before().expect("something is left");
        let finished: Vec<_> = (1..=5)
            .filter(|number| before.has_finished(*number))
            .collect();
        assert_eq!(
            finished,
            [1, 2, 3, 4, 5],
            "steps of runs that are gone are handed on"
        );
        turn.release(Outcome::Done, "").await.unwrap();
        let users = folder.history(10).await.unwrap().into_iter();
        let users: Vec<_> = users.map(|run| run.holder.user).collect();
        assert_eq!(users, ["al", "jo5"]);
    });
}

#[test]
fn what_is_young_or_little_is_kept() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    five_runs(&store);
    age(&store);
    let take = |keep: Keep| {
        block_on(async {
            let folder = folder(&store).await;
            let terms = Terms { keep, ..long() };
            let turn = acquire(&folder, "al", terms).await.unwrap();
            turn.release(Outcome::Failed, "").await.unwrap();
        });
    };
    let Terms { keep, .. } = two();
    take(Keep {
        entries: 100,
        ..keep
    });
    take(Keep {
        age: Duration::from_secs(7200),
        ..keep
    });
    assert_eq!(numbers(&store), (1..=24).collect::<Vec<_>>());
    take(Keep { runs: 1, ..keep });
    // What was written a moment ago is no older than the last entry by whole seconds.
    assert_eq!(*numbers(&store).first().unwrap(), 21);
}

#[test]
fn a_crash_while_tidying_harms_nothing() {
    // After each deletion in turn.
    for gone in 1..=16 {
        let sandbox = Sandbox::empty();
        let store = sandbox.path("store");
        five_runs(&store);
        age(&store);
        for number in 1..=gone {
            let name = format!("{number:08}.json");
            fs_err::remove_file(store.join("kops-stack").join(CLUSTER).join(name)).unwrap();
        }
        block_on(async {
            let folder = folder(&store).await;
            let state = folder.state(Timestamp::now()).await.expect("it is read");
            assert_eq!(state.lock, LockState::Free);
            let whole = folder.history(10).await.expect("it is read");
            assert_eq!(whole.len(), 5 - usize::div_ceil(gone, 4), "{gone} are gone");
            let claim = claim("al", "ci-2");
            let turn = Turn::acquire(&folder, &claim, Duration::ZERO, two())
                .await
                .unwrap();
            assert!(turn.before().is_some_and(|before| before.has_finished(1)));
            assert_eq!(numbers(&store), [17, 18, 19, 20, 21]);
            turn.note("cluster", json!("x"))
                .await
                .expect("the lock is ours");
        });
    }
}
