//! Register: which declared states came into force anywhere, and what was acknowledged that a moving ring has to keep.
//!
//! It only remembers. What must hold of it is judged in `world/watching`, where the disks can be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dynamo_core::row::Row;
use dynamo_core::state::{Declared, Edition};
use dynamo_core::version::Dot;
use shared::id::{NodeId, OperationId};
use shared::token::PartitionId;

/// A version of the declared state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version {
    /// Its hash.
    pub(crate) hash: u128,
    /// The operation that it carries out.
    pub(crate) operation: Option<OperationId>,
}

/// A write that W owners have acknowledged as synced.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    /// Of what.
    pub(crate) row: Row,
    /// The dots that its request was given; any of them names it.
    pub(crate) dots: Vec<Dot>,
    /// When its writer was told, in microseconds of the world.
    pub(crate) at_us: u64,
}

/// Everything that came into force.
#[derive(Debug, Default)]
pub struct Register {
    pub(crate) versions: BTreeMap<Edition, Version>,
    pub(crate) newest: Option<Arc<Declared>>,
    /// Whoever was a member, and is none.
    pub(crate) former: BTreeSet<NodeId>,
    /// When each operation was first seen under way, in microseconds of the world.
    pub(crate) begun: BTreeMap<OperationId, u64>,
    /// Operations that were seen to have ended.
    pub(crate) ended: BTreeSet<OperationId>,
    /// When each partition on the move was first written to by both lists, in microseconds of the world.
    pub(crate) joint_since: BTreeMap<PartitionId, u64>,
    /// When a node was last called down, in microseconds of the world.
    pub(crate) called_down: BTreeMap<NodeId, u64>,
    /// Who calls whom down now.
    pub(crate) calls_down: BTreeSet<(NodeId, NodeId)>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Versions that administrators were told of: what they had committed.
    pub(crate) committed: BTreeMap<u64, OperationId>,
}

impl Register {
    /// The operation that a version carries out; `None`: none, or the version never came into force.
    pub(crate) fn operation_of(&self, version: u64) -> Option<OperationId> {
        let known = self.versions.iter().find(|(edition, _)| edition.version == version);
        known.and_then(|(_, version)| version.operation)
    }
}
