//! What a person types after `--to`.

use crate::diagnostic::{Diagnostic, codes};
use crate::model::upgrade::Target;
use crate::model::version::Version;

const KEYS: [&str; 2] = ["kubernetes", "stack"];

/// Reads `kubernetes=1.36`, `kubernetes=1.36.3`, `stack=2026.11` or `stack=reference/2026.11`;
/// `stack` is the name of the stack where none is given.
pub fn parse(text: &str, stack: &str) -> Result<Target, Box<Diagnostic>> {
    let usage = |message: String| Box::new(Diagnostic::error(codes::USAGE, message));
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    match key {
        "kubernetes" => match Version::parse(value.strip_prefix('v').unwrap_or(value)) {
            Some(version) if value.contains('.') => Ok(Target::Kubernetes(version)),
            _ => {
                let refusal = usage(format!("`{value}` is no version of Kubernetes"));
                Err(Box::new(refusal.help(
                    "a minor, `--to kubernetes=1.36`, or one version, `--to kubernetes=1.36.3`",
                )))
            }
        },
        "stack" if value.is_empty() => {
            let refusal = usage("`--to stack` names no release".to_owned());
            Err(Box::new(refusal.help(
                "`--to stack=RELEASE`; `kops-stack list stacks` shows them",
            )))
        }
        "stack" if value.contains('/') => Ok(Target::Stack(value.to_owned())),
        "stack" => Ok(Target::Stack(format!("{stack}/{value}"))),
        other => {
            let refusal = usage(format!("`--to` takes no `{other}`")).suggest(other, KEYS);
            Err(Box::new(
                refusal.help("`--to kubernetes=VERSION` or `--to stack=RELEASE`"),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, parse};
    use crate::model::version::Version;

    #[test]
    fn versions_and_releases_are_told_apart() {
        let version = |text| Target::Kubernetes(Version::parse(text).unwrap());
        assert_eq!(parse("kubernetes=1.36", "reference"), Ok(version("1.36")));
        assert_eq!(
            parse("kubernetes=v1.36.3", "reference"),
            Ok(version("1.36.3"))
        );
        let release = Ok(Target::Stack("reference/2026.11".to_owned()));
        assert_eq!(parse("stack=2026.11", "reference"), release);
        assert_eq!(parse("stack=reference/2026.11", "other"), release);
    }

    #[test]
    fn a_typo_is_told_with_what_was_meant() {
        let refused = |text| parse(text, "reference").expect_err(text);
        assert_eq!(
            refused("kubernets=1.36").helps[0],
            "did you mean `kubernetes`?"
        );
        for text in ["kubernetes", "kubernetes=36", "kubernetes=latest", "stack="] {
            assert!(!refused(text).helps.is_empty());
        }
    }
}
