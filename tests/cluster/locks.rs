//! `lock status` and `lock break` of an environment that kops makes, while its cluster cannot be reached.

use std::time::Duration;

use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::{Claim, Holder, StateFolder, Terms, Turn};

use crate::support::Sandbox;
use crate::support::fake_kops::FakeKops;

const NAME: &str = "prod.example.com";

/// A repository whose state store is a folder of it; nothing of the cloud is there.
fn repository() -> Sandbox {
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", ""),
        (
            "environments/prod/environment.yaml",
            "stack: reference/2026.12\ncrds: stand-in\ncomponents: {}\n",
        ),
    ]);
    let cluster = format!(
        "provider: kops\nname: {NAME}\nstate: file://{}\nkubernetes: 1.36.3\nregion: eu-west-1\nzones: [eu-west-1a]\nnetwork: {{ cidr: 10.20.0.0/16, cni: cilium }}\ncontrolPlane: {{ machine: m6i.large }}\nnodeGroups:\n  general: {{ machine: m6i.large, min: 2, max: 3 }}\n",
        sandbox.path("store").display()
    );
    sandbox.write("environments/prod/cluster.yaml", cluster);
    sandbox.run("render prod").succeeds();
    sandbox
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime starts").block_on(work)
}

/// Somebody takes the lock, and dies with it.
fn dies(sandbox: &Sandbox, holds: Duration) -> String {
    let store = sandbox.path("store").display().to_string();
    let claim = Claim {
        holder: Holder {
            user: "jo".to_owned(),
            host: "ci-1".to_owned(),
            process: 7,
            link: "https://ci.example.com/runs/1".to_owned(),
        },
        operation: "apply".to_owned(),
        commit: "1a2b3c4".to_owned(),
        plan: "plan".to_owned(),
    };
    let terms = Terms {
        holds,
        ..Terms::default()
    };
    block_on(async {
        let limit = Duration::from_secs(10);
        let folder = StateFolder::open(&store, NAME, &Ambient::default(), limit).await;
        let folder = folder.expect("a folder can be opened");
        let turn = Turn::acquire(&folder, &claim, Duration::ZERO, terms).await;
        turn.expect("it is free").id().to_owned()
    })
}

/// What is said, without what differs from run to run.
fn steady(said: &str, sandbox: &Sandbox, id: &str) -> String {
    let time = regex_lite::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:.]+Z").expect("the pattern is right");
    let home = sandbox.home().display().to_string();
    let said = said.replace(&home, "[HOME]").replace(id, "[ID]");
    time.replace_all(&said, "[TIME]").into_owned()
}

#[test]
fn the_lock_beside_the_state_store_is_shown_and_taken_away_without_a_cluster() {
    let sandbox = repository();
    let run = |arguments: &str| sandbox.run(arguments);
    let free = run("lock status prod").succeeds();
    insta::assert_snapshot!("free", steady(&free.stdout, &sandbox, "[ID]"));

    let id = dies(&sandbox, Duration::from_secs(3600));
    let held = run("lock status prod").succeeds();
    insta::assert_snapshot!("held", steady(&held.stdout, &sandbox, &id));
    let json = run("lock status prod --format json").succeeds();
    insta::assert_snapshot!("held_json", steady(&json.stdout, &sandbox, &id));

    let other = run("lock break prod somebody").exits(1);
    insta::assert_snapshot!("not_that_one", steady(&other.stderr, &sandbox, &id));
    let broken = run(&format!("lock break prod {id}")).succeeds();
    insta::assert_snapshot!("taken_away", broken.stderr);
    assert_eq!(run("lock status prod").succeeds().stdout, free.stdout);
    run(&format!("lock break prod {id}")).exits(1);

    let id = dies(&sandbox, Duration::from_millis(1));
    let lapsed = run("lock status prod").succeeds();
    insta::assert_snapshot!("lapsed", steady(&lapsed.stdout, &sandbox, &id));
    run(&format!("lock break prod {id}")).succeeds();
}

#[test]
fn a_state_store_that_cannot_be_read_is_an_error_after_what_is_known() {
    let sandbox = repository();
    sandbox.write("store", "no folder");
    let said = sandbox.run("lock status prod").exits(1);
    assert!(
        said.stdout
            .contains("nothing is known of the lock beside the state store"),
        "{said:#?}"
    );
    assert!(said.stderr.contains("error[kops]"), "{said:#?}");
}

#[test]
fn an_apply_that_meets_the_lock_names_the_command_that_takes_it_away() {
    let Some(kops) = FakeKops::new() else {
        return;
    };
    let sandbox = repository();
    let id = dies(&sandbox, Duration::from_secs(3600));
    let mut apply = sandbox.command("apply prod --yes");
    for (name, value) in kops.environment() {
        apply = apply.env(&name, &value);
    }
    let program = FakeKops::program();
    let folder = program.parent().expect("it lies in a folder");
    let met = apply
        .env("PATH", folder.to_str().expect("it is text"))
        .run()
        .exits(1);
    insta::assert_snapshot!("met", steady(&met.stderr, &sandbox, &id));
}
