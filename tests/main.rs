//! The one integration binary: what the parts of the program do together, and against the world.

#![expect(
    clippy::disallowed_methods,
    reason = "tests make files and run programs"
)]

mod catalogue;
mod commands;
mod imports;
mod support;
mod yaml;
