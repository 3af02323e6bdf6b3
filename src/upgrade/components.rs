//! Which components move, when, and why then.
//!
//! A new version that runs on the minor of now moves first, so that the control plane meets nothing
//! that it does not suit. One that runs on the next minor alone comes last: between both, its old
//! version must bear the new control plane, or there is a gap.

use std::collections::{BTreeMap, BTreeSet};

use super::edits::Pins;
use super::route::Leg;
use crate::diagnostic::codes;
use crate::model::module::{Module, ModuleOrigin};
use crate::model::resolved::{Dependency, ResolvedComponent, ResolvedEnvironment};
use crate::model::stack::{Stack, StackVersion};
use crate::model::upgrade::{Change, Move, Obstacle, When};
use crate::model::version::{Range, Version};

/// The moves of one hop, in their order, and what stands in the way of them.
///
/// `after` is the environment as the hop leaves it, where it can be resolved.
pub fn moves(
    before: &ResolvedEnvironment,
    after: Option<&ResolvedEnvironment>,
    leg: &Leg,
    pins: &Pins,
) -> (Vec<Move>, Vec<Obstacle>) {
    let mut moves = Vec::new();
    let mut obstacles = Vec::new();
    for component in &before.components {
        let to = match after.and_then(|after| after.component(&component.name)) {
            Some(after) => Some(after.version.clone()),
            None => version(component, leg, pins),
        };
        let Some(to) = to.filter(|to| *to != component.version) else {
            continue;
        };
        let one = One { component, leg, to };
        moves.push(one.moved());
        obstacles.extend(one.gap());
    }
    let dependencies = after.unwrap_or(before).dependencies.as_slice();
    (in_order(moves, dependencies), obstacles)
}

/// The version that the environment will have, as its pin or the release says.
fn version(component: &ResolvedComponent, leg: &Leg, pins: &Pins) -> Option<Version> {
    match pins.get(&component.name) {
        Some(pin) => Some(pin.to.clone()),
        None => of_release(&component.module, &leg.stack.to, &leg.kubernetes.to),
    }
}

/// The version of a module in a release; of a repository's own, which is in none, the newest.
pub fn of_release(module: &Module, stack: &Stack, kubernetes: &Version) -> Option<Version> {
    match stack.modules.get(&module.name) {
        Some(versions) => versions.for_kubernetes(kubernetes).cloned(),
        None if module.origin == ModuleOrigin::Repository => module
            .newest_for(kubernetes)
            .map(|newest| newest.version.clone()),
        None => None,
    }
}

/// A component that moves.
struct One<'a> {
    component: &'a ResolvedComponent,
    leg: &'a Leg,
    to: Version,
}

impl One<'_> {
    fn range(&self, version: &Version) -> Option<&Range> {
        let known = self.component.module.version(version)?;
        Some(&known.kubernetes)
    }

    fn runs(&self, version: &Version, on: &Version) -> bool {
        self.range(version).is_some_and(|range| range.contains(on))
    }

    /// Whether the release has a version of it for each minor.
    fn follows_minor(&self) -> bool {
        let versions = self.leg.stack.to.modules.get(&self.component.module.name);
        matches!(versions, Some(StackVersion::ByMinor(_)))
    }

    fn moved(&self) -> Move {
        let (when, reason) = self.when();
        let module = &self.component.module;
        let crossed = module.upgrades.iter().filter(|upgrade| {
            upgrade.from.contains(&self.component.version) && upgrade.to.contains(&self.to)
        });
        Move {
            component: self.component.name.clone(),
            version: Change {
                from: self.component.version.clone(),
                to: self.to.clone(),
            },
            when,
            reason,
            waits_for: Vec::new(),
            restarts: { crossed }.any(|upgrade| upgrade.restarts),
        }
    }

    fn when(&self) -> (When, String) {
        let (old, new) = (&self.component.version, &self.to);
        let Change { from, to } = &self.leg.kubernetes;
        let (now, next) = (from.minor(), to.minor());
        let range = |version| {
            self.range(version)
                .map(Range::to_string)
                .unwrap_or_default()
        };
        if now == next {
            return (When::Alone, format!("runs on {}", range(new)));
        }
        if !self.runs(new, from) {
            let reason = match self.follows_minor() {
                true => format!("follows the minor: {new} runs on {}", range(new)),
                false => format!("{new} runs on {}, not yet on {now}", range(new)),
            };
            return (When::After, reason);
        }
        let reason = match self.runs(old, to) {
            false => format!("must: {old} runs on {} only", range(old)),
            true => format!("may: {new} runs on {now} and {next}"),
        };
        (When::Before, reason)
    }

    /// Neither version runs on both minors, though another one does, which can lead over.
    fn gap(&self) -> Option<Obstacle> {
        let Change { from, to } = &self.leg.kubernetes;
        let (old, new) = (&self.component.version, &self.to);
        let gap = from.minor() != to.minor() && !self.runs(new, from) && !self.runs(old, to);
        if !gap || self.follows_minor() {
            return None;
        }
        let module = &self.component.module;
        let on_both = module.versions.iter().filter(|known| {
            known.kubernetes.contains(from) && known.kubernetes.contains(to) && known.version > *old
        });
        let bridge = on_both.max_by(|a, b| a.version.cmp(&b.version))?;
        let name = &self.component.name;
        Some(Obstacle {
            code: codes::KUBERNETES_RANGE,
            message: format!(
                "`{name}` goes from {old}, which does not run on {}, to {new}, which does not run on {}",
                to.minor(),
                from.minor()
            ),
            place: self.component.span.as_ref().map(super::obstacles::place),
            helps: vec![format!(
                "{} runs on both: set `version: \"{}\"` for `{name}` in environment.yaml first, and apply it",
                bridge.version, bridge.version
            )],
        })
    }
}

/// By part of the hop; in each, whoever provides something goes before those that need it.
fn in_order(moves: Vec<Move>, dependencies: &[Dependency]) -> Vec<Move> {
    let parts: BTreeMap<String, When> = moves
        .iter()
        .map(|moved| (moved.component.clone(), moved.when))
        .collect();
    let needs = |moved: &Move| -> BTreeSet<String> {
        let own = dependencies
            .iter()
            .filter(|dependency| dependency.component == moved.component);
        own.map(|dependency| dependency.on.clone())
            .filter(|on| parts.get(on) == Some(&moved.when))
            .collect()
    };
    let mut left: Vec<(Move, BTreeSet<String>)> = moves
        .into_iter()
        .map(|moved| {
            let needs = needs(&moved);
            (moved, needs)
        })
        .collect();
    left.sort_by(|(a, _), (b, _)| (a.when, &a.component).cmp(&(b.when, &b.component)));
    let mut ordered: Vec<Move> = Vec::new();
    while !left.is_empty() {
        let free = |(_, needs): &(Move, BTreeSet<String>)| {
            let mut needs = needs.iter();
            needs.all(|name| ordered.iter().any(|moved| moved.component == *name))
        };
        // Dependencies have no circle: a resolved environment with one is refused.
        let next = left.iter().position(free).unwrap_or(0);
        let (moved, needs) = left.remove(next);
        ordered.push(Move {
            waits_for: needs.into_iter().collect(),
            ..moved
        });
    }
    ordered.sort_by_key(|moved| moved.when);
    ordered
}
