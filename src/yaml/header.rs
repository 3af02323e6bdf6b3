//! Who an object is, from its first lines alone, and the documents of a stream as they stand.
//!
//! Upstream's CRDs are megabytes of text that is only copied: reading them whole would take longer
//! than all else.

/// What the header of a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub api_version: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
}

/// The documents of a stream, byte for byte, without the lines that divide them; those that hold
/// only comments or nothing are left out.
pub fn documents(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if is_divider(line) {
            documents.push(&text[start..at]);
            start = at + line.len();
        }
        at += line.len();
    }
    documents.push(&text[start..]);
    documents.retain(|document| document.lines().any(says_something));
    documents
}

/// `---`, alone or before a comment.
fn is_divider(line: &str) -> bool {
    let rest = line.strip_prefix("---").map(str::trim_start);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// The header of a document in block style; None where it is written in another way, or not there.
pub fn header(document: &str) -> Option<Header> {
    let mut fields = Fields::default();
    let mut in_metadata = false;
    let mut indent = None;
    for line in document.lines().filter(|line| says_something(line)) {
        let depth = line.len() - line.trim_start().len();
        if depth == 0 {
            in_metadata = line.trim_end() == "metadata:";
            fields.top(line);
            continue;
        }
        // The first line below `metadata` says how deep its own keys stand.
        if in_metadata && depth == *indent.get_or_insert(depth) {
            fields.of_metadata(line.trim_start());
        }
    }
    fields.header()
}

#[derive(Default)]
struct Fields<'d> {
    api_version: Option<&'d str>,
    kind: Option<&'d str>,
    namespace: Option<&'d str>,
    name: Option<&'d str>,
}

impl<'d> Fields<'d> {
    fn top(&mut self, line: &'d str) {
        set(&mut self.api_version, line, "apiVersion:");
        set(&mut self.kind, line, "kind:");
    }

    fn of_metadata(&mut self, line: &'d str) {
        set(&mut self.name, line, "name:");
        set(&mut self.namespace, line, "namespace:");
    }

    fn header(self) -> Option<Header> {
        Some(Header {
            api_version: plain(self.api_version?)?,
            kind: plain(self.kind?)?,
            namespace: match self.namespace {
                Some(namespace) => Some(plain(namespace)?),
                None => None,
            },
            name: plain(self.name?)?,
        })
    }
}

fn set<'d>(field: &mut Option<&'d str>, line: &'d str, key: &str) {
    if let Some(value) = line.strip_prefix(key) {
        *field = Some(value.trim());
    }
}

/// A name as it stands, or in simple quotes; anything else is for the real reader.
fn plain(value: &str) -> Option<String> {
    let quoted = ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    let name = quoted.unwrap_or(value);
    let simple = |c: char| c.is_ascii_alphanumeric() || "./-:_".contains(c);
    (!name.is_empty() && name.chars().all(simple)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_keep_their_bytes() {
        let stream = "# only words\n---\na: 1  # x\n---# words\nb: |\n  --- \n---\n\n# end\n";
        assert_eq!(documents(stream), ["a: 1  # x\n", "b: |\n  --- \n"]);
    }

    #[test]
    fn the_header_is_found_wherever_it_stands() {
        let document = "kind: Role\nrules:\n- name: no\nmetadata:\n  annotations:\n    name: no\n  name: \"a\"\n  namespace: b\napiVersion: x/v1\n";
        let found = header(document).expect("a header");
        assert_eq!(
            (found.name.as_str(), found.namespace.as_deref()),
            ("a", Some("b"))
        );
        assert_eq!(
            (found.kind.as_str(), found.api_version.as_str()),
            ("Role", "x/v1")
        );
    }

    #[test]
    fn other_styles_are_left_to_the_reader() {
        assert_eq!(
            header("{kind: A, apiVersion: v1, metadata: {name: x}}"),
            None
        );
        assert_eq!(
            header("kind: A\napiVersion: v1\nmetadata: {name: x}\n"),
            None
        );
        assert_eq!(
            header("kind: A\napiVersion: v1\nmetadata:\n  name: &x y\n"),
            None
        );
    }
}
