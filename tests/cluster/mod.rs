//! The cluster itself: from the knobs of cluster.yaml to what kops does.

mod ages;
mod assets;
mod gone;
mod imported;
mod keys;
mod killed;
mod life;
mod locks;
mod manifests;
mod review;
mod rolls;
mod whole;
