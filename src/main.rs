//! The `kops-stack` program: all of it is in the library.

use kops_stack::cli::{self, Exit};

/// A rendering makes millions of small values on all threads; with glibc's allocator a quarter of its
/// time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Exit {
    cli::run()
}
