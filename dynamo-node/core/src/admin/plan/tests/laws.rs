//! Laws that hold for whatever is staged, on whatever cluster, seen by whatever node.

use std::collections::BTreeSet;

use proptest::prelude::*;
use shared::id::{NodeId, OperationId};
use shared::wire::look::Liveness;
use shared::wire::plan::{Change, Objective};

use super::super::{check, make, propose};
use super::stage::*;

/// Members 1 to 5..8, nodes 11 to 13 wait, some weights and zones.
fn stage() -> impl Strategy<Value = Stage> {
    let parts = (5..8_u64, 4..7_u32, 1..4_u8, proptest::collection::vec((1..4_u32, 0..4_u8), 8));
    parts.prop_map(|(nodes, q, n, traits)| {
        let mut stage = Stage::of(nodes, 1 << q, (n, n / 2 + 1, n / 2 + 1));
        for (node, (weight, zone)) in (1..=nodes).zip(traits) {
            stage = stage.weighs(node, weight).in_zone(node, &format!("z{zone}"));
        }
        let ring = stage.target(&[]).ring;
        Stage { ring, ..stage }.waits(11, "z0").waits(12, "z1").waits(13, "z9")
    })
}

fn change() -> impl Strategy<Value = Change> {
    let (member, newcomer) = (1..6_u64, 11..14_u64);
    prop_oneof![
        (newcomer.clone(), 1..5_u32).prop_map(|(node, weight)| Change::Join {
            node: called(node),
            weight,
            zone: None
        }),
        member.clone().prop_map(leave),
        (member.clone(), newcomer).prop_map(|(node, by)| replace(node, by)),
        member.clone().prop_map(remove),
        (member.clone(), 1..9_u32).prop_map(|(node, weight)| weigh(node, weight)),
        (member, 0..4_u8, any::<bool>()).prop_map(|(node, zone, is_new)| rezone(
            node,
            &format!("z{zone}"),
            is_new
        )),
    ]
}

/// Those of the changes that fit, one on top of the other.
fn fitting(stage: &Stage, changes: Vec<Change>) -> Vec<Change> {
    let mut staged = Vec::new();
    for change in changes {
        staged.push(change);
        if make(&stage.ground(), &staged).is_err() {
            staged.pop();
        }
    }
    staged
}

/// The same cluster as another node sees it, in the middle of something, at other limits.
fn seen_otherwise(stage: &Stage, seed: &[(u8, u64, bool)]) -> Stage {
    let mut other = stage.clone();
    let nodes: Vec<u64> = stage.members.keys().chain(stage.waiting.keys()).map(|node| node.0).collect();
    for (node, &(liveness, bytes, reports)) in nodes.into_iter().zip(seed.iter().cycle()) {
        let all = [Liveness::Up, Liveness::Suspect, Liveness::Down];
        other = other.seen(node, all[usize::from(liveness % 3)]);
        if reports {
            other = other.reports(node, bytes, u64::MAX - bytes);
        }
    }
    other.limits.bytes_per_second = 17;
    other.limits.is_paused = true;
    other.moving = Some(OperationId(5));
    other
}

