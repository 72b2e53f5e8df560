//! Exchange: one comparison of this node's partitions with one peer, level by level.
//!
//! It need not catch the two sides equal at one instant: it is enough that everything the peer held when it was asked
//! is held here, synced.

use std::collections::VecDeque;

use shared::id::NodeId;
use shared::token::PartitionId;

use super::{Course, Duty, Equal, Purpose, Want};
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
    /// The records that we lack, which may not be asked for yet: transfers have a limit.
    Held { wanted: Vec<Row>, next: Option<Row> },
    /// The records that we lack: those that were asked for and have not come, and how many are still to be synced.
    Records { wanted: Vec<Row>, unsynced: usize, next: Option<Row> },
    /// Nothing more.
    Over,
}

/// One comparison.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) peer: NodeId,
    pub(super) purpose: Purpose,
    only: Option<Want>,
    /// Names this comparison, so that what the store does for an earlier one is not counted for it.
    pub(super) id: OpId,
    /// The question that is open at the peer.
    pub(super) op: OpId,
    stage: Stage,
    /// Partitions that differ; the first is being compared.
    differing: VecDeque<PartitionId>,
    /// Records taken in.
    pub(super) records: u64,
    /// Bytes of values taken in.
    pub(super) bytes: u64,
    /// When anything last moved.
    pub(super) moved: Instant,
}

impl Exchange {
    /// Begins with the roots of these partitions.
    pub(super) fn begin(
        desk: &mut Desk<'_>,
        view: View<'_>,
        peer: NodeId,
        purpose: Purpose,
        partitions: Vec<PartitionId>,
    ) -> Self {
        let arcs = partitions.iter().map(|&partition| view.arc(partition)).collect();
        let id = desk.ids.operation();
        desk.query(Query::Roots { arcs }, Errand::Exchange(Duty::Own { exchange: id }));
        Self {
            peer,
            purpose,
            only: None,
            id,
            op: id,
            stage: Stage::Roots { partitions },
            differing: VecDeque::new(),
            records: 0,
            bytes: 0,
            moved: desk.now.monotonic,
        }
    }

    /// The one partition that it is about; comparisons after a start are about many.
    #[must_use]
    pub(super) fn about(mut self, want: Want) -> Self {
        self.only = Some(want);
        self
    }

    /// What it was wanted for, if another room wanted it.
    pub(super) fn want(&self) -> Option<Want> {
        self.only
    }

    fn epoch(&self) -> u64 {
        self.only.map_or(0, |want| want.epoch)
    }

    /// Whether it is the comparison that is wanted.
    pub(super) fn is_for(&self, want: Want) -> bool {
        self.want() == Some(want)
    }

