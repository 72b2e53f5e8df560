//! Actor: whoever mints dots.
//!
//! An actor never outlives what it knows (rule P1): it is random, lives in the memory of one start of one node for
//! one partition, and is given up whenever that partition may have forgotten a write. It is never read back
//! from a disk to mint again, so a wiped, restored or truncated disk cannot make a dot twice (riak_kv #679).

use std::fmt;

use serde::{Deserialize, Serialize};

/// 64 random bits, one per node, start and partition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Actor(pub u64);

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{:08x}", self.0 >> 32)
    }
}

/// An actor and how far it has counted: the pen of one partition, held by its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pen {
    /// Who mints.
    pub actor: Actor,
    /// The last count it gave; one counter for all keys of the partition.
    pub minted: u64,
}

impl Pen {
    /// An actor that has not minted.
    pub fn new(actor: Actor) -> Self {
        Self { actor, minted: 0 }
    }
}
