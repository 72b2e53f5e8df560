//! Record: the siblings of one key under one vector clock, and the two ways in which it changes: a write is minted,
//! or another replica's record is merged in. Pure.
//!
//! A merge is a join: commutative, associative, idempotent (invariant C2), as long as the superseded request
//! ids stay within their bound. It reads records only, never settings: the policy that a sibling was
//! written under is stamped in it (rule P5), so that a changed setting never re-judges what was written before.

mod merge;
mod mint;
mod superseded;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use shared::id::RequestId;
use shared::key::Value;
use shared::map::ConflictPolicy;
use shared::wire;

use crate::time::Timestamp;
use crate::version::context::Past;
use crate::version::{Dot, Stamp, VectorClock};

pub use merge::Losses;
pub use mint::{Minted, Write};
pub use superseded::{SUPERSEDED_MAX, Superseded};

/// What a write wrote.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// These bytes.
    Value(Value),
    /// That the key is deleted.
    Tombstone,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Tombstone => f.write_str("tombstone"),
        }
    }
}

/// One version of a key. Its dot is what it is found by in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// The client's request that wrote it (rule P3).
    pub request: RequestId,
    /// When it was written.
    pub stamp: Stamp,
    /// From when on it is hidden. Absolute, so that every replica judges alike.
    pub expires: Option<Timestamp>,
    /// The policy it was written under.
    pub policy: ConflictPolicy,
    /// What was written.
    pub content: Content,
}

impl Sibling {
    /// Whether it has passed its expiry.
    pub fn is_expired(&self, wall: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= wall)
    }

    /// Whether a reader finds a value in it.
    pub fn is_visible(&self, wall: Timestamp) -> bool {
        matches!(self.content, Content::Value(_)) && !self.is_expired(wall)
    }
}

/// Everything a replica holds of one key.
///
/// Invariants: every sibling's dot is in the clock; at most one sibling was written under last-writer-wins; of the
/// others no two are of one request, and none's request is among the superseded ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// What has been seen of the key's writes.
    pub clock: VectorClock,
    /// The versions that no write seen here has replaced.
    pub siblings: BTreeMap<Dot, Sibling>,
    /// Requests whose writes were replaced, so that a late twin of one is known for what it is.
    pub superseded: Superseded,
    /// The greatest last-writer-wins version that a write which had seen it replaced: nothing at or below it returns.
    pub lww_floor: Option<(Stamp, Dot)>,
}

/// A record's canonical hash, 128 bits: what replicas compare (rule P10). Equal clocks are not enough.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordHash(pub u128);

impl fmt::Debug for RecordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:08x}", self.0 >> 96)
    }
}

impl RecordHash {
    /// The hash of a record's canonical bytes.
    pub fn of_bytes(canonical: &[u8]) -> Self {
        let hash = blake3::hash(canonical);
        Self(u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes")))
    }
}

impl Record {
    /// Whether nothing was ever seen of the key.
    pub fn is_empty(&self) -> bool {
        self.clock.is_empty()
    }

    /// The canonical encoding: the same record is the same bytes everywhere.
    pub fn to_canonical_bytes(&self) -> bytes::Bytes {
        wire::encode(self)
    }

    /// The canonical hash.
    pub fn hash(&self) -> RecordHash {
        RecordHash::of_bytes(&self.to_canonical_bytes())
    }

    /// What a reader of this record has seen.
    pub fn past(&self) -> Past {
        let siblings = || self.siblings.iter();
        Past {
            clock: self.clock.clone(),
            stamp: siblings().map(|(_, sibling)| sibling.stamp).max(),
            requests: siblings().map(|(_, sibling)| sibling.request).collect(),
            superseded: self.superseded.clone(),
            lww: siblings()
                .find(|(_, sibling)| sibling.is_under_lww())
                .map(|(&dot, sibling)| (sibling.stamp, dot)),
        }
    }

    /// Whether a reader finds any value.
    pub fn is_visible(&self, wall: Timestamp) -> bool {
        self.siblings.values().any(|sibling| sibling.is_visible(wall))
    }

    /// How many bytes its values have together.
    pub fn value_bytes(&self) -> usize {
        let bytes = |sibling: &Sibling| match &sibling.content {
            Content::Value(value) => value.len(),
            Content::Tombstone => 0,
        };
        self.siblings.values().map(bytes).sum()
    }

    /// Whether a person has to choose: more than one sibling.
    pub fn is_conflict(&self) -> bool {
        self.siblings.len() > 1
    }

    /// Says which invariant does not hold, if one does not. Checked before storing and after loading.
    pub fn broken_invariant(&self) -> Option<&'static str> {
        if !self.siblings.keys().all(|&dot| self.clock.contains(dot)) {
            return Some("a sibling's dot is not in the clock");
        }
        let side_by_side = || self.siblings.values().filter(|sibling| !sibling.is_under_lww());
        if side_by_side().any(|sibling| self.superseded.contains(sibling.request)) {
            return Some("a sibling's request is superseded");
        }
        (self.siblings.len() - side_by_side().count() > 1).then_some("two siblings under last-writer-wins")
    }
}

#[cfg(test)]
mod tests;
