//! Laws that hold at every step of every history.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shared::id::NodeId;

use super::super::{Candidate, Placement, place, rearrange, rearrange_at_most};
use super::check::{
    balances_first_positions, count, ideal, keeps_orders, keeps_the_rules, loads, moves, zones,
};
use super::history::{Change, candidate, histories};
use super::optimum::fewest_moves;
use crate::ring::Ring;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, ..ProptestConfig::default() }
}

/// Everybody holds its quota, and that is its ideal, rounded.
fn is_balanced(after: &Placement, members: &[Candidate], n: u8) -> Result<(), TestCaseError> {
    let loads = loads(&after.ring);
    let ideal = ideal(members, after.ring.lists().len(), n);
    for (node, &quota) in &after.quotas {
        prop_assert_eq!(loads.get(node).copied().unwrap_or(0), quota, "{}", node);
        let said = f64::from(u32::try_from(after.ideal_millireplicas[node]).unwrap()) / 1000.0;
        prop_assert!((said - ideal[node]).abs() < 0.002, "{} of {} should be {}", node, said, ideal[node]);
        prop_assert!((f64::from(quota) - ideal[node]).abs() < 1.0, "{} of {}", quota, ideal[node]);
    }
    prop_assert_eq!(after.quotas.len(), members.len());
    Ok(())
}

/// Replicas above quotas, over all nodes.
fn excess(placement: &Placement) -> u32 {
    loads(&placement.ring).iter().map(|(node, load)| load.saturating_sub(placement.quotas[node])).sum()
}

/// Replicas that no ring of these members can leave where they are.
fn must_move(before: &Ring, members: &[Candidate], n: u8) -> u32 {
    let n = usize::from(n);
    let spare = n - n.min(zones(members).len());
    let wanted = |list: &Vec<NodeId>| {
        let stay: Vec<Candidate> =
            members.iter().filter(|member| list.contains(&member.node)).cloned().collect();
        n - n.min(stay.len()).min(zones(&stay).len() + spare)
    };
    u32::try_from(before.lists().iter().map(wanted).sum::<usize>()).unwrap()
}

/// The most that any zone holds, of the partitions.
fn fullest_zone(ring: &Ring, members: &[Candidate]) -> f64 {
    let loads = loads(ring);
    let mut held: BTreeMap<_, u32> = BTreeMap::new();
    for member in members {
        *held.entry(&member.zone).or_default() += loads.get(&member.node).copied().unwrap_or(0);
    }
    f64::from(held.into_values().max().unwrap_or(0)) / count(ring.lists().len())
}

