//! What the fake kops does not reproduce of the recorded calls, each with its reason.

use std::collections::BTreeSet;

use regex_lite::Regex;

/// A difference that is known: what of a text is not compared.
struct Difference {
    /// The calls and the stream that it is about: a pattern for `07-update-without-ssh-key stdout`.
    place: &'static str,
    what: What,
    /// Why it is not reproduced.
    reason: &'static str,
}

enum What {
    /// What the pattern finds reads like the second text.
    Reads(&'static str, &'static str),
    /// `{a: 1, b: 2}` may stand in any order.
    Maps,
    /// The lines may stand in any order.
    Lines,
    /// The values of `raw` in a JSON text, and the order of `resources`.
    Raw,
}

const KNOWN: &[Difference] = &[
    Difference {
        place: "stdout",
        what: What::Maps,
        reason: "kops writes maps in a random order, the fake in that of the keys",
    },
    Difference {
        place: "stderr",
        what: What::Reads(r"(?m)^([IWE])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ", "$1 "),
        reason: "times and process ids",
    },
    Difference {
        place: "stdout",
        what: What::Reads(r#"creationTimestamp: "[^"]*""#, "creationTimestamp: TIME"),
        reason: "times",
    },
    Difference {
        place: "stdout",
        what: What::Reads(r"NodeupConfigHash: \S+", "NodeupConfigHash: HASH"),
        reason: "the hash of a file of which the fake knows only what recorded differences show",
    },
    Difference {
        place: "stdout",
        what: What::Reads(r"\b[0-9a-f]{64}\b", "HASH"),
        reason: "hashes of downloads, which were invented for the recording, and of addons",
    },
    Difference {
        place: "stdout",
        what: What::Reads(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){15}\b", "FINGERPRINT"),
        reason: "the key that was recorded is not published",
    },
    Difference {
        place: "^05-.* stderr",
        what: What::Reads(r"(?m) \S*dev\.example\.com/config$", " FILE"),
        reason: "the state store was recorded in memory, and the fake's is a folder",
    },
    Difference {
        place: "^13-.* stderr",
        what: What::Reads(r" on [0-9.]+:53: ", " on RESOLVER: "),
        reason: "the resolver of the machine",
    },
    Difference {
        place: "^52-.* stdout",
        what: What::Raw,
        reason: "what AWS itself says about its resources is not played",
    },
    Difference {
        place: "^54-.* stdout",
        what: What::Lines,
        reason: "kops deletes what it can at the same time, in a random order",
    },
];

/// The known differences, and which of them were met in what kops said.
#[derive(Default)]
pub struct Differences {
    met: BTreeSet<usize>,
}

impl Differences {
    /// What kops said, without what is not compared.
    pub fn real(&mut self, name: &str, stream: &str, text: &str) -> String {
        let mut said = text.to_owned();
        for (index, difference) in applying(name, stream) {
            let now = difference.what.steady(&said);
            if now != said {
                self.met.insert(index);
            }
            said = now;
        }
        said
    }

    /// The same of what the fake said.
    pub fn fake(&self, name: &str, stream: &str, text: &str) -> String {
        applying(name, stream).fold(text.to_owned(), |said, (_, difference)| {
            difference.what.steady(&said)
        })
    }

    /// The reasons of those that were nowhere met.
    pub fn unused(&self) -> Vec<&'static str> {
        let met = |index: &usize| self.met.contains(index);
        (0..KNOWN.len())
            .filter(|index| !met(index))
            .map(|index| KNOWN[index].reason)
            .collect()
    }
}

fn applying(name: &str, stream: &str) -> impl Iterator<Item = (usize, &'static Difference)> {
    let place = format!("{name} {stream}");
    KNOWN.iter().enumerate().filter(move |(_, difference)| {
        let pattern = Regex::new(difference.place).expect("it is a pattern");
        pattern.is_match(&place)
    })
}

impl What {
    fn steady(&self, text: &str) -> String {
        match self {
            Self::Reads(pattern, instead) => Regex::new(pattern)
                .expect("it is a pattern")
                .replace_all(text, *instead)
                .into_owned(),
            Self::Maps => Regex::new(r#"\{([^{}"\n]+)\}"#)
                .expect("it is a pattern")
                .replace_all(text, |found: &regex_lite::Captures| {
                    let mut entries: Vec<&str> = found[1].split(", ").collect();
                    entries.sort_unstable();
                    format!("{{{}}}", entries.join(", "))
                })
                .into_owned(),
            Self::Lines => {
                let mut lines: Vec<&str> = text.lines().collect();
                lines.sort_unstable();
                lines.join("\n")
            }
            Self::Raw => without_raw(text),
        }
    }
}

fn without_raw(text: &str) -> String {
    let mut said: serde_json::Value = serde_json::from_str(text).expect("it is JSON");
    let resources = said["resources"].as_array_mut().expect("it is a list");
    for resource in resources.iter_mut() {
        resource["raw"] = serde_json::Value::Null;
    }
    resources.sort_by_key(ToString::to_string);
    format!("{said:#}")
}
