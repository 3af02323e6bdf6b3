//! Lock and journal beside kops' state store, and whose account it is used with.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests stop where the test would"
)]

mod account;
mod compaction;
mod folder;
mod processes;
mod profiles;
mod s3;
mod world;
