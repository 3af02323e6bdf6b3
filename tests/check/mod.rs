//! `check`, from the outside: its rules by code, its formats, our own environments, upstream's charts.
//!
//! What a rule says, and what it lets pass, stands in the folders `check-<code>` of
//! `tests/errors/cases`: objects called `raises…` beside objects called `near-miss…`.

mod accepted;
mod cases;
mod formats;
mod goldens;
mod own;
mod removed;
mod rules;
mod sarif;
mod upstream;
mod vendored;
