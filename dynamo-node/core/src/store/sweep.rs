//! Sweep: the old copy of a partition that was given up goes, step by step (rule P14: it goes last).
//!
//! A step removes the next objects of the partition's arc with everything that stands for them: their Merkle shares,
//! their places in the conflict index, and the marks that were kept beside them. Whole hints stay: they are replicas
//! of their own (rule P8), and go home as always.
//!
//! Deliberately absent: whether the copy may go. That is for whoever asks.

use std::collections::BTreeSet;

use shared::token::{PartitionId, Token};

use super::StoreFailure;
use super::change::{Change, leaf_ends, leaf_of};
use super::op::{Pens, sum_of_leaf};
use super::query::Arc128;
use super::shelf::{Shelf, Stored};
use crate::row::Row;

/// A step of removing a partition's objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Which partition: its pen is dropped, so that its next write is minted by another actor (rule P1).
    pub partition: PartitionId,
    /// Its arc; nothing outside of it is touched.
    pub arc: Arc128,
    /// Where to go on: [`Swept::next`] of the step before. `None`: at the front of the arc. Nothing depends on it but
    /// time: a store walks over what it has deleted, so that beginning at the front costs more with each step.
    pub after: Option<Row>,
    /// Removes so many objects at most, and one at least. All of them go in one batch, and the lane does nothing else
    /// meanwhile.
    pub rows_max: usize,
}

/// What a step removed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Swept {
    /// How many objects.
    pub rows: u64,
    /// How many bytes their records had ([`Stored::bytes`]).
    pub bytes: u64,
    /// Whether the arc may hold more. If not, all its leaves are zero.
    pub more: bool,
    /// Where the next step goes on; `None` with `more`: at the front, since something was written there meanwhile.
    pub next: Option<Row>,
}

/// Runs a step against what its lane can see.
///
/// A damaged object is removed as well, though nobody knows its share any more. So what is left of a leaf is never
/// found by subtracting: a leaf that was passed as a whole is zero, and one that was passed in part is the sum over
/// what remains in it.
pub fn sweep<S: Shelf + ?Sized>(
    step: &Sweep,
    shelf: &S,
    pens: &mut Pens,
) -> Result<(Swept, Vec<Change>), StoreFailure> {
    pens.remove(&step.partition);
    let limit = step.rows_max.max(1);
    let arc = step.arc;
    // Only a row of this arc says where to go on in it.
    let after = step.after.as_ref().filter(|after| after.token() >= arc.first);
    let gone = shelf.stored(arc.first, arc.last, after, limit)?;
    let mut swept = Swept {
        rows: gone.len() as u64,
        bytes: gone.iter().map(|stored| stored.bytes).sum(),
        more: gone.len() >= limit,
        next: None,
    };
    if swept.more {
        swept.next = gone.last().map(|stored| stored.row.clone());
    }
    let passed = Passed {
        first: after.map_or(arc.first, Row::token),
        last: swept.next.as_ref().map_or(arc.last, Row::token),
        begins_leaf: after.is_none(),
        ends_leaf: !swept.more,
    };

    let mut changes = Vec::new();
    for (owner, _) in shelf.hinted_owners() {
        for row in shelf.marked(owner, passed.first, passed.last)? {
            changes.push(Change::Hint { owner, row, body: None, existed: true });
        }
    }
    let is_left_behind = sweep_leaves(step, shelf, &passed, &gone, &mut changes)?;
    for Stored { row, bytes, record } in gone {
        // Whether a damaged one was in the index is not known.
        if record.is_none_or(|record| record.is_conflict()) {
            changes.push(Change::Conflict { row: row.clone(), siblings: None });
        }
        changes.push(Change::Gone { row, bytes });
    }
    swept.more |= is_left_behind;
    Ok((swept, changes))
}

/// The tokens that a step passes over, both ends included.
struct Passed {
    first: Token,
    last: Token,
    /// Whether nothing before the first was left to earlier steps.
    begins_leaf: bool,
    /// Whether nothing after the last is left to later steps.
    ends_leaf: bool,
}

impl Passed {
    /// Whether a leaf holds nothing any more once the step is done.
    fn empties(&self, leaf: u32) -> bool {
        let (first, last) = leaf_ends(leaf);
        let begun = first > self.first || (first == self.first && self.begins_leaf);
        let ended = last < self.last || (last == self.last && self.ends_leaf);
        begun && ended
    }
}

/// Sets the leaves that a step passes to what is left in them. Says whether the last step leaves anything behind in the
/// arc: what was written before the place where it went on.
fn sweep_leaves<S: Shelf + ?Sized>(
    step: &Sweep,
    shelf: &S,
    passed: &Passed,
    gone: &[Stored],
    changes: &mut Vec<Change>,
) -> Result<bool, StoreFailure> {
    let gone: BTreeSet<&Row> = gone.iter().map(|stored| &stored.row).collect();
    let is_within = |leaf: u32| {
        let (first, last) = leaf_ends(leaf);
        first >= step.arc.first && last <= step.arc.last
    };
    let mut is_left_behind = false;
    for leaf in leaf_of(passed.first)..=leaf_of(passed.last) {
        let is = shelf.leaf(leaf);
        let left =
            if passed.empties(leaf) { 0 } else { sum_of_leaf(shelf, leaf, |row| !gone.contains(row))? };
        if left != is {
            changes.push(Change::Leaf { leaf, delta: left.wrapping_sub(is) });
        }
        is_left_behind |= left != 0 && is_within(leaf);
    }
    let mut before = leaf_of(step.arc.first)..leaf_of(passed.first);
    is_left_behind |= before.any(|leaf| is_within(leaf) && shelf.leaf(leaf) != 0);
    Ok(is_left_behind && passed.ends_leaf)
}
