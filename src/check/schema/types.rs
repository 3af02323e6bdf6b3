//! The types of the built-in fields, of a generated table.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

const TEXT: &str = include_str!("fields.txt");

/// What the table says.
pub struct Table {
    /// Definitions by group and version, and kind.
    pub kinds: BTreeMap<(&'static str, &'static str), &'static str>,
    definitions: HashMap<&'static str, BTreeMap<&'static str, Field>>,
}

/// One field of a definition.
pub struct Field {
    pub required: bool,
    pub kind: Type,
}

/// What a field may hold.
#[derive(Debug, Clone)]
pub enum Type {
    Text,
    Bytes,
    Integer,
    Number,
    Boolean,
    Quantity,
    IntegerOrText,
    Any,
    List(Box<Type>),
    Map(Box<Type>),
    Object(&'static str),
}

/// The table of the built-in kinds, read once.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(read);
    &TABLE
}

impl Table {
    /// The fields of a definition, which every [`Type::Object`] of the table has.
    pub fn fields(&self, definition: &str) -> &BTreeMap<&'static str, Field> {
        &self.definitions[definition]
    }
}

/// Reads the table, whose header explains the format. It is generated, hence what does not fit is a
/// mistake of ours.
fn read() -> Table {
    let mut table = Table {
        kinds: BTreeMap::new(),
        definitions: HashMap::new(),
    };
    let mut current = "";
    for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match (line.starts_with(' '), words.as_slice()) {
            (false, ["kind", api, kind, definition]) => {
                table.kinds.insert((*api, *kind), definition);
            }
            (false, [definition]) => {
                current = definition;
                table.definitions.insert(current, BTreeMap::new());
            }
            (true, [name, kind]) => {
                let (name, required) = match name.strip_suffix('!') {
                    Some(name) => (name, true),
                    None => (*name, false),
                };
                let field = Field {
                    required,
                    kind: type_of(kind),
                };
                let fields = table.definitions.get_mut(current);
                fields
                    .expect("fields follow their definition")
                    .insert(name, field);
            }
            _ => unreachable!("the generator writes no other lines"),
        }
    }
    table
}

fn type_of(text: &'static str) -> Type {
    if let Some(items) = text.strip_prefix("[]") {
        return Type::List(Box::new(type_of(items)));
    }
    if let Some(values) = text.strip_prefix("{}") {
        return Type::Map(Box::new(type_of(values)));
    }
    match text {
        "string" => Type::Text,
        "bytes" => Type::Bytes,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "quantity" => Type::Quantity,
        "int-or-string" => Type::IntegerOrText,
        "any" => Type::Any,
        definition => Type::Object(definition),
    }
}
