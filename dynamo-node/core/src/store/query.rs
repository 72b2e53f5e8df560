//! The reads that change nothing. Pure: answered from a shelf.

use std::sync::Arc;

use shared::id::{BucketId, NodeId};
use shared::key::Key;
use shared::token::Token;

use super::change::leaf_of;
use super::shelf::{Damaged, HintBody, Shelf, held};
use crate::record::{Record, RecordHash};
use crate::row::Row;
use crate::time::Timestamp;

/// An arc of the ring, both ends included: a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arc128 {
    /// The first token.
    pub first: Token,
    /// The last token.
    pub last: Token,
}

impl Arc128 {
    /// The leaves that the arc is made of, both ends included.
    fn leaves(self) -> std::ops::RangeInclusive<u32> {
        leaf_of(self.first)..=leaf_of(self.last)
    }
}

/// What to read.
#[derive(Debug, Clone, PartialEq)]
pub enum Query {
    /// Everything held of a row: the merge of its object and every hint.
    Held {
        /// Which.
        row: Row,
    },
    /// Everything held of several rows.
    HeldMany {
        /// Which.
        rows: Vec<Row>,
    },
    /// The keys of a bucket in an arc that have a visible value.
    Keys {
        /// Where.
        arc: Arc128,
        /// Whose.
        bucket: BucketId,
        /// Only those after this row.
        after: Option<Row>,
        /// At most so many.
        limit: usize,
        /// What has expired by now is not visible.
        wall: Timestamp,
    },
    /// What is kept for an owner, with the records to deliver.
    Hints {
        /// For whom.
        owner: NodeId,
        /// Only what lies after this row.
        after: Option<Row>,
        /// At most so many.
        limit: usize,
    },
    /// For whom anything is kept, and how much.
    HintedOwners,
    /// The Merkle roots of several arcs.
    Roots {
        /// Which.
        arcs: Vec<Arc128>,
    },
    /// The Merkle leaves of an arc, in order.
    Leaves {
        /// Which.
        arc: Arc128,
    },
    /// The rows of an arc with their record hashes, but only of leaves whose value differs from the other side's.
    Differing {
        /// Which.
        arc: Arc128,
        /// The other side's leaves, in order.
        leaves: Vec<u128>,
        /// Only those after this row.
        after: Option<Row>,
        /// Look at so many rows at most.
        limit: usize,
    },
    /// Of these rows, those whose object here is not what the hash says.
    Lacking {
        /// Rows and the hashes of the other side's records.
        rows: Vec<(Row, RecordHash)>,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// To [`Query::Held`].
    Held(Option<Arc<Record>>),
    /// To [`Query::HeldMany`]; rows of which nothing is held are left out.
    HeldMany(Vec<(Row, Arc<Record>)>),
    /// To [`Query::Keys`]; `next` continues, if the arc was not read to its end.
    Keys {
        /// In the order of the ring.
        keys: Vec<Key>,
        /// The last row looked at.
        next: Option<Row>,
    },
    /// To [`Query::Hints`]. Fewer than the limit: there are no more.
    Hints(Vec<(Row, Arc<Record>)>),
    /// To [`Query::HintedOwners`].
    HintedOwners(Vec<(NodeId, u64)>),
    /// To [`Query::Roots`], in the same order.
    Roots(Vec<u128>),
    /// To [`Query::Leaves`].
    Leaves(Vec<u128>),
    /// To [`Query::Differing`]; `next` continues, if the arc was not read to its end.
    Differing {
        /// In the order of the ring.
        rows: Vec<(Row, RecordHash)>,
        /// The last row looked at.
        next: Option<Row>,
    },
    /// To [`Query::Lacking`].
    Lacking(Vec<Row>),
}

/// Answers a query from what the shelf shows.
pub fn answer<S: Shelf + ?Sized>(query: &Query, shelf: &S) -> Result<Found, Damaged> {
    Ok(match query {
        Query::Held { row } => Found::Held(held(shelf, row)?),
        Query::HeldMany { rows } => Found::HeldMany(held_many(shelf, rows)?),
        Query::Keys { arc, bucket, after, limit, wall } => {
            let (objects, next) = page(shelf, *arc, after.as_ref(), *limit)?;
            let of_bucket = objects.into_iter().filter(|(row, _)| row.bucket() == *bucket);
            let visible = of_bucket.filter(|(_, record)| record.is_visible(*wall));
            Found::Keys { keys: visible.map(|(row, _)| row.key().clone()).collect(), next }
        }
        Query::Hints { owner, after, limit } => Found::Hints(hints(shelf, *owner, after.as_ref(), *limit)?),
        Query::HintedOwners => Found::HintedOwners(shelf.hinted_owners()),
        Query::Roots { arcs } => Found::Roots(arcs.iter().map(|arc| root(shelf, *arc)).collect()),
        Query::Leaves { arc } => Found::Leaves(arc.leaves().map(|leaf| shelf.leaf(leaf)).collect()),
        Query::Differing { arc, leaves, after, limit } => {
            let (objects, next) = page(shelf, *arc, after.as_ref(), *limit)?;
            let first = leaf_of(arc.first);
            let differs = |row: &Row| {
                let leaf = leaf_of(row.token());
                leaves.get((leaf - first) as usize) != Some(&shelf.leaf(leaf))
            };
            let rows = objects.into_iter().filter(|(row, _)| differs(row));
            Found::Differing { rows: rows.map(|(row, record)| (row, record.hash())).collect(), next }
        }
        Query::Lacking { rows } => Found::Lacking(lacking(shelf, rows)),
    })
}

/// The Merkle root of an arc: the sum of its leaves mod 2^128, so that trees of any depth add up to the same.
fn root<S: Shelf + ?Sized>(shelf: &S, arc: Arc128) -> u128 {
    arc.leaves().fold(0, |sum, leaf| sum.wrapping_add(shelf.leaf(leaf)))
}

type Objects = Vec<(Row, Arc<Record>)>;

/// A page of objects, and the row to go on after if the arc may hold more.
fn page<S: Shelf + ?Sized>(
    shelf: &S,
    arc: Arc128,
    after: Option<&Row>,
    limit: usize,
) -> Result<(Objects, Option<Row>), Damaged> {
    let objects = shelf.objects(arc.first, arc.last, after, limit)?;
    let next = (objects.len() >= limit).then(|| objects.last().map(|(row, _)| row.clone())).flatten();
    Ok((objects, next))
}

fn held_many<S: Shelf + ?Sized>(shelf: &S, rows: &[Row]) -> Result<Objects, Damaged> {
    let mut found = Vec::new();
    for row in rows {
        if let Some(record) = held(shelf, row)? {
            found.push((row.clone(), record));
        }
    }
    Ok(found)
}

/// A mark stands for the object, as it is now.
fn hints<S: Shelf + ?Sized>(
    shelf: &S,
    owner: NodeId,
    after: Option<&Row>,
    limit: usize,
) -> Result<Objects, Damaged> {
    let mut found = Vec::new();
    for (row, body) in shelf.hints_of(owner, after, limit)? {
        let record = match body {
            HintBody::Full(record) => record,
            HintBody::Mark => shelf.object(&row)?.unwrap_or_default(),
        };
        found.push((row, record));
    }
    Ok(found)
}

fn lacking<S: Shelf + ?Sized>(shelf: &S, rows: &[(Row, RecordHash)]) -> Vec<Row> {
    let mut lacking = Vec::new();
    for (row, hash) in rows {
        // A damaged one is lacking as well: its neighbours must not wait for it.
        if shelf.object(row).ok().flatten().map(|object| object.hash()) != Some(*hash) {
            lacking.push(row.clone());
        }
    }
    lacking
}
