//! The read-merge-writes that lanes run (rule P2). Pure: rows in, changes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::id::NodeId;
use shared::level::Durability;
use shared::token::PartitionId;

use super::StoreFailure;
use super::change::{Change, leaf_ends, leaf_of, leaf_share};
use super::shelf::{HintBody, Shelf, joined, with_hints};
use crate::record::{Losses, Minted, Record, RecordHash, Write};
use crate::row::Row;
use crate::version::actor::Pen;
use crate::version::{Actor, Dot};

/// One operation on one row.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneOp {
    /// Which row.
    pub row: Row,
    /// The partition it lies in: whose pen is used.
    pub partition: PartitionId,
    /// What `Synced` must have reached (rule P11).
    pub durability: Durability,
    /// What to do.
    pub kind: OpKind,
}

/// What to do with a row.
#[derive(Debug, Clone, PartialEq)]
pub enum OpKind {
    /// Mint a write on everything held of the row (rule P1), and keep the result.
    Coordinate {
        /// The client's write.
        write: Box<Write>,
        /// The actor to take if the partition has no pen, or has to change it.
        fresh: Actor,
        /// Whether this node is an owner: the result is its object, and absent owners are marked. If not, the result
        /// is kept whole as a hint for the first absent owner.
        as_owner: bool,
        /// Owners known to be absent.
        absent: Vec<NodeId>,
    },
    /// Merge a record into the object: this node is an owner.
    Merge {
        /// What another node holds.
        record: Arc<Record>,
    },
    /// Merge a record into the object, or set a damaged object aside for it: the record is the merge of what so many
    /// other owners hold that it lacks nothing acknowledged (invariant D4).
    Refill {
        /// What the others hold.
        record: Arc<Record>,
    },
    /// Merge a record into what is kept for an absent owner; or mark that the owner lacks the object.
    Keep {
        /// For whom.
        owner: NodeId,
        /// What.
        body: HintBody,
    },
    /// Forget what is kept for an owner if it is still what the owner confirmed; whatever came since stays.
    ForgetIf {
        /// For whom.
        owner: NodeId,
        /// The hash of the record that was delivered.
        hash: RecordHash,
    },
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq)]
pub struct Effected {
    /// What is held of the row now, as far as the operation concerned it; `None`: nothing.
    pub record: Option<Arc<Record>>,
    /// The dot that a [`OpKind::Coordinate`] minted; `None`: the request was known, nothing was minted.
    pub minted: Option<Dot>,
    /// Whether a [`OpKind::ForgetIf`] forgot.
    pub forgot: bool,
    /// What the change cost.
    pub losses: Losses,
}

impl Effected {
    fn holding(record: Option<Arc<Record>>) -> Self {
        Self { record, minted: None, forgot: false, losses: Losses::default() }
    }
}

/// The pens of a lane: who mints for each of its partitions. They live in memory only (rule P1).
pub type Pens = BTreeMap<PartitionId, Pen>;

/// Runs one operation against what its lane can see.
///
/// On failure nothing is to be written, and the partition's pen is gone: a node that cannot read what it wrote must
/// not count on from it.
pub fn run<S: Shelf + ?Sized>(
    op: LaneOp,
    shelf: &S,
    pens: &mut Pens,
) -> Result<(Effected, Vec<Change>), StoreFailure> {
    let partition = op.partition;
    let done = run_kind(op, shelf, pens);
    if done.is_err() {
        pens.remove(&partition);
    }
    done
}

fn run_kind<S: Shelf + ?Sized>(op: LaneOp, shelf: &S, pens: &mut Pens) -> Done {
    let partition = op.partition;
    match op.kind {
        OpKind::Coordinate { write, fresh, as_owner, absent } => {
            coordinate(shelf, pens, &op.row, partition, Coordinate { write: *write, fresh, as_owner, absent })
        }
        OpKind::Merge { record } => merge(shelf.object(&op.row)?.as_ref(), &op.row, &record),
        OpKind::Refill { record } => refill(shelf, pens, &op.row, partition, &record),
        OpKind::Keep { owner, body } => keep(shelf, &op.row, owner, body),
        OpKind::ForgetIf { owner, hash } => forget_if(shelf, pens, &op.row, partition, owner, hash),
    }
}

