//! Whom to ask for a partition, and in which order.

use std::net::SocketAddr;

use shared::id::NodeId;
use shared::map::ClusterMap;
use shared::token::PartitionId;

/// A node to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) address: SocketAddr,
    /// What people call it; its address where that is not known.
    pub(crate) name: String,
}

impl Candidate {
    pub(crate) fn unnamed(address: SocketAddr) -> Self {
        Self { address, name: address.to_string() }
    }
}

/// Dynamo §6.4: the owners, so that no hop is needed.
pub(crate) fn owners(map: &ClusterMap, partition: PartitionId) -> Vec<Candidate> {
    named(map, map.owners(partition))
}

/// The owners, then as many others, clockwise: any node takes any request, and these are the likely fallbacks.
pub(crate) fn owners_and_others(map: &ClusterMap, partition: PartitionId) -> Vec<Candidate> {
    let mut nodes: Vec<NodeId> = map.owners(partition).to_vec();
    let wanted = (nodes.len() * 2).min(map.members.len());
    let count = map.partitions.count();
    let clockwise = (1..count).map(|step| PartitionId((partition.0 + step) % count));
    for node in clockwise.flat_map(|next| map.owners(next)) {
        if nodes.len() >= wanted {
            break;
        }
        if !nodes.contains(node) {
            nodes.push(*node);
        }
    }
    named(map, &nodes)
}

/// Every member.
pub(crate) fn members(map: &ClusterMap) -> Vec<Candidate> {
    let named = map
        .members
        .values()
        .map(|member| Candidate { address: member.address, name: member.name.to_string() });
    named.collect()
}

fn named(map: &ClusterMap, nodes: &[NodeId]) -> Vec<Candidate> {
    let members = nodes.iter().filter_map(|node| map.members.get(node));
    members.map(|member| Candidate { address: member.address, name: member.name.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn names(candidates: &[Candidate]) -> Vec<&str> {
        candidates.iter().map(|candidate| candidate.name.as_str()).collect()
    }

    #[test]
    fn owners_come_in_the_order_of_the_replica_list_and_others_after_them() {
        let map = sample::map(&[1, 2, 3, 4, 5]);
        assert_eq!(names(&owners(&map, PartitionId(3))), ["n4", "n5", "n1"]);
        assert_eq!(names(&owners_and_others(&map, PartitionId(3))), ["n4", "n5", "n1", "n2", "n3"]);
    }

    #[test]
    fn there_are_no_more_others_than_owners() {
        let map = sample::map(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(names(&owners_and_others(&map, PartitionId(0))), ["n1", "n2", "n3", "n4", "n5", "n6"]);
    }

    #[test]
    fn a_small_cluster_has_no_others() {
        let map = sample::map(&[1, 2, 3]);
        assert_eq!(owners_and_others(&map, PartitionId(7)).len(), 3);
    }
}
