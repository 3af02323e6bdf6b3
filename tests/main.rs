//! The one integration binary: what the parts of the program do together, and against the world.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests make files, run programs, and say what they skipped or counted"
)]

mod catalogue;
mod check;
mod cluster;
mod commands;
mod docs;
mod errors;
mod examples;
mod fake_kops;
mod frozen;
mod health;
mod imports;
mod live;
mod lock;
mod monitoring;
mod provider;
mod rendering;
mod support;
mod upgrade;
mod upstream;
mod vendor;
mod ways;
mod yaml;
