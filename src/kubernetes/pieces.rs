//! How an inventory lies in Secrets: deflated JSON, cut where it is too long, and annotations that
//! people can read.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::model::api::ApiError;
use crate::model::inventory::Inventory;

/// What one Secret holds; the server's limit is a megabyte.
const PIECE: usize = 512 << 10;

/// No inventory is larger, unpacked: a hundred thousand objects are below this.
const LARGEST: usize = 256 << 20;

/// The way in which this version writes.
const FORMAT: &str = "1";

const DEFLATE_LEVEL: u8 = 6;

/// What a Secret says of the record.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Record {
    pub serial: u64,
    /// Of the one write that made it.
    pub mark: String,
    /// Names of the Secrets that hold the rest, in order.
    pub pieces: Vec<String>,
    pub data: Vec<u8>,
}

impl Record {
    pub(super) fn of(secret: &Value) -> Result<Self, ApiError> {
        let annotation = |key: &str| {
            let annotations = &secret["metadata"]["annotations"];
            annotations[format!("kops-stack.io/{key}")]
                .as_str()
                .unwrap_or_default()
        };
        let format = annotation("format");
        if !format.is_empty() && format != FORMAT {
            return Err(damaged(format!(
                "it was written in format {format}, by kops-stack {}; use that version or a newer one",
                annotation("version")
            )));
        }
        let data = secret["data"]["inventory"].as_str().unwrap_or_default();
        let data = BASE64_STANDARD.decode(data);
        Ok(Self {
            serial: annotation("serial").parse().unwrap_or_default(),
            mark: annotation("write").to_owned(),
            pieces: annotation("pieces")
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            data: data.map_err(|_| damaged("its data is no base64"))?,
        })
    }

    /// Writes what people want to know without unpacking beside what the next reader needs.
    pub(super) fn annotate(&self, secret: &mut Value, inventory: &Inventory, environment: &str) {
        let objects: usize = inventory.members.values().map(Vec::len).sum();
        let pending = inventory
            .pending
            .as_ref()
            .map(|pending| pending.plan.as_str());
        let annotations = json!({
            "kops-stack.io/format": FORMAT,
            "kops-stack.io/serial": self.serial.to_string(),
            "kops-stack.io/write": self.mark,
            "kops-stack.io/pieces": self.pieces.join(" "),
            "kops-stack.io/environment": environment,
            "kops-stack.io/version": env!("CARGO_PKG_VERSION"),
            "kops-stack.io/objects": objects.to_string(),
            "kops-stack.io/components": inventory.members.len().to_string(),
            "kops-stack.io/pending": pending.unwrap_or_default(),
        });
        secret["metadata"]["annotations"] = annotations;
    }
}

pub(super) fn pack(inventory: &Inventory) -> Result<Vec<u8>, ApiError> {
    let json = serde_json::to_vec(inventory);
    let json = json.map_err(|error| damaged(format!("it cannot be written: {error}")))?;
    Ok(miniz_oxide::deflate::compress_to_vec_zlib(
        &json,
        DEFLATE_LEVEL,
    ))
}

pub(super) fn unpack(packed: &[u8]) -> Result<Inventory, ApiError> {
    let json = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(packed, LARGEST);
    let json = json.map_err(|error| damaged(format!("it cannot be unpacked: {error}")))?;
    serde_json::from_slice(&json).map_err(|error| damaged(format!("it cannot be read: {error}")))
}

/// What the parent holds, and what goes into further Secrets: nothing, or all.
pub(super) fn in_pieces(packed: &[u8]) -> (&[u8], Vec<&[u8]>) {
    match packed.len() <= PIECE {
        true => (packed, Vec::new()),
        false => (&[], packed.chunks(PIECE).collect()),
    }
}

fn damaged(why: impl std::fmt::Display) -> ApiError {
    ApiError::transport(format!("the inventory is not usable: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let inventory = Inventory {
            serial: 7,
            lineage: "a".to_owned(),
            ..Inventory::default()
        };
        let packed = pack(&inventory).unwrap();
        assert_eq!(unpack(&packed), Ok(inventory));
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
        assert!(unpack(b"").is_err());
    }

    #[test]
    fn pieces_are_cut_where_they_are_too_long() {
        let (first, further) = in_pieces(&[0; 10]);
        assert_eq!((first.len(), further.len()), (10, 0));
        let long = vec![0; 2 * PIECE + 1];
        let (first, further) = in_pieces(&long);
        assert!(first.is_empty());
        assert_eq!(
            further.iter().map(|piece| piece.len()).collect::<Vec<_>>(),
            [PIECE, PIECE, 1]
        );
    }

    #[test]
    fn annotations_are_read_as_they_were_written() {
        let record = Record {
            serial: 3,
            mark: "m".to_owned(),
            pieces: vec!["a".to_owned(), "b".to_owned()],
            data: Vec::new(),
        };
        let mut secret = json!({"metadata": {}, "data": {}});
        record.annotate(&mut secret, &Inventory::default(), "dev");
        assert_eq!(Record::of(&secret), Ok(record));
        assert_eq!(
            secret["metadata"]["annotations"]["kops-stack.io/environment"],
            "dev"
        );
    }

    #[test]
    fn a_newer_format_is_refused() {
        let secret = json!({"metadata": {"annotations": {"kops-stack.io/format": "2", "kops-stack.io/version": "9.0"}}});
        let error = Record::of(&secret).unwrap_err();
        assert!(error.message.contains("kops-stack 9.0"), "{error}");
    }
}
