//! What makes clusters: each provider drives a program of its own.

pub mod kops;
