//! The public key that machines take: the one that is wanted, and the ones that are kept.

/// Whether the key that is wanted is not the only one that is kept. What stands behind a key names who
/// has it, and is no part of it.
pub fn is_other_key(wanted: &str, kept: &[String]) -> bool {
    match kept {
        [kept] => bare(kept) != bare(wanted),
        _ => true,
    }
}

fn bare(key: &str) -> Vec<&str> {
    key.split_whitespace().take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::is_other_key;

    #[test]
    fn a_key_is_told_by_itself_and_not_by_whose_it_is() {
        let wanted = "ssh-ed25519 AAAA jo@laptop";
        let other = |kept: &[&str]| {
            let kept: Vec<String> = kept.iter().map(|key| (*key).to_owned()).collect();
            is_other_key(wanted, &kept)
        };
        assert!(!other(&["ssh-ed25519 AAAA\n"]));
        assert!(other(&["ssh-ed25519 BBBB jo@laptop"]));
        assert!(other(&[]));
        // kops refuses two at the next update.
        assert!(other(&["ssh-ed25519 AAAA", "ssh-ed25519 BBBB"]));
    }
}
