//! Values of module.yaml that depend on the environment, as `"{{ knobs.role }}"`.
//!
//! What stands between the braces is an expression of templates. It is the whole value, never a
//! part of a text. `render` works it out.

use crate::diagnostic::Span;

/// An expression and the place where it stands.
#[derive(Debug, Clone)]
pub struct Expression {
    /// What stands between the braces.
    pub text: String,
    pub span: Span,
}

impl Expression {
    /// The expression within the braces of a text; none where the text is just a text.
    pub fn within(text: &str) -> Option<&str> {
        let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
        Some(inner.trim())
    }
}

#[cfg(test)]
mod tests {
    use super::Expression;

    #[test]
    fn an_expression_is_the_whole_value() {
        assert_eq!(Expression::within("{{ knobs.a }}"), Some("knobs.a"));
        assert_eq!(Expression::within("a {{ knobs.a }}"), None);
        assert_eq!(Expression::within("{{ knobs.a }} b"), None);
        assert_eq!(Expression::within("text"), None);
    }
}
