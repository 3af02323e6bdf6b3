//! Every code that a message can carry, with the text that `kops-stack explain-code` prints.

/// A documented kind of problem. There is one constant for each, and [`ALL`] lists them.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Stable, lower case with hyphens.
    pub name: &'static str,
    /// What it means, why it is refused, and what to do; markdown.
    pub explanation: &'static str,
}

impl Code {
    pub fn find(name: &str) -> Option<&'static Code> {
        ALL.iter().copied().find(|code| code.name == name)
    }
}

macro_rules! codes {
    ($($constant:ident $name:literal $explanation:literal)*) => {
        $(
            #[doc = $explanation]
            pub const $constant: &Code = &Code { name: $name, explanation: $explanation };
        )*
        /// All codes, by name.
        pub const ALL: &[&Code] = &[$($constant),*];
    };
}

codes! {
    YAML_SYNTAX "yaml-syntax"
    "The file is not YAML. The label shows where the reader stopped; the mistake is there or just before, often a missing quote, colon or indentation."
    YAML_DUPLICATE_KEY "yaml-duplicate-key"
    "A mapping holds the same key twice. Most readers silently keep the last one, so one of the two values would do nothing. Remove one of them."
    YAML_AMBIGUOUS "yaml-ambiguous"
    "A plain scalar that YAML 1.1 and YAML 1.2 read differently, such as `on`, `0644`, `1_000` or `1.30`. Knob files are read strictly: write what you mean, in quotes if it is text."
    YAML_LIMIT "yaml-limit"
    "The file is too large, too deeply nested, or its aliases expand to too many values. The limits protect against files made to exhaust memory."
    YAML_UNSUPPORTED "yaml-unsupported"
    "The file uses a part of YAML that has no meaning here: a custom tag, a complex key, or an infinite number."
    FILE_ENCODING "file-encoding"
    "The file is not UTF-8 text. Save it as UTF-8 without a byte order mark."
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn names_are_sorted_out_and_explained() {
        let mut names: Vec<_> = ALL.iter().map(|code| code.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len(), "two codes share a name");
        for code in ALL {
            assert!(
                code.name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c == '-'),
                "{} is not lower case with hyphens",
                code.name
            );
            assert!(
                code.explanation.len() > 40,
                "{} is not explained",
                code.name
            );
        }
    }
}