type Done = Result<(Effected, Vec<Change>), StoreFailure>;

struct Coordinate {
    write: Write,
    fresh: Actor,
    as_owner: bool,
    absent: Vec<NodeId>,
}

fn coordinate<S: Shelf + ?Sized>(
    shelf: &S,
    pens: &mut Pens,
    row: &Row,
    partition: PartitionId,
    Coordinate { write, fresh, as_owner, absent }: Coordinate,
) -> Done {
    let object = shelf.object(row)?;
    let mut record = with_hints(shelf, row, object.clone())?.unwrap_or_default();
    let before = pens.get(&partition).copied();
    let mut pen = before.unwrap_or(Pen::new(fresh));
    let minted = Arc::make_mut(&mut record).mint(write, &mut pen, fresh);
    let mut changes = Vec::new();
    if before.map(|before| before.actor) != Some(pen.actor) {
        changes.push(Change::Actor { partition, actor: pen.actor });
    }
    pens.insert(partition, pen);
    if as_owner {
        put_object(row, object.as_ref(), &record, &mut changes)?;
        for owner in absent {
            put_hint(shelf, row, owner, HintBody::Mark, &mut changes)?;
        }
    } else if let Some(&owner) = absent.first() {
        put_hint(shelf, row, owner, HintBody::Full(Arc::clone(&record)), &mut changes)?;
    }
    let (minted, losses) = match minted {
        Minted::Fresh { dot, losses } => (Some(dot), losses),
        Minted::Duplicate => (None, Losses::default()),
    };
    Ok((Effected { record: Some(record), minted, forgot: false, losses }, changes))
}

fn merge(before: Option<&Arc<Record>>, row: &Row, record: &Arc<Record>) -> Done {
    let mut losses = Losses::default();
    let object = match before {
        None => Arc::clone(record),
        Some(before) if before == record => Arc::clone(before),
        Some(before) => {
            let mut object = Record::clone(before);
            losses = object.merge(record);
            Arc::new(object)
        }
    };
    let mut changes = Vec::new();
    put_object(row, before, &object, &mut changes)?;
    Ok((Effected { losses, ..Effected::holding(Some(object)) }, changes))
}

fn refill<S: Shelf + ?Sized>(
    shelf: &S,
    pens: &mut Pens,
    row: &Row,
    partition: PartitionId,
    record: &Arc<Record>,
) -> Done {
    if let Ok(before) = shelf.object(row) {
        return merge(before.as_ref(), row, record);
    }
    // A record is set aside: the partition's next write is minted by another actor (rule P1).
    pens.remove(&partition);
    let (effected, mut changes) = merge(None, row, record)?;
    for change in &mut changes {
        if let Change::Leaf { leaf, delta } = change {
            // The row's own share is not known any more: the leaf is built anew on those of the others.
            let others = sum_of_leaf(shelf, *leaf, |other| other != row)?;
            *delta = delta.wrapping_add(others).wrapping_sub(shelf.leaf(*leaf));
        }
        if let Change::Object { replaces, .. } = change {
            // How much there was is not known here; a store that counts bytes knows how long the damaged row is.
            *replaces = Some(0);
        }
    }
    Ok((effected, changes))
}

/// The sum of a leaf over those of its readable objects that count.
pub(super) fn sum_of_leaf<S: Shelf + ?Sized>(
    shelf: &S,
    leaf: u32,
    counts: impl Fn(&Row) -> bool,
) -> Result<u128, StoreFailure> {
    let (first, last) = leaf_ends(leaf);
    let objects = shelf.objects(first, last, None, usize::MAX)?;
    let counted = objects.iter().filter(|(row, _)| counts(row));
    Ok(counted.fold(0, |sum, (row, record)| sum.wrapping_add(leaf_share(row, record.hash()))))
}

