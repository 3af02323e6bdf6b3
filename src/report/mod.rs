//! Plans, differences and diagnostics to what people and machines read.
//!
//! Pure: whether there is a terminal, how wide it is, and what ran before is said by the caller.
//! Nothing of a manifest reaches the output as it is: control characters are written out, so that
//! no value can move the cursor, turn text around or break out of its place.

mod change;
pub mod diagnostics;
mod effect;
mod line;
mod order_reasons;
pub mod plan;
pub mod style;
mod words;

pub use style::Style;
