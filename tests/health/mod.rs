//! Whether verdicts on objects are those of others who judge the same ones, or better with a reason.

mod upstream;
