pub mod diagnostics;
pub mod style;
