//! What moved since a plan was saved.

use crate::model::saved::Moved;

/// How what is to be done about an object moved.
pub fn moved(moved: &Moved) -> String {
    match moved {
        Moved::Settled { was } => format!("{was} was planned, and nothing is to be done now"),
        Moved::New { is } => format!("nothing was planned, and {is} would be done now"),
        Moved::Other { was, is } if was == is => {
            format!("{is}, with other differences than those that were planned")
        }
        Moved::Other { was, is } => format!("{was} was planned, and {is} would be done now"),
    }
}
