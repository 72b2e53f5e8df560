//! A cluster for tests: members on the given ports of loopback, N=3 where there are so many, Q=8.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use shared::id::{BucketId, ClusterId, Name, NodeId};
use shared::level::Durability;
use shared::map::{Bucket, ClusterMap, Member};
use shared::quorum::Quorum;
use shared::token::Partitions;

/// The cluster of every test.
pub(crate) const CLUSTER: ClusterId = ClusterId(0xc1);

/// The bucket `default`.
pub(crate) const BUCKET: BucketId = BucketId(0xb0);

/// Nodes `n1`, `n2`, …; partition p begins with the p-th of them, around and around.
pub(crate) fn map(ports: &[u16]) -> ClusterMap {
    let nodes: Vec<NodeId> = (1..=ports.len() as u64).map(NodeId).collect();
    let n = nodes.len().min(3);
    let members: BTreeMap<NodeId, Member> = nodes
        .iter()
        .zip(ports)
        .map(|(node, port)| {
            let name = format!("n{}", node.0).parse().unwrap();
            let address = SocketAddr::from(([127, 0, 0, 1], *port));
            (*node, Member { name, address, zone: "z".parse().unwrap() })
        })
        .collect();
    let replicas = |first: usize| (0..n).map(|step| nodes[(first + step) % nodes.len()]).collect();
    let default: Name = "default".parse().unwrap();
    ClusterMap {
        cluster: CLUSTER,
        name: "test".parse().unwrap(),
        version: 1,
        quorum: Quorum::majority(u8::try_from(n).unwrap()).unwrap(),
        strict: false,
        durability: Durability::Synced,
        value_bytes_max: 1024,
        partitions: Partitions::new(8).unwrap(),
        members,
        replicas: (0..8).map(replicas).collect(),
        buckets: BTreeMap::from([(BUCKET, Bucket::plain(default))]),
    }
}
