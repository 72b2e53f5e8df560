//! Handoff: one owner is back; what was kept for it is delivered page by page, confirmed, and forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::id::NodeId;
use shared::level::Durability;

use super::Duty;
use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Replicate};
use crate::record::{Record, RecordHash};
use crate::row::Row;
use crate::store::{OpKind, Query};
use crate::time::Instant;

/// One delivery under way.
#[derive(Debug)]
pub(super) struct Handoff {
    owner: NodeId,
    /// Read on after this row: a queue that is taken from its front keeps a cursor, or it walks over its own deletions.
    cursor: Option<Row>,
    /// Sent, not yet confirmed.
    sent: BTreeMap<OpId, (Row, RecordHash)>,
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
    pub(super) fn page(&mut self, desk: &mut Desk<'_>, hints: Vec<(Row, Arc<Record>)>) {
        self.is_reading = false;
        self.moved = desk.now.monotonic;
        self.is_at_end = hints.len() < desk.config.handoff_window;
        self.cursor = hints.last().map(|(row, _)| row.clone()).or(self.cursor.take());
        for (row, record) in hints {
            let op = desk.ids.operation();
            self.sent.insert(op, (row.clone(), record.hash()));
            let durability = Durability::Synced;
            let replicate = Replicate { op, row, record, stands_in_for: None, durability, refills: false };
            desk.send(self.owner, Body::Replicate(replicate));
        }
    }

    /// Whether an operation is one of this delivery.
    pub(super) fn is_delivering(&self, op: OpId) -> bool {
        self.sent.contains_key(&op)
    }

    /// The owner has synced it: it is forgotten here, if it is still what was sent (rule P8).
    pub(super) fn confirmed(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        let Some((row, hash)) = self.sent.remove(&op) else { return };
        self.moved = desk.now.monotonic;
        self.delivered += 1;
        self.forgetting.insert(row.clone(), hash);
        let owner = self.owner;
        let kind = OpKind::ForgetIf { owner, hash };
        desk.lane(view.synced(row.clone(), kind), Errand::Handoff(Duty::Forget { owner, row, hash }));
    }

    /// The store has dealt with it, whether it was forgotten or something newer stays.
    pub(super) fn forgotten(&mut self, row: &Row) {
        self.forgetting.remove(row);
    }
}
