//! The cluster itself: from the knobs of cluster.yaml to what kops does.

mod gone;
mod imported;
mod life;
mod manifests;
mod review;
