//! The only place that knows a YAML library.
