//! Processes of their own that want the lock of one cluster: this test binary, started again.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use kops_stack::provider::state::{LockState, Outcome, StepState, Turn};
use serde_json::{Value, json};

use super::world::{acquire, block_on, brief, claim, folder};
use crate::support::Sandbox;

const STORE: &str = "KOPS_STACK_TEST_STORE";
const TURNS: &str = "KOPS_STACK_TEST_TURNS";

/// What a started process does: takes the lock so many times, and appends a line to a file while
/// it holds it; or, for no number, holds it until it is killed.
#[test]
#[ignore = "the process that the other tests start"]
fn child() {
    let Ok(store) = std::env::var(STORE) else {
        return;
    };
    let store = Path::new(&store);
    let turns = std::env::var(TURNS)
        .ok()
        .and_then(|turns| turns.parse::<u32>().ok());
    let name = std::process::id().to_string();
    block_on(async {
        let folder = folder(store).await;
        let terms = brief(Duration::from_secs(2));
        let Some(turns) = turns else {
            let turn = acquire(&folder, &name, terms).await.expect("it is free");
            turn.step(1, "create", StepState::Finished, json!({"id": 7}))
                .await
                .unwrap();
            turn.step(2, "roll", StepState::Started, Value::Null)
                .await
                .unwrap();
            writeln!(std::io::stdout(), "\nheld").unwrap();
            std::future::pending::<()>().await;
            return;
        };
        for number in 0..turns {
            let claim = claim(&name, "ci");
            let patience = Duration::from_secs(90);
            let turn = Turn::acquire(&folder, &claim, patience, terms)
                .await
                .unwrap();
            // A second holder would read the same count.
            let counter = store.join("counter");
            let count = fs_err::read_to_string(&counter).unwrap_or_default();
            let count: u32 = count.trim().parse().unwrap_or(0);
            turn.step(number, "count", StepState::Started, Value::Null)
                .await
                .unwrap();
            fs_err::write(&counter, format!("{}\n", count + 1)).unwrap();
            turn.release(Outcome::Done, "").await.unwrap();
        }
    });
}

fn start(store: &Path, turns: Option<u32>) -> Child {
    let program = std::env::current_exe().expect("it runs");
    let mut command = Command::new(program);
    command
        .args([
            "provider::processes::child",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(STORE, store)
        .env_remove(TURNS)
        .stdout(Stdio::piped());
    if let Some(turns) = turns {
        command.env(TURNS, turns.to_string());
    }
    command.spawn().expect("it starts")
}

#[test]
fn competing_processes_take_turns() {
    for processes in [2, 10] {
        let sandbox = Sandbox::empty();
        let store = sandbox.path("store");
        fs_err::create_dir_all(&store).unwrap();
        let children: Vec<_> = (0..processes).map(|_| start(&store, Some(2))).collect();
        for child in children {
            let output = child.wait_with_output().expect("it ends");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        let count = fs_err::read_to_string(store.join("counter")).unwrap();
        assert_eq!(count.trim(), (2 * processes).to_string());
        let history = block_on(async { folder(&store).await.history(100).await }).unwrap();
        assert_eq!(history.len(), 2 * processes);
        assert!(
            history
                .iter()
                .all(|run| run.end.is_some() && run.took_over.is_none())
        );
    }
}

#[test]
fn a_killed_holder_is_followed_by_another_machine() {
    let sandbox = Sandbox::empty();
    let store = sandbox.path("store");
    let mut holder = start(&store, None);
    let lines = BufReader::new(holder.stdout.take().expect("it is piped")).lines();
    let held = lines.map_while(Result::ok).any(|line| line == "held");
    assert!(held, "it ended early");
    holder.kill().expect("it runs");
    holder.wait().expect("it ends");
    block_on(async {
        let folder = folder(&store).await;
        let state = folder.state(jiff::Timestamp::now()).await.unwrap();
        assert!(!matches!(state.lock, LockState::Free), "{state:?}");
        let claim = claim("al", "another-machine");
        let terms = brief(Duration::from_secs(2));
        let turn = Turn::acquire(&folder, &claim, Duration::from_secs(20), terms).await;
        let turn = turn.expect("it lapses");
        let user = turn.took_over().map(|of| of.user.clone());
        assert_eq!(user, Some(holder.id().to_string()));
        let before = turn.before().expect("something is left");
        assert!(before.is_of(&claim) && before.has_finished(1) && !before.has_finished(2));
        assert_eq!(before.steps[&1].step.detail, json!({"id": 7}));
        assert_eq!(before.steps[&2].step.state, StepState::Started);
    });
}
