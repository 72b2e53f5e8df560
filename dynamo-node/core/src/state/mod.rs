//! The declared cluster state: members, replica lists, buckets, settings, one document with a version (rule P12).
//!
//! Declared by an administrator and never inferred; what a node observes of others is `membership/liveness`.
//! This first form has one version, made by `cluster init`; agreeing on further ones is not here yet.

pub(crate) mod gossip;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use shared::id::{BucketId, ClusterId, Name, NodeId};
use shared::level::Durability;
use shared::map::{Bucket, ClusterMap};
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire;

use crate::ring::Ring;
use crate::version::context::Secret;

/// Where a member stands, as declared (Dynamo §4.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It holds its share.
    Active,
}

/// A member, as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// What people call it.
    pub name: Name,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
    /// Its share of the ring relative to the others'.
    pub weight: u32,
    /// Where it stands.
    pub status: Status,
}

/// One version of the declared state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterState {
    /// The cluster's id, which every certificate carries.
    pub cluster: ClusterId,
    /// What people call it.
    pub name: Name,
    /// The line of versions that this one stands in: random bits drawn when it began.
    pub lineage: u64,
    /// Counts versions of a lineage from 1.
    pub version: u64,
    /// The hash of the version before; zero for the first.
    pub parent: u128,
    /// Every member.
    pub members: BTreeMap<NodeId, Member>,
    /// Q, for good.
    pub partitions: Partitions,
    /// Who holds which partition.
    pub ring: Ring,
    /// N, and the cluster's R and W.
    pub quorum: Quorum,
    /// Whether only owners count unless a bucket or a request says otherwise.
    pub strict: bool,
    /// What counts as written unless a bucket or a request says otherwise.
    pub durability: Durability,
    /// Longest value, in bytes.
    pub value_bytes_max: u64,
    /// Every bucket by its id.
    pub buckets: BTreeMap<BucketId, Bucket>,
}

impl ClusterState {
    /// The hash of this version, 128 bits.
    pub fn hash(&self) -> u128 {
        let hash = blake3::hash(&wire::encode(self));
        u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }

    /// What a client may know of it.
    pub fn to_map(&self) -> ClusterMap {
        let member = |member: &Member| shared::map::Member {
            name: member.name.clone(),
            address: member.address,
            zone: member.zone.clone(),
        };
        ClusterMap {
            cluster: self.cluster,
            name: self.name.clone(),
            version: self.version,
            quorum: self.quorum,
            strict: self.strict,
            durability: self.durability,
            value_bytes_max: self.value_bytes_max,
            partitions: self.partitions,
            members: self.members.iter().map(|(&node, declared)| (node, member(declared))).collect(),
            replicas: self.ring.lists().to_vec(),
            buckets: self.buckets.clone(),
        }
    }
}

/// A version, with what only nodes may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// The document.
    pub state: ClusterState,
    /// What contexts are sealed with.
    pub secret: Secret,
}
