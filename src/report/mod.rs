//! Plans, differences and diagnostics to what people and machines read.
//!
//! Pure: whether there is a terminal, how wide it is, and what ran before is said by the caller.
//! Nothing of a manifest reaches the output as it is: control characters are written out, so that
//! no value can move the cursor, turn text around or break out of its place.

mod change;
mod danger;
pub mod diagnostics;
pub mod diff;
mod effect;
mod fence;
#[cfg(test)]
mod fixtures;
mod line;
mod markdown;
mod order_reasons;
mod paper;
pub mod plan;
pub mod style;
mod value;
mod words;

pub use style::Style;
