//! The table of API versions that went or will go.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::model::upgrade::GoneApi;
use crate::model::version::{Minor, Version};

const TEXT: &str = include_str!("removed.txt");

/// When a version of a kind goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal<'t> {
    pub deprecated: Option<Minor>,
    /// The first minor that does not serve it.
    pub removed: Minor,
    /// Version and kind that take its place.
    pub replacement: Option<&'t str>,
}

/// What is known of a version of a kind; nothing of those that stay.
pub fn find(api_version: &str, kind: &str) -> Option<Removal<'static>> {
    static TABLE: LazyLock<HashMap<(&str, &str), Removal<'_>>> = LazyLock::new(|| {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| read(line).expect("the table is well formed"))
            .collect()
    });
    TABLE.get(&(api_version, kind)).cloned()
}

/// What a minor is the first not to serve, in the order of the table.
pub fn with(minor: Minor) -> Vec<GoneApi> {
    let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
    let all = lines.filter_map(read);
    let gone = all.filter(|(_, removal)| removal.removed == minor);
    gone.map(|((api_version, kind), removal)| GoneApi {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        replacement: removal.replacement.map(str::to_owned),
    })
    .collect()
}

fn read(line: &'static str) -> Option<((&'static str, &'static str), Removal<'static>)> {
    let mut words = line.splitn(5, ' ');
    let key = (words.next()?, words.next()?);
    let minor = |text| Version::parse(text).map(|version| version.minor());
    let removal = Removal {
        deprecated: minor(words.next()?),
        removed: minor(words.next()?)?,
        replacement: words.next(),
    };
    Some((key, removal))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn the_table_knows_what_went_and_what_took_its_place() {
        let removal = find("policy/v1beta1", "PodDisruptionBudget").expect("it went");
        assert_eq!(removal.removed.to_string(), "1.25");
        assert_eq!(removal.replacement, Some("policy/v1 PodDisruptionBudget"));
        assert_eq!(find("policy/v1", "PodDisruptionBudget"), None);
    }
}
