//! The domain's types, one idea per file. No Kubernetes client, no input or output.

pub mod capability;
pub mod case;
pub mod checking;
pub mod cluster;
pub mod date;
pub mod digest;
pub mod environment;
pub mod finding;
pub mod globals;
pub mod graph;
pub mod input;
pub mod knob;
pub mod lock;
pub mod module;
pub mod own_object;
pub mod patch;
pub mod plan;
pub mod rendering;
pub mod repository;
pub mod resolved;
pub mod settings;
pub mod stack;
pub mod tree;
pub mod vendored;
pub mod version;
