//! A disk in memory that does at once what it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::durable::Kept;
use dynamo_core::input::Input;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{
    Change, Damaged, HintBody, Outcome, Shelf, StoreFailure, StoreOp, Stored, Ticket, answer, run, sweep,
};
use dynamo_core::version::Actor;
use shared::id::NodeId;
use shared::level::Durability;
use shared::token::Token;

/// Rows by what they are.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) objects: BTreeMap<Row, Arc<Record>>,
    pub(crate) hints: BTreeMap<(NodeId, Row), HintBody>,
    leaves: BTreeMap<u32, u128>,
    pub(crate) actors: Vec<Actor>,
    pub(crate) kept: Option<Kept>,
    pub(crate) pens: Pens,
}

impl Disk {
    /// Does it, and says what follows.
    pub(crate) fn perform(&mut self, ticket: Ticket, op: StoreOp) -> Vec<Input> {
        match op {
            StoreOp::Query(query) => match answer(&query, self) {
                Ok(found) => vec![Input::Applied(ticket, Outcome::Query(found))],
                Err(damaged) => vec![Input::Failed(ticket, damaged.into())],
            },
            StoreOp::Keep(kept) => {
                self.kept = Some(*kept);
                vec![Input::Synced(ticket, Durability::Synced)]
            }
            StoreOp::Barrier { .. } => vec![Input::Synced(ticket, Durability::Synced)],
            StoreOp::Lane(op) => {
                let durability = op.durability;
                self.change_by(ticket, durability, |disk, pens| {
                    run(op, disk, pens).map(|(effected, changes)| (Outcome::Lane(effected), changes))
                })
            }
            StoreOp::Sweep(step) => self.change_by(ticket, Durability::Synced, |disk, pens| {
                sweep(&step, disk, pens).map(|(swept, changes)| (Outcome::Swept(swept), changes))
            }),
        }
    }

    /// Runs an operation that changes something.
    fn change_by(
        &mut self,
        ticket: Ticket,
        durability: Durability,
        run: impl FnOnce(&Self, &mut Pens) -> Result<(Outcome, Vec<Change>), StoreFailure>,
    ) -> Vec<Input> {
        let mut pens = std::mem::take(&mut self.pens);
        let done = run(self, &mut pens);
        self.pens = pens;
        match done {
            Err(failure) => vec![Input::Failed(ticket, failure)],
            Ok((outcome, changes)) => {
                for change in changes {
                    self.change(change);
                }
                vec![Input::Applied(ticket, outcome), Input::Synced(ticket, durability)]
            }
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Object { row, record, .. } => {
                self.objects.insert(row, record);
            }
            Change::Gone { row, .. } => _ = self.objects.remove(&row),
            Change::Leaf { leaf, delta } => {
                let value = self.leaves.entry(leaf).or_default();
                *value = value.wrapping_add(delta);
            }
            Change::Hint { owner, row, body, .. } => {
                match body {
                    Some(body) => self.hints.insert((owner, row), body),
                    None => self.hints.remove(&(owner, row)),
                };
            }
            Change::Actor { actor, .. } => self.actors.push(actor),
            Change::Conflict { .. } => {}
        }
    }

    /// The object of a row.
    pub(crate) fn object_of(&self, row: &Row) -> Option<Arc<Record>> {
        self.objects.get(row).cloned()
    }
}

impl Shelf for Disk {
    fn object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        Ok(self.object_of(row))
    }

    fn hint(&self, owner: NodeId, row: &Row) -> Result<Option<HintBody>, Damaged> {
        Ok(self.hints.get(&(owner, row.clone())).cloned())
    }

    fn hinted_owners(&self) -> Vec<(NodeId, u64)> {
        let mut counts: BTreeMap<NodeId, u64> = BTreeMap::new();
        self.hints.keys().for_each(|(owner, _)| *counts.entry(*owner).or_default() += 1);
        counts.into_iter().collect()
    }

    fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, Arc<Record>)>, Damaged> {
        let within = self.objects.iter().filter(|(row, _)| (first..=last).contains(&row.token()));
        let rest = within.filter(|(row, _)| after.is_none_or(|after| *row > after));
        Ok(rest.take(limit).map(|(row, record)| (row.clone(), Arc::clone(record))).collect())
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
        let hints = self.hints_of(owner, None, usize::MAX)?;
        let within = |row: &Row| (first..=last).contains(&row.token());
        let marks = hints.into_iter().filter(|(row, body)| within(row) && *body == HintBody::Mark);
        Ok(marks.map(|(row, _)| row).collect())
    }

    fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, HintBody)>, Damaged> {
        let of_owner = self.hints.iter().filter(|((kept_for, _), _)| *kept_for == owner);
        let rest = of_owner.filter(|((_, row), _)| after.is_none_or(|after| row > after));
        Ok(rest.take(limit).map(|((_, row), body)| (row.clone(), body.clone())).collect())
    }

    fn leaf(&self, leaf: u32) -> u128 {
        self.leaves.get(&leaf).copied().unwrap_or(0)
    }
}
