//! Where files come from: disk, a git revision, the built-in catalogue, the web.
//!
//! Each turns a place into a [`FileTree`](crate::model::tree::FileTree); a tree in memory is just
//! that value.

pub mod built_in;
pub mod disk;
pub mod embedded;
pub mod git;
pub mod pack;
pub mod web;
