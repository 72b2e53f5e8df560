//! Placement: who should hold what (rule P13). Deterministic: the same members give the same ring everywhere.
//!
//! First every partition gets one node, by weight and spread so that neighbours differ in node and zone; then each
//! partition's replica list is found by walking clockwise from it. This room places a first ring; moving little from one
//! ring to the next is not here yet.

use std::collections::BTreeMap;

use shared::id::{Name, NodeId};
use shared::token::Partitions;

use super::Ring;

/// A member as placement sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub node: NodeId,
    /// Its failure zone.
    pub zone: Name,
    /// Its share relative to the others'; at least 1.
    pub weight: u32,
}

/// Members that cannot carry a ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlacement {
    /// Fewer nodes than replicas.
    #[error("{n} replicas need {n} distinct nodes, and there are {nodes}")]
    TooFewNodes {
        /// N.
        n: u8,
        /// How many nodes there are.
        nodes: usize,
    },
    /// A member that would hold nothing.
    #[error("node {0} has weight 0: a weight is at least 1")]
    NoWeight(NodeId),
}

/// A first ring of Q partitions with N replicas each.
pub fn place(candidates: &[Candidate], partitions: Partitions, n: u8) -> Result<Ring, NoPlacement> {
    if candidates.len() < usize::from(n) {
        return Err(NoPlacement::TooFewNodes { n, nodes: candidates.len() });
    }
    if let Some(idle) = candidates.iter().find(|candidate| candidate.weight == 0) {
        return Err(NoPlacement::NoWeight(idle.node));
    }
    let mut candidates = candidates.to_vec();
    candidates.sort_by_key(|candidate| candidate.node);
    let heads = assign_heads(&candidates, partitions, usize::from(n));
    let lists = (0..heads.len()).map(|at| walk(&candidates, &heads, at, usize::from(n)));
    Ok(Ring::new(lists.collect()))
}

/// A ring that members should come to, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// Who is to hold what.
    pub ring: Ring,
    /// Replicas that get a new place.
    pub replicas_moved: u32,
    /// The fewest that any ring of these shares could move: the sum over nodes of what they hold afterwards beyond what
    /// they held before (rule P13).
    pub replicas_moved_least: u32,
    /// The share of Q*N replicas that is each node's by weight, in thousandths of a replica.
    pub ideal_millireplicas: BTreeMap<NodeId, u64>,
    /// The same in whole replicas: what each node should hold; they add up to Q*N.
    pub quotas: BTreeMap<NodeId, u32>,
}

/// Where replicas should lie when the members have become these: moves little from `before`.
pub fn rearrange(before: &Ring, candidates: &[Candidate], n: u8) -> Result<Placement, NoPlacement> {
    rearrange_at_most(before, candidates, n, u32::MAX)
}

