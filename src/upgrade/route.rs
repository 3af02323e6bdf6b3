//! Which hops lead to the target: one minor of Kubernetes each, and the release that each needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, codes};
use crate::model::cluster::kops::newest_patch;
use crate::model::stack::Stack;
use crate::model::upgrade::{Change, Obstacle, Target};
use crate::model::version::{Minor, Version};

/// The versions of one hop.
#[derive(Debug, Clone)]
pub struct Leg {
    pub kubernetes: Change<Version>,
    pub stack: Change<Arc<Stack>>,
}

/// All hops, and why they end before the target, where they do.
#[derive(Debug)]
pub struct Route {
    pub legs: Vec<Leg>,
    pub dead_end: Option<Obstacle>,
}

/// Releases by the name of their stack.
type Stacks = BTreeMap<String, BTreeMap<Version, Arc<Stack>>>;

/// The hops from what is there to the target; a way back is refused.
///
/// Each hop takes the oldest release that will do,
/// so that no more moves than must.
pub fn route(
    stacks: &Stacks,
    stack: &Arc<Stack>,
    kubernetes: &Version,
    target: &Target,
) -> Result<Route, Box<Diagnostic>> {
    let mut walk = Walk {
        stacks,
        releases: &stacks[&stack.name],
        newest: None,
        stack: Arc::clone(stack),
        kubernetes: kubernetes.clone(),
        legs: Vec::new(),
    };
    let dead_end = match target {
        Target::Kubernetes(version) => {
            refuse_back(kubernetes, version)?;
            match version.minor() == kubernetes.minor() {
                true => walk.patch(version),
                false => walk.minors(version),
            }
        }
        Target::Stack(title) => walk.release(title)?,
    };
    Ok(Route {
        legs: walk.legs,
        dead_end,
    })
}

fn refused(message: String) -> Diagnostic {
    Diagnostic::error(codes::UPGRADE_REFUSED, message)
}

/// Nothing goes back.
fn refuse_back(now: &Version, wanted: &Version) -> Result<(), Box<Diagnostic>> {
    if wanted.minor().major != now.minor().major {
        let message = format!("there is no way from Kubernetes {now} to {wanted}");
        return Err(Box::new(refused(message)));
    }
    if wanted.minor() < now.minor() {
        let message = format!(
            "Kubernetes {now} does not go back to {wanted}: what etcd holds may be of a form that {} does not read",
            wanted.minor()
        );
        let help = "the way back is a backup of etcd, restored, or a new cluster";
        return Err(Box::new(refused(message).help(help)));
    }
    if wanted.is_exact() && wanted < now {
        let message = format!(
            "Kubernetes {now} does not go back to {wanted}: the older patch release has the faults that {now} mends"
        );
        let help = "where it must be, write it into cluster.yaml and read the plan";
        return Err(Box::new(refused(message).help(help)));
    }
    Ok(())
}

/// Where the way has got to.
struct Walk<'a> {
    stacks: &'a Stacks,
    /// Of the environment's stack.
    releases: &'a BTreeMap<Version, Arc<Stack>>,
    /// No release after this one is taken.
    newest: Option<Version>,
    stack: Arc<Stack>,
    kubernetes: Version,
    legs: Vec<Leg>,
}

