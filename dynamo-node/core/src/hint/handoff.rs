//! Handoff: what was kept for one owner goes home, page by page: delivered, confirmed, and forgotten.
//!
//! Where the owner is none any more, or where this node is leaving and cannot wait for it, the record goes to all present
//! owners instead, and is forgotten after W of them have synced it (rule P8).

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::id::NodeId;
use shared::level::Durability;

use super::Duty;
use crate::coordinator::tally::{Tallies, Verdict};
use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Replicate};
use crate::record::{Record, RecordHash};
use crate::row::Row;
use crate::state::{ClusterState, Member, Status};
use crate::store::{OpKind, Query};
use crate::time::Instant;

/// One record on its way.
#[derive(Debug)]
struct Delivery {
    row: Row,
    hash: RecordHash,
    tallies: Tallies,
    is_rerouted: bool,
}

/// Where a record is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// To the owner that it was kept for.
    Home,
    /// To whoever owns the row now.
    PresentOwners,
    /// Nowhere yet: its owner is away.
    Stays,
}

/// One delivery under way.
#[derive(Debug)]
pub(super) struct Handoff {
    owner: NodeId,
    /// Read on after this row: a queue that is taken from its front keeps a cursor, or it walks over its own deletions.
    cursor: Option<Row>,
    /// Sent, not yet confirmed.
    sent: BTreeMap<OpId, Delivery>,
    /// Confirmed, not yet forgotten.
    forgetting: BTreeMap<Row, RecordHash>,
    is_reading: bool,
    /// Nothing was kept after the cursor when it was last read.
    pub(super) is_at_end: bool,
    /// How many were confirmed.
    pub(super) delivered: u64,
    /// When anything last moved.
    pub(super) moved: Instant,
}

impl Handoff {
    /// Begins by reading the first page.
    pub(super) fn new(owner: NodeId, desk: &mut Desk<'_>) -> Self {
        let mut handoff = Self {
            owner,
            cursor: None,
            sent: BTreeMap::new(),
            forgetting: BTreeMap::new(),
            is_reading: false,
            is_at_end: false,
            delivered: 0,
            moved: desk.now.monotonic,
        };
        handoff.read_on(desk);
        handoff
    }

    /// Reads the next page.
    pub(super) fn read_on(&mut self, desk: &mut Desk<'_>) {
        self.is_reading = true;
        let query =
            Query::Hints { owner: self.owner, after: self.cursor.clone(), limit: desk.config.handoff_window };
        desk.query(query, Errand::Handoff(Duty::Page { owner: self.owner }));
    }

    /// Whether nothing is awaited.
    pub(super) fn is_idle(&self) -> bool {
        !self.is_reading && self.sent.is_empty() && self.forgetting.is_empty()
    }

    /// Delivers a page.
    pub(super) fn page(&mut self, desk: &mut Desk<'_>, view: View<'_>, hints: Vec<(Row, Arc<Record>)>) {
        self.is_reading = false;
        self.moved = desk.now.monotonic;
        self.is_at_end = hints.len() < desk.config.handoff_window;
        self.cursor = hints.last().map(|(row, _)| row.clone()).or(self.cursor.take());
        for (row, record) in hints {
            let list = view.preference_list(&row);
            let (lists, targets, needed) = match route(desk, view, &row, self.owner) {
                Route::Stays => continue,
                Route::Home => (vec![vec![self.owner]], vec![self.owner], 1),
                Route::PresentOwners if desk.config.flaws.forgets_hints_of_leavers => {
                    self.forget(desk, view, row, record.hash());
                    continue;
                }
                Route::PresentOwners => (list.lists.clone(), list.holders.clone(), view.state().quorum.w()),
            };
            let is_rerouted = targets != [self.owner];
            let mut tallies = Tallies::new(&lists, needed, false);
            targets.iter().for_each(|&target| tallies.await_node(target, target));
            let op = desk.ids.operation();
            self.sent.insert(op, Delivery { row: row.clone(), hash: record.hash(), tallies, is_rerouted });
            let replicate = Replicate {
                op,
                row,
                epoch: list.epoch,
                record,
                stands_in_for: None,
                durability: Durability::Synced,
                refills: false,
            };
            for target in targets {
                self.send(desk, view, target, replicate.clone());
            }
        }
    }

    fn send(&self, desk: &mut Desk<'_>, view: View<'_>, target: NodeId, replicate: Replicate) {
        if target == desk.me.node {
            let Replicate { op, row, record, .. } = replicate;
            let merge = view.synced(row, OpKind::Merge { record });
            return desk.lane(merge, Errand::Handoff(Duty::Merge { owner: self.owner, op }));
        }
        desk.send(target, Body::Replicate(replicate));
    }

    /// Whether an operation is one of this delivery.
    pub(super) fn is_delivering(&self, op: OpId) -> bool {
        self.sent.contains_key(&op)
    }

    /// A node has synced it: when enough have, it is forgotten here, if it is still what was sent (rule P8).
    pub(super) fn confirmed(&mut self, desk: &mut Desk<'_>, view: View<'_>, from: NodeId, op: OpId) {
        let Some(delivery) = self.sent.get_mut(&op) else { return };
        self.moved = desk.now.monotonic;
        delivery.tallies.count(from, from);
        if delivery.tallies.verdict() != Verdict::Reached {
            return;
        }
        if let Some(Delivery { row, hash, is_rerouted, .. }) = self.sent.remove(&op) {
            self.delivered += 1;
            desk.counters.hints_rerouted += u64::from(is_rerouted);
            self.forget(desk, view, row, hash);
        }
    }

    /// The store has dealt with it, whether it was forgotten or something newer stays.
    pub(super) fn forgotten(&mut self, row: &Row) {
        self.forgetting.remove(row);
    }

    fn forget(&mut self, desk: &mut Desk<'_>, view: View<'_>, row: Row, hash: RecordHash) {
        self.forgetting.insert(row.clone(), hash);
        let owner = self.owner;
        let kind = OpKind::ForgetIf { owner, hash };
        desk.lane(view.synced(row.clone(), kind), Errand::Handoff(Duty::Forget { owner, row, hash }));
    }
}

fn route(desk: &Desk<'_>, view: View<'_>, row: &Row, owner: NodeId) -> Route {
    let state = view.state();
    let is_holder = view.is_holder(row, owner) && !state.is_lost(owner);
    if is_holder && view.members.is_up(owner) {
        return Route::Home;
    }
    // Who leaves keeps what is for an owner that is away as long as it can: while it holds the row itself.
    let cannot_keep = is_leaving(state, desk.me.node) && !view.is_holder(row, desk.me.node);
    if !is_holder || cannot_keep { Route::PresentOwners } else { Route::Stays }
}

/// Whether a node cannot keep anything for long. Where its leaving is being taken back, it stays.
pub(crate) fn is_leaving(state: &ClusterState, node: NodeId) -> bool {
    let is_cancelled = state.transition.as_ref().is_some_and(|transition| transition.is_cancelled);
    let leaves = |member: &Member| member.status == Status::Leaving && !is_cancelled;
    state.members.get(&node).is_none_or(leaves)
}
