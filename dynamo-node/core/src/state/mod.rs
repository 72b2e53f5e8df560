//! The declared cluster state: members, replica lists, buckets, settings, operations: one document with a version (rule P12).
//!
//! Declared by administrators and never inferred; what a node observes of others is `membership/liveness`. Each version
//! is agreed on by the voters of the one before (`consensus`), then gossiped (`gossip`). What a transition does to the
//! document, step by step, is `transition`; who takes the steps is `admin/conductor`.

pub mod consensus;
pub(crate) mod gossip;
pub(crate) mod keeper;
pub mod transition;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use shared::id::{BucketId, ClusterId, Name, NodeId};
use shared::level::Durability;
use shared::map::{Bucket, ClusterMap};
use shared::quorum::Quorum;
use shared::token::{PartitionId, Partitions};
use shared::wire;
use shared::wire::cluster::{Phase, RingChange, TransferLimits};
use shared::wire::operation::Operation;
use shared::wire::plan::Staged;

use crate::ring::Ring;
use crate::ring::phase::Placed;
use crate::version::context::Secret;
use transition::Transition;

/// Where a member stands, as declared (Dynamo §4.8.1). Who waits is no member yet, and who left is none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It is admitted, and takes its share in. It has no vote yet.
    Joining,
    /// It holds its share.
    Active,
    /// It hands over what it holds.
    Leaving,
    /// An administrator has said that it is lost: it is replaced or removed. It has no vote.
    Lost,
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

/// A line of versions, and a version in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edition {
    /// Random bits drawn when the line began.
    pub lineage: u64,
    /// Counts versions; a new line counts on.
    pub version: u64,
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
    /// Counts versions from 1.
    pub version: u64,
    /// The hash of the version before; zero for the first.
    pub parent: u128,
    /// The lines that this one branched off, with the last version of each that it shares.
    pub ancestors: Vec<Edition>,
    /// Every member.
    pub members: BTreeMap<NodeId, Member>,
    /// Former members. Neither id nor name is used again (invariant M5).
    pub left: BTreeMap<NodeId, Name>,
    /// Q, for good.
    pub partitions: Partitions,
    /// Who holds which partition.
    pub ring: Ring,
    /// The version in which replica lists, members' weights or zones last changed: what plans start from.
    pub ring_version: u64,
    /// The version in which a partition's placement last changed; of those that ever moved.
    pub epochs: BTreeMap<PartitionId, u64>,
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
    /// Changes that wait to be committed, in order.
    pub staged: Vec<Staged>,
    /// How many changes were ever staged.
    pub staged_ever: u64,
    /// How fast transfers may go.
    pub limits: TransferLimits,
    /// The change of the ring that is under way: one at a time.
    pub transition: Option<Transition>,
    /// Operations that ended, the newest first, at most [`OPERATIONS_KEPT`].
    pub operations: Vec<Operation>,
    /// How the ring came to be what it is, the newest first, at most [`CHANGES_KEPT`].
    pub history: Vec<RingChange>,
}

/// How many ended operations the document keeps: enough to look back at a busy week, and few bytes.
pub const OPERATIONS_KEPT: usize = 16;

/// How many changes of the ring the document keeps.
pub const CHANGES_KEPT: usize = 32;

/// How many former replica lists all kept changes may have together; beyond it the oldest lose theirs. Lists are most of
/// what the document weighs, and it travels whole.
pub const FORMER_LISTS_KEPT: usize = 16_384;

/// Partitions that may be on the move at once unless an administrator says otherwise: some tens of nodes have work, and a
/// joiner that dies takes no more than these along.
pub const PARTITIONS_AT_ONCE: u32 = 64;

/// The limits that a cluster begins with: none on the rate, since a cluster that was just made has nothing to be careful of.
pub const FIRST_LIMITS: TransferLimits =
    TransferLimits { bytes_per_second: 0, partitions_at_once: PARTITIONS_AT_ONCE, is_paused: false };

/// What a first version says; the rest follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The cluster's id, which every certificate carries.
    pub cluster: ClusterId,
    /// What people call it.
    pub name: Name,
    /// Random bits: the line that begins here.
    pub lineage: u64,
    /// Every first member.
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

