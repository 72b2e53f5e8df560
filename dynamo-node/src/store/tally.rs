//! The store's counts: cheap to read from any thread, and exact as of what was applied.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

use shared::id::NodeId;

/// How much there is.
#[derive(Default)]
pub(super) struct Tally {
    /// Keys with siblings.
    pub(super) conflicts: AtomicU64,
    /// Rows that could not be read since the start.
    pub(super) damaged: AtomicU64,
    /// Marks that were not kept since the start, for want of room.
    pub(super) marks_skipped: AtomicU64,
    /// What the store takes on the disk, in bytes.
    pub(super) disk_used_bytes: AtomicU64,
    /// What is free on that disk, in bytes.
    pub(super) disk_free_bytes: AtomicU64,
    /// Whether that is below the low-water mark.
    pub(super) is_disk_full: AtomicBool,
    hints: RwLock<BTreeMap<NodeId, Hints>>,
    hint_bytes: AtomicU64,
}

/// What is kept for one owner.
#[derive(Default, Clone, Copy)]
struct Hints {
    rows: u64,
    bytes: u64,
}

impl Tally {
    /// Counts a hint's row from so many bytes to so many; `None` is no row.
    pub(super) fn hint(&self, owner: NodeId, before: Option<u64>, after: Option<u64>) {
        let mut hints = self.hints.write().unwrap_or_else(PoisonError::into_inner);
        let of_owner = hints.entry(owner).or_default();
        let moved = |count: u64, less: u64, more: u64| count.saturating_sub(less) + more;
        of_owner.rows = moved(of_owner.rows, before.is_some().into(), after.is_some().into());
        of_owner.bytes = moved(of_owner.bytes, before.unwrap_or(0), after.unwrap_or(0));
        if of_owner.rows == 0 {
            hints.remove(&owner);
        }
        self.hint_bytes.store(hints.values().map(|hints| hints.bytes).sum(), Relaxed);
    }

    /// The owners for whom anything is kept, with how many rows each.
    pub(super) fn hinted_owners(&self) -> Vec<(NodeId, u64)> {
        let hints = self.hints.read().unwrap_or_else(PoisonError::into_inner);
        hints.iter().map(|(&owner, hints)| (owner, hints.rows)).collect()
    }

    /// All hints.
    pub(super) fn hint_rows(&self) -> u64 {
        self.hints.read().unwrap_or_else(PoisonError::into_inner).values().map(|hints| hints.rows).sum()
    }

    /// How many bytes all hints have.
    pub(super) fn hint_bytes(&self) -> u64 {
        self.hint_bytes.load(Relaxed)
    }

    /// Counts one more key with siblings, or one less.
    pub(super) fn conflict(&self, was: bool, is: bool) {
        match (was, is) {
            (false, true) => _ = self.conflicts.fetch_add(1, Relaxed),
            (true, false) => _ = self.conflicts.fetch_sub(1, Relaxed),
            _ => {}
        }
    }
}
