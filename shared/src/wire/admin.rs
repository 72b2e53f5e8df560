//! The admin plane: what changes the cluster.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::id::{Name, NodeId, OperationId, PlanId};
use crate::level::Durability;
use crate::quorum::Quorum;
use crate::token::Partitions;
use crate::wire::plan::Change;

/// What an administrator may ask for. Whoever asks is known by the certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admin {
    /// Creates the first declared state out of waiting nodes with empty stores.
    Init(Init),
    /// Adds changes to those that wait to be committed: all of them, or none.
    Stage {
        /// In this order.
        changes: Vec<Change>,
    },
    /// Takes staged changes back: those with these numbers, or all if there are none.
    Clear {
        /// [`crate::wire::plan::Staged::number`].
        numbers: Vec<u64>,
    },
    /// Adopts the plan of what is staged, and begins to move partitions.
    Commit(Commit),
    /// Takes a running operation back: partitions that were not handed over stay where they were.
    Cancel {
        /// Which.
        operation: OperationId,
    },
    /// Changes how fast transfers may go, at once; what is `None` stays.
    Limit {
        /// Bytes a second that each node may take in; zero: no limit.
        bytes_per_second: Option<u64>,
        /// Partitions that may be on the move at once, in the whole cluster; at least 1.
        partitions_at_once: Option<u32>,
    },
    /// Stops transfers where they are, or lets them go on.
    Pause {
        /// `false`: go on.
        pause: bool,
    },
}

/// The adoption of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The plan that was read; another one, of another base or of other changes, is not committed (a conflict).
    pub plan: PlanId,
    /// Whether blockers that may be insisted on are overridden.
    pub insist: bool,
    /// `Some`: without the agreement of a majority, which is lost. The changes are then given here, since nothing can be staged
    /// without one. A new lineage begins: members that are not reached take it over when they come back, unless they have gone
    /// on in the old one, or were removed.
    pub without_majority: Option<Vec<Change>>,
}

/// What the first declared state is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Init {
    /// What people will call the cluster.
    pub name: Name,
    /// N, and the cluster's R and W.
    pub quorum: Quorum,
    /// Q, for good.
    pub partitions: Partitions,
    /// Whether only owners count unless a bucket or a request says otherwise.
    pub strict: bool,
    /// What counts as written unless a bucket or a request says otherwise.
    pub durability: Durability,
    /// Longest value, in bytes.
    pub value_bytes_max: u64,
    /// The buckets to create; `default` is always among them.
    pub buckets: Vec<Name>,
    /// Every first member, the node that is asked included.
    pub members: Vec<InitMember>,
}

/// A first member, as it described itself ([`crate::wire::look::Whoami`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitMember {
    /// Its id.
    pub node: NodeId,
    /// Its name.
    pub name: Name,
    /// Where the others reach it.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
    /// Its share of the ring relative to the others'; at least 1.
    pub weight: u32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// Every member has adopted the first declared state.
    Initialised {
        /// The version of it: 1.
        version: u64,
    },
    /// The changes wait to be committed.
    Staged {
        /// The version of the declared state that has them.
        version: u64,
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// So many staged changes were taken back.
    Cleared {
        /// The version of the declared state that lacks them.
        version: u64,
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// The plan is adopted; an operation carries it out.
    Committed {
        /// The version of the declared state that says so.
        version: u64,
        /// What to wait for.
        operation: OperationId,
    },
    /// The operation is being taken back.
    Cancelling {
        /// The version of the declared state that says so.
        version: u64,
    },
    /// The limits are in force, or transfers are paused, or go on.
    Set {
        /// The version of the declared state that says so.
        version: u64,
    },
}

/// The answer to an [`Admin`].
pub type AdminResult = Result<Done, Failure>;
