//! What a plan tells of each kind of change.

use std::collections::BTreeSet;

use shared::id::{NodeId, PlanId};
use shared::wire::plan::{Change, Plan};

use super::stage::*;

fn takers(plan: &Plan) -> BTreeSet<u64> {
    plan.shares.iter().filter(|share| share.replicas_in > 0).map(|share| share.node.0).collect()
}

#[test]
fn a_joiner_takes_its_share_from_everybody() {
    let stage = Stage::of(4, 64, (3, 2, 2)).waits(5, "z5");
    let target = stage.target(&[join(5)]);
    let plan = &target.plan;
    assert_eq!((target.joining, target.members.len()), ([NodeId(5)].into(), 5));
    assert_eq!((share(plan, 5).weight_before, share(plan, 5).weight_after), (0, 1));
    assert!((36..=40).contains(&share(plan, 5).replicas_after), "64 * 3 / 5 = 38.4: {:?}", share(plan, 5));
    assert_eq!(plan.replicas_moved, plan.shares.iter().map(|share| share.replicas_in).sum::<u32>());
    assert!(plan.replicas_moved_least <= plan.replicas_moved);
    assert_eq!(plan.pairs.iter().map(|pair| pair.partitions).sum::<u32>(), plan.replicas_moved);
    assert_eq!((plan.live_replicas_least, plan.zoned_before, plan.zoned_after), (3, 64, 64));
    assert_eq!((plan.skew_before_permille, plan.base_ring_version), (0, 3));
    assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
    assert!(plan.warnings.iter().any(|warning| warning.contains("n5 brings a new zone, z5")));
}

#[test]
fn a_joiner_takes_the_zone_that_it_is_given() {
    let stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5");
    let join = Change::Join { node: called(5), weight: 2, zone: Some(name("z1")) };
    let member = stage.target(&[join]).members[&NodeId(5)].clone();
    assert_eq!((member.zone, member.weight), (name("z1"), 2));
}

#[test]
fn who_leaves_gives_up_everything_and_sends_it_itself() {
    let stage = Stage::of(5, 64, (3, 2, 2));
    let target = stage.target(&[leave(2)]);
    let plan = &target.plan;
    assert_eq!((target.leaving, target.members.len()), ([NodeId(2)].into(), 4));
    let gone = share(plan, 2);
    assert_eq!((gone.replicas_after, gone.weight_after, gone.replicas_out), (0, 0, gone.replicas_before));
    let sent: u32 =
        plan.pairs.iter().filter(|pair| pair.source == NodeId(2)).map(|pair| pair.partitions).sum();
    assert!(sent > 0 && sent <= gone.replicas_out);
    assert_eq!(plan.live_replicas_least, 3);
    assert!(target.ring.lists().iter().flatten().all(|&node| node != NodeId(2)));
}

#[test]
fn a_successor_gets_every_place_of_whom_it_replaces_with_its_weight_and_zone() {
    let stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "other").down(4);
    let target = stage.target(&[replace(4, 5)]);
    let heir = |node: &NodeId| if *node == NodeId(4) { NodeId(5) } else { *node };
    let expected: Vec<Vec<NodeId>> =
        stage.ring.lists().iter().map(|list| list.iter().map(heir).collect()).collect();
    assert_eq!(target.ring.lists(), expected, "in the same places, and nothing else moves");
    assert_eq!((target.lost, target.joining), ([NodeId(4)].into(), [NodeId(5)].into()));
    let member = &target.members[&NodeId(5)];
    assert_eq!((member.weight, &member.zone), (1, &name("z4")));
    let plan = &target.plan;
    assert_eq!((plan.replicas_moved, plan.replicas_moved_least, takers(plan)), (12, 12, [5].into()));
    assert!(
        plan.pairs.iter().all(|pair| pair.source != NodeId(4)),
        "the dead send nothing: {:?}",
        plan.pairs
    );
    assert_eq!(plan.live_replicas_least, 2);
    assert!(plan.warnings.iter().any(|warning| warning.contains("n5") && warning.contains("says other")));
}

#[test]
fn what_a_removed_node_held_is_made_anew_from_the_living() {
    let stage = Stage::of(5, 64, (3, 2, 2)).down(2);
    let target = stage.target(&[remove(2)]);
    let plan = &target.plan;
    assert_eq!((target.lost, target.members.len()), ([NodeId(2)].into(), 4));
    assert_eq!(share(plan, 2).replicas_after, 0);
    assert_eq!(plan.pairs.iter().map(|pair| pair.partitions).sum::<u32>(), plan.replicas_moved);
    assert!(plan.pairs.iter().all(|pair| pair.source != NodeId(2)), "{:?}", plan.pairs);
    assert_eq!(plan.live_replicas_least, 2);
    let short = &plan.live_replicas_examples;
    assert!(!short.is_empty() && short.iter().all(|&partition| stage.ring.is_owner(partition, NodeId(2))));
    assert!(plan.blockers.is_empty(), "two of three are enough: {:?}", plan.blockers);
}

