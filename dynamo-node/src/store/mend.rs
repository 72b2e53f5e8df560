//! Mend: the conflict index, when a whole record takes the place of a damaged object.
//!
//! The core's functions see no object where a damaged one was, and cannot know whether it had siblings. The index knows.

use dynamo_core::row::Row;
use dynamo_core::store::{Change, LaneOp, OpKind};

use super::Inner;

impl Inner {
    /// How many bytes the record has that an operation is about to replace because it cannot be read; `None`: it does
    /// no such thing.
    pub(super) fn mended_bytes(&self, op: &LaneOp) -> Option<u64> {
        let mends = matches!(op.kind, OpKind::Refill { .. }) && self.read_object(&op.row).is_err();
        mends.then(|| self.object_bytes(&op.row))
    }
}

/// Corrects the changes that replace a damaged object of so many bytes: the index is told whatever the new object is.
pub(super) fn mend(row: &Row, bytes: u64, changes: &mut Vec<Change>) {
    tracing::warn!(?row, "a damaged record is set aside for what the other owners hold");
    changes.retain(|change| !matches!(change, Change::Conflict { .. }));
    let mut siblings = None;
    for change in changes.iter_mut() {
        if let Change::Object { record, replaces, .. } = change {
            siblings = record.is_conflict().then_some(record.siblings.len());
            *replaces = Some(bytes);
        }
    }
    let siblings = siblings.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    changes.insert(0, Change::Conflict { row: row.clone(), siblings });
}
