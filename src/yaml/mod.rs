//! The only place that knows a YAML library: text to values and back.
//!
//! ```text
//! bytes ── decode ──► Source ── parse_one ──► Document ── strict ─────► knobs
//!                       │                        ├── kubernetes ──────► Value
//!                       │                        └── set ─────────────► the text with one value changed
//!                       └── kubernetes_stream ────────────────────────► [Value]
//! Value ── emit ──► canonical text
//! ```
//!
//! Two readings of plain scalars exist side by side. Manifests are read as `kubectl` reads them
//! (YAML 1.1 as Go knows it), since that is what will run. Knob files are read strictly: where
//! readers of YAML disagree about a plain scalar, it is an error that tells how to write it.

mod anchors;
mod builder;
mod compose;
mod edit;
mod emit;
mod events;
mod flow;
mod header;
mod kubernetes;
mod layout;
mod lists;
mod node;
mod number;
mod parse;
mod places;
mod plain;
mod readings;
mod remove;
mod source;
mod splice;
mod stream;
mod strict;
mod text;

pub use edit::{EditError, set};
pub use emit::{emit, emit_stream};
pub use header::{Header, documents, header};
pub use kubernetes::{kubernetes, kubernetes_stream};
pub use node::{Entry, Node, NodeKind, Scalar, Style};
pub use parse::{Document, Segment, parse_one, parse_stream};
pub use remove::remove;
pub use serde_json::{Map, Value};
pub use source::{KNOB_FILE_LIMIT, MANIFEST_STREAM_LIMIT, decode, decode_within};
pub use strict::{Ambiguous, Strict, strict, strict_value};
