//! Files of others that a module needs, locked to the byte.

use std::collections::BTreeMap;

use crate::model::version::Version;

/// A set of files in somebody's git repository, version by version.
#[derive(Debug, Clone)]
pub struct OutsideInput {
    pub name: String,
    pub kind: InputKind,
    /// As `https://github.com/OWNER/NAME`.
    pub repository: String,
    pub versions: Vec<InputVersion>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// CustomResourceDefinitions, in place of the stand-ins.
    Crds,
}

#[derive(Debug, Clone)]
pub struct InputVersion {
    /// Version of the module.
    pub version: Version,
    pub tag: String,
    /// Folder within the repository.
    pub path: String,
    /// sha256 of each file, in hexadecimal.
    pub files: BTreeMap<String, String>,
}

impl OutsideInput {
    pub fn version(&self, version: &Version) -> Option<&InputVersion> {
        self.versions.iter().find(|known| known.version == *version)
    }

    /// `OWNER/NAME/TAG/PATH`: where the files of a version lie below a mirror of raw files.
    pub fn place(&self, version: &InputVersion) -> String {
        let repository = self.repository.trim_end_matches('/');
        let name = repository.splitn(4, '/').nth(3).unwrap_or(repository);
        format!("{name}/{}/{}", version.tag, version.path)
    }
}

/// Where a file of a module's inputs lies in a user's repository.
pub fn vendored_path(module: &str, version: &Version, file: &str) -> String {
    format!("vendor/{module}/{version}/{file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lie_below_a_mirror_as_they_do_in_their_repository() {
        let version = InputVersion {
            version: Version::parse("1.21.1").expect("a version"),
            tag: "v1.21.1".to_owned(),
            path: "deploy/crds".to_owned(),
            files: BTreeMap::new(),
        };
        let input = OutsideInput {
            name: "crds".to_owned(),
            kind: InputKind::Crds,
            repository: "https://github.com/cert-manager/cert-manager".to_owned(),
            versions: vec![version.clone()],
        };
        assert_eq!(
            input.place(&version),
            "cert-manager/cert-manager/v1.21.1/deploy/crds"
        );
    }
}