    /// What was taken in since it was last asked.
    pub(super) fn take_course(&mut self) -> Course {
        let course = Course { records: self.records, bytes: self.bytes };
        (self.records, self.bytes) = (0, 0);
        course
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
                self.fetch(desk, rows, next);
            }
            _ => {}
        }
        Vec::new()
    }

    /// The peer has answered.
    pub(super) fn hear(&mut self, desk: &mut Desk<'_>, view: View<'_>, said: Compare) -> Vec<Equal> {
        self.moved = desk.now.monotonic;
        let (peer, exchange, purpose) = (self.peer, self.id, self.purpose);
        let epoch = self.epoch();
        match (&mut self.stage, said) {
            (Stage::Roots { .. }, Compare::Differ { lacks_data: true, op, .. })
                if op == self.op && !(purpose == Purpose::CatchUp && view.members.caught_up.lacks_data()) =>
            {
                // Absence there is no evidence (rule P7). Asked again after a while, when the peer may have been refilled.
                Vec::new()
            }
            (Stage::Roots { partitions }, Compare::Differ { op, partitions: differing, absent, .. })
                if op == self.op =>
            {
                let is_equal =
                    |partition: &PartitionId| !differing.contains(partition) && !absent.contains(partition);
                let equal = partitions.iter().copied().filter(is_equal);
                let equal = equal.map(|partition| Equal { partition, peer, purpose, epoch }).collect();
                self.differing = differing.into();
                self.next_partition(desk, view);
                equal
            }
            (Stage::Rows { next }, Compare::Rows { op, rows, next: more }) if op == self.op => {
                *next = more;
                desk.query(Query::Lacking { rows }, Errand::Exchange(Duty::Own { exchange }));
                Vec::new()
            }
            (Stage::Records { wanted, unsynced, next }, Compare::Records { op, records })
                if op == self.op =>
            {
                wanted.retain(|row| !records.iter().any(|(came, _)| came == row));
                // A partition that was given up meanwhile must not come back by what was asked for before.
                let me = desk.me.node;
                let records: Vec<_> =
                    records.into_iter().filter(|(row, _)| view.is_holder(row, me)).collect();
                *unsynced = records.len();
                self.records += records.len() as u64;
                self.bytes += records.iter().map(|(_, record)| record.value_bytes() as u64).sum::<u64>();
                if records.is_empty() {
                    let next = next.take();
                    return self.page_done(desk, view, next);
                }
                // The question is answered; a doubled answer must not be counted again.
                self.op = desk.ids.operation();
                for (row, record) in records {
                    let errand = Errand::Exchange(Duty::Merge { exchange });
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
        let (wanted, next) = (std::mem::take(wanted), next.take());
        if !wanted.is_empty() {
            // What did not fit into one message. Each round brings at least one, so that this ends.
            self.fetch(desk, wanted, next);
            return Vec::new();
        }
        self.page_done(desk, view, next)
    }

    /// Whether it waits for leave to go on.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.stage, Stage::Held { .. })
    }

    /// It may go on.
    pub(super) fn release(&mut self, desk: &mut Desk<'_>) {
        if let Stage::Held { wanted, next } = &mut self.stage {
            let (rows, next) = (std::mem::take(wanted), next.take());
            self.stage = Stage::Records { wanted: rows.clone(), unsynced: 0, next };
            self.moved = desk.now.monotonic;
            self.say(desk, |op| Compare::Fetch { op, rows });
        }
    }

    /// A transfer asks for records only when it has leave to; whoever catches up after a start does so at once.
    fn fetch(&mut self, desk: &mut Desk<'_>, wanted: Vec<Row>, next: Option<Row>) {
        self.stage = Stage::Held { wanted, next };
        if self.purpose == Purpose::CatchUp {
            self.release(desk);
        }
    }

    /// Goes on with the next page of the partition, or with the next partition.
    fn page_done(&mut self, desk: &mut Desk<'_>, view: View<'_>, next: Option<Row>) -> Vec<Equal> {
        if next.is_some() {
            self.ask_leaves(desk, view, next);
            return Vec::new();
        }
        let done = self.differing.pop_front().map(|partition| Equal {
            partition,
            peer: self.peer,
            purpose: self.purpose,
            epoch: self.epoch(),
        });
        self.next_partition(desk, view);
        done.into_iter().collect()
    }

    fn next_partition(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let me = desk.me.node;
        self.differing.retain(|&partition| view.state().placed(partition).is_holder(me));
        if self.differing.is_empty() {
            self.stage = Stage::Over;
        } else {
            self.ask_leaves(desk, view, None);
        }
    }

    fn ask_leaves(&mut self, desk: &mut Desk<'_>, view: View<'_>, after: Option<Row>) {
        let Some(&partition) = self.differing.front() else { return };
        self.stage = Stage::Leaves { after };
        let errand = Errand::Exchange(Duty::Own { exchange: self.id });
        desk.query(Query::Leaves { arc: view.arc(partition) }, errand);
    }

    /// Asks the peer under a new name, so that an answer to an earlier question is not taken for this one's.
    fn say(&mut self, desk: &mut Desk<'_>, question: impl FnOnce(OpId) -> Compare) {
        self.op = desk.ids.operation();
        let said = question(self.op);
        desk.send(self.peer, Body::Compare(said));
    }
}
