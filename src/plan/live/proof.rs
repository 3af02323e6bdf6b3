//! Why a dry run would change nothing, without asking.
//!
//! The payload is the one that was sent last, our entry in managedFields is the one that the server
//! made of it, and our items stand in their order. A foreign change of a field of ours takes the
//! field out of our entry; a write under our own name moves the entry's time. What is left out:
//! an apply by somebody else under our name within the same second.

use super::payload::Payload;
use crate::model::digest::sha256;
use crate::model::inventory::{MANAGER, Proof};
use crate::object::{FieldsEntry, ManagedFields, Object, keeps_order};

/// Whether what was proven once still is.
pub fn holds(
    proof: &Proof,
    payload: &Payload,
    manifest: &Object,
    live: &Object,
    managers: &ManagedFields,
) -> bool {
    let Some(ours) = managers.ours(MANAGER) else {
        return false;
    };
    proof.payload == payload.digest
        && ours.api_version == manifest.api_version()
        && proof.entry == entry_digest(ours)
        && keeps_order(&payload.value, live.value(), &ours.fields)
}

/// The proof of a payload and an object that it would not change.
pub fn of(payload_digest: &str, managers: &ManagedFields) -> Option<Proof> {
    let ours = managers.ours(MANAGER)?;
    Some(Proof {
        payload: payload_digest.to_owned(),
        entry: entry_digest(ours),
    })
}

fn entry_digest(entry: &FieldsEntry) -> String {
    sha256(entry.to_value().to_string().as_bytes())
}
