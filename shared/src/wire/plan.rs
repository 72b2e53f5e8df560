//! Changes of the ring, staged and planned: what an administrator asks for, and what it would do (Dynamo §4.9).
//!
//! Nodes are named by people's names here; the node that is asked finds out whom they mean.

use serde::{Deserialize, Serialize};

use crate::id::{ClusterId, Name, NodeId, PlanId};
use crate::token::PartitionId;

/// One change that an administrator wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// A waiting node becomes a member.
    Join {
        /// Its name, by its certificate.
        node: Name,
        /// Its share relative to the others'; at least 1.
        weight: u32,
        /// Its zone; `None`: the one of its configuration.
        zone: Option<Name>,
    },
    /// A living member hands over everything it holds, and goes.
    Leave {
        /// Which.
        node: Name,
    },
    /// A waiting node takes the place of a member that is lost: its partitions, weight and zone.
    Replace {
        /// The lost member.
        node: Name,
        /// The waiting node.
        by: Name,
    },
    /// A lost member is struck off; what it held is made anew from the other replicas.
    Remove {
        /// Which.
        node: Name,
    },
    /// A member's share changes.
    Weight {
        /// Which.
        node: Name,
        /// Its share relative to the others'; at least 1.
        weight: u32,
    },
    /// A member's failure zone is another.
    Zone {
        /// Which.
        node: Name,
        /// The zone.
        zone: Name,
        /// Whether no member is in that zone yet: a mistyped zone must not pass for a new one.
        is_new: bool,
    },
}

impl Change {
    /// The member or waiting node that it is about.
    pub fn node(&self) -> &Name {
        match self {
            Self::Join { node, .. }
            | Self::Leave { node }
            | Self::Replace { node, .. }
            | Self::Remove { node }
            | Self::Weight { node, .. }
            | Self::Zone { node, .. } => node,
        }
    }
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Join { node, weight, zone: Some(zone) } => {
                write!(f, "join {node} (weight {weight}, zone {zone})")
            }
            Self::Join { node, weight, zone: None } => write!(f, "join {node} (weight {weight})"),
            Self::Leave { node } => write!(f, "leave {node}"),
            Self::Replace { node, by } => write!(f, "replace {node} by {by}"),
            Self::Remove { node } => write!(f, "remove {node}"),
            Self::Weight { node, weight } => write!(f, "weight {node} {weight}"),
            Self::Zone { node, zone, .. } => write!(f, "zone {node} {zone}"),
        }
    }
}

/// Who asked for something: by the certificate, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The name in the certificate.
    pub name: String,
    /// Its serial number, in hexadecimal digits.
    pub serial: String,
}

/// A change that waits to be committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// Counts staged changes of the cluster; never used again.
    pub number: u64,
    /// What.
    pub change: Change,
    /// Who staged it.
    pub author: Author,
    /// When, by the clock of the node that was asked, in milliseconds since 1970.
    pub staged_ms: u64,
}

/// What committing would do. Deterministic: every node makes the same plan of the same state (invariant M2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Names base, changes and result.
    pub id: PlanId,
    /// The cluster that it is for.
    pub cluster: ClusterId,
    /// The version of the ring that it starts from.
    pub base_ring_version: u64,
    /// What it carries out, in order.
    pub changes: Vec<Change>,
    /// Every node that is a member before or after, by name.
    pub shares: Vec<Share>,
    /// Who sends to whom.
    pub pairs: Vec<Pair>,
    /// Partitions whose replica list changes.
    pub moves: Vec<Move>,
    /// How many replicas get a new place.
    pub replicas_moved: u32,
    /// The fewest that any plan to these shares could move (rule P13).
    pub replicas_moved_least: u32,
    /// How long it takes at the limits in force, in milliseconds, by the nodes' reports of what they hold; `None`: no limit.
    pub time_ms: Option<u64>,
    /// The least live replicas that any partition has on the way, as the answering node sees it.
    pub live_replicas_least: u8,
    /// Some partitions that come down to that.
    pub live_replicas_examples: Vec<PartitionId>,
    /// Partitions whose replicas lie in as many zones as there can be, before.
    pub zoned_before: u32,
    /// The same, after.
    pub zoned_after: u32,
    /// Largest load over its ideal, less one, in thousandths, before.
    pub skew_before_permille: u32,
    /// The same, after.
    pub skew_after_permille: u32,
    /// What stands in the way of a commit.
    pub blockers: Vec<Blocker>,
    /// What an operator should know.
    pub warnings: Vec<String>,
}

/// One node's part in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: Name,
    /// Its zone, afterwards.
    pub zone: Name,
    /// Its weight; zero: not a member then.
    pub weight_before: u32,
    /// Its weight; zero: not a member any more.
    pub weight_after: u32,
    /// Replicas held.
    pub replicas_before: u32,
    /// Replicas held.
    pub replicas_after: u32,
    /// Replicas that it takes in.
    pub replicas_in: u32,
    /// Replicas that it gives up.
    pub replicas_out: u32,
    /// Bytes that it takes in, as far as is known.
    pub bytes_in: u64,
    /// Bytes that it gives up, as far as is known.
    pub bytes_out: u64,
    /// Bytes on its disk when it has taken everything in and given nothing up yet; `None`: it has not reported.
    pub disk_peak_bytes: Option<u64>,
    /// Bytes free on its disk now; `None`: it has not reported.
    pub disk_free_bytes: Option<u64>,
}

/// What goes from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Whose copy is given up, or, where it is lost, who is read from.
    pub source: NodeId,
    /// Who takes it in.
    pub target: NodeId,
    /// Partitions.
    pub partitions: u32,
    /// Bytes, as far as is known.
    pub bytes: u64,
}

/// A partition's replica list before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Which.
    pub partition: PartitionId,
    /// In order.
    pub before: Vec<NodeId>,
    /// In order.
    pub after: Vec<NodeId>,
}

/// Something that stands in the way of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Whose; `None`: of the cluster as a whole.
    pub node: Option<Name>,
    /// A stable name for scripts: `unreachable`, `disk`, `transfer`, `replicas`, `sources`.
    pub code: String,
    /// What, and what to try.
    pub reason: String,
    /// Some partitions that it concerns.
    pub partitions: Vec<PartitionId>,
    /// Whether an operator may insist.
    pub may_insist: bool,
}

/// What a proposal is to be good at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Objective {
    /// Shares by weight, as even as can be.
    Load,
    /// Few bytes over the network.
    Bytes,
    /// Few replicas with a new place.
    Moves,
}

/// A way to balance, with what it would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// A word for it.
    pub title: String,
    /// Why one would want it.
    pub why: String,
    /// Staging these gives this plan.
    pub plan: Plan,
}
