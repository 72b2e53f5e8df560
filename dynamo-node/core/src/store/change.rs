//! Change: the rows that one operation writes, all in one atomic batch.

use std::sync::Arc;

use shared::id::NodeId;
use shared::token::{PartitionId, Token};

use super::shelf::HintBody;
use crate::record::{Record, RecordHash};
use crate::row::Row;
use crate::version::Actor;

/// log2 of how many Merkle leaves the ring is cut into, for every Q alike (rule P15): 2^18 leaves are 4 MiB of sums,
/// 38 keys a leaf at ten million keys. A partition's leaves lie side by side, as its rows do.
pub const LEAF_BITS: u32 = 18;

/// How many Merkle leaves there are.
pub const LEAVES: u32 = 1 << LEAF_BITS;

/// The leaf that a token falls into.
pub fn leaf_of(token: Token) -> u32 {
    u32::try_from(token.0 >> (u128::BITS - LEAF_BITS)).unwrap_or(u32::MAX)
}

/// The first and the last token of a leaf.
pub fn leaf_ends(leaf: u32) -> (Token, Token) {
    let shift = u128::BITS - LEAF_BITS;
    let first = u128::from(leaf) << shift;
    (Token(first), Token(first | (u128::MAX >> LEAF_BITS)))
}

/// One row's part in the value of its leaf; a leaf is the sum of them mod 2^128.
///
/// The row's identity is hashed along, so that two rows that swap their records do not cancel out.
pub fn leaf_share(row: &Row, record: RecordHash) -> u128 {
    let mut hasher = blake3::Hasher::new_derive_key("dynamo 2026 leaf: token, record hash");
    hasher.update(&row.token().0.to_be_bytes()).update(&record.0.to_be_bytes());
    u128::from_be_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes"))
}

/// A row to write. All changes of one operation go into one atomic batch, in whatever order.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// The object of a row, replacing what was there.
    Object {
        /// Which.
        row: Row,
        /// The whole new record.
        record: Arc<Record>,
        /// Its canonical hash.
        hash: RecordHash,
        /// How many bytes the record had that was there before ([`Stored::bytes`](super::shelf::Stored)); `None`: there
        /// was none.
        replaces: Option<u64>,
    },
    /// The object of a row is gone, readable or not.
    Gone {
        /// Which.
        row: Row,
        /// How many bytes its record had.
        bytes: u64,
    },
    /// What to add to a Merkle leaf, mod 2^128.
    Leaf {
        /// Which.
        leaf: u32,
        /// The new share less the old.
        delta: u128,
    },
    /// The row's place in the conflict index: there, with how many siblings, or not.
    Conflict {
        /// Which.
        row: Row,
        /// `None` takes it out.
        siblings: Option<u32>,
    },
    /// What is kept for an absent owner.
    Hint {
        /// For whom.
        owner: NodeId,
        /// Which.
        row: Row,
        /// `None` forgets it.
        body: Option<HintBody>,
        /// Whether there was a hint before.
        existed: bool,
    },
    /// That a new actor of this node mints for a partition, so that operators can read its name for ever.
    Actor {
        /// Where it mints.
        partition: PartitionId,
        /// Who.
        actor: Actor,
    },
}
