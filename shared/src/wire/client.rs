//! The client plane: get, put, delete, keys, and the map that tells whom to ask.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::Failure;
use crate::id::{BucketId, NodeId, RequestId};
use crate::key::{Key, Value};
use crate::level::Durability;
use crate::map::{ClusterMap, ConflictPolicy};
use crate::token::PartitionId;

/// A request of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The same at every retry of this request (rule P3).
    pub id: RequestId,
    /// The client's wall clock when it first sent this request, in milliseconds since 1970, the same at every retry;
    /// taken for the write's time as far as it is near the coordinator's own (rule P5).
    pub sent_ms: u64,
    /// How long the client still waits, in milliseconds. Nobody works on it longer.
    pub timeout_ms: u32,
    /// What is wanted.
    pub verb: Verb,
}

/// What a client may want.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Every causally unrelated sibling of a key (Dynamo §4.5).
    Get(Get),
    /// A write: of a value, or of a tombstone.
    Put(Put),
    /// A page of a partition's keys, in the order of their tokens.
    Keys(Keys),
    /// The [`ClusterMap`], if it is newer than the version given.
    Map {
        /// The version that the client has; 0 for none.
        known_version: u64,
    },
}

/// Reads one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Get {
    /// Where.
    pub bucket: BucketId,
    /// What.
    pub key: Key,
    /// Answers to wait for; `None`: the bucket's, then the cluster's.
    pub r: Option<u8>,
    /// Whether only owners count; `None`: the bucket's, then the cluster's.
    pub strict: Option<bool>,
}

/// Writes one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Where.
    pub bucket: BucketId,
    /// What.
    pub key: Key,
    /// The bytes, or `None` to delete.
    pub value: Option<Value>,
    /// What the writer saw; `None`: nothing, so that what is there becomes a sibling.
    pub context: Option<Context>,
    /// Synced replicas to wait for; `None`: the bucket's, then the cluster's.
    pub w: Option<u8>,
    /// Whether only owners count; `None`: the bucket's, then the cluster's.
    pub strict: Option<bool>,
    /// What counts as written; `None`: the bucket's, then the cluster's.
    pub durability: Option<Durability>,
    /// After how long the value hides, in milliseconds; `None`: never.
    pub time_to_live_ms: Option<u64>,
}

/// Lists keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    /// Where.
    pub bucket: BucketId,
    /// Which arc of the ring.
    pub partition: PartitionId,
    /// Only keys after this one, in the order of their tokens.
    pub after: Option<Key>,
    /// At most so many, and at most [`KEYS_PAGE_MAX`].
    pub limit: u32,
}

/// Most keys of one [`Keys`] answer.
pub const KEYS_PAGE_MAX: u32 = 4096;

/// The answer to a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Response {
    /// The version of the answering node's declared state, so that a client knows when its map is old.
    pub state_version: u64,
    /// What came of it.
    pub result: Result<Answer, Failure>,
}

/// What a request brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Verb::Get`].
    Got(Got),
    /// To [`Verb::Put`].
    Written(Written),
    /// To [`Verb::Keys`].
    Keys(KeysPage),
    /// To [`Verb::Map`]: the newer map, or `None` if the client's is the newest.
    Map(Option<Arc<ClusterMap>>),
}

/// What a get found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Got {
    /// What replaces all the siblings when a put hands it back. There is one for an absent key too.
    pub context: Context,
    /// Every causally unrelated version, ordered by dot; empty: not found. Expired ones are left out.
    pub siblings: Vec<Sibling>,
    /// The record's vector clock, for people: actor, the node it belongs to where that is known, and counter.
    pub clock: Vec<ClockEntry>,
    /// How many replicas' answers were counted.
    pub replicas: u8,
}

/// One version of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sibling {
    /// The bytes, or `None` for a tombstone: this writer deleted the key.
    pub value: Option<Value>,
    /// The one write that made it.
    pub dot: ClockEntry,
    /// When, by the clock of the node that coordinated it, in milliseconds since 1970.
    pub wall_ms: u64,
    /// When it will hide, in milliseconds since 1970.
    pub expires_ms: Option<u64>,
    /// The policy that it was written under.
    pub policy: ConflictPolicy,
}

/// An entry of a vector clock, or a dot: `(node-a, 3)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockEntry {
    /// Who minted: 64 random bits of one start of one node.
    pub actor: u64,
    /// The node that the actor belongs to, where it is known.
    pub node: Option<NodeId>,
    /// The count of that actor's writes.
    pub counter: u64,
}

/// What a put did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// What replaces this value, and nothing else, when a put hands it back; `None` where the key has other siblings as
    /// well: a context of them would let the writer replace what it never read.
    pub context: Option<Context>,
    /// How many siblings the key has now, this one included.
    pub siblings: u32,
    /// How many replicas confirmed before the answer was sent.
    pub replicas: u8,
    /// How many of them were fallbacks holding a hint.
    pub fallbacks: u8,
    /// What every one of them reached.
    pub durability: Durability,
}

/// A page of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysPage {
    /// Keys that have at least one value that is neither deleted nor expired.
    pub keys: Vec<Key>,
    /// Hand it back as `after` for the next page; `None`: this was the last.
    pub next: Option<Key>,
}
