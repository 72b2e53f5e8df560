//! Survey: how well a ring stands: live replicas on the way, zones, evenness. It counts, and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::{Name, NodeId};
use shared::token::PartitionId;

use super::draft::{Draft, candidates};
use super::ground::Ground;
use crate::ring::Ring;
use crate::ring::placement::{Placement, rearrange_at_most};
use crate::state::Member;

/// How many partitions are named where many could be.
pub(super) const EXAMPLES: usize = 5;

/// The least live replicas that any partition has on the way, and some partitions that come down to that.
///
/// The old list answers readers until the new one is filled, then the new one does. Counted are nodes that are not down
/// and whose copy is not given up for lost.
pub(super) fn live_replicas_least(
    ground: &Ground<'_>,
    draft: &Draft<'_>,
    after: &Ring,
) -> (u8, Vec<PartitionId>) {
    let is_live = |node: &&NodeId| !draft.lost.contains(node) && ground.is_not_down(**node);
    let live = |list: &[NodeId]| list.iter().filter(is_live).count();
    let both = ground.ring.lists().iter().zip(after.lists());
    let least_of: Vec<usize> = both.map(|(before, after)| live(before).min(live(after))).collect();
    let least = least_of.iter().copied().min().unwrap_or(0);
    let examples = (0..).zip(&least_of).filter(|&(_, &live)| live == least);
    let examples = examples.take(EXAMPLES).map(|(partition, _)| PartitionId(partition));
    (u8::try_from(least).unwrap_or(u8::MAX), examples.collect())
}

/// How many zones these members have.
pub(super) fn zone_count(members: &BTreeMap<NodeId, Member>) -> usize {
    members.values().map(|member| &member.zone).collect::<BTreeSet<&Name>>().len()
}

/// Partitions whose replicas lie in as many zones as there can be.
pub(super) fn zoned(ring: &Ring, members: &BTreeMap<NodeId, Member>, n: u8) -> u32 {
    let most = zone_count(members).min(usize::from(n));
    let zones = |list: &&Vec<NodeId>| {
        let zones = list.iter().filter_map(|node| members.get(node)).map(|member| &member.zone);
        zones.collect::<BTreeSet<&Name>>().len() >= most
    };
    u32::try_from(ring.lists().iter().filter(zones).count()).unwrap_or(u32::MAX)
}

/// Largest load over its ideal, less one, in thousandths.
pub(super) fn skew_permille(ring: &Ring, ideal_millireplicas: &BTreeMap<NodeId, u64>) -> u32 {
    let mut held: BTreeMap<NodeId, u64> = BTreeMap::new();
    ring.lists().iter().flatten().for_each(|&node| *held.entry(node).or_default() += 1);
    let over = ideal_millireplicas.iter().filter(|&(_, &ideal)| ideal > 0).map(|(node, &ideal)| {
        let held = held.get(node).copied().unwrap_or(0);
        (held * 1_000_000 / ideal).saturating_sub(1_000)
    });
    u32::try_from(over.max().unwrap_or(0)).unwrap_or(u32::MAX)
}

/// The shares that the weights give the members as they are, in thousandths of a replica.
pub(super) fn ideals_before(ground: &Ground<'_>) -> BTreeMap<NodeId, u64> {
    let candidates = candidates(ground.members);
    let n = replicas(ground, candidates.len());
    rearrange_at_most(ground.ring, &candidates, n, 0)
        .map(|Placement { ideal_millireplicas, .. }| ideal_millireplicas)
        .unwrap_or_default()
}

/// How many replicas each partition can have among so many nodes: N, unless there are fewer.
pub(super) fn replicas(ground: &Ground<'_>, nodes: usize) -> u8 {
    u8::try_from(nodes).unwrap_or(u8::MAX).min(ground.quorum.n())
}
