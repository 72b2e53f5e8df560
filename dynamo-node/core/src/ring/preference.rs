//! Preference list: the nodes for a key, in order: its owners, then the fallbacks that stand in for absent ones
//! (Dynamo §4.3, §4.6).

use shared::id::NodeId;
use shared::token::PartitionId;

use super::Ring;
use super::phase::Placed;

/// Who is asked for a partition.
///
/// Only the owners are written down. Fallbacks are found by walking when an owner is absent: most requests never need
/// them, and a walk may have to look at much of the ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreferenceList {
    /// The owners whom readers ask and who coordinate, in order.
    pub readers: Vec<NodeId>,
    /// Everybody who takes writes: the readers, and where the partition is moving, the other list too.
    pub holders: Vec<NodeId>,
    /// The lists of each of which a write needs W: one, or two while the partition moves (rule P14).
    pub lists: Vec<Vec<NodeId>>,
    /// The version in which all this last changed.
    pub epoch: u64,
    partition: PartitionId,
    /// How many nodes there are: when the walk has met so many, it need not go on.
    nodes: usize,
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
    /// The list of a partition, in a cluster of so many nodes.
    pub fn of(placed: &Placed<'_>, partition: PartitionId, nodes: usize) -> Self {
        Self {
            readers: placed.readers().to_vec(),
            holders: placed.holders(),
            lists: placed.lists().map(<[NodeId]>::to_vec).collect(),
            epoch: placed.epoch,
            partition,
            nodes,
        }
    }

    /// Everybody else, in the order in which they stand in: the next distinct nodes clockwise.
    pub fn fallbacks<'a>(&'a self, ring: &'a Ring) -> impl Iterator<Item = NodeId> + 'a {
        ring.clockwise(self.partition).take(self.nodes).filter(|node| !self.holders.contains(node))
    }

    /// Dynamo §4.6, sloppy quorum: the first *reachable* nodes of the list, each absent one of these owners paired with the
    /// fallback that stands in for it. Absent owners for whom nobody is left have no target.
    pub fn sloppy_targets(
        &self,
        owners: &[NodeId],
        ring: &Ring,
        is_reachable: impl Fn(NodeId) -> bool,
    ) -> Vec<Target> {
        let is_reachable = &is_reachable;
        let mut standing_in = self.fallbacks(ring).filter(|&node| is_reachable(node));
        let target = |owner: &NodeId| {
            if is_reachable(*owner) {
                Some(Target { node: *owner, stands_in_for: None })
            } else {
                let node = standing_in.next()?;
                Some(Target { node, stands_in_for: Some(*owner) })
            }
        };
        owners.iter().filter_map(target).collect()
    }
}

#[cfg(test)]
mod tests {
    use shared::wire::cluster::Phase;

    use super::*;

    fn ring(lists: &[&[u64]]) -> Ring {
        Ring::new(lists.iter().map(|list| list.iter().copied().map(NodeId).collect()).collect())
    }

    #[test]
    fn absent_owners_are_stood_in_for_by_the_next_nodes_clockwise_beyond_the_end_of_the_ring() {
        let ring = ring(&[&[4, 1, 2], &[5, 4, 1], &[1, 2, 3]]);
        let current = ring.owners(PartitionId(2));
        let placed = Placed { current, next: None, phase: Phase::Old, epoch: 1 };
        let list = PreferenceList::of(&placed, PartitionId(2), 5);
        let absent = [NodeId(1), NodeId(2), NodeId(4)];
        let targets = list.sloppy_targets(&list.holders, &ring, |node| !absent.contains(&node));
        let expected = [
            Target { node: NodeId(5), stands_in_for: Some(NodeId(1)) },
            Target { node: NodeId(3), stands_in_for: None },
        ];
        assert_eq!(targets, expected, "5 stands in for 1; nobody is left for 2");
    }
}
