//! What must hold whatever is applied: a plan after an apply is empty, and an apply leaves what its plan
//! predicted, field by field.

mod bed;
mod by_hand;
mod generated;
mod modules;
mod never_ready;
mod objects;
mod prediction;
