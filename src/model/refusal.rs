//! Refusals of the server in words that hold no values of the object.

use crate::model::api::ApiError;

/// Each reason once.
pub fn sentences(error: &ApiError) -> Vec<String> {
    vec![error.to_string()]
}

/// All reasons in one line.
pub fn sentence(error: &ApiError) -> String {
    sentences(error).join("; ")
}
