//! One Kubernetes object as a value.
