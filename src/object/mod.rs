//! One Kubernetes object as a value: identity, paths, references, field diff, merge keys, who owns
//! which field.
//!
//! Pure: it knows what Kubernetes says about the shape of objects, from tables that are built in,
//! and nothing about files, templates or a cluster.

mod check;
mod diff;
mod empties;
mod fields;
mod file_name;
#[cfg(test)]
mod golden_tests;
mod identity;
mod images;
mod kinds;
mod mask;
mod merge;
mod path;
mod pods;
mod quantity;
mod references;
mod schema;
mod selector;
mod value;

pub use check::ObjectError;
use diff::whole;
pub use diff::{ChangeKind, FieldChange, diff};
pub use empties::{lost_empties, with_lost_empties};
pub use fields::{
    FieldSet, FieldSetError, FieldsEntry, ManagedFields, ManagedFieldsError, Operation,
    OwnedChanges, keeps_order, owned_changes,
};
pub use file_name::{directory, file_name, file_path};
pub use identity::{Identity, IdentityError};
pub use images::{NamedImage, images};
pub use kinds::{is_cluster_scoped, well_known_group};
pub use mask::{mask, mask_changes};
pub use merge::{MergeError, MergeProblem, merge};
pub use path::{Path, PathError, Segment};
pub use pods::{pod_labels, pod_spec, pod_spec_mut, pod_template, pod_template_mut};
pub use quantity::Quantity;
pub use references::{How, Reference, is_always_there, references};
pub use schema::{KeyField, ListKind, Schema, Schemas, Shape};
pub use selector::{selector_matches, selects, workload_selects};
pub use value::Object;
