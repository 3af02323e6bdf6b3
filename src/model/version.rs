//! Versions and ranges as people write them: `1.30`, `v1.20.3`, `2026.11`, `>=1.31, <1.38`.

use std::fmt;

/// A version with the text that it was written as, ordered as semantic versions are.
///
/// Missing parts count as zero, since stack releases are `2026.11` and Kubernetes minors `1.36`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    text: String,
    semantic: semver::Version,
}

impl Version {
    /// Parses one to three numbers divided by dots, a leading `v` allowed, with an optional
    /// pre-release or build suffix after the third.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.strip_prefix('v').unwrap_or(text);
        let numbers = bare.split(['-', '+']).next().unwrap_or_default();
        let missing = 3usize.checked_sub(numbers.split('.').count())?;
        let padded = match missing {
            0 => bare.to_owned(),
            _ if numbers.len() != bare.len() => return None,
            _ => format!("{bare}{}", ".0".repeat(missing)),
        };
        let semantic = semver::Version::parse(&padded).ok()?;
        Some(Self {
            text: text.to_owned(),
            semantic,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it was written with all three numbers, so that it is one version and not a minor.
    pub fn is_exact(&self) -> bool {
        self.text.matches('.').count() > 1
    }

    /// The first two numbers: what Kubernetes calls a minor.
    pub fn minor(&self) -> Minor {
        Minor {
            major: self.semantic.major,
            minor: self.semantic.minor,
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.semantic
            .cmp(&other.semantic)
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A Kubernetes minor such as `1.36`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor {
    pub major: u64,
    pub minor: u64,
}

impl Minor {
    /// The minor after this one.
    pub fn next(self) -> Self {
        Self {
            minor: self.minor + 1,
            ..self
        }
    }

    /// The minor as a version: `1.36`.
    pub fn version(self) -> Version {
        Version {
            text: self.to_string(),
            semantic: semver::Version::new(self.major, self.minor, 0),
        }
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A range of versions, in the syntax of Cargo: comparisons joined by commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    text: String,
    requirement: semver::VersionReq,
}

impl Range {
    pub fn parse(text: &str) -> Option<Self> {
        let requirement = semver::VersionReq::parse(text).ok()?;
        Some(Self {
            text: text.to_owned(),
            requirement,
        })
    }

    /// Whether the range holds the version. A pre-release counts as its release, so that a
    /// candidate is judged like what it becomes.
    pub fn contains(&self, version: &Version) -> bool {
        let mut release = version.semantic.clone();
        release.pre = semver::Prerelease::EMPTY;
        self.requirement.matches(&release)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, Version};

    fn version(text: &str) -> Version {
        Version::parse(text).expect("a version")
    }

    #[test]
    fn short_versions_are_padded_and_ordered_by_number() {
        assert!(version("2026.8") < version("2026.11"));
        assert!(version("1.9.10") > version("1.9.9"));
        assert_eq!(version("v1.36.3").minor().to_string(), "1.36");
        for bad in ["", "1.x", "latest", "1.2.3.4", "1.2-rc1"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn ranges_hold_pre_releases_of_what_they_hold() {
        let range = Range::parse(">=1.31, <1.38").expect("a range");
        assert!(range.contains(&version("1.31")));
        assert!(range.contains(&version("1.37.9")));
        assert!(range.contains(&version("1.36.0-rc.1")));
        assert!(!range.contains(&version("1.38.0")));
    }
}
