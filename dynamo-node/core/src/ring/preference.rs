//! Preference list: the nodes for a key, in order: its owners, then the fallbacks that stand in for absent ones
//! (Dynamo §4.3, §4.6).

use shared::id::NodeId;
use shared::token::PartitionId;

use super::Ring;

/// Who is asked for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceList {
    /// The rightful replicas, in order.
    pub primaries: Vec<NodeId>,
    /// Everybody else, in the order in which they stand in: the next distinct nodes clockwise.
    pub fallbacks: Vec<NodeId>,
}

/// A node that is asked to take a write, and for whom it stands in, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Who is asked.
    pub node: NodeId,
    /// The absent owner whose write it keeps as a hint; `None`: it is an owner itself.
    pub stands_in_for: Option<NodeId>,
}

impl PreferenceList {
    /// The list of a partition.
    pub fn of(ring: &Ring, partition: PartitionId) -> Self {
        let primaries = ring.owners(partition).to_vec();
        let fallbacks = ring.clockwise(partition).filter(|node| !primaries.contains(node)).collect();
        Self { primaries, fallbacks }
    }

    /// Dynamo §4.6, sloppy quorum: the first N *reachable* nodes of the list, each absent owner paired with the
    /// fallback that stands in for it. Absent owners for whom nobody is left have no target.
    pub fn sloppy_targets(&self, is_reachable: impl Fn(NodeId) -> bool) -> Vec<Target> {
        let mut standing_in = self.fallbacks.iter().copied().filter(|&node| is_reachable(node));
        let target = |owner: &NodeId| {
            if is_reachable(*owner) {
                Some(Target { node: *owner, stands_in_for: None })
            } else {
                let node = standing_in.next()?;
                Some(Target { node, stands_in_for: Some(*owner) })
            }
        };
        self.primaries.iter().filter_map(target).collect()
    }
}
