//! The `kops-stack` program: all of it is in the library.

use kops_stack::cli::{self, Exit};

fn main() -> Exit {
    cli::run()
}
