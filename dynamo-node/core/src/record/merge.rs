//! Merge: two replicas' records of one key become what either would be had it seen everything the other saw.
//!
//! Two kinds of sibling, two joins that do not touch each other. Those that are kept side by side live and die by
//! the clock. Those written under last-writer-wins live and die by their stamps alone: were coverage by a clock
//! allowed to drop them too, two replicas could each drop the other's winner and be left with nothing.

use std::collections::BTreeMap;

use shared::id::RequestId;
use shared::map::ConflictPolicy;

use super::{Record, Sibling};
use crate::version::{Dot, VectorClock};

/// What a change lost on the way, to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Losses {
    /// Concurrent values that last-writer-wins dropped.
    pub lww: u64,
    /// Request ids forgotten before their window was over.
    pub superseded_overflow: u64,
}

impl Record {
    /// The join with another replica's record of the same key.
    ///
    /// A sibling is dropped only if the other side has seen its dot and no longer holds it, so only if a surviving
    /// write had seen it (invariant C4); if its request was replaced under another dot; if it is a twin of a
    /// sibling with a smaller dot; or if last-writer-wins says so.
    pub fn merge(&mut self, other: &Self) -> Losses {
        self.siblings
            .retain(|&dot, sibling| sibling.is_under_lww() || survives(dot, &other.clock, &other.siblings));
        for (&dot, sibling) in &other.siblings {
            if sibling.is_under_lww() || !self.clock.contains(dot) {
                self.siblings.insert(dot, sibling.clone());
            }
        }
        self.clock.merge(&other.clock);
        self.lww_floor = self.lww_floor.max(other.lww_floor);
        let superseded_overflow = self.superseded.unite(&other.superseded);
        Losses { lww: self.settle(), superseded_overflow }
    }

    /// Restores the record's invariants and says how many values last-writer-wins dropped.
    pub(super) fn settle(&mut self) -> u64 {
        let superseded = &self.superseded;
        self.siblings.retain(|_, sibling| sibling.is_under_lww() || !superseded.contains(sibling.request));
        self.keep_first_twin();
        self.keep_last_writer()
    }

    /// The greatest (stamp, dot) wins among what was written under last-writer-wins (rule P5), if nothing that had
    /// seen it has replaced it since.
    fn keep_last_writer(&mut self) -> u64 {
        let candidates = self.siblings.iter().filter(|(_, sibling)| sibling.is_under_lww());
        let winner = candidates.map(|(&dot, sibling)| (sibling.stamp, dot)).max();
        let winner = winner.filter(|_| winner > self.lww_floor).map(|(_, dot)| dot);
        let before = self.siblings.len();
        self.siblings.retain(|&dot, sibling| !sibling.is_under_lww() || Some(dot) == winner);
        (before - self.siblings.len()) as u64
    }

    /// Of one request's writes, the one with the smallest dot stays (rule P3).
    fn keep_first_twin(&mut self) {
        let mut first: BTreeMap<RequestId, Dot> = BTreeMap::new();
        self.siblings.retain(|&dot, sibling| {
            sibling.is_under_lww() || *first.entry(sibling.request).or_insert(dot) == dot
        });
    }
}

impl Sibling {
    pub(super) fn is_under_lww(&self) -> bool {
        self.policy == ConflictPolicy::Lww
    }
}

/// Whether a side that holds these siblings under this clock leaves a dot of ours alive.
fn survives(dot: Dot, clock: &VectorClock, siblings: &BTreeMap<Dot, Sibling>) -> bool {
    siblings.contains_key(&dot) || !clock.contains(dot)
}