impl Walk<'_> {
    fn hop(&mut self, kubernetes: Version, stack: Arc<Stack>) {
        self.legs.push(Leg {
            kubernetes: Change {
                from: self.kubernetes.clone(),
                to: kubernetes.clone(),
            },
            stack: Change {
                from: Arc::clone(&self.stack),
                to: Arc::clone(&stack),
            },
        });
        self.kubernetes = kubernetes;
        self.stack = stack;
    }

    /// Within the minor, to a newer patch release; none where there is no newer one.
    fn patch(&mut self, wanted: &Version) -> Option<Obstacle> {
        let to = match wanted.is_exact() {
            true => wanted.clone(),
            false => newest_patch(wanted.minor())?,
        };
        if to > self.kubernetes && self.kubernetes.is_exact() {
            self.hop(to, Arc::clone(&self.stack));
        }
        None
    }

    /// By every minor up to that of `wanted`.
    fn minors(&mut self, wanted: &Version) -> Option<Obstacle> {
        while self.kubernetes.minor() < wanted.minor() {
            let next = self.kubernetes.minor().next();
            let to = match wanted.is_exact() && next == wanted.minor() {
                true => wanted.clone(),
                false => self.written(next),
            };
            match self.release_for(&to) {
                Some(stack) => self.hop(to, stack),
                None => return Some(self.no_release(next)),
            }
        }
        None
    }

    /// A minor in the form in which the environment writes its version.
    fn written(&self, minor: Minor) -> Version {
        let exact = || newest_patch(minor).or_else(|| Version::parse(&format!("{minor}.0")));
        let version = self.kubernetes.is_exact().then(exact).flatten();
        version.unwrap_or_else(|| minor.version())
    }

    /// The release now where it will do, else the oldest newer one: best one that was tested with
    /// the minor of now too, since components move on it first.
    fn release_for(&self, kubernetes: &Version) -> Option<Arc<Stack>> {
        if self.stack.kubernetes.contains(kubernetes) {
            return Some(Arc::clone(&self.stack));
        }
        let newer = |stack: &&Arc<Stack>| {
            stack.release > self.stack.release
                && self
                    .newest
                    .as_ref()
                    .is_none_or(|newest| stack.release <= *newest)
                && stack.kubernetes.contains(kubernetes)
        };
        let mut on_both = self.releases.values().filter(newer);
        let on_both = on_both.find(|stack| stack.kubernetes.contains(&self.kubernetes));
        on_both
            .or_else(|| self.releases.values().find(newer))
            .cloned()
    }

    fn no_release(&self, minor: Minor) -> Obstacle {
        let newest = self.releases.values().next_back().unwrap_or(&self.stack);
        Obstacle {
            code: codes::KUBERNETES_RANGE,
            message: format!(
                "no release of `{}` here was tested with Kubernetes {minor}",
                self.stack.name
            ),
            place: None,
            helps: vec![format!(
                "the newest is {}, for {}; a newer kops-stack may bring one",
                newest.title(),
                newest.kubernetes
            )],
        }
    }

    /// To a release, by as many minors as it asks for.
    fn release(&mut self, title: &str) -> Result<Option<Obstacle>, Box<Diagnostic>> {
        let wanted = self.wanted(title)?;
        self.newest = Some(wanted.release.clone());
        while !wanted.kubernetes.contains(&self.kubernetes) {
            let later = (1..100).scan(self.kubernetes.minor(), |minor, _| {
                *minor = minor.next();
                Some(*minor)
            });
            let mut later = later.map(Minor::version);
            if !later.any(|minor| wanted.kubernetes.contains(&minor)) {
                let message = format!(
                    "{} was tested with Kubernetes {}, and the environment has {} already",
                    wanted.title(),
                    wanted.kubernetes,
                    self.kubernetes
                );
                return Err(Box::new(refused(message)));
            }
            let next = self.kubernetes.minor().next().version();
            if let Some(dead_end) = self.minors(&next) {
                return Ok(Some(dead_end));
            }
        }
        if wanted.release != self.stack.release {
            self.hop(self.kubernetes.clone(), wanted);
        }
        Ok(None)
    }

    /// The release of this title, where there is a way to it.
    fn wanted(&self, title: &str) -> Result<Arc<Stack>, Box<Diagnostic>> {
        let (name, release) = title.split_once('/').unwrap_or(("", title));
        let found =
            Version::parse(release).and_then(|release| self.stacks.get(name)?.get(&release));
        let Some(found) = found else {
            return Err(Box::new(self.unknown(title)));
        };
        if found.name != self.stack.name {
            let message = format!(
                "{title} is a release of another stack than `{}`",
                self.stack.name
            );
            let help = "another stack is another choice of modules: write it into environment.yaml and read the plan";
            return Err(Box::new(refused(message).help(help)));
        }
        if found.release < self.stack.release {
            let message = format!(
                "{} does not go back to {}: what newer versions stored, older ones may not read",
                self.stack.title(),
                found.release
            );
            let help = "where it must be, write it into environment.yaml and read the plan";
            return Err(Box::new(refused(message).help(help)));
        }
        Ok(Arc::clone(found))
    }

    fn unknown(&self, title: &str) -> Diagnostic {
        let releases = self.stacks.values().flat_map(BTreeMap::values);
        let known: Vec<String> = releases.map(|stack| stack.title()).collect();
        Diagnostic::error(
            codes::STACK_UNKNOWN,
            format!("there is no stack release `{title}`"),
        )
        .suggest(title, known.iter().map(String::as_str))
        .help(format!("releases here: {}", known.join(", ")))
    }
}
