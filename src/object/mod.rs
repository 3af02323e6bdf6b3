//! One Kubernetes object as a value: identity, paths, references, field diff, merge keys.
//!
//! Pure: it knows what Kubernetes says about the shape of objects, from tables that are built in,
//! and nothing about files, templates or a cluster.

mod diff;
mod file_name;
mod identity;
mod kinds;
mod mask;
mod merge_table;
mod path;
mod path_text;
mod pods;
mod quantity;
mod references;
mod schema;
mod schema_of_crd;
mod selector;
mod value;

pub use diff::{ChangeKind, FieldChange, diff};
pub use file_name::{directory, file_name};
pub use identity::{Identity, IdentityError};
pub use kinds::{is_cluster_scoped, well_known_group};
pub use mask::mask;
pub use path::{Path, Segment};
pub use path_text::PathError;
pub use pods::{pod_labels, pod_spec, pod_spec_mut, pod_template, pod_template_mut};
pub use quantity::Quantity;
pub use references::{How, Reference, references};
pub use schema::{KeyField, ListKind, Schema, Shape};
pub use selector::{selector_matches, selects, workload_selects};
pub use value::{Object, ObjectError};
