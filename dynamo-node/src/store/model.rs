//! Model: the store in memory, by the same pure functions over plain maps; what the real one is held against.
//!
//! It remembers what every operation changed, lane by lane, so that it can say which states a crash may leave: some
//! prefix of each lane's operations, none shorter than what was acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::change::{leaf_of, leaf_share};
use dynamo_core::store::op::Pens;
use dynamo_core::store::{
    Change, Damaged, Effected, HintBody, LaneOp, Shelf, StoreFailure, StoreOp, Stored, Sweep, Swept, run,
    sweep,
};
use dynamo_core::version::Actor;
use shared::id::NodeId;
use shared::token::Token;
use shared::wire::telemetry::{RANGES, range_of};

use super::sizes::RangeSize;

/// Rows, and nothing that could be derived from them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) objects: BTreeMap<Row, Arc<Record>>,
    pub(super) hints: BTreeMap<(NodeId, Row), HintBody>,
}

/// What was applied, and how it came about.
#[derive(Default)]
pub(super) struct Model {
    pub(super) rows: Rows,
    pub(super) pens: Pens,
    /// Every actor, in the order in which they began.
    pub(super) actors: Vec<Actor>,
    /// For every operation in order: where on the ring it was done, and what it changed.
    pub(super) history: Vec<(Token, Vec<Change>)>,
}

impl Model {
    /// Runs an operation as a store would.
    pub(super) fn apply(&mut self, op: LaneOp) -> Result<Effected, StoreFailure> {
        let token = op.row.token();
        let (effected, changes) = run(op, &self.rows, &mut self.pens)?;
        self.remember(token, changes);
        Ok(effected)
    }

    /// Runs a step of a sweep as a store would.
    pub(super) fn sweep(&mut self, step: &Sweep) -> Result<Swept, StoreFailure> {
        let (swept, changes) = sweep(step, &self.rows, &mut self.pens)?;
        self.remember(step.arc.first, changes);
        Ok(swept)
    }

    /// Runs whatever changes something.
    pub(super) fn apply_any(&mut self, op: StoreOp) {
        match op {
            StoreOp::Lane(op) => _ = self.apply(op).unwrap(),
            StoreOp::Sweep(step) => _ = self.sweep(&step).unwrap(),
            other => panic!("{other:?} changes no row"),
        }
    }

    fn remember(&mut self, token: Token, changes: Vec<Change>) {
        for change in &changes {
            self.rows.write(change);
            if let Change::Actor { actor, .. } = change {
                self.actors.push(*actor);
            }
        }
        self.history.push((token, changes));
    }

    /// Every state in which a crash may leave the rows of one lane, if its first `synced` operations count.
    pub(super) fn states_after_crash(&self, synced: usize, is_in_lane: impl Fn(Token) -> bool) -> Vec<Rows> {
        let in_lane = self.history.iter().filter(|(token, _)| is_in_lane(*token));
        let mut rows = Rows::default();
        let mut states = vec![rows.clone()];
        for (_, changes) in in_lane {
            for change in changes {
                rows.write(change);
            }
            states.push(rows.clone());
        }
        states.split_off(synced)
    }
}

impl Rows {
    fn write(&mut self, change: &Change) {
        match change {
            Change::Object { row, record, .. } => _ = self.objects.insert(row.clone(), Arc::clone(record)),
            Change::Gone { row, .. } => _ = self.objects.remove(row),
            Change::Hint { owner, row, body: Some(body), .. } => {
                self.hints.insert((*owner, row.clone()), body.clone());
            }
            Change::Hint { owner, row, body: None, .. } => _ = self.hints.remove(&(*owner, row.clone())),
            Change::Leaf { .. } | Change::Conflict { .. } | Change::Actor { .. } => {}
        }
    }

    /// The conflict index, by looking at every object.
    pub(super) fn conflicts(&self) -> BTreeMap<Row, u32> {
        let conflicts = self.objects.iter().filter(|(_, record)| record.is_conflict());
        conflicts.map(|(row, record)| (row.clone(), u32::try_from(record.siblings.len()).unwrap())).collect()
    }

    /// The leaves that are not zero, by looking at every object.
    pub(super) fn leaves(&self) -> BTreeMap<u32, u128> {
        let mut leaves: BTreeMap<u32, u128> = BTreeMap::new();
        for (row, record) in &self.objects {
            let sum = leaves.entry(leaf_of(row.token())).or_default();
            *sum = sum.wrapping_add(leaf_share(row, record.hash()));
        }
        leaves
    }

    /// How much each range of the ring holds, by looking at every object.
    pub(super) fn sizes(&self) -> Vec<RangeSize> {
        let mut sizes = vec![RangeSize::default(); RANGES];
        for (row, record) in &self.objects {
            let size = &mut sizes[usize::from(range_of(row.token()))];
            size.records += 1;
            size.bytes += record.to_canonical_bytes().len() as u64;
        }
        sizes
    }

    /// The rows of one lane.
    pub(super) fn of_lane(&self, is_in_lane: impl Fn(Token) -> bool) -> Self {
        let mut rows = self.clone();
        rows.objects.retain(|row, _| is_in_lane(row.token()));
        rows.hints.retain(|(_, row), _| is_in_lane(row.token()));
        rows
    }
}

impl Shelf for Rows {
    fn object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        Ok(self.objects.get(row).cloned())
    }

    fn hint(&self, owner: NodeId, row: &Row) -> Result<Option<HintBody>, Damaged> {
        Ok(self.hints.get(&(owner, row.clone())).cloned())
    }

    fn hinted_owners(&self) -> Vec<(NodeId, u64)> {
        let mut owners: BTreeMap<NodeId, u64> = BTreeMap::new();
        for (owner, _) in self.hints.keys() {
            *owners.entry(*owner).or_default() += 1;
        }
        owners.into_iter().collect()
    }

    fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, Arc<Record>)>, Damaged> {
        let in_arc = self.objects.iter().filter(|(row, _)| (first..=last).contains(&row.token()));
        let beyond = in_arc.filter(|(row, _)| after.is_none_or(|after| *row > after));
        Ok(beyond.take(limit).map(|(row, record)| (row.clone(), Arc::clone(record))).collect())
    }

    fn stored(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<Stored>, Damaged> {
        let stored = |(row, record): (Row, Arc<Record>)| Stored {
            row,
            bytes: record.to_canonical_bytes().len() as u64,
            record: Some(record),
        };
        Ok(self.objects(first, last, after, limit)?.into_iter().map(stored).collect())
    }

    fn marked(&self, owner: NodeId, first: Token, last: Token) -> Result<Vec<Row>, Damaged> {
        let of_owner = self.hints.iter().filter(|((of, _), body)| *of == owner && **body == HintBody::Mark);
        let marked = of_owner.map(|((_, row), _)| row.clone());
        Ok(marked.filter(|row| (first..=last).contains(&row.token())).collect())
    }

    fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, HintBody)>, Damaged> {
        let of_owner = self.hints.iter().filter(|((of, _), _)| *of == owner);
        let beyond = of_owner.filter(|((_, row), _)| after.is_none_or(|after| row > after));
        Ok(beyond.take(limit).map(|((_, row), body)| (row.clone(), body.clone())).collect())
    }

    fn leaf(&self, leaf: u32) -> u128 {
        let in_leaf = self.objects.iter().filter(|(row, _)| leaf_of(row.token()) == leaf);
        in_leaf.fold(0, |sum, (row, record)| sum.wrapping_add(leaf_share(row, record.hash())))
    }
}
