//! What can be made of a document's events: nodes with spans, or values.

use std::borrow::Cow;
use std::ops::Range;

use super::node::{Style, Tag};

/// A scalar as it was written.
#[derive(Debug)]
pub(super) struct Written<'e> {
    pub text: Cow<'e, str>,
    pub style: Style,
    pub tag: Option<Tag>,
    pub span: Range<usize>,
}

/// Makes something of the parts of a document, innermost first.
///
/// It keeps the problems that it finds, and goes on with a stand-in, so that all are found.
pub(super) trait Builder {
    type Node: Clone;
    type Mapping: Default;

    fn scalar(&mut self, scalar: Written<'_>) -> Self::Node;

    fn sequence(&mut self, items: Vec<Self::Node>, span: Range<usize>) -> Self::Node;

    /// Adds an entry to a mapping that is being read.
    fn entry(&mut self, mapping: &mut Self::Mapping, key: Written<'_>, value: Self::Node);

    fn mapping(&mut self, mapping: Self::Mapping, span: Range<usize>) -> Self::Node;

    /// What stands at an alias, given a copy of the anchored node.
    fn alias(&mut self, node: Self::Node, span: Range<usize>) -> Self::Node;
}
