//! Machines that ought to be replaced, and stay: nobody allowed it.

use crate::model::cluster::change::Roll;
use crate::model::cluster::rolls::{Hold, Rolls};

/// Marks what may not be rolled. What is held back of the control plane holds back all nodes, since
/// none of them may ever be newer than it.
pub fn held(mut rolls: Vec<Roll>, allowed: Option<&Rolls>) -> Vec<Roll> {
    let Some(allowed) = allowed else {
        return rolls;
    };
    for roll in &mut rolls {
        roll.held = allowed.hold(&roll.group, roll.control_plane);
    }
    let control = |roll: &Roll| roll.control_plane && roll.held.is_some();
    if rolls.iter().any(control) {
        for roll in rolls.iter_mut().filter(|roll| roll.held.is_none()) {
            roll.held = (!roll.control_plane).then_some(Hold::ControlPlane);
        }
    }
    rolls
}
