//! The domain's types, one idea per file. No Kubernetes client, no input or output.

pub mod capability;
pub mod case;
pub mod cluster;
pub mod digest;
pub mod environment;
pub mod globals;
pub mod graph;
pub mod input;
pub mod knob;
pub mod lock;
pub mod module;
pub mod plan;
pub mod rendering;
pub mod repository;
pub mod resolved;
pub mod settings;
pub mod stack;
pub mod tree;
pub mod vendored;
pub mod version;
