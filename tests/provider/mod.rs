//! Lock and journal beside kops' state store, and whose account it is used with.

mod account;
mod compaction;
mod folder;
mod processes;
mod profiles;
mod s3;
mod world;
