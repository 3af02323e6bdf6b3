//! Writing Terraform's language as `terraform fmt` writes it.

/// A block with its labels, as `resource "aws_iam_role" "x" { … }`.
pub struct Block {
    head: String,
    items: Vec<Item>,
}

enum Item {
    Attribute { name: String, value: Value },
    Block(Block),
}

/// What an attribute may be here.
enum Value {
    /// On one line.
    Line(String),
    /// Items of a list, each on a line of its own.
    List(Vec<String>),
}

impl Block {
    pub fn new(kind: &str, labels: &[&str]) -> Self {
        let labels = labels.iter().map(|label| format!(" {}", quoted(label)));
        Self {
            head: format!("{kind}{}", labels.collect::<String>()),
            items: Vec::new(),
        }
    }

    /// An attribute with an expression, as it is.
    pub fn expression(mut self, name: &str, expression: &str) -> Self {
        self.items.push(Item::Attribute {
            name: name.to_owned(),
            value: Value::Line(expression.to_owned()),
        });
        self
    }

    pub fn text(self, name: &str, text: &str) -> Self {
        self.expression(name, &quoted(text))
    }

    /// A list of texts; a short one stays on the line.
    pub fn texts(self, name: &str, texts: &[String]) -> Self {
        let items: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        self.list(name, items)
    }

    pub fn list(mut self, name: &str, items: Vec<String>) -> Self {
        let value = match items.len() {
            0 | 1 => Value::Line(format!("[{}]", items.concat())),
            _ => Value::List(items),
        };
        self.items.push(Item::Attribute {
            name: name.to_owned(),
            value,
        });
        self
    }

    pub fn block(mut self, block: Block) -> Self {
        self.items.push(Item::Block(block));
        self
    }

    /// The text of the block, with its line end.
    pub fn written(&self) -> String {
        let mut out = String::new();
        self.write(0, &mut out);
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}{} {{\n", self.head));
        let inner = "  ".repeat(depth + 1);
        for (index, item) in self.items.iter().enumerate() {
            match item {
                Item::Attribute { name, value } => match value {
                    Value::Line(text) => {
                        let column = self.column(index);
                        out.push_str(&format!("{inner}{name:column$} = {text}\n"));
                    }
                    Value::List(items) => {
                        out.push_str(&format!("{inner}{name} = [\n"));
                        for item in items {
                            out.push_str(&format!("{inner}  {item},\n"));
                        }
                        out.push_str(&format!("{inner}]\n"));
                    }
                },
                Item::Block(block) => {
                    if index > 0 {
                        out.push('\n');
                    }
                    block.write(depth + 1, out);
                }
            }
        }
        out.push_str(&format!("{indent}}}\n"));
    }

    /// Where the `=` of an attribute stands: it is aligned over neighbours that take one line each.
    fn column(&self, index: usize) -> usize {
        let length = |item: &Item| match item {
            Item::Attribute {
                name,
                value: Value::Line(_),
            } => Some(name.len()),
            _ => None,
        };
        let before = self.items[..index].iter().rev().map_while(length);
        let after = self.items[index..].iter().map_while(length);
        before.chain(after).max().unwrap_or_default()
    }
}

/// A text in quotes, in which nothing is an interpolation.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A name that Terraform takes: letters, digits and `_`, and no digit in front.
pub fn identifier(name: &str) -> String {
    let plain = name.chars().map(|c| match c {
        c if c.is_ascii_alphanumeric() => c.to_ascii_lowercase(),
        _ => '_',
    });
    let plain: String = plain.collect();
    match plain.starts_with(|c: char| c.is_ascii_digit()) || plain.is_empty() {
        true => format!("_{plain}"),
        false => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, identifier, quoted};

    #[test]
    fn neighbours_are_aligned_and_lists_break_the_line() {
        let inner = Block::new("condition", &[]).text("test", "Null");
        let block = Block::new("data", &["a", "b"])
            .text("sid", "X")
            .texts("one", &["1".to_owned()])
            .texts("actions", &["a".to_owned(), "b".to_owned()])
            .expression("resources", "[]")
            .block(inner);
        assert_eq!(
            block.written(),
            "data \"a\" \"b\" {\n  sid = \"X\"\n  one = [\"1\"]\n  actions = [\n    \"a\",\n    \"b\",\n  ]\n  resources = []\n\n  condition {\n    test = \"Null\"\n  }\n}\n"
        );
    }

    #[test]
    fn a_text_is_a_text_whatever_it_holds() {
        assert_eq!(
            quoted("${a} %{b} \"c\"\\\n$"),
            r#""$${a} %%{b} \"c\"\\\n$""#
        );
    }

    #[test]
    fn identifiers_begin_with_no_digit() {
        assert_eq!(identifier("cert-manager"), "cert_manager");
        assert_eq!(identifier("9a.b"), "_9a_b");
    }
}
