//! Script: operations drawn from a seed, such that they meet: few keys, few owners, writers that saw one another and
//! writers that did not.

use std::sync::Arc;

use dynamo_core::record::{Content, Record, Write};
use dynamo_core::row::Row;
use dynamo_core::store::query::Arc128;
use dynamo_core::store::{HintBody, LaneOp, OpKind, Shelf, StoreOp, Sweep};
use dynamo_core::time::Timestamp;
use dynamo_core::version::Actor;
use dynamo_core::version::actor::Pen;
use shared::id::{NodeId, RequestId};
use shared::level::Durability;
use shared::map::ConflictPolicy;
use shared::token::Partitions;

use super::super::model::Model;
use super::row;

const KEYS: u64 = 48;
const OWNERS: u64 = 3;

/// Draws operations, and applies each of them to a model, which says what the next one may have seen.
pub(super) struct Script {
    state: u64,
    pub(super) model: Model,
    /// Another node, whose records arrive.
    peer: Pen,
}

impl Script {
    pub(super) fn new(seed: u64) -> Self {
        let peer = Pen::new(Actor(u64::MAX - seed));
        Self { state: seed, model: Model::default(), peer }
    }

    /// The next 64 bits (splitmix64).
    pub(super) fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.draw().is_multiple_of(times)
    }

    pub(super) fn row(&mut self) -> Row {
        row(&format!("key {}", self.draw() % KEYS))
    }

    pub(super) fn owner(&mut self) -> NodeId {
        NodeId(self.draw() % OWNERS)
    }

    /// Anything that changes rows: now and then a step of a sweep, from the front or from anywhere in the partition.
    pub(super) fn any_op(&mut self) -> StoreOp {
        if self.one_in(24) { StoreOp::Sweep(self.sweep()) } else { StoreOp::Lane(self.op()) }
    }

    pub(super) fn sweep(&mut self) -> Sweep {
        let partitions = Partitions::new(8).unwrap();
        let row = self.row();
        let partition = partitions.of(row.token());
        let arc = Arc128 { first: partitions.first_token(partition), last: partitions.last_token(partition) };
        let rows_max = usize::try_from(1 + self.draw() % 5).unwrap();
        Sweep { partition, arc, after: self.one_in(2).then_some(row), rows_max }
    }

    pub(super) fn op(&mut self) -> LaneOp {
        let row = self.row();
        let kind = match self.draw() % 10 {
            0..4 => self.coordinate(&row),
            4..6 => OpKind::Merge { record: self.foreign(&row) },
            6..8 => {
                let body = if self.one_in(3) { HintBody::Mark } else { HintBody::Full(self.foreign(&row)) };
                OpKind::Keep { owner: self.owner(), body }
            }
            _ => self.forget(&row),
        };
        let durability = if self.one_in(3) { Durability::Synced } else { Durability::Buffered };
        let partition = Partitions::new(8).unwrap().of(row.token());
        LaneOp { row, partition, durability, kind }
    }

    fn coordinate(&mut self, row: &Row) -> OpKind {
        let write = Box::new(self.write(row));
        let as_owner = !self.one_in(4);
        let absent = if as_owner && self.one_in(2) { Vec::new() } else { vec![self.owner()] };
        OpKind::Coordinate { write, fresh: Actor(self.draw()), as_owner, absent }
    }

    /// A write by somebody who saw what is held, or who did not.
    fn write(&mut self, row: &Row) -> Write {
        let seen = self.model.rows.object(row).unwrap().filter(|_| self.one_in(2));
        let value = vec![b'v'; usize::try_from(self.draw() % 600).unwrap()];
        Write {
            request: RequestId(self.draw().into()),
            past: seen.map(|record| record.past()).unwrap_or_default(),
            content: if self.one_in(8) { Content::Tombstone } else { Content::Value(value.into()) },
            policy: if self.one_in(4) { ConflictPolicy::Lww } else { ConflictPolicy::Siblings },
            expires: None,
            wall: Timestamp(self.draw() % 1_000),
        }
    }

    /// A record as another node may have it.
    pub(super) fn foreign(&mut self, row: &Row) -> Arc<Record> {
        let held = self.model.rows.object(row).unwrap().filter(|_| self.one_in(2));
        let mut record = Arc::unwrap_or_clone(held.unwrap_or_default());
        let write = self.write(row);
        let fresh = Actor(self.draw());
        record.mint(write, &mut self.peer, fresh);
        Arc::new(record)
    }

    fn forget(&mut self, row: &Row) -> OpKind {
        let owner = self.owner();
        let kept = match self.model.rows.hint(owner, row).unwrap() {
            Some(HintBody::Full(record)) => Some(record),
            Some(HintBody::Mark) => self.model.rows.object(row).unwrap(),
            None => None,
        };
        let kept = kept.unwrap_or_else(|| self.foreign(row));
        OpKind::ForgetIf { owner, hash: kept.hash() }
    }
}