fn keep<S: Shelf + ?Sized>(shelf: &S, row: &Row, owner: NodeId, body: HintBody) -> Done {
    let mut changes = Vec::new();
    let body = match (shelf.hint(owner, row)?, body) {
        (Some(HintBody::Full(kept)), HintBody::Full(record)) => HintBody::Full(joined(Some(kept), &record)),
        // A whole record says more than a mark.
        (Some(HintBody::Full(kept)), HintBody::Mark) => HintBody::Full(kept),
        (_, body) => body,
    };
    let record = match &body {
        HintBody::Full(record) => Some(Arc::clone(record)),
        HintBody::Mark => shelf.object(row)?,
    };
    put_hint(shelf, row, owner, body, &mut changes)?;
    Ok((Effected::holding(record), changes))
}

fn forget_if<S: Shelf + ?Sized>(
    shelf: &S,
    pens: &mut Pens,
    row: &Row,
    partition: PartitionId,
    owner: NodeId,
    hash: RecordHash,
) -> Done {
    let Some(body) = shelf.hint(owner, row)? else { return Ok((Effected::holding(None), Vec::new())) };
    let now = match &body {
        HintBody::Full(record) => Some(Arc::clone(record)),
        HintBody::Mark => shelf.object(row)?,
    };
    if now.as_ref().is_some_and(|record| record.hash() != hash) {
        return Ok((Effected::holding(now), Vec::new()));
    }
    if matches!(body, HintBody::Full(_)) {
        // A record is forgotten: the partition's next write is minted by another actor (rule P1).
        pens.remove(&partition);
    }
    let forget = Change::Hint { owner, row: row.clone(), body: None, existed: true };
    Ok((Effected { forgot: true, ..Effected::holding(None) }, vec![forget]))
}

/// Writes an object with its leaf and its place in the conflict index, unless it is what is there.
fn put_object(
    row: &Row,
    before: Option<&Arc<Record>>,
    record: &Arc<Record>,
    changes: &mut Vec<Change>,
) -> Result<(), StoreFailure> {
    if let Some(broken) = record.broken_invariant() {
        return Err(StoreFailure::Damaged(format!("the record of {row:?} must not be stored: {broken}")));
    }
    if before == Some(record) {
        return Ok(());
    }
    let hash = record.hash();
    let old = before.map(|before| before.to_canonical_bytes());
    let old_share = old.as_ref().map_or(0, |old| leaf_share(row, RecordHash::of_bytes(old)));
    let delta = leaf_share(row, hash).wrapping_sub(old_share);
    changes.push(Change::Leaf { leaf: leaf_of(row.token()), delta });
    let siblings = |record: &Record| record.is_conflict().then_some(record.siblings.len());
    let (was, is) = (before.and_then(|before| siblings(before)), siblings(record));
    if was != is {
        let siblings = is.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        changes.push(Change::Conflict { row: row.clone(), siblings });
    }
    changes.push(Change::Object {
        row: row.clone(),
        record: Arc::clone(record),
        hash,
        replaces: old.map(|old| old.len() as u64),
    });
    Ok(())
}

/// Writes a hint unless it is what is there.
fn put_hint<S: Shelf + ?Sized>(
    shelf: &S,
    row: &Row,
    owner: NodeId,
    body: HintBody,
    changes: &mut Vec<Change>,
) -> Result<(), StoreFailure> {
    let before = shelf.hint(owner, row)?;
    if before.as_ref() != Some(&body) {
        changes.push(Change::Hint { owner, row: row.clone(), body: Some(body), existed: before.is_some() });
    }
    Ok(())
}
