//! The API server: connecting, reading, dry runs, writes, watches, inventory and lock.
//!
//! kube is the transport and no more: it knows kubeconfigs, credentials and proxies. What is asked,
//! how answers are read, and what is asked again stands here. Nothing here decides what changes.

mod address;
mod adopt;
mod answer;
mod cluster;
mod connect;
mod discovery;
mod failure;
mod kubeconfig;
mod list;
mod lock;
mod pieces;
mod probe;
mod proxy;
mod read;
mod request;
mod store;
mod write;

pub use cluster::Cluster;
pub use connect::{Ambient, Connection, IN_CLUSTER, Timeouts};
pub use lock::{HOLDS, Held, Holder, LeaseLock};
pub use store::SecretStore;
