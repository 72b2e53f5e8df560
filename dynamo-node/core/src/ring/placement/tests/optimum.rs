//! The naive twin: fewest moves to given quotas, by a minimum-cost flow with a node for every partition, every partition's
//! zone and every member, one Bellman-Ford search a replica. Far too slow for real rings.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::{Name, NodeId};

use super::super::Candidate;
use crate::ring::Ring;

/// What it is worth that a list reaches a zone, where every list must reach all: more than all moves together.
const REACHED: i64 = 1_000_000;

struct Edge {
    to: usize,
    capacity: i64,
    cost: i64,
}

#[derive(Default)]
struct Network {
    edges: Vec<Edge>,
    from: Vec<Vec<usize>>,
}

impl Network {
    fn node(&mut self) -> usize {
        self.from.push(Vec::new());
        self.from.len() - 1
    }

    /// Every edge is followed by its way back.
    fn edge(&mut self, from: usize, to: usize, capacity: i64, cost: i64) {
        self.from[from].push(self.edges.len());
        self.edges.push(Edge { to, capacity, cost });
        self.from[to].push(self.edges.len());
        self.edges.push(Edge { to: from, capacity: 0, cost: -cost });
    }

    /// Sends one unit along a cheapest way; its cost.
    fn send_one(&mut self, source: usize, sink: usize) -> Option<i64> {
        let mut best = vec![(i64::MAX, usize::MAX); self.from.len()];
        best[source].0 = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for node in 0..self.from.len() {
                let so_far = best[node].0;
                for &edge in self.from[node].iter().filter(|_| so_far < i64::MAX) {
                    let Edge { to, capacity, cost } = self.edges[edge];
                    if capacity > 0 && so_far + cost < best[to].0 {
                        best[to] = (so_far + cost, edge);
                        changed = true;
                    }
                }
            }
        }
        let mut node = sink;
        while node != source && best[sink].0 < i64::MAX {
            let edge = best[node].1;
            self.edges[edge].capacity -= 1;
            self.edges[edge ^ 1].capacity += 1;
            node = self.edges[edge ^ 1].to;
        }
        (best[sink].0 < i64::MAX).then_some(best[sink].0)
    }
}

/// The fewest moves from a ring to any that keeps the rules and meets these quotas; `None`: there is none.
pub(super) fn fewest_moves(
    before: &Ring,
    members: &[Candidate],
    n: u8,
    quotas: &BTreeMap<NodeId, u32>,
) -> Option<u32> {
    let zones: BTreeSet<&Name> = members.iter().map(|member| &member.zone).collect();
    let n = i64::from(n);
    let zone_count = i64::try_from(zones.len()).unwrap();
    let mut network = Network::default();
    let (source, sink) = (network.node(), network.node());
    let nodes: Vec<usize> = members.iter().map(|_| network.node()).collect();
    for (member, &node) in members.iter().zip(&nodes) {
        network.edge(node, sink, i64::from(quotas[&member.node]), 0);
    }
    for list in before.lists() {
        let partition = network.node();
        network.edge(source, partition, n, 0);
        for zone in &zones {
            let in_zone = network.node();
            let must = zone_count < n;
            network.edge(partition, in_zone, 1, if must { -REACHED } else { 0 });
            network.edge(partition, in_zone, (n - zone_count).max(0), 0);
            for (member, &node) in members.iter().zip(&nodes).filter(|(member, _)| member.zone == **zone) {
                network.edge(in_zone, node, 1, i64::from(!list.contains(&member.node)));
            }
        }
    }
    let partitions = i64::try_from(before.lists().len()).unwrap();
    let sent: Vec<i64> = (0..n * partitions).map_while(|_| network.send_one(source, sink)).collect();
    let reached = if zone_count < n { REACHED * zone_count * partitions } else { 0 };
    let cost = sent.iter().sum::<i64>() + reached;
    let is_met = sent.len() == usize::try_from(n * partitions).unwrap() && cost < REACHED;
    is_met.then(|| u32::try_from(cost).unwrap())
}
