//! What makes clusters: each provider drives a program of its own.

pub mod account;
pub mod ambient;
mod aws;
pub mod kops;
mod mask;
mod profile;
pub mod state;
mod web;
