//! Mend: what a damaged object leaves behind when a whole record takes its place.
//!
//! The core's functions see no object where a damaged one was, and so count a new one. Its share of its leaf, and
//! whether it was a conflict, are no longer in its row; but the leaf is what its rows say, and the index is still there.

use dynamo_core::row::Row;
use dynamo_core::store::change::{LEAF_BITS, leaf_share};
use dynamo_core::store::{Change, LaneOp, OpKind, Shelf};
use shared::token::Token;

use super::Inner;
use super::view::View;

impl Inner {
    /// Whether an operation is about to replace an object that cannot be read.
    pub(super) fn is_mending(&self, op: &LaneOp) -> bool {
        matches!(op.kind, OpKind::Refill { .. }) && self.read_object(&op.row).is_err()
    }

    /// Corrects the changes that replace a damaged object.
    pub(super) fn mend(&self, row: &Row, changes: Vec<Change>) -> Vec<Change> {
        tracing::warn!(?row, "a damaged record is set aside for what the other owners hold");
        changes.into_iter().flat_map(|change| self.mend_change(row, change)).collect()
    }

    fn mend_change(&self, row: &Row, change: Change) -> Vec<Change> {
        match change {
            Change::Object { row, record, hash, existed: _ } => {
                let count = || u32::try_from(record.siblings.len()).unwrap_or(u32::MAX);
                let siblings = record.is_conflict().then(count);
                let conflict = Change::Conflict { row: row.clone(), siblings };
                vec![conflict, Change::Object { row, record, hash, existed: true }]
            }
            Change::Leaf { leaf, delta } => {
                vec![Change::Leaf { leaf, delta: self.mended_delta(leaf, delta) }]
            }
            // Taken from the object.
            Change::Conflict { row: of, .. } if of == *row => Vec::new(),
            other => vec![other],
        }
    }

    /// What to add to a leaf so that it is the sum of its readable rows and of one more share.
    fn mended_delta(&self, leaf: u32, share: u128) -> u128 {
        let first = u128::from(leaf) << (u128::BITS - LEAF_BITS);
        let last = first | (u128::MAX >> LEAF_BITS);
        let Ok(rows) = View(self).objects(Token(first), Token(last), None, usize::MAX) else { return share };
        let shares = rows.iter().map(|(row, record)| leaf_share(row, record.hash()));
        shares.fold(share, u128::wrapping_add).wrapping_sub(self.leaves.get(leaf))
    }
}
