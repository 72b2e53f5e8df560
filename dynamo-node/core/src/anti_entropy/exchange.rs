//! Exchange: one comparison of this node's partitions with one peer, level by level.
//!
//! It need not catch the two sides equal at one instant: it is enough that everything the peer held when it was asked
//! is held here, synced.

use std::collections::VecDeque;

use shared::id::NodeId;
use shared::token::PartitionId;

use super::{Duty, Equal};
use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Compare};
use crate::row::Row;
use crate::store::{Found, OpKind, Query};
use crate::time::Instant;

/// What is awaited.
#[derive(Debug)]
enum Stage {
    /// Our own roots, then which of them differ at the peer.
    Roots { partitions: Vec<PartitionId> },
    /// Our own leaves of the first partition of the queue.
    Leaves { after: Option<Row> },
    /// Which rows of differing leaves the peer has, then which of them we lack.
    Rows { next: Option<Row> },
    /// The records that we lack: those that were asked for and have not come, and how many are still to be synced.
    Records { wanted: Vec<Row>, unsynced: usize, next: Option<Row> },
    /// Nothing more.
    Over,
}

/// One comparison.
#[derive(Debug)]
pub(super) struct Exchange {
    peer: NodeId,
    /// Names this comparison, so that what the store does for an earlier one is not counted for it.
    pub(super) id: OpId,
    /// The question that is open at the peer.
    op: OpId,
    stage: Stage,
    /// Partitions that differ; the first is being compared.
    differing: VecDeque<PartitionId>,
    /// When anything last moved.
    pub(super) moved: Instant,
}

impl Exchange {
    /// Begins with the roots of these partitions.
    pub(super) fn begin(
        desk: &mut Desk<'_>,
        view: View<'_>,
        peer: NodeId,
        partitions: Vec<PartitionId>,
    ) -> Self {
        let arcs = partitions.iter().map(|&partition| view.arc(partition)).collect();
        let id = desk.ids.operation();
        desk.query(Query::Roots { arcs }, Errand::Exchange(Duty::Own { peer, exchange: id }));
        Self {
            peer,
            id,
            op: id,
            stage: Stage::Roots { partitions },
            differing: VecDeque::new(),
            moved: desk.now.monotonic,
        }
    }

    /// Whether everything was compared.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Our own store has answered.
    pub(super) fn found(&mut self, desk: &mut Desk<'_>, view: View<'_>, found: Found) -> Vec<Equal> {
        self.moved = desk.now.monotonic;
        match (&mut self.stage, found) {
            (Stage::Roots { partitions }, Found::Roots(roots)) => {
                let roots = partitions.iter().copied().zip(roots).collect();
                self.say(desk, |op| Compare::Roots { op, roots });
            }
            (Stage::Leaves { after }, Found::Leaves(leaves)) => {
                let after = after.take();
                self.stage = Stage::Rows { next: None };
                if let Some(&partition) = self.differing.front() {
                    self.say(desk, |op| Compare::Leaves { op, partition, leaves, after });
                }
            }
            (Stage::Rows { next }, Found::Lacking(rows)) => {
                let next = next.take();
                if rows.is_empty() {
                    return self.page_done(desk, view, next);
                }
                self.stage = Stage::Records { wanted: rows.clone(), unsynced: 0, next };
                self.say(desk, |op| Compare::Fetch { op, rows });
            }
            _ => {}
        }
        Vec::new()
    }

    /// The peer has answered.
    pub(super) fn hear(&mut self, desk: &mut Desk<'_>, view: View<'_>, said: Compare) -> Vec<Equal> {
        self.moved = desk.now.monotonic;
        let (peer, exchange) = (self.peer, self.id);
        match (&mut self.stage, said) {
            (Stage::Roots { .. }, Compare::Differ { lacks_data: true, op, .. })
                if op == self.op && !view.members.caught_up.lacks_data() =>
            {
                // Absence there is no evidence (rule P7). Asked again after a while, when the peer may have been refilled.
                Vec::new()
            }
            (Stage::Roots { partitions }, Compare::Differ { op, partitions: differing, .. })
                if op == self.op =>
            {
                let equal = partitions.iter().copied().filter(|partition| !differing.contains(partition));
                let equal = equal.map(|partition| Equal { partition, peer }).collect();
                self.differing = differing.into();
                self.next_partition(desk, view);
                equal
            }
            (Stage::Rows { next }, Compare::Rows { op, rows, next: more }) if op == self.op => {
                *next = more;
                desk.query(Query::Lacking { rows }, Errand::Exchange(Duty::Own { peer, exchange }));
                Vec::new()
            }
            (Stage::Records { wanted, unsynced, next }, Compare::Records { op, records })
                if op == self.op =>
            {
                *unsynced = records.len();
                wanted.retain(|row| !records.iter().any(|(came, _)| came == row));
                if records.is_empty() {
                    let next = next.take();
                    return self.page_done(desk, view, next);
                }
                // The question is answered; a doubled answer must not be counted again.
                self.op = desk.ids.operation();
                for (row, record) in records {
                    let errand = Errand::Exchange(Duty::Merge { peer, exchange });
                    desk.lane(view.synced(row, OpKind::Merge { record }), errand);
                }
                Vec::new()
            }
            (_, Compare::Unable { op, .. }) if op == self.op => {
                // Left as it is, it does not move, and is begun again after a while.
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// One of the records that we lacked is synced.
    pub(super) fn merged(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Vec<Equal> {
        self.moved = desk.now.monotonic;
        let Stage::Records { wanted, unsynced, next } = &mut self.stage else { return Vec::new() };
        *unsynced = unsynced.saturating_sub(1);
        if *unsynced > 0 {
            return Vec::new();
        }
        if !wanted.is_empty() {
            // What did not fit into one message. Each round brings at least one, so that this ends.
            let rows = wanted.clone();
            self.say(desk, |op| Compare::Fetch { op, rows });
            return Vec::new();
        }
        let next = next.take();
        self.page_done(desk, view, next)
    }

    /// Goes on with the next page of the partition, or with the next partition.
    fn page_done(&mut self, desk: &mut Desk<'_>, view: View<'_>, next: Option<Row>) -> Vec<Equal> {
        if next.is_some() {
            self.ask_leaves(desk, view, next);
            return Vec::new();
        }
        let done = self.differing.pop_front().map(|partition| Equal { partition, peer: self.peer });
        self.next_partition(desk, view);
        done.into_iter().collect()
    }

    fn next_partition(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        if self.differing.is_empty() {
            self.stage = Stage::Over;
        } else {
            self.ask_leaves(desk, view, None);
        }
    }

    fn ask_leaves(&mut self, desk: &mut Desk<'_>, view: View<'_>, after: Option<Row>) {
        let Some(&partition) = self.differing.front() else { return };
        self.stage = Stage::Leaves { after };
        let errand = Errand::Exchange(Duty::Own { peer: self.peer, exchange: self.id });
        desk.query(Query::Leaves { arc: view.arc(partition) }, errand);
    }

    /// Asks the peer under a new name, so that an answer to an earlier question is not taken for this one's.
    fn say(&mut self, desk: &mut Desk<'_>, question: impl FnOnce(OpId) -> Compare) {
        self.op = desk.ids.operation();
        let said = question(self.op);
        desk.send(self.peer, Body::Compare(said));
    }
}