impl From<First> for ClusterState {
    fn from(first: First) -> Self {
        Self {
            cluster: first.cluster,
            name: first.name,
            lineage: first.lineage,
            version: 1,
            parent: 0,
            ancestors: Vec::new(),
            members: first.members,
            left: BTreeMap::new(),
            partitions: first.partitions,
            ring: first.ring,
            ring_version: 1,
            epochs: BTreeMap::new(),
            quorum: first.quorum,
            strict: first.strict,
            durability: first.durability,
            value_bytes_max: first.value_bytes_max,
            buckets: first.buckets,
            staged: Vec::new(),
            staged_ever: 0,
            limits: FIRST_LIMITS,
            transition: None,
            operations: Vec::new(),
            history: Vec::new(),
        }
    }
}

impl ClusterState {
    /// The hash of this version, 128 bits.
    pub fn hash(&self) -> u128 {
        let hash = blake3::hash(&wire::encode(self));
        u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }

    /// Which version it is.
    pub fn edition(&self) -> Edition {
        Edition { lineage: self.lineage, version: self.version }
    }

    /// Where a partition is, and where it is going.
    pub fn placed(&self, partition: PartitionId) -> Placed<'_> {
        let current = self.ring.owners(partition);
        let epoch = self.epochs.get(&partition).copied().unwrap_or(1);
        let moving = self.transition.as_ref().and_then(|transition| transition.moves.get(&partition));
        match moving {
            Some(moving) if moving.phase != Phase::Old => {
                Placed { current, next: Some(&moving.next), phase: moving.phase, epoch }
            }
            _ => Placed { current, next: None, phase: Phase::Old, epoch },
        }
    }

    /// Every partition that a node has to take writes for, clockwise.
    pub fn held_by(&self, node: NodeId) -> impl Iterator<Item = PartitionId> + '_ {
        self.partitions.iter().filter(move |&partition| self.placed(partition).is_holder(node))
    }

    /// Every partition that a node answers for, clockwise.
    pub fn answered_by(&self, node: NodeId) -> impl Iterator<Item = PartitionId> + '_ {
        self.partitions.iter().filter(move |&partition| self.placed(partition).readers().contains(&node))
    }

    /// The members that agree on the next version: those that hold data and are not given up. Joiners get their vote with
    /// their share, so that a handful of them which never come up cannot stop the cluster from taking them back.
    pub fn voters(&self) -> impl Iterator<Item = NodeId> + '_ {
        let votes = |member: &Member| matches!(member.status, Status::Active | Status::Leaving);
        self.members.iter().filter(move |(_, member)| votes(member)).map(|(&node, _)| node)
    }

    /// How many voters make a majority.
    pub fn majority(&self) -> usize {
        self.voters().count() / 2 + 1
    }

    /// How many old owners must refuse an older phase before the next may be used: so that neither W nor R of them can
    /// still be reached by who knows only the older (rule P14).
    pub fn fence(&self, old_owners: usize) -> usize {
        let least = usize::from(self.quorum.r().min(self.quorum.w()));
        (old_owners + 1).saturating_sub(least)
    }

    /// The name of a member or former member, or its id where it is none.
    pub fn name_of(&self, node: NodeId) -> String {
        let member = self.members.get(&node).map(|member| &member.name);
        member.or_else(|| self.left.get(&node)).map_or_else(|| node.to_string(), Name::to_string)
    }

    /// The next version of this line, still equal in everything else.
    #[must_use]
    pub fn successor(&self, parent: u128) -> Self {
        Self { version: self.version + 1, parent, ..self.clone() }
    }

    /// Every zone that a member is in.
    pub fn zones(&self) -> BTreeSet<&Name> {
        self.members.values().map(|member| &member.zone).collect()
    }

    /// What a client may know of it.
    pub fn to_map(&self) -> ClusterMap {
        let member = |member: &Member| shared::map::Member {
            name: member.name.clone(),
            address: member.address,
            zone: member.zone.clone(),
        };
        let readers = |partition| self.placed(partition).readers().to_vec();
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
            replicas: self.partitions.iter().map(readers).collect(),
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
