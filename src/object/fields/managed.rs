//! The entries of `metadata.managedFields`.

use serde::{Deserialize, Serialize};

use super::{FieldSet, FieldSetError};
use crate::object::Path;
use crate::yaml::{Map, Value};

/// How a manager wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Operation {
    /// By server-side apply: it says all that it wants, and what it no longer says goes away.
    Apply,
    /// By any other write.
    Update,
}

/// What one manager owns, by one way of writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldsEntry {
    pub manager: String,
    pub operation: Operation,
    /// The version in which the fields are named.
    pub api_version: String,
    /// `scale` or `status`, where it wrote through one.
    pub subresource: Option<String>,
    /// When a value changed last; the server leaves it out at times.
    pub time: Option<String>,
    pub fields: FieldSet,
}

/// Who owns the fields of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedFields {
    /// In the order of the server.
    pub entries: Vec<FieldsEntry>,
}

/// Why managedFields cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManagedFieldsError {
    #[error("metadata.managedFields is not a list")]
    NoList,
    #[error("metadata.managedFields[{index}] is not an object")]
    NoObject { index: usize },
    #[error(
        "metadata.managedFields[{index}] of manager `{manager}` has the operation `{found}`, neither Apply nor Update"
    )]
    Operation {
        index: usize,
        manager: String,
        found: String,
    },
    #[error(
        "metadata.managedFields[{index}] of manager `{manager}` has fields of the type `{found}`, not FieldsV1"
    )]
    FieldsType {
        index: usize,
        manager: String,
        found: String,
    },
    #[error("metadata.managedFields[{index}] of manager `{manager}`: {error}")]
    Fields {
        index: usize,
        manager: String,
        error: FieldSetError,
    },
}

impl ManagedFields {
    /// Reads those of a live object; an object without has none. Empty entries, with which somebody
    /// resets the field, say nothing.
    pub fn of(object: &Value) -> Result<Self, ManagedFieldsError> {
        let list = match object.pointer("/metadata/managedFields") {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(ManagedFieldsError::NoList),
        };
        let mut entries = Vec::with_capacity(list.len());
        for (index, entry) in list.iter().enumerate() {
            let entry = entry
                .as_object()
                .ok_or(ManagedFieldsError::NoObject { index })?;
            if !entry.is_empty() {
                entries.push(FieldsEntry::read(index, entry)?);
            }
        }
        Ok(Self { entries })
    }

    /// What `manager` applied; nothing where it never did.
    pub fn ours(&self, manager: &str) -> Option<&FieldsEntry> {
        self.entries.iter().find(|entry| entry.is_apply_of(manager))
    }

    /// Everybody who owns the field or what it lies in.
    pub fn owners<'s>(&'s self, path: &Path) -> impl Iterator<Item = &'s FieldsEntry> {
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.fields.covers(path))
    }

    /// What all but the apply of `manager` own together. A write of `manager` that was no apply
    /// counts as one of others: the server has an apply conflict with it.
    pub fn of_others(&self, manager: &str) -> FieldSet {
        let mut all = FieldSet::default();
        let others = self.entries.iter();
        for entry in others.filter(|entry| !entry.is_apply_of(manager)) {
            all.absorb(&entry.fields);
        }
        all
    }

    /// The value of `metadata.managedFields`.
    pub fn to_value(&self) -> Value {
        self.entries.iter().map(FieldsEntry::to_value).collect()
    }
}

impl FieldsEntry {
    /// Whether `manager` applied this; writes through subresources are apart.
    pub fn is_apply_of(&self, manager: &str) -> bool {
        self.manager == manager && self.operation == Operation::Apply && self.subresource.is_none()
    }

    fn read(index: usize, entry: &Map<String, Value>) -> Result<Self, ManagedFieldsError> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let manager = text("manager").unwrap_or_default();
        let operation = match text("operation").unwrap_or_default().as_str() {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            found => {
                return Err(ManagedFieldsError::Operation {
                    index,
                    manager,
                    found: found.to_owned(),
                });
            }
        };
        if let Some(found) = text("fieldsType").filter(|found| found != "FieldsV1") {
            return Err(ManagedFieldsError::FieldsType {
                index,
                manager,
                found,
            });
        }
        let fields = match entry.get("fieldsV1") {
            None | Some(Value::Null) => FieldSet::default(),
            Some(fields) => FieldSet::read(fields).map_err(|error| ManagedFieldsError::Fields {
                index,
                manager: manager.clone(),
                error,
            })?,
        };
        Ok(Self {
            manager,
            operation,
            api_version: text("apiVersion").unwrap_or_default(),
            subresource: text("subresource").filter(|name| !name.is_empty()),
            time: text("time"),
            fields,
        })
    }

    /// The entry as the server has it.
    pub fn to_value(&self) -> Value {
        let operation = match self.operation {
            Operation::Apply => "Apply",
            Operation::Update => "Update",
        };
        let mut entry = serde_json::json!({
            "manager": self.manager,
            "operation": operation,
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.to_value(),
        });
        let rest = [("time", &self.time), ("subresource", &self.subresource)];
        for (key, value) in rest {
            if let Some(value) = value {
                entry[key] = value.as_str().into();
            }
        }
        entry
    }
}