/// The same, but moves at most so many replicas: first whatever must move (nodes that are no candidates any more, lists
/// that break a rule), then what helps balance most.
pub fn rearrange_at_most(
    before: &Ring,
    candidates: &[Candidate],
    n: u8,
    moves_max: u32,
) -> Result<Placement, NoPlacement> {
    check(candidates, n)?;
    let mut candidates = candidates.to_vec();
    candidates.sort_by_key(|candidate| candidate.node);
    let n = usize::from(n);
    let zones = candidates.iter().map(|c| &c.zone).collect::<std::collections::BTreeSet<_>>().len().min(n);
    let slots = (before.lists().len() * n) as u64;
    let weights: u64 = candidates.iter().map(|c| u64::from(c.weight)).sum();
    let ideal_millireplicas: BTreeMap<NodeId, u64> =
        candidates.iter().map(|c| (c.node, slots * 1000 * u64::from(c.weight) / weights)).collect();
    let mut quotas: BTreeMap<NodeId, u32> = ideal_millireplicas
        .iter()
        .map(|(&node, ideal)| (node, u32::try_from(ideal / 1000).unwrap_or(0)))
        .collect();
    let rest = slots - quotas.values().copied().map(u64::from).sum::<u64>();
    quotas.values_mut().zip(0..rest).for_each(|(quota, _)| *quota += 1);
    let mut held: BTreeMap<NodeId, u32> = candidates.iter().map(|c| (c.node, 0)).collect();
    let lists = before.lists().iter().map(|list| {
        let mut kept: Vec<&Candidate> = Vec::new();
        let fits = |kept: &[&Candidate], c: &Candidate| {
            let zone_is_new = kept.iter().all(|k| k.zone != c.zone);
            let spanned = kept.iter().map(|k| &k.zone).collect::<std::collections::BTreeSet<_>>().len();
            kept.iter().all(|k| k.node != c.node) && (zone_is_new || n - kept.len() > zones - spanned)
        };
        for node in list.iter().take(n) {
            let Some(c) = candidates.iter().find(|c| c.node == *node) else { continue };
            let full = held.get(node).copied() >= quotas.get(node).copied();
            if fits(&kept, c) && (!full || moves_max != u32::MAX) {
                kept.push(c);
                *held.entry(c.node).or_default() += 1;
            }
        }
        while kept.len() < n {
            let lag = |c: &&Candidate| {
                i64::from(held.get(&c.node).copied().unwrap_or(0))
                    - i64::from(quotas.get(&c.node).copied().unwrap_or(0))
            };
            let Some(c) = candidates.iter().filter(|c| fits(&kept, c)).min_by_key(lag) else { break };
            kept.push(c);
            *held.entry(c.node).or_default() += 1;
        }
        kept.iter().map(|c| c.node).collect::<Vec<_>>()
    });
    let ring = Ring::new(lists.collect());
    let moved = ring
        .lists()
        .iter()
        .zip(before.lists())
        .flat_map(|(after, before)| after.iter().filter(|node| !before.contains(node)));
    let replicas_moved = u32::try_from(moved.count()).unwrap_or(u32::MAX);
    let replicas_moved_least = candidates
        .iter()
        .map(|c| {
            let before = u32::try_from(before.partitions_of(c.node).count()).unwrap_or(u32::MAX);
            held.get(&c.node).copied().unwrap_or(0).saturating_sub(before)
        })
        .sum();
    Ok(Placement { ring, replicas_moved, replicas_moved_least, ideal_millireplicas, quotas })
}

/// Whether these can carry a ring at all.
fn check(candidates: &[Candidate], n: u8) -> Result<(), NoPlacement> {
    if candidates.len() < usize::from(n) {
        return Err(NoPlacement::TooFewNodes { n, nodes: candidates.len() });
    }
    let idle = candidates.iter().find(|candidate| candidate.weight == 0);
    idle.map_or(Ok(()), |idle| Err(NoPlacement::NoWeight(idle.node)))
}

/// One candidate (by index) for each partition: whoever is furthest behind its share, unless it or its zone heads one of
/// the N-1 partitions next to it, on either side, the end of the ring included.
fn assign_heads(candidates: &[Candidate], partitions: Partitions, n: usize) -> Vec<usize> {
    let total: i64 = candidates.iter().map(|candidate| i64::from(candidate.weight)).sum();
    let count = partitions.count() as usize;
    let mut credit = vec![0_i64; candidates.len()];
    let mut heads: Vec<usize> = Vec::with_capacity(count);
    for at in 0..count {
        for (credit, candidate) in credit.iter_mut().zip(candidates) {
            *credit += i64::from(candidate.weight);
        }
        let behind = heads.iter().rev().take(n - 1);
        let beyond_the_end = heads.iter().take((at + n).saturating_sub(count));
        let neighbours: Vec<usize> = behind.chain(beyond_the_end).copied().collect();
        let head = furthest_behind(candidates, &credit, &neighbours);
        if let Some(credit) = credit.get_mut(head) {
            *credit -= total;
        }
        heads.push(head);
    }
    heads
}

