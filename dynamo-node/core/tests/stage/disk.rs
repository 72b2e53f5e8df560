//! A disk in memory that does at once what it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::durable::Kept;
use dynamo_core::input::Input;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{Change, Damaged, HintBody, Outcome, Shelf, StoreOp, Ticket, answer, run};
use dynamo_core::version::Actor;
use shared::id::NodeId;
use shared::level::Durability;
use shared::token::Token;

/// Rows by what they are.
#[derive(Default)]
pub(crate) struct Disk {
    objects: BTreeMap<Row, Arc<Record>>,
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
            StoreOp::Lane(op) => {
                let durability = op.durability;
                let mut pens = std::mem::take(&mut self.pens);
                let done = run(op, self, &mut pens);
                self.pens = pens;
                match done {
                    Err(failure) => vec![Input::Failed(ticket, failure)],
                    Ok((effected, changes)) => {
                        for change in changes {
                            self.change(change);
                        }
                        vec![
                            Input::Applied(ticket, Outcome::Lane(effected)),
                            Input::Synced(ticket, durability),
                        ]
                    }
                }
            }
        }
    }

    fn change(&mut self, change: Change) {
        match change {
            Change::Object { row, record, .. } => {
                self.objects.insert(row, record);
            }
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
