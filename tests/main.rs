//! The one integration binary: what the parts of the program do together, and against the world.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make files and run programs"
)]

mod catalogue;
mod commands;
mod docs;
mod errors;
mod frozen;
mod imports;
mod lock;
mod rendering;
mod support;
mod yaml;
