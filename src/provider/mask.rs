//! Texts of others, made fit to be shown: without what signs requests, and without markup.

/// The text between `<name>` and `</name>`, the first time that it stands there.
pub(super) fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    let (inner, _) = rest.split_once(&format!("</{name}>"))?;
    Some(inner.trim())
}

/// One line without queries of addresses, users in them, names of keys, and tokens.
pub(super) fn mask(text: &str) -> String {
    let words = text.split_whitespace().map(word);
    words.collect::<Vec<_>>().join(" ")
}

/// What the innermost error says: the outer ones repeat it with addresses and counts.
pub(super) fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut at = error;
    while let Some(inner) = at.source() {
        at = inner;
    }
    at.to_string()
}

fn word(word: &str) -> String {
    // Addresses may be signed in their query and hold a password before the host.
    if let Some((scheme, rest)) = word.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or_default();
        let slash = if rest.contains('/') { "/" } else { "" };
        return format!("{scheme}://{host}{slash}{path}");
    }
    let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let key = ["AKIA", "ASIA"].iter().any(|start| bare.starts_with(start)) && bare.len() >= 16;
    let token = bare.starts_with("ya29.") || bare.starts_with("eyJ");
    let signed = [
        "Signature=",
        "Credential=",
        "Security-Token=",
        "SecretAccessKey",
    ];
    match key || token || signed.iter().any(|sign| word.contains(sign)) {
        true => "…".to_owned(),
        false => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signs_a_request_is_not_shown() {
        let text = "failed https://u:pw@b.s3.amazonaws.com/a/b?X-Amz-Signature=abc&X-Amz-Credential=AKIAABCDEFGHIJKLMNOP (AKIAABCDEFGHIJKLMNOP) Credential=x/y ya29.abc at\nonce";
        assert_eq!(
            mask(text),
            "failed https://b.s3.amazonaws.com/a/b … … … at once"
        );
    }

    #[test]
    fn an_element_is_found_by_name() {
        let text =
            "403 <?xml?><Error><Code>ExpiredToken</Code><Message>It has expired.</Message></Error>";
        assert_eq!(element(text, "Code"), Some("ExpiredToken"));
        assert_eq!(element(text, "Message"), Some("It has expired."));
        assert_eq!(element(text, "Arn"), None);
    }
}
