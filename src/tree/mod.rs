//! Where files come from: disk, a git revision, the built-in catalogue.
//!
//! Each turns a place into a [`FileTree`](crate::model::tree::FileTree); a tree in memory is just
//! that value.

pub mod built_in;
pub mod disk;
pub mod git;
pub mod web;
