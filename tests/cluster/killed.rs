//! The program itself is killed after each step of a creation and of an upgrade, and another run takes it up:
//! the dead run's locks are taken away, and what it did is found.

use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

use serde_json::Value;

use super::life::Environment;

impl Environment {
    /// Runs it, and kills it at the first line that has `mark`; false where none has, and it ended well.
    fn killed_at(&self, arguments: &str, mark: &str) -> bool {
        let mut child = self.command(arguments).spawn();
        let said = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let reached = lines.any(|line| line.contains(mark));
        if reached {
            child.kill().expect("it runs");
        }
        let status = child.wait().expect("it ends");
        let mut why = String::new();
        let mut stderr = child.stderr.take().expect("it is piped");
        stderr.read_to_string(&mut why).expect("it is text");
        assert!(reached || status.success(), "{arguments}: {status}: {why}");
        self.wait_for_kops();
        reached
    }

    /// What kops was told last it does to its end: a run that is killed does not take it along.
    fn wait_for_kops(&self) {
        for _ in 0..600 {
            let log = self.kops.log();
            let mut running = log.iter().filter(|call| call["event"] == "begin");
            let is_there = |call: &Value| {
                std::path::Path::new("/proc")
                    .join(call["pid"].to_string())
                    .exists()
            };
            if !running.any(is_there) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("kops does not end: {:?}", self.kops.log().last());
    }

    /// Takes away what a dead run holds.
    pub fn breaks_locks(&self) {
        let locks = self.run("lock status prod --format json").succeeds();
        let locks: Value = serde_json::from_str(&locks.stdout).expect("it is JSON");
        let held = locks["locks"].as_array().expect("there are two");
        for id in held.iter().filter_map(|lock| lock["held"]["id"].as_str()) {
            self.run(&format!("lock break prod {id}")).succeeds();
        }
    }

    /// Applies, killed after the first step, then after the second of what is left, and so on; how often.
    fn applies_killed(&self) -> usize {
        let apply = "apply prod --yes --timeout 300";
        for killed in 0..40 {
            let mark = format!("✔ {}/", killed + 1);
            if !self.killed_at(apply, &mark) {
                self.plan("plan prod --detailed-exitcode").succeeds();
                return killed;
            }
            self.breaks_locks();
            let plan = self.plan("plan prod --detailed-exitcode");
            assert_eq!(plan.code, Some(2), "something is left: {plan:#?}");
        }
        panic!("it does not come to an end");
    }
}

#[test]
fn a_run_that_is_killed_after_any_step_is_taken_up_by_another() {
    let Some(prod) = Environment::new("{ metrics-server: {} }") else {
        return;
    };
    let groups = "nodeGroups:\n  general: { machine: m6i.large, min: 2, max: 3 }\n";
    prod.cluster("1.35.4", groups);
    let creation = prod.applies_killed();
    assert!(creation > 1, "its creation was killed {creation} times");
    prod.cluster("1.36.3", groups);
    let upgrade = prod.applies_killed();
    assert!(upgrade > 3, "its upgrade was killed {upgrade} times");
}
