//! The fake kops: what it says is what kops said, and what it does is done to a real control plane.

mod differences;
mod faults;
mod life;
mod reports;
mod specs;
mod transcripts;
