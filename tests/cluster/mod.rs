//! The cluster itself: from the knobs of cluster.yaml to what kops does.

mod manifests;
