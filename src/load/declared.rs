//! What module.yaml declares beside its objects: the pods that its programs make.

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::expression::Expression;
use crate::model::image::MadePods;
use crate::model::knob::{KnobType, Shape};
use crate::model::module::ModuleVersion;
use crate::yaml::{Document, Node};

/// Shape of one entry of `pods`.
pub fn pods_shape() -> KnobType {
    Shape::new()
        .required(
            "image",
            KnobType::string(),
            "Name of the image in `versions`",
        )
        .required("for", KnobType::string(), "What the pods do")
        .optional(
            "when",
            KnobType::string(),
            "An expression: whether they are made; always when not given",
        )
        .optional(
            "fills",
            KnobType::string(),
            "Text that stands for the image in manifests, as `auto`",
        )
        .object()
}

/// The entries of `pods`; what their shape refuses is told by the file's reader.
pub fn pods(
    document: &Document,
    versions: &[ModuleVersion],
    diagnostics: &mut Diagnostics,
) -> Vec<MadePods> {
    let nodes = document.root.get("pods").and_then(Node::as_sequence);
    let mut read = Vec::new();
    for node in nodes.unwrap_or_default() {
        let text = |key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
        let (Some(image), Some(purpose)) = (text("image"), text("for")) else {
            continue;
        };
        let mut known = versions.iter().flat_map(|version| version.images.keys());
        if !known.any(|name| *name == image) {
            let message = format!("no version of the module has an image `{image}`");
            let known = versions.iter().flat_map(|version| version.images.keys());
            let at = node.get("image").unwrap_or(node);
            let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message)
                .at(document.span(at))
                .suggest(&image, known.map(String::as_str));
            diagnostics
                .push(diagnostic.help("list it below `images` of the versions that have it"));
        }
        read.push(MadePods {
            image,
            purpose,
            when: when(document, node, diagnostics),
            fills: text("fills"),
        });
    }
    read
}

/// The condition of an entry: an expression, since a text is neither true nor false.
pub fn when(document: &Document, node: &Node, diagnostics: &mut Diagnostics) -> Option<Expression> {
    let node = node.get("when")?;
    let text = node.as_str()?;
    let expression = expression(document, node);
    if expression.is_none() {
        let message = format!("`when` takes an expression, which `{text}` is not");
        let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message)
            .at(document.span(node))
            .help(format!("write `\"{{{{ {text} }}}}\"`"));
        diagnostics.push(diagnostic);
    }
    expression
}

/// The expression that a node holds, where it holds one.
pub fn expression(document: &Document, node: &Node) -> Option<Expression> {
    Some(Expression {
        text: Expression::within(node.as_str()?)?.to_owned(),
        span: document.span(node),
    })
}
