//! Ring: which nodes hold each partition, in order (Dynamo §4.2, §6.2 strategy 3).
//!
//! The ring is cut into Q equal partitions for good, and each has an explicit, ordered list of replicas; so who holds what
//! can be read and moved partition by partition, and the placement rule may change without moving anything.

pub mod phase;
pub mod placement;
pub mod preference;

use serde::{Deserialize, Serialize};
use shared::id::NodeId;
use shared::token::PartitionId;

/// The ordered replica list of every partition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ring(Vec<Vec<NodeId>>);

impl Ring {
    /// A ring of these lists, clockwise from partition zero.
    pub fn new(lists: Vec<Vec<NodeId>>) -> Self {
        Self(lists)
    }

    /// The lists, clockwise from partition zero.
    pub fn lists(&self) -> &[Vec<NodeId>] {
        &self.0
    }

    /// The replicas of a partition, in order; empty if there is no such partition.
    pub fn owners(&self, partition: PartitionId) -> &[NodeId] {
        self.0.get(partition.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Gives a partition other replicas; returns those that it had.
    pub fn replace(&mut self, partition: PartitionId, list: Vec<NodeId>) -> Vec<NodeId> {
        match self.0.get_mut(partition.0 as usize) {
            Some(owners) => std::mem::replace(owners, list),
            None => Vec::new(),
        }
    }

    /// Whether a node holds a replica of a partition.
    pub fn is_owner(&self, partition: PartitionId, node: NodeId) -> bool {
        self.owners(partition).contains(&node)
    }

    /// The partitions that a node holds a replica of, clockwise.
    pub fn partitions_of(&self, node: NodeId) -> impl Iterator<Item = PartitionId> + '_ {
        let numbered = self.0.iter().zip(0_u32..);
        numbered.filter(move |(owners, _)| owners.contains(&node)).map(|(_, number)| PartitionId(number))
    }

    /// The distinct nodes met walking clockwise from a partition, the end of the ring included.
    pub fn clockwise(&self, partition: PartitionId) -> impl Iterator<Item = NodeId> + '_ {
        let from = (partition.0 as usize).min(self.0.len());
        let (before, after) = self.0.split_at(from);
        let mut met = Vec::new();
        after.iter().chain(before).flatten().copied().filter(move |node| {
            let new = !met.contains(node);
            if new {
                met.push(*node);
            }
            new
        })
    }
}
