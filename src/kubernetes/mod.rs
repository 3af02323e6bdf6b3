//! The API server: connecting, reading, dry runs, writes, watches, inventory and lock.
//!
//! kube is the transport and no more: it knows kubeconfigs, credentials and proxies. What is asked,
//! how answers are read, and what is asked again stands here. Nothing here decides what changes.

mod access;
mod address;
mod adopt;
mod answer;
mod cluster;
mod connect;
mod discovery;
mod drain;
mod endpoints;
mod explain;
mod failure;
mod inside;
mod kubeconfig;
mod list;
mod lock;
mod nodes;
mod page;
mod pieces;
mod pods;
mod probe;
mod proxy;
mod read;
mod request;
mod store;
mod watch;
mod write;

pub use access::Permission;
pub use cluster::Cluster;
pub use connect::{Ambient, Connection, IN_CLUSTER, Timeouts};
pub use drain::{DrainError, drain};
pub use lock::{HOLDS, Held, Holder, LeaseLock};
pub use nodes::births;
pub use store::SecretStore;
