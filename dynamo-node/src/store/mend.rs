//! Mend: the conflict index, when a whole record takes the place of a damaged object.
//!
//! The core's functions see no object where a damaged one was, and cannot know whether it had siblings. The index knows.

use dynamo_core::row::Row;
use dynamo_core::store::{Change, LaneOp, OpKind};

use super::Inner;

impl Inner {
    /// Whether an operation is about to replace an object that cannot be read.
    pub(super) fn is_mending(&self, op: &LaneOp) -> bool {
        matches!(op.kind, OpKind::Refill { .. }) && self.read_object(&op.row).is_err()
    }
}

/// Corrects the changes that replace a damaged object: the index is told whatever the new object is.
pub(super) fn mend(row: &Row, changes: &mut Vec<Change>) {
    tracing::warn!(?row, "a damaged record is set aside for what the other owners hold");
    changes.retain(|change| !matches!(change, Change::Conflict { .. }));
    let siblings = changes.iter().find_map(|change| match change {
        Change::Object { record, .. } => Some(record.is_conflict().then_some(record.siblings.len())),
        _ => None,
    });
    let siblings = siblings.flatten().map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    changes.push(Change::Conflict { row: row.clone(), siblings });
}
