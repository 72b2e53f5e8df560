//! The cluster as a client needs it to go to an owner directly (Dynamo §6.4): members with their addresses, the
//! replica list of every partition, the buckets.
//!
//! Liveness is not here: it is each node's own observation, and a client makes its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::id::{BucketId, ClusterId, Name, NodeId};
use crate::level::Durability;
use crate::quorum::Quorum;
use crate::token::{PartitionId, Partitions, Token};

/// What happens to concurrent values of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConflictPolicy {
    /// All are kept until somebody who saw them writes a successor (Dynamo §4.4).
    #[default]
    Siblings,
    /// The one with the greatest stamp is kept; the others are lost, and counted.
    Lww,
}

/// The settings of a bucket; where one is not given, the cluster's stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its name: what people type.
    pub name: Name,
    /// Answers that a get waits for.
    pub r: Option<u8>,
    /// Synced replicas that a put waits for.
    pub w: Option<u8>,
    /// Whether only owners count, never fallbacks.
    pub strict: Option<bool>,
    /// What counts as written.
    pub durability: Option<Durability>,
    /// What happens to concurrent values.
    pub conflict_policy: ConflictPolicy,
}

impl Bucket {
    /// A bucket that has all its settings from the cluster and keeps siblings.
    pub fn plain(name: Name) -> Self {
        Self {
            name,
            r: None,
            w: None,
            strict: None,
            durability: None,
            conflict_policy: ConflictPolicy::Siblings,
        }
    }
}

/// A member, as a client needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What people call it.
    pub name: Name,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
}

/// A version of the declared cluster state, without what only nodes may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterMap {
    /// The cluster's id, which every certificate carries.
    pub cluster: ClusterId,
    /// What people call it.
    pub name: Name,
    /// The version of the declared state that this is.
    pub version: u64,
    /// N, and the cluster's R and W.
    pub quorum: Quorum,
    /// Whether only owners count unless a bucket or a request says otherwise.
    pub strict: bool,
    /// What counts as written unless a bucket or a request says otherwise.
    pub durability: Durability,
    /// Longest value, in bytes.
    pub value_bytes_max: u64,
    /// Q.
    pub partitions: Partitions,
    /// Every member.
    pub members: BTreeMap<NodeId, Member>,
    /// The replicas of every partition in order, by partition.
    pub replicas: Vec<Vec<NodeId>>,
    /// Every bucket.
    pub buckets: BTreeMap<BucketId, Bucket>,
}

impl ClusterMap {
    /// The replicas of a partition, in order; empty if there is no such partition.
    pub fn owners(&self, partition: PartitionId) -> &[NodeId] {
        self.replicas.get(partition.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// The replicas of a token's partition, in order.
    pub fn owners_of(&self, token: Token) -> &[NodeId] {
        self.owners(self.partitions.of(token))
    }

    /// The bucket of that name.
    pub fn bucket_named(&self, name: &Name) -> Option<(BucketId, &Bucket)> {
        self.buckets.iter().find(|(_, bucket)| bucket.name == *name).map(|(id, bucket)| (*id, bucket))
    }

    /// The name of a member, or its id where it is none.
    pub fn name_of(&self, node: NodeId) -> String {
        self.members.get(&node).map_or_else(|| node.to_string(), |member| member.name.to_string())
    }
}
