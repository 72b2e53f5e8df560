//! The cluster as operators see it: members and their standing, who waits, what is staged, what is under way.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::id::{Boot, ClusterId, Name, NodeId, OperationId};
use crate::quorum::Quorum;
use crate::token::PartitionId;
use crate::wire::look::Liveness;
use crate::wire::operation::Operation;
use crate::wire::plan::{Change, Staged};

/// Where a node stands, as declared by administrators (Dynamo §4.8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It has a certificate and an empty store, and is no member.
    Waiting,
    /// It is admitted, and takes its share in.
    Joining,
    /// It holds its share.
    Active,
    /// It hands over what it holds.
    Leaving,
    /// An administrator has given it up: it is being replaced or removed.
    Lost,
    /// It was a member, and is not; its name and id are not used again.
    Left,
}

/// What one node knows of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// Its id.
    pub cluster: ClusterId,
    /// What people call it.
    pub name: Name,
    /// The line of versions, in hexadecimal digits.
    pub lineage: String,
    /// The version of the declared state.
    pub version: u64,
    /// The version in which the replica lists last changed.
    pub ring_version: u64,
    /// N, R and W.
    pub quorum: Quorum,
    /// Q.
    pub partitions: u32,
    /// Members and former members, waiting nodes: by name.
    pub nodes: Vec<NodeView>,
    /// What waits to be committed, in order.
    pub staged: Vec<Staged>,
    /// Operations, the newest first: the one under way, and the last that ended.
    pub operations: Vec<Operation>,
    /// How fast transfers may go.
    pub limits: TransferLimits,
    /// How the ring came to be what it is, the newest first.
    pub history: Vec<RingChange>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its id.
    pub node: NodeId,
    /// Its name.
    pub name: Name,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
    /// Its weight; zero: not a member.
    pub weight: u32,
    /// As declared.
    pub status: Status,
    /// As the answering node sees it; `None`: it is the one who answers, or is not looked after.
    pub liveness: Option<Liveness>,
    /// For how long that has been so, in milliseconds.
    pub since_ms: u64,
    /// Replicas that it holds and answers for.
    pub replicas: u32,
    /// The first of its replica list, for so many partitions.
    pub first_replicas: u32,
    /// The share that its weight gives it, in thousandths of a replica.
    pub ideal_millireplicas: u64,
    /// The version of the declared state that it was last heard to have.
    pub state_version: Option<u64>,
    /// Which start of it was last heard.
    pub boot: Option<Boot>,
    /// Bytes of records that it reports.
    pub stored_bytes: Option<u64>,
    /// Bytes free on its disk that it reports.
    pub disk_free_bytes: Option<u64>,
}

/// How fast transfers may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferLimits {
    /// Bytes a second that each node may take in; zero: no limit.
    pub bytes_per_second: u64,
    /// Partitions that may be on the move at once, in the whole cluster.
    pub partitions_at_once: u32,
    /// Whether they are paused.
    pub is_paused: bool,
}

/// How the ring became another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingChange {
    /// The version of the ring that it began.
    pub ring_version: u64,
    /// When, by the clock of the node that was asked, in milliseconds since 1970.
    pub at_ms: u64,
    /// Who.
    pub author: String,
    /// The operation that carried it out; `None`: the founding.
    pub operation: Option<OperationId>,
    /// What was changed.
    pub changes: Vec<Change>,
    /// How many replicas got a new place.
    pub replicas_moved: u32,
    /// The lists before, of partitions that moved; empty for changes long ago.
    pub before: Vec<(PartitionId, Vec<NodeId>)>,
}

/// The ring, partition by partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingView {
    /// The version in which the replica lists last changed.
    pub ring_version: u64,
    /// By partition.
    pub partitions: Vec<PartitionView>,
}

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionView {
    /// Whom readers ask, in order.
    pub owners: Vec<NodeId>,
    /// Whom it is moving to, in order; `None`: it is not moving.
    pub next: Option<Vec<NodeId>>,
    /// Where it stands.
    pub phase: Phase,
}

/// Where a moving partition stands (rule P14). Forwards only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Where it was; nothing is under way, or not yet.
    Old,
    /// Writes go to both lists; the old one answers reads while the new one is filled.
    Joint,
    /// The new list answers reads; writes still go to both.
    Handover,
}