#[test]
fn a_heavier_member_gets_more() {
    let plan = Stage::of(6, 64, (3, 2, 2)).plan(&[weigh(1, 2)]);
    let heavy = share(&plan, 1);
    assert_eq!((heavy.weight_before, heavy.weight_after), (1, 2));
    assert!(heavy.replicas_after > heavy.replicas_before + 15, "64 * 3 * 2 / 7 = 54.9: {heavy:?}");
}

#[test]
fn zones_that_come_apart_part_the_replicas() {
    let stage = Stage::of(4, 16, (2, 1, 1)).in_zone(2, "z1").in_zone(4, "z3");
    let plan = stage.plan(&[rezone(2, "z3", false), rezone(4, "z1", false)]);
    assert!(plan.zoned_before < 16);
    assert_eq!(plan.zoned_after, 16);
    assert_eq!(share(&plan, 2).zone, name("z3"));
}

#[test]
fn bytes_disks_and_time_follow_from_reports() {
    let mut stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5").down(4).reports(5, 0, 5_000_000);
    for node in 1..=3 {
        stage = stage.reports(node, 12_000, 1_000_000);
    }
    stage.limits.bytes_per_second = 1_000;
    let plan = stage.plan(&[replace(4, 5)]);
    let heir = share(&plan, 5);
    assert_eq!(
        (heir.bytes_in, heir.disk_peak_bytes, heir.disk_free_bytes),
        (12_000, Some(12_000), Some(5_000_000))
    );
    assert_eq!(plan.pairs.iter().map(|pair| pair.bytes).sum::<u64>(), 12_000);
    assert_eq!(plan.time_ms, Some(12_000));
    assert_eq!((share(&plan, 1).bytes_in, share(&plan, 4).disk_peak_bytes), (0, None));
    assert!(plan.warnings.iter().any(|warning| warning.contains("not reported: n4")), "{:?}", plan.warnings);
    stage.limits.bytes_per_second = 0;
    assert_eq!(stage.plan(&[replace(4, 5)]).time_ms, None, "no limit, no estimate");
}

#[test]
fn with_too_few_members_for_n_every_list_is_all_of_them() {
    let stage = Stage::of(3, 16, (3, 2, 2)).waits(5, "z5");
    let target = stage.target(&[leave(3)]);
    let all: BTreeSet<NodeId> = target.members.keys().copied().collect();
    assert!(
        target.ring.lists().iter().all(|list| list.len() == 2 && list.iter().all(|node| all.contains(node)))
    );
    let grown = Stage { ring: target.ring, members: target.members, ..stage };
    let plan = grown.plan(&[join(5)]);
    assert_eq!((share(&plan, 5).replicas_after, plan.replicas_moved), (16, 16), "and grows back to N");
    assert_eq!(plan.pairs.iter().map(|pair| pair.partitions).sum::<u32>(), 16);
}

#[test]
fn nothing_staged_on_an_even_ring_moves_nothing() {
    let plan = Stage::of(4, 16, (3, 2, 2)).plan(&[]);
    assert_eq!((plan.replicas_moved, plan.moves.len()), (0, 0));
    assert!(plan.warnings.iter().any(|warning| warning.contains("nothing to do")));
}

#[test]
fn the_id_names_cluster_base_changes_and_result() {
    let stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5").waits(6, "z6");
    let id = |ground, changes: &[Change]| -> PlanId { super::super::make(&ground, changes).unwrap().plan.id };
    let first = id(stage.ground(), &[join(5)]);
    let mut later = stage.ground();
    later.ring_version += 1;
    let mut elsewhere = stage.ground();
    elsewhere.cluster.0 += 1;
    let others = [
        id(later, &[join(5)]),
        id(elsewhere, &[join(5)]),
        id(stage.ground(), &[join(6)]),
        id(stage.ground(), &[join(5), weigh(1, 2)]),
    ];
    assert!(others.iter().all(|other| *other != first));
    assert_eq!(others.iter().collect::<BTreeSet<_>>().len(), others.len());
}

#[test]
fn a_change_that_moves_nothing_makes_another_plan_all_the_same() {
    let stage = Stage::of(3, 16, (3, 2, 2));
    let (heavier, heaviest) = (stage.plan(&[weigh(1, 2)]), stage.plan(&[weigh(1, 3)]));
    assert_eq!(heavier.replicas_moved, 0, "of three nodes each holds everything");
    assert_ne!(heavier.id, heaviest.id);
}
