//! Shelf: what a lane can see of the store.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::id::NodeId;
use shared::token::Token;

use crate::record::Record;
use crate::row::Row;

/// A row that cannot be read, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged(pub String);

/// What is kept for an absent owner under one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HintBody {
    /// The whole record: a fallback keeps it, and it is a replica (rule P8).
    Full(Arc<Record>),
    /// That the owner lacks what this node, itself an owner, holds as its object. It never counts towards W.
    Mark,
}

/// An object as it lies there, whether it can be read or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Which.
    pub row: Row,
    /// How many bytes its record has in its canonical form, without the key: what would travel.
    pub bytes: u64,
    /// The record; `None`: it is damaged.
    pub record: Option<Arc<Record>>,
}

/// Everything applied so far, whether it is committed or not. Rows come in the order of the ring.
pub trait Shelf {
    /// The object of a row.
    fn object(&self, row: &Row) -> Result<Option<Arc<Record>>, Damaged>;

    /// What is kept for one owner under a row.
    fn hint(&self, owner: NodeId, row: &Row) -> Result<Option<HintBody>, Damaged>;

    /// The owners for whom anything at all is kept here, in order, with how many rows each.
    fn hinted_owners(&self) -> Vec<(NodeId, u64)>;

    /// The objects with tokens from `first` to `last` (both included), after a row, at most `limit` of them.
    ///
    /// One damaged record must not hide its neighbours (riak_kv #1824): it is counted, reported and left out.
    fn objects(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, Arc<Record>)>, Damaged>;

    /// The same with the damaged ones among them: whoever removes objects must not leave any behind.
    fn stored(
        &self,
        first: Token,
        last: Token,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<Stored>, Damaged>;

    /// The rows with tokens from `first` to `last` (both included) that are marked for an owner.
    fn marked(&self, owner: NodeId, first: Token, last: Token) -> Result<Vec<Row>, Damaged>;

    /// What is kept for an owner, after a row, at most `limit` of it.
    fn hints_of(
        &self,
        owner: NodeId,
        after: Option<&Row>,
        limit: usize,
    ) -> Result<Vec<(Row, HintBody)>, Damaged>;

    /// The value of a Merkle leaf ([`super::change::leaf_of`]).
    fn leaf(&self, leaf: u32) -> u128;
}

/// The merge of everything held of a row: its object and every hint. `None`: nothing is held.
pub fn held<S: Shelf + ?Sized>(shelf: &S, row: &Row) -> Result<Option<Arc<Record>>, Damaged> {
    with_hints(shelf, row, shelf.object(row)?)
}

/// What is held of a row, its object being known already.
pub(super) fn with_hints<S: Shelf + ?Sized>(
    shelf: &S,
    row: &Row,
    object: Option<Arc<Record>>,
) -> Result<Option<Arc<Record>>, Damaged> {
    let mut held = object;
    for (owner, _) in shelf.hinted_owners() {
        if let Some(HintBody::Full(record)) = shelf.hint(owner, row)? {
            held = Some(joined(held, &record));
        }
    }
    Ok(held)
}

/// The join of what is held with a record, sharing whichever of them it equals.
pub(super) fn joined(held: Option<Arc<Record>>, record: &Arc<Record>) -> Arc<Record> {
    let Some(mut held) = held else { return Arc::clone(record) };
    if held != *record {
        Arc::make_mut(&mut held).merge(record);
    }
    held
}
