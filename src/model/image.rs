//! Images: their references in parts, and the list of those that an environment runs.

use crate::model::expression::Expression;
use crate::object::Identity;

/// Pods that a module's programs make: no manifest of ours names their image.
#[derive(Debug)]
pub struct MadePods {
    /// Name among the images of the module's versions.
    pub image: String,
    /// What the pods are for.
    pub purpose: String,
    /// Whether they are made at all; always when not given.
    pub when: Option<Expression>,
    /// The text that stands for the image in manifests, and that is replaced when a pod is made.
    pub fills: Option<String>,
}

/// An image that an environment pulls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedImage {
    /// As it is pulled.
    pub image: String,
    /// As its module names it; another one than `image` where a mirror stands in its place.
    pub upstream: String,
    pub uses: Vec<ImageUse>,
}

/// Who pulls an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageUse {
    pub component: String,
    /// Its name in the module's list; none where a knob or an object brings it.
    pub name: Option<String>,
    pub by: PulledBy,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PulledBy {
    /// An object of the manifests names it, at a container or a field.
    Object { object: Identity, place: String },
    /// A program of the component makes pods with it.
    Made { purpose: String },
    /// What makes the cluster has its machines pull it.
    Provider,
}

/// A reference in its parts, `registry/repository:tag@digest`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'t> {
    pub registry: &'t str,
    pub repository: String,
    pub tag: Option<&'t str>,
    pub digest: Option<&'t str>,
}

/// Where an image without a registry comes from.
const DOCKER_HUB: &str = "docker.io";

impl<'t> Reference<'t> {
    /// As container runtimes read it: the first part is a registry where it has a dot or a port, or
    /// is `localhost`; else the image is one of Docker Hub, with `library/` before a bare name.
    pub fn of(text: &'t str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (name, None),
        };
        let is_registry = |part: &str| part.contains(['.', ':']) || part == "localhost";
        let (registry, repository) = match name.split_once('/') {
            Some((first, rest)) if is_registry(first) => (first, rest.to_owned()),
            Some(_) => (DOCKER_HUB, name.to_owned()),
            None => (DOCKER_HUB, format!("library/{name}")),
        };
        Self {
            registry,
            repository,
            tag,
            digest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    #[test]
    fn references_come_apart_as_runtimes_read_them() {
        let parts = |text| {
            let reference = Reference::of(text);
            let or_none = |part: Option<&str>| part.unwrap_or("-").to_owned();
            [
                reference.registry.to_owned(),
                reference.repository,
                or_none(reference.tag),
                or_none(reference.digest),
            ]
        };
        assert_eq!(parts("busybox"), ["docker.io", "library/busybox", "-", "-"]);
        assert_eq!(parts("a/b:1"), ["docker.io", "a/b", "1", "-"]);
        assert_eq!(parts("quay.io/a/b:1"), ["quay.io", "a/b", "1", "-"]);
        assert_eq!(parts("localhost/a"), ["localhost", "a", "-", "-"]);
        assert_eq!(
            parts("mirror.example.com:5000/a/b"),
            ["mirror.example.com:5000", "a/b", "-", "-"]
        );
        assert_eq!(
            parts("registry.example.com/a:1@sha256:00"),
            ["registry.example.com", "a", "1", "sha256:00"]
        );
    }
}
