//! What the core asks of a store, and the pure functions that answer it.
//!
//! The lane merges, the core decides (rule P2): an operation is a whole read-merge-write, run in its partition's
//! lane by the functions here, over a [`Shelf`] that shows everything applied so far. The real store and the simulated
//! disk run the same functions; they differ only in where rows lie and in what a crash forgets.
//!
//! An operation has two completions. *Applied*: reads see it, and other replicas may be told. *Synced*: it has
//! reached the durability that was asked for, and counts.

pub mod change;
pub mod op;
pub mod query;
pub mod shelf;
pub mod sweep;

pub use change::Change;
pub use op::{Effected, LaneOp, OpKind, run};
pub use query::{Found, Query, answer};
pub use shelf::{Damaged, HintBody, Shelf, Stored};
pub use sweep::{Sweep, Swept, sweep};

use serde::{Deserialize, Serialize};
use shared::token::{PartitionId, Token};

use crate::durable::Kept;

/// Names one operation of the store until its completions have come. Never reused within a start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Anything that the core may ask of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreOp {
    /// A read-merge-write of one row: `Applied`, then `Synced`; or `Failed`, having changed nothing.
    Lane(LaneOp),
    /// Removes a part of an old copy, always synced: `Applied`, then `Synced`; or `Failed`, having changed nothing. It
    /// is run in the partition's lane, after what was submitted there before, and is never refused for want of room.
    Sweep(Sweep),
    /// Changes nothing: `Synced` when everything is that was applied to the partition before.
    Barrier {
        /// Which.
        partition: PartitionId,
        /// Its first token.
        first: Token,
    },
    /// Reads: `Applied` or `Failed`, never `Synced`.
    Query(Query),
    /// Keeps what a node must know of itself at its next start, always synced: `Synced` or `Failed`.
    Keep(Box<Kept>),
}

/// What an operation brought, told with `Applied`.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To [`StoreOp::Lane`].
    Lane(Effected),
    /// To [`StoreOp::Sweep`].
    Swept(Swept),
    /// To [`StoreOp::Query`].
    Query(Found),
}

/// Why an operation was not done. It changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StoreFailure {
    /// A row cannot be read: its checksum or its form is wrong. Never "not found" (invariant C4).
    #[error("a damaged record: {0}")]
    Damaged(String),
    /// No room: the disk's low-water mark, or the hint store's limit, is reached.
    #[error("{0}")]
    Full(String),
    /// The store failed as a whole.
    #[error("{0}")]
    Broken(String),
}

impl From<Damaged> for StoreFailure {
    fn from(damaged: Damaged) -> Self {
        Self::Damaged(damaged.0)
    }
}