proptest! {
    #[test]
    fn every_node_names_and_lays_out_the_same_plan_whatever_it_observes(
        stage in stage(),
        changes in proptest::collection::vec(change(), 0..5),
        seed in proptest::collection::vec((any::<u8>(), any::<u64>(), any::<bool>()), 1..9),
    ) {
        let staged = fitting(&stage, changes);
        let other = seen_otherwise(&stage, &seed);
        let (mine, theirs) = (stage.target(&staged), other.target(&staged));
        prop_assert_eq!(mine.plan.id, theirs.plan.id);
        prop_assert_eq!(mine.ring, theirs.ring);
        prop_assert_eq!(mine.plan.moves, theirs.plan.moves);
        prop_assert_eq!(mine.members, theirs.members);
    }

    #[test]
    fn the_order_of_staging_does_not_matter(
        stage in stage(),
        changes in proptest::collection::vec(change(), 0..6),
        turn in 0..6_usize,
    ) {
        let staged = fitting(&stage, changes);
        let mut turned = staged.clone();
        turned.rotate_left(turn % staged.len().max(1));
        turned.reverse();
        let (one, other) = (stage.target(&staged), stage.target(&turned));
        prop_assert_eq!(one.plan.id, other.plan.id);
        prop_assert_eq!(one.ring, other.ring);
        prop_assert_eq!(one.members, other.members);
        prop_assert_eq!(one.plan.pairs, other.plan.pairs);
    }

    #[test]
    fn every_partition_gets_n_distinct_members_and_the_figures_add_up(
        stage in stage(),
        changes in proptest::collection::vec(change(), 0..5),
        seed in proptest::collection::vec((any::<u8>(), any::<u64>(), any::<bool>()), 1..9),
    ) {
        let staged = fitting(&stage, changes);
        let target = seen_otherwise(&stage, &seed).target(&staged);
        let n = usize::from(stage.quorum.n()).min(target.members.len());
        for list in target.ring.lists() {
            let distinct: BTreeSet<_> = list.iter().filter(|node| target.members.contains_key(node)).collect();
            prop_assert_eq!((list.len(), distinct.len()), (n, n));
        }
        let plan = &target.plan;
        for share in &plan.shares {
            let after = share.replicas_before + share.replicas_in - share.replicas_out;
            prop_assert_eq!(after, share.replicas_after, "{:?}", share);
            let stays = target.members.contains_key(&share.node);
            prop_assert_eq!(share.weight_after > 0, stays);
            let into: u64 = plan.pairs.iter().filter(|pair| pair.target == share.node).map(|pair| u64::from(pair.partitions)).sum();
            prop_assert!(into <= u64::from(share.replicas_in));
        }
        let taken: u32 = plan.shares.iter().map(|share| share.replicas_in).sum();
        prop_assert_eq!(plan.replicas_moved, taken);
        prop_assert!(plan.replicas_moved_least <= plan.replicas_moved);
        prop_assert!(plan.pairs.iter().all(|pair| !target.lost.contains(&pair.source)));
        prop_assert!(plan.pairs.iter().all(|pair| stage.members.contains_key(&pair.source)));
        prop_assert!(plan.zoned_after as usize <= stage.ring.lists().len());
        prop_assert!(usize::from(plan.live_replicas_least) <= n.max(usize::from(stage.quorum.n())));
    }

    #[test]
    fn what_is_refused_changes_nothing_and_what_is_staged_can_be_planned(
        stage in stage(),
        staged in proptest::collection::vec(change(), 0..4),
        new in proptest::collection::vec(change(), 1..4),
    ) {
        let staged = fitting(&stage, staged);
        let all: Vec<Change> = staged.iter().chain(&new).cloned().collect();
        if check(&stage.ground(), &staged, &new).is_ok() {
            prop_assert!(make(&stage.ground(), &all).is_ok());
            prop_assert!(new.iter().all(|change| !matches!(change, Change::Remove { .. } | Change::Replace { .. })), "all are up");
        }
        for (at, _) in new.iter().enumerate() {
            let one_too_many: Vec<Change> = new.iter().chain(&new[at..=at]).cloned().collect();
            prop_assert!(check(&stage.ground(), &staged, &one_too_many).is_err(), "the same twice");
        }
    }

    #[test]
    fn proposals_are_what_they_say(
        stage in stage(),
        changes in proptest::collection::vec(change(), 0..3),
        seed in proptest::collection::vec((0..1_u8, 1..1_000_000_u64, Just(true)), 1..9),
        moves_max in proptest::option::of(0..60_u32),
    ) {
        let staged = fitting(&stage, changes);
        let mut seen = seen_otherwise(&stage, &seed);
        for node in stage.members.keys().copied().collect::<Vec<NodeId>>() {
            seen = seen.reports(node.0, seed[0].1 * node.0, 1_000_000);
        }
        for objective in [Objective::Load, Objective::Bytes, Objective::Moves] {
            let Ok(found) = propose(&seen.ground(), &staged, objective, moves_max) else {
                prop_assert!(moves_max.is_some());
                continue;
            };
            for proposal in found {
                prop_assert_eq!(&seen.plan(&proposal.plan.changes), &proposal.plan);
                prop_assert!(moves_max.is_none_or(|most| proposal.plan.replicas_moved <= most));
            }
        }
    }
}
