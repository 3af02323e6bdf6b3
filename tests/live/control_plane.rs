//! The test control plane itself: it is real, it stays on this machine, and leaves nothing behind.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use crate::support::control_plane::{ControlPlane, shared, start};

#[test]
fn pods_of_a_deployment_run() {
    let Some(plane) = shared() else { return };
    assert_eq!(plane.version, "v1.36.3");
    let made = plane.kubectl(&[
        "create",
        "deployment",
        "pods-run",
        "--image=a:1",
        "--replicas=3",
    ]);
    if made.is_none() {
        return;
    }
    plane.kubectl(&["rollout", "status", "deployment/pods-run", "--timeout=300s"]);
    let ready = plane.kubectl(&[
        "get",
        "deployment",
        "pods-run",
        "-o",
        "jsonpath={.status.readyReplicas}",
    ]);
    assert_eq!(ready.as_deref(), Some("3"));
    plane.kubectl(&["delete", "deployment", "pods-run"]);
}

#[test]
fn the_release_before_runs_too_and_leaves_nothing() {
    let Some(plane) = start("1.35", &["-nodes", "2"]) else {
        return;
    };
    assert_eq!(plane.version, "v1.35.4");
    let processes = family(plane.process());
    assert_eq!(
        processes.len(),
        7,
        "the program and its six parts: {processes:?}"
    );
    let folder = plane
        .kubeconfig
        .parent()
        .expect("it lies in a folder")
        .to_path_buf();
    plane.stop();
    assert!(!folder.exists(), "{} is still there", folder.display());
    for process in processes {
        assert!(!is_alive(process), "{process} is still there");
    }
}

#[test]
fn a_control_plane_dies_with_the_one_who_killed_it() {
    let Some(mut plane) = start("1.36", &["-nodes", "0"]) else {
        return;
    };
    let processes = family(plane.process());
    let folder = plane
        .kubeconfig
        .parent()
        .expect("it lies in a folder")
        .to_path_buf();
    plane.kill();
    let deadline = Instant::now() + Duration::from_secs(20);
    while processes.iter().any(|process| is_alive(*process)) {
        assert!(
            Instant::now() < deadline,
            "some of {processes:?} are still there"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::remove_dir_all(folder).expect("nobody else removes it then");
}

#[test]
fn no_part_listens_or_dials_beyond_this_machine() {
    let Some(plane) = shared() else { return };
    let seen = talks(plane);
    let talk = (Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST);
    assert!(
        seen.contains(&talk),
        "the parts talk to one another: {seen:?}"
    );
    stay_here(&seen);
    // No socket of the newer protocol, which is not read here, is open to others either.
    let sockets: HashSet<u64> = family(plane.process())
        .into_iter()
        .flat_map(sockets_of)
        .collect();
    assert_eq!(
        rows("tcp6", &sockets).len() + rows("udp6", &sockets).len(),
        0
    );
}

pub(super) fn stay_here(talks: &BTreeSet<(Ipv4Addr, Ipv4Addr)>) {
    for (own, other) in talks {
        assert!(own.is_loopback(), "{own} is open to others");
        // Who listens has nobody at the other end.
        assert!(
            other.is_loopback() || other.is_unspecified(),
            "{other} was dialled"
        );
    }
}

/// Both ends of each socket of the parts. Connections come and go, and the kernel tells of those that
/// are open: a second of looks.
pub(super) fn talks(plane: &ControlPlane) -> BTreeSet<(Ipv4Addr, Ipv4Addr)> {
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let sockets: HashSet<u64> = family(plane.process())
            .into_iter()
            .flat_map(sockets_of)
            .collect();
        seen.extend(addresses("tcp", &sockets));
        seen.extend(addresses("udp", &sockets));
        std::thread::sleep(Duration::from_millis(20));
    }
    seen
}

/// A process and all that come from it.
fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("this is Linux")
        .filter_map(|entry| {
            let process = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((process, parent_of(process)?))
        })
        .collect();
    let mut family = vec![root];
    let mut at = 0;
    while let Some(parent) = family.get(at).copied() {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(process, _)| *process),
        );
        at += 1;
    }
    family
}

fn parent_of(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(1)?
        .parse()
        .ok()
}

fn is_alive(process: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.split_whitespace().next());
    state.is_some_and(|state| state != "Z")
}

/// The numbers of the sockets that a process has open.
fn sockets_of(process: u32) -> Vec<u64> {
    let Ok(open) = fs::read_dir(format!("/proc/{process}/fd")) else {
        return Vec::new();
    };
    open.filter_map(|entry| {
        let target = fs::read_link(entry.ok()?.path()).ok()?;
        let number = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        number.parse().ok()
    })
    .collect()
}

/// The lines of the kernel's table of a protocol that are about these sockets.
fn rows(protocol: &str, sockets: &HashSet<u64>) -> Vec<String> {
    let table = fs::read_to_string(format!("/proc/net/{protocol}")).unwrap_or_default();
    let ours = |line: &&str| {
        let number = line
            .split_whitespace()
            .nth(9)
            .and_then(|number| number.parse().ok());
        number.is_some_and(|number| sockets.contains(&number))
    };
    table.lines().filter(ours).map(str::to_owned).collect()
}

/// Both ends of each socket.
fn addresses(protocol: &str, sockets: &HashSet<u64>) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let address = |text: &str| {
        let number = u32::from_str_radix(text.split_once(':')?.0, 16).ok()?;
        Some(Ipv4Addr::from(number.to_le_bytes()))
    };
    let ends = |line: &String| {
        let mut ends = line.split_whitespace().skip(1);
        Some((address(ends.next()?)?, address(ends.next()?)?))
    };
    rows(protocol, sockets).iter().filter_map(ends).collect()
}
