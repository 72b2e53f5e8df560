//! What stands in the way of a commit, node by node.

use shared::id::OperationId;
use shared::wire::look::Liveness;
use shared::wire::plan::{Blocker, Change};

use super::stage::*;

fn blocker(stage: &Stage, changes: &[Change], code: &str) -> Option<Blocker> {
    stage.plan(changes).blockers.into_iter().find(|blocker| blocker.code == code)
}

#[test]
fn an_operation_under_way_blocks_and_nobody_may_insist() {
    let mut stage = Stage::of(4, 16, (3, 2, 2));
    stage.moving = Some(OperationId(0xabc));
    let blocker = blocker(&stage, &[leave(1)], "transfer").unwrap();
    assert!(blocker.node.is_none() && !blocker.may_insist);
    assert!(blocker.reason.contains("0000000000000abc"), "{}", blocker.reason);
}

#[test]
fn a_joiner_that_is_not_there_blocks_for_good_and_others_may_be_waited_for() {
    let stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5");
    let gone = stage.clone().seen(5, Liveness::Suspect);
    let joiner = blocker(&gone, &[join(5)], "unreachable").unwrap();
    assert_eq!((joiner.node, joiner.may_insist), (Some(called(5)), false));
    let leaver = blocker(&stage.clone().down(1), &[leave(1)], "unreachable").unwrap();
    assert_eq!((leaver.node, leaver.may_insist), (Some(called(1)), true));
    assert!(!leaver.partitions.is_empty() && leaver.reason.contains("is struck off"), "{}", leaver.reason);
    assert_eq!(blocker(&stage.down(4), &[remove(4)], "unreachable"), None, "the dead take no part");
}

#[test]
fn a_member_that_nobody_has_heard_yet_is_not_taken_for_present() {
    let mut stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5");
    stage.observed.clear();
    let plan = stage.plan(&[join(5)]);
    assert!(plan.blockers.iter().all(|blocker| blocker.code == "unreachable" && blocker.may_insist));
    assert!(
        plan.blockers.iter().all(|blocker| blocker.node != Some(called(5))),
        "who waits was heard of lately"
    );
    assert!(!plan.blockers.is_empty());
}

#[test]
fn a_disk_that_is_too_small_blocks() {
    let stage = Stage::of(4, 16, (3, 2, 2)).waits(5, "z5").down(4);
    let stage = (1..=3).fold(stage, |stage, node| stage.reports(node, 12_000, 1_000_000));
    let small = blocker(&stage.clone().reports(5, 0, 13_000), &[replace(4, 5)], "disk").unwrap();
    assert_eq!((small.node, small.may_insist), (Some(called(5)), true));
    assert!(small.reason.contains("12000") && small.reason.contains("11700"), "{}", small.reason);
    assert_eq!(small.partitions.len(), 5);
    assert_eq!(blocker(&stage.reports(5, 0, 14_000), &[replace(4, 5)], "disk"), None);
}

#[test]
fn fewer_members_than_n_want_insistence_once() {
    let stage = Stage::of(3, 16, (3, 2, 2));
    let fewer = blocker(&stage, &[leave(3)], "replicas").unwrap();
    assert!(fewer.node.is_none() && fewer.may_insist);
    let target = stage.target(&[leave(3)]);
    let two = Stage { ring: target.ring, members: target.members, ..stage };
    assert_eq!(blocker(&two, &[weigh(1, 2)], "replicas"), None, "that was insisted on before");
    assert!(two.plan(&[weigh(1, 2)]).warnings.iter().any(|warning| warning.contains("2 replicas, not N=3")));
}

#[test]
fn writes_that_only_the_lost_acknowledged_are_named() {
    let stage = Stage::of(5, 16, (3, 2, 2)).down(4);
    assert_eq!(blocker(&stage, &[remove(4)], "sources"), None, "any two of three meet every write");
    let two_down = stage.down(5);
    let sources = blocker(&two_down, &[remove(4), remove(5)], "sources").unwrap();
    assert!(sources.may_insist && sources.reason.contains("n4, n5"), "{}", sources.reason);
    let held_by_both = |&partition: &_| {
        let owners = two_down.ring.owners(partition);
        owners.contains(&shared::id::NodeId(4)) && owners.contains(&shared::id::NodeId(5))
    };
    assert!(!sources.partitions.is_empty() && sources.partitions.iter().all(held_by_both));
}

#[test]
fn who_was_given_up_for_lost_and_is_back_is_not_forgotten() {
    let stage = Stage::of(4, 16, (3, 2, 2));
    let back = blocker(&stage, &[remove(4)], "alive").unwrap();
    assert_eq!((back.node, back.may_insist), (Some(called(4)), true));
    assert!(back.reason.contains("node leave n4"), "{}", back.reason);
    assert_eq!(blocker(&stage.down(4), &[remove(4)], "alive"), None);
}

#[test]
fn too_few_zones_are_a_warning_and_no_blocker() {
    let stage = Stage::of(4, 16, (3, 2, 2)).in_zone(4, "z3");
    let plan = stage.plan(&[leave(1)]);
    assert!(
        plan.warnings.iter().any(|warning| warning.contains("zones: 2, down from 3")),
        "{:?}",
        plan.warnings
    );
    assert!(plan.blockers.is_empty(), "{:?}", plan.blockers);
}

#[test]
fn paused_transfers_are_mentioned() {
    let mut stage = Stage::of(4, 16, (3, 2, 2));
    stage.limits.is_paused = true;
    assert!(stage.plan(&[leave(1)]).warnings.iter().any(|warning| warning.contains("paused")));
}
