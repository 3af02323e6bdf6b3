//! What the process was given of the clouds: variables and the home folder, read by `cli`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// What credentials, addresses and proxies are found with. `cli` reads it, so that nothing ambient
/// enters unseen. Its [`fmt::Debug`] shows names only: values are secrets.
#[derive(Clone, Default)]
pub struct Ambient {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
}

/// How the names begin of the variables that are looked at.
const NAMES: [&str; 9] = [
    "AWS_",
    "GOOGLE_",
    "STORAGE_EMULATOR_HOST",
    "CLOUDSDK_",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "HOME",
];

impl Ambient {
    /// Keeps those of the process's variables that matter here; empty ones count as not set.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        home: Option<PathBuf>,
    ) -> Self {
        let mut kept = BTreeMap::new();
        for (name, value) in variables {
            let upper = name.to_ascii_uppercase();
            let matters = NAMES.iter().any(|start| upper.starts_with(start));
            if matters && !value.is_empty() {
                // Proxies are written in either case, the lower one wins as it does elsewhere.
                match name == upper {
                    true => drop(kept.entry(upper).or_insert(value)),
                    false => drop(kept.insert(upper, value)),
                }
            }
        }
        Self {
            variables: kept,
            home,
        }
    }

    /// A variable that is set and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The first of these that is set.
    pub(super) fn first(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// A file below the home folder.
    pub(super) fn at_home(&self, path: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(path))
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ambient")
            .field("variables", &self.variables.keys())
            .field("home", &self.home)
            .finish()
    }
}
