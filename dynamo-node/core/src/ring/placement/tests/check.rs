//! What a ring must be like, checked naively.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shared::id::{Name, NodeId};

use super::super::Candidate;
use crate::ring::Ring;

/// How many partitions each node holds.
pub(super) fn loads(ring: &Ring) -> BTreeMap<NodeId, u32> {
    let mut loads = BTreeMap::new();
    for list in ring.lists() {
        let nodes: BTreeSet<_> = list.iter().copied().collect();
        nodes.into_iter().for_each(|node| *loads.entry(node).or_default() += 1);
    }
    loads
}

/// How often each node meets each other on a list.
pub(super) fn partners(ring: &Ring) -> BTreeMap<NodeId, BTreeMap<NodeId, u32>> {
    let mut partners: BTreeMap<NodeId, BTreeMap<NodeId, u32>> = BTreeMap::new();
    for list in ring.lists() {
        for &node in list {
            for &other in list.iter().filter(|&&other| other != node) {
                *partners.entry(node).or_default().entry(other).or_default() += 1;
            }
        }
    }
    partners
}

pub(super) fn zones(members: &[Candidate]) -> BTreeSet<&Name> {
    members.iter().map(|member| &member.zone).collect()
}

/// N distinct members on every list, of as many zones as there can be.
pub(super) fn keeps_the_rules(ring: &Ring, members: &[Candidate], n: u8) -> Result<(), TestCaseError> {
    let zone_of: BTreeMap<NodeId, &Name> = members.iter().map(|member| (member.node, &member.zone)).collect();
    for list in ring.lists() {
        prop_assert!(list.iter().all(|node| zone_of.contains_key(node)), "strangers on {list:?}");
        let nodes: BTreeSet<_> = list.iter().collect();
        prop_assert_eq!((list.len(), nodes.len()), (usize::from(n), usize::from(n)));
        let spanned: BTreeSet<_> = list.iter().map(|node| zone_of[node]).collect();
        prop_assert_eq!(spanned.len(), zones(members).len().min(usize::from(n)), "{:?}", list);
    }
    Ok(())
}

/// Everybody is first on one in N of its partitions, rounded up or down.
pub(super) fn balances_first_positions(ring: &Ring, n: u8) -> Result<(), TestCaseError> {
    let firsts = ring.lists().iter().filter_map(|list| list.first());
    for (node, load) in loads(ring) {
        let first = u32::try_from(firsts.clone().filter(|&&first| first == node).count()).unwrap();
        let n = u32::from(n);
        prop_assert!(
            (load / n..=load.div_ceil(n)).contains(&first),
            "{} is first on {} of {}",
            node,
            first,
            load
        );
    }
    Ok(())
}

/// Who stays on a list stays in order; only one may have been put first.
pub(super) fn keeps_orders(before: &Ring, after: &Ring) -> Result<(), TestCaseError> {
    for (before, after) in before.lists().iter().zip(after.lists()) {
        let stayed = |list: &[NodeId], other: &[NodeId]| -> Vec<NodeId> {
            list.iter().filter(|node| other.contains(node)).copied().collect()
        };
        let mut old = stayed(before, after);
        let new = stayed(after, before);
        if let Some(at) = old.iter().position(|node| Some(node) == after.first()) {
            old[..=at].rotate_right(1);
        }
        prop_assert_eq!(old, new);
    }
    Ok(())
}

/// Replicas whose holder did not hold them before, and the fewest that these loads allow.
pub(super) fn moves(before: &Ring, after: &Ring) -> (u32, u32) {
    let pairs = before.lists().iter().zip(after.lists());
    let moved = pairs.flat_map(|(before, after)| after.iter().filter(|node| !before.contains(node)));
    let held = loads(before);
    let gained = |(node, load): (NodeId, u32)| load.saturating_sub(held.get(&node).copied().unwrap_or(0));
    (u32::try_from(moved.count()).unwrap(), loads(after).into_iter().map(gained).sum())
}

/// A count, to reckon with.
pub(super) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// The ideal shares, in replicas, as the definition has it and by bisection: everybody's share is its weight times one
/// level, none above a replica of each partition; a zone beyond its bounds has a level of its own.
pub(super) fn ideal(members: &[Candidate], partitions: usize, n: u8) -> BTreeMap<NodeId, f64> {
    let (cap, n, zone_count) = (count(partitions), f64::from(n), count(zones(members).len()));
    let share = |member: &Candidate, level: f64| (f64::from(member.weight) * level).min(cap);
    let of_zone =
        |zone: &Name| -> Vec<&Candidate> { members.iter().filter(|member| member.zone == *zone).collect() };
    let held =
        |zone: &Name, level: f64| of_zone(zone).into_iter().map(|member| share(member, level)).sum::<f64>();
    let bounds = |zone: &Name| {
        if zone_count >= n {
            (0.0, cap)
        } else {
            (cap, cap * count(of_zone(zone).len()).min(n - zone_count + 1.0))
        }
    };
    let bounded = |zone: &Name, level: f64| {
        let (least, most) = bounds(zone);
        held(zone, level).clamp(least, most)
    };
    let level =
        bisect(|level| zones(members).into_iter().map(|zone| bounded(zone, level)).sum(), n * cap, cap);
    let mut ideal = BTreeMap::new();
    for zone in zones(members) {
        let total = bounded(zone, level);
        let level = bisect(|level| held(zone, level), total, cap);
        ideal.extend(of_zone(zone).into_iter().map(|member| (member.node, share(member, level))));
    }
    ideal
}

/// Where a function that grows reaches a value, between zero and twice a bound.
fn bisect(held: impl Fn(f64) -> f64, value: f64, bound: f64) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * bound);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if held(middle) < value { low = middle } else { high = middle }
    }
    high
}
