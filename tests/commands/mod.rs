//! What each command does, seen from the outside.

mod explain;
mod grow;
mod iam;
mod images;
mod look;
mod modules;
mod output;
mod schemas;
mod start;
mod texts;
mod usage;
