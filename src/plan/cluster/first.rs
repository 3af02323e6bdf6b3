//! Which components move before the cluster itself does, where its Kubernetes goes to another minor.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::resolved::Dependency;
use crate::model::version::{Range, Version};
use crate::object::Object;

/// What the choice rests on.
#[derive(Debug, Clone, Copy)]
pub struct Hop<'a> {
    /// Kubernetes as the provider has it stored.
    pub from: &'a Version,
    /// Kubernetes as the documents say.
    pub to: &'a Version,
    /// The versions of Kubernetes on which the new version of each component runs.
    pub ranges: &'a BTreeMap<String, Range>,
    /// Who needs whom.
    pub dependencies: &'a [Dependency],
    /// Components that are installed, in whatever version.
    pub installed: &'a BTreeSet<String>,
}

impl Hop<'_> {
    /// The components that move first: their new version runs on the minor of now, hence the new control
    /// plane meets nothing that it does not suit.
    ///
    /// One that needs what is not installed and moves later moves later too. Where the minor stays,
    /// nothing has a reason to go first.
    pub fn first(&self) -> BTreeSet<String> {
        if self.from.minor() == self.to.minor() {
            return BTreeSet::new();
        }
        let able = self
            .ranges
            .iter()
            .filter(|(_, range)| range.contains(self.from));
        let mut first: BTreeSet<String> = able.map(|(name, _)| name.clone()).collect();
        loop {
            let waits = |name: &String| {
                let needs = self.dependencies.iter();
                let mut needs = needs.filter(|dependency| dependency.component == *name);
                needs.any(|dependency| {
                    !first.contains(&dependency.on) && !self.installed.contains(&dependency.on)
                })
            };
            let late: Vec<String> = first.iter().filter(|name| waits(name)).cloned().collect();
            if late.is_empty() {
                return first;
            }
            first.retain(|name| !late.contains(name));
        }
    }
}

/// The version of Kubernetes in the documents of kops.
pub fn kubernetes<'o>(mut documents: impl Iterator<Item = &'o Object>) -> Option<Version> {
    let cluster = documents.find(|document| document.kind() == "Cluster")?;
    let version = cluster.value()["spec"]["kubernetesVersion"].as_str()?;
    Version::parse(version.trim_start_matches('v'))
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, Dependency, Hop, Range, Version};
    use crate::model::capability::Capability;

    const BOTH: &str = ">=1.34, <1.37";
    const NEXT: &str = ">=1.36, <1.37";

    fn first(from: &str, installed: &[&str]) -> Vec<String> {
        let version = |text: &str| Version::parse(text).expect("it is a version");
        let ranges = [
            ("issuer", NEXT),
            ("page", BOTH),
            ("scaler", NEXT),
            ("web", BOTH),
        ];
        let ranges: BTreeMap<String, Range> = ranges
            .into_iter()
            .map(|(name, range)| (name.to_owned(), Range::parse(range).expect("it is a range")))
            .collect();
        let need = |component: &str, on: &str| Dependency {
            component: component.to_owned(),
            on: on.to_owned(),
            capability: Capability("something".to_owned()),
        };
        let hop = Hop {
            from: &version(from),
            to: &version("1.36.3"),
            ranges: &ranges,
            dependencies: &[need("web", "issuer"), need("page", "web")],
            installed: &installed.iter().map(|name| (*name).to_owned()).collect(),
        };
        hop.first().into_iter().collect()
    }

    #[test]
    fn what_runs_on_the_minor_of_now_moves_first() {
        assert_eq!(first("1.35.4", &["issuer"]), ["page", "web"]);
    }

    #[test]
    fn who_needs_what_comes_later_comes_later_and_so_on() {
        assert_eq!(first("1.35.4", &[]), [""; 0]);
    }

    #[test]
    fn within_a_minor_nothing_goes_first() {
        assert_eq!(first("1.36.1", &["issuer"]), [""; 0]);
    }
}