/// Whether some member's zone became another: then replicas must move however the shares stay.
fn changes_a_zone(change: &Change) -> bool {
    let zones: BTreeMap<NodeId, _> =
        change.members_before.iter().map(|member| (member.node, &member.zone)).collect();
    change.members.iter().any(|member| zones.get(&member.node).is_some_and(|&zone| *zone != member.zone))
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn every_step_keeps_the_rules_balances_and_moves_little(history in histories(5, 3..=5)) {
        let n = history.n;
        keeps_the_rules(&history.founded(), &history.founders, n)?;
        balances_first_positions(&history.founded(), n)?;
        for change in history.changes() {
            let (before, after, members) = (&change.before, &change.after, &change.members);
            keeps_the_rules(&after.ring, members, n)?;
            is_balanced(after, members, n)?;
            balances_first_positions(&after.ring, n)?;
            keeps_orders(before, &after.ring)?;
            let (moved, least) = moves(before, &after.ring);
            prop_assert_eq!((after.replicas_moved, after.replicas_moved_least), (moved, least));
            let fewest = fewest_moves(before, members, n, &after.quotas);
            prop_assert!(fewest.is_some(), "the quotas cannot be met");
            // Going back from a place that is moving counts as nothing, though it would save a move: on one ring of
            // some thousands that costs one move, or two where zones change.
            let fewest = fewest.unwrap_or(0);
            let slack = if changes_a_zone(&change) { 4 } else { 2 };
            let most = (fewest * 21 / 20).max(fewest + slack);
            prop_assert!(moved <= most, "{} moved, {} would do", moved, fewest);
        }
    }

    #[test]
    fn the_order_of_the_candidates_does_not_matter(history in histories(4, 3..=6), turn in 0..20_usize) {
        for change in history.changes() {
            let mut shuffled = change.members.clone();
            shuffled.reverse();
            let turn = turn % shuffled.len();
            shuffled.rotate_left(turn);
            prop_assert_eq!(&rearrange(&change.before, &shuffled, history.n).unwrap(), &change.after);
        }
    }

    #[test]
    fn what_is_in_order_stays_as_it_is(history in histories(4, 3..=6)) {
        for change in history.changes() {
            let again = rearrange(&change.after.ring, &change.members, history.n).unwrap();
            prop_assert_eq!((again.replicas_moved, &again.ring), (0, &change.after.ring));
        }
    }

    #[test]
    fn a_limit_is_kept_but_for_what_must_move(history in histories(4, 3..=6), percent in 0..100_u32) {
        for change in history.changes() {
            let (before, members, n) = (&change.before, &change.members, history.n);
            let limit = change.after.replicas_moved * percent / 100;
            let limited = rearrange_at_most(before, members, n, limit).unwrap();
            keeps_the_rules(&limited.ring, members, n)?;
            balances_first_positions(&limited.ring, n)?;
            prop_assert!(limited.replicas_moved <= limit.max(must_move(before, members, n)));
            let unmoved = rearrange_at_most(before, members, n, 0).unwrap();
            prop_assert_eq!(unmoved.replicas_moved, must_move(before, members, n));
            prop_assert!(excess(&limited) <= excess(&unmoved));
        }
    }

    #[test]
    fn any_ring_is_mended(
        lists in proptest::collection::vec(proptest::collection::vec(0..12_u64, 0..6), 1..40),
        members in proptest::collection::vec((0..4_u8, 1..5_u32), 4..10),
        n in 1..5_u8,
    ) {
        let before = Ring::new(lists.iter().map(|list| list.iter().copied().map(NodeId).collect()).collect());
        let members: Vec<Candidate> =
            members.iter().zip(1..).map(|(&(zone, weight), node)| candidate(node, zone, weight)).collect();
        let after = rearrange(&before, &members, n).unwrap();
        keeps_the_rules(&after.ring, &members, n)?;
        is_balanced(&after, &members, n)?;
        balances_first_positions(&after.ring, n)?;
        prop_assert_eq!((after.replicas_moved, after.replicas_moved_least), moves(&before, &after.ring));
    }

    #[test]
    fn another_n_adds_or_drops_replicas_and_moves_no_others(history in histories(6, 4..=6), n in 1..5_u8) {
        let before = history.founded();
        let after = rearrange(&before, &history.founders, n).unwrap();
        keeps_the_rules(&after.ring, &history.founders, n)?;
        is_balanced(&after, &history.founders, n)?;
        let fewest = fewest_moves(&before, &history.founders, n, &after.quotas).unwrap_or(0);
        prop_assert_eq!(after.replicas_moved, fewest);
    }
}

proptest! {
    #![proptest_config(config(60))]

    /// Where a zone is on nearly every list, no ring can be ready for every change at the bound: a list that lacks the zone
    /// must get it, and lost the leaving node only if the two happened to meet. Elsewhere the bound is met.
    #[test]
    fn moves_are_within_five_percent_of_the_bound_while_no_zone_is_nearly_everywhere(
        history in histories(8, 8..=10),
    ) {
        for change in history.changes().iter().filter(|change| !changes_a_zone(change)) {
            let fullest = fullest_zone(&change.before, &change.members_before);
            if fullest.max(fullest_zone(&change.after.ring, &change.members)) <= 0.65 {
                let Placement { replicas_moved: moved, replicas_moved_least: least, .. } = change.after;
                prop_assert!(f64::from(moved) <= f64::from(least) * 1.05, "{} moved, bound {}", moved, least);
            }
        }
    }

    #[test]
    fn a_cluster_of_as_many_zones_as_replicas_moves_exactly_the_bound(
        members in proptest::collection::vec(1..5_u32, 6..20),
        newcomers in proptest::collection::vec(1..5_u32, 1..4),
        gone in proptest::collection::btree_set(0..6_u64, 0..3),
    ) {
        let weights = members.iter().chain(&newcomers).copied();
        let all: Vec<Candidate> =
            weights.zip(0_u64..).map(|(weight, node)| candidate(node, u8::try_from(node % 3).unwrap(), weight)).collect();
        let before = place(&all[..members.len()], shared::token::Partitions::new(256).unwrap(), 3).unwrap();
        let gone: BTreeSet<NodeId> = gone.into_iter().filter(|node| node % 3 != 0).map(NodeId).collect();
        let after: Vec<Candidate> = all.into_iter().filter(|member| !gone.contains(&member.node)).collect();
        if zones(&after).len() == 3 {
            let placement = rearrange(&before, &after, 3).unwrap();
            prop_assert_eq!(placement.replicas_moved, placement.replicas_moved_least);
        }
    }
}
