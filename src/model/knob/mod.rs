//! Knobs: typed values that a person may set.
//!
//! The same types describe the knobs of modules and the shape of every file that a person writes,
//! so that one reader finds all mistakes ([`read`]) and one generator tells editors ([`json_schema`]).

mod fits;
pub mod json_schema;
mod kind;
mod leaves;
mod merge;
mod missing;
mod problems;
pub mod read;
mod scalar;
mod shapes;

pub use kind::{Fields, Knob, KnobType, Text};
pub use leaves::leaves;
pub use merge::{fill, fill_fields, overlay};
pub use missing::missing;
pub use shapes::Shape;
