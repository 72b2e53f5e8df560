//! Contents: the rows of one disk, in memory or on the platter, as the core's pure functions see them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dynamo_core::durable::Kept;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::change::{LEAVES, leaf_of, leaf_share};
use dynamo_core::store::{Change, Damaged, HintBody, Shelf, Stored};
use dynamo_core::version::Actor;
use shared::id::NodeId;
use shared::token::{PartitionId, Token};

/// Merkle leaves. There are very many and nearly all are zero, and a root asks for all of its own.
#[derive(Debug, Clone)]
struct Leaves {
    values: BTreeMap<u32, u128>,
    /// One bit for every leaf that was ever written.
    written: Vec<u64>,
}

impl Default for Leaves {
    fn default() -> Self {
        Self { values: BTreeMap::new(), written: vec![0; LEAVES as usize / 64] }
    }
}

impl Leaves {
    fn add(&mut self, leaf: u32, delta: u128) {
        if let Some(word) = self.written.get_mut(leaf as usize / 64) {
            *word |= 1 << (leaf % 64);
        }
        let value = self.values.entry(leaf).or_default();
        *value = value.wrapping_add(delta);
    }

    fn get(&self, leaf: u32) -> u128 {
        let word = self.written.get(leaf as usize / 64).copied().unwrap_or(0);
        if word & (1 << (leaf % 64)) == 0 { 0 } else { self.values.get(&leaf).copied().unwrap_or(0) }
    }
}

/// Everything that a disk holds.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Objects by row.
    pub objects: BTreeMap<Row, Arc<Record>>,
    /// What is kept for absent owners.
    pub hints: BTreeMap<NodeId, BTreeMap<Row, HintBody>>,
    leaves: Leaves,
    /// Actors in the order in which they began, with where they mint.
    pub actors: Vec<(PartitionId, Actor)>,
    /// What the node kept of itself.
    pub kept: Option<Kept>,
    /// Rows whose objects cannot be read now.
    pub damaged: BTreeSet<Row>,
    /// A mutant: what cannot be read is taken for absent.
    pub damage_is_absence: bool,
}

impl Contents {
    /// Nothing at all; a mutant's disk takes damage for absence.
    pub fn empty(damage_is_absence: bool) -> Self {
        Self { damage_is_absence, ..Self::default() }
    }

    /// Writes one row.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Object { row, record, .. } => {
                self.damaged.remove(row);
                self.objects.insert(row.clone(), Arc::clone(record));
            }
            Change::Gone { row, .. } => {
                self.damaged.remove(row);
                self.objects.remove(row);
            }
            Change::Leaf { leaf, delta } => self.leaves.add(*leaf, *delta),
            Change::Conflict { .. } => {}
            Change::Hint { owner, row, body: Some(body), .. } => {
                self.hints.entry(*owner).or_default().insert(row.clone(), body.clone());
            }
            Change::Hint { owner, row, body: None, .. } => self.forget_hint(*owner, row),
            Change::Actor { partition, actor } => self.actors.push((*partition, *actor)),
        }
    }

    /// Forgets what is kept for an owner under a row.
    pub fn forget_hint(&mut self, owner: NodeId, row: &Row) {
        if let Some(rows) = self.hints.get_mut(&owner) {
            rows.remove(row);
            if rows.is_empty() {
                self.hints.remove(&owner);
            }
        }
    }

    /// What is kept for an owner under a row; a mark stands for the object.
    pub fn hinted(&self, owner: NodeId, row: &Row) -> Option<Arc<Record>> {
        match self.hints.get(&owner)?.get(row)? {
            HintBody::Full(record) => Some(Arc::clone(record)),
            HintBody::Mark => self.objects.get(row).cloned(),
        }
    }

    /// How many hints are kept.
    pub fn hint_count(&self) -> usize {
        self.hints.values().map(BTreeMap::len).sum()
    }

    /// Whether every Merkle leaf is the sum of its rows' shares.
    pub fn leaves_are_true(&self) -> bool {
        let mut sums: BTreeMap<u32, u128> = BTreeMap::new();
        for (row, record) in &self.objects {
            let sum = sums.entry(leaf_of(row.token())).or_default();
            *sum = sum.wrapping_add(leaf_share(row, record.hash()));
        }
        let kept = self.leaves.values.iter().filter(|(_, value)| **value != 0);
        kept.eq(sums.iter().filter(|(_, value)| **value != 0))
    }

    /// The rows of an arc, damaged ones among them, after a row.
    fn rows(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
    ) -> impl Iterator<Item = (&Row, &Arc<Record>)> {
        let within = move |row: &Row| row.token() >= first && row.token() <= last;
        let beyond = move |row: &Row| after.is_none_or(|after| row > after);
        self.objects.iter().filter(move |(row, _)| within(row) && beyond(row))
    }

    fn check(&self, row: &Row) -> Result<(), Damaged> {
        if self.damaged.contains(row) { Err(Damaged(format!("{row:?} was damaged"))) } else { Ok(()) }
    }
}

impl Shelf for Contents {
    fn object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
        if self.damage_is_absence && self.damaged.contains(row) {
            return Ok(None);
        }
        self.check(row)?;
        Ok(self.objects.get(row).cloned())
    }

    fn hint(&self, owner: NodeId, row: &Row) -> Result<Option<HintBody>, Damaged> {
        Ok(self.hints.get(&owner).and_then(|rows| rows.get(row)).cloned())
    }

    fn hinted_owners(&self) -> Vec<(NodeId, u64)> {
        self.hints.iter().map(|(&owner, rows)| (owner, rows.len() as u64)).collect()
    }

    fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, Arc<Record>)>, Damaged> {
        // A damaged row is passed over: it must not keep its neighbours from being compared.
        let found = self.rows(first, last, after).filter(|(row, _)| !self.damaged.contains(row));
        Ok(found.take(limit).map(|(row, record)| (row.clone(), Arc::clone(record))).collect())
    }

    fn stored(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<Stored>, Damaged> {
        let stored = |(row, record): (&Row, &Arc<Record>)| Stored {
            row: row.clone(),
            bytes: record.to_canonical_bytes().len() as u64,
            record: (!self.damaged.contains(row)).then(|| Arc::clone(record)),
        };
        Ok(self.rows(first, last, after).take(limit).map(stored).collect())
    }

    fn marked(&self, owner: NodeId, first: Token, last: Token) -> Result<Vec<Row>, Damaged> {
        let within = |row: &Row| row.token() >= first && row.token() <= last;
        let hints = self.hints.get(&owner).into_iter().flatten();
        let marks = hints.filter(|(row, body)| within(row) && **body == HintBody::Mark);
        Ok(marks.map(|(row, _)| row.clone()).collect())
    }

    fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, HintBody)>, Damaged> {
        let rows = self.hints.get(&owner).into_iter().flatten();
        let beyond = rows.filter(|(row, _)| after.is_none_or(|after| *row > after));
        Ok(beyond.take(limit).map(|(row, body)| (row.clone(), body.clone())).collect())
    }

    fn leaf(&self, leaf: u32) -> u128 {
        self.leaves.get(leaf)
    }
}
