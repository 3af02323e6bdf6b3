//! A module of a user's own is tested as the built-in ones are.

use super::folder;
use crate::support::Sandbox;

#[test]
fn its_module_passes_its_tests() {
    let sandbox = Sandbox::copy_of(&folder("custom-module"));
    let ran = sandbox.run("test module").succeeds();
    assert_eq!(
        ran.stdout,
        "hello  2 cases, 2 renderings, 6 knobs: all as it should be\n"
    );
}