/// The candidate with the most credit among those that clash least with the neighbours: first by zone, then by node.
fn furthest_behind(candidates: &[Candidate], credit: &[i64], neighbours: &[usize]) -> usize {
    let clash = |index: usize, candidate: &Candidate| {
        let same_zone =
            |&other: &usize| candidates.get(other).is_some_and(|other| other.zone == candidate.zone);
        (neighbours.contains(&index), neighbours.iter().any(same_zone))
    };
    let ranked = candidates.iter().zip(credit).enumerate();
    ranked
        .min_by_key(|(index, (candidate, credit))| (clash(*index, candidate), -**credit, *index))
        .map_or(0, |(index, _)| index)
}

/// Clockwise from a partition: first nodes of zones that are not on the list yet, then, if zones run out, any others.
fn walk(candidates: &[Candidate], heads: &[usize], from: usize, n: usize) -> Vec<NodeId> {
    let (before, after) = heads.split_at(from);
    let by_index = |index: &usize| candidates.get(*index);
    let met = after.iter().chain(before).filter_map(by_index).chain(candidates);
    let met: Vec<&Candidate> = met.collect();
    let mut list: Vec<&Candidate> = Vec::with_capacity(n);
    for new_zones_only in [true, false] {
        for candidate in &met {
            let taken = list.iter().any(|other| other.node == candidate.node);
            let zone_taken = list.iter().any(|other| other.zone == candidate.zone);
            if list.len() < n && !taken && !(new_zones_only && zone_taken) {
                list.push(candidate);
            }
        }
    }
    list.iter().map(|candidate| candidate.node).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn candidate(node: u64, zone: u64, weight: u32) -> Candidate {
        Candidate { node: NodeId(node), zone: format!("z{zone}").parse().unwrap(), weight }
    }

    fn zone_of(candidates: &[Candidate], node: NodeId) -> &Name {
        &candidates.iter().find(|candidate| candidate.node == node).unwrap().zone
    }

    #[test]
    fn too_few_nodes_are_refused() {
        let two = [candidate(1, 1, 1), candidate(2, 2, 1)];
        let refused = place(&two, Partitions::new(8).unwrap(), 3);
        assert_eq!(refused, Err(NoPlacement::TooFewNodes { n: 3, nodes: 2 }));
    }

    #[test]
    fn equal_nodes_hold_equal_shares() {
        let nodes: Vec<_> = (1..=5).map(|node| candidate(node, node, 1)).collect();
        let ring = place(&nodes, Partitions::new(1024).unwrap(), 3).unwrap();
        let mut held: BTreeMap<NodeId, usize> = BTreeMap::new();
        ring.lists().iter().flatten().for_each(|&node| *held.entry(node).or_default() += 1);
        let ideal = 1024 * 3 / 5;
        assert!(held.values().all(|&held| held.abs_diff(ideal) <= ideal / 20), "{held:?}");
    }

    proptest! {
        #[test]
        fn every_list_has_n_distinct_nodes_and_as_many_zones_as_there_can_be(
            zones in proptest::collection::vec(0..4_u64, 3..9),
            weights in proptest::collection::vec(1..5_u32, 9),
            q in 3..7_u32,
            n in 1..4_u8,
        ) {
            let candidates: Vec<_> = zones.iter().zip(&weights).zip(1..)
                .map(|((&zone, &weight), node)| candidate(node, zone, weight)).collect();
            let ring = place(&candidates, Partitions::new(1 << q).unwrap(), n).unwrap();
            let zones: BTreeSet<_> = zones.iter().collect();
            for list in ring.lists() {
                let nodes: BTreeSet<_> = list.iter().collect();
                prop_assert_eq!((list.len(), nodes.len()), (usize::from(n), usize::from(n)));
                let spanned: BTreeSet<_> = list.iter().map(|&node| zone_of(&candidates, node)).collect();
                prop_assert_eq!(spanned.len(), zones.len().min(usize::from(n)));
            }
        }
    }
}
