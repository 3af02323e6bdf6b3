//! The domain's types, one idea per file.
