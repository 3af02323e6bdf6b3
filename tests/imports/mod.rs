//! Which part of the program may know which: read from its sources.
//!
//! The rule is that of the design: `diagnostic`, `yaml`, `object`, `model` in this order know only
//! what stands before them; stages and adapters know these four and not one another; `cli` wires
//! all. And the world (files, the environment, processes) is for the adapters and `cli`.

mod rules;
mod source;
