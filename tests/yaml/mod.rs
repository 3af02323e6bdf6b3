//! The YAML codec against `kubectl`, against the manifests of known charts, and against itself.

mod awkward;
mod data;
mod files;
mod kubectl;
mod plain;
mod properties;
mod strings;
