//! The ring changes under an administrator's hand (Dynamo §4.8, §4.9): joins, leaves, losses, cancellations, elections.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a finding")]

mod stage;

use shared::error::Failure;
use shared::id::NodeId;
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::cluster::Status;
use shared::wire::look::Liveness;
use shared::wire::operation::OperationState;
use shared::wire::plan::Change;
use stage::Stage;

fn name(node: u64) -> shared::id::Name {
    format!("node-{node}").parse().unwrap()
}

fn join(node: u64) -> Change {
    Change::Join { node: name(node), weight: 1, zone: None }
}

fn status(stage: &mut Stage, at: u64, node: u64) -> Option<Status> {
    let view = stage.cluster(at);
    view.nodes.iter().find(|known| known.node == NodeId(node)).map(|known| known.status)
}

fn fill(stage: &mut Stage, keys: usize) {
    for key in 0..keys {
        stage.put(1 + (key as u64) % 3, &format!("key-{key}"), &format!("value-{key}"));
    }
}

fn assert_all_there(stage: &mut Stage, through: u64, keys: usize) {
    for key in 0..keys {
        assert_eq!(stage.get(through, &format!("key-{key}")), [format!("value-{key}")], "through {through}");
    }
}

#[test]
fn a_node_waits_until_it_is_staged_and_committed_and_then_takes_its_share() {
    let mut stage = Stage::of(3);
    fill(&mut stage, 40);
    stage.arrive(4);
    assert_eq!(status(&mut stage, 2, 4), Some(Status::Waiting), "every member hears of it");
    assert!(stage.declared(4).is_none(), "and it is told nothing of the cluster");
    let operation = stage.change(1, &[join(4)]);
    assert_eq!(stage.wait(2, operation), OperationState::Done);
    stage.pass(1_000);
    assert_eq!(status(&mut stage, 3, 4), Some(Status::Active));
    let view = stage.cluster(4);
    let held: Vec<u32> = view.nodes.iter().map(|node| node.replicas).collect();
    assert_eq!(held, [12; 4], "16 partitions, three replicas each, on four nodes");
    let objects: usize = (1..=4).map(|node| stage.objects(node)).sum();
    assert_eq!(objects, 3 * 40, "old copies are gone, and every key has three");
    assert_all_there(&mut stage, 4, 40);
}

#[test]
fn who_leaves_hands_everything_over_and_serves_nothing_afterwards() {
    let mut stage = Stage::of(4);
    fill(&mut stage, 40);
    let operation = stage.change(1, &[Change::Leave { node: name(2) }]);
    assert_eq!(stage.wait(1, operation), OperationState::Done);
    stage.pass(1_000);
    assert_eq!(stage.objects(2), 0, "its copy has gone");
    assert_eq!(status(&mut stage, 1, 2), Some(Status::Left));
    let refused = stage.put_with(2, "cart", Some("milk"), &stage::How::default());
    assert!(matches!(refused, Err(Failure::Left { .. })), "{refused:?}");
    assert_all_there(&mut stage, 3, 40);
    stage.stop(2);
    stage.start(2);
    stage.pass(3_000);
    assert_eq!(status(&mut stage, 1, 2), Some(Status::Left), "it does not come back");
}

#[test]
fn a_lost_member_is_replaced_from_the_other_replicas() {
    let mut stage = Stage::of(3);
    fill(&mut stage, 40);
    stage.stop(3);
    stage.arrive(4);
    stage.pass(6_000);
    let operation = stage.change(1, &[Change::Replace { node: name(3), by: name(4) }]);
    assert_eq!(stage.wait(1, operation), OperationState::Done);
    stage.pass(1_000);
    assert_eq!(stage.objects(4), 40);
    assert_all_there(&mut stage, 4, 40);
    stage.start(3);
    stage.pass(3_000);
    let refused = stage.put_with(3, "cart", Some("milk"), &stage::How::default());
    assert!(
        matches!(refused, Err(Failure::Left { .. })),
        "it comes back with old data and stays out: {refused:?}"
    );
}

#[test]
fn a_lost_member_is_removed_and_the_others_take_over() {
    let mut stage = Stage::of(4);
    fill(&mut stage, 40);
    stage.stop(4);
    stage.pass(6_000);
    let operation = stage.change(2, &[Change::Remove { node: name(4) }]);
    assert_eq!(stage.wait(1, operation), OperationState::Done);
    stage.pass(500);
    let objects: usize = (1..=3).map(|node| stage.objects(node)).sum();
    assert_eq!(objects, 3 * 40);
    assert_all_there(&mut stage, 1, 40);
}

#[test]
fn an_operation_whose_joiner_dies_is_taken_back() {
    let mut stage = Stage::of(3);
    fill(&mut stage, 40);
    stage.arrive(4);
    stage.admin(1, Admin::Pause { pause: true }).unwrap();
    let operation = stage.change(1, &[join(4)]);
    stage.pass(500);
    stage.stop(4);
    stage.admin(1, Admin::Pause { pause: false }).unwrap();
    stage.pass(8_000);
    let stalled = stage.cluster(1).operations[0].stalled.clone().unwrap();
    assert!(stalled.contains("node-4 is down"), "{stalled}");
    assert!(matches!(stage.admin(2, Admin::Cancel { operation }), Ok(Done::Cancelling { .. })));
    assert_eq!(stage.wait(1, operation), OperationState::Cancelled);
    assert_eq!(status(&mut stage, 1, 4), None, "it is no member");
    assert_all_there(&mut stage, 2, 40);
}

#[test]
fn a_cancelled_operation_moves_back_what_was_handed_over() {
    let mut stage = Stage::of(3);
    fill(&mut stage, 40);
    stage.arrive(4);
    stage.admin(1, Admin::Limit { bytes_per_second: None, partitions_at_once: Some(1) }).unwrap();
    let operation = stage.change(1, &[join(4)]);
    for _ in 0..200 {
        if stage.cluster(1).operations[0].settled >= 2 {
            break;
        }
        stage.pass(100);
    }
    assert!(stage.cluster(1).operations[0].settled >= 2);
    stage.admin(1, Admin::Cancel { operation }).unwrap();
    assert_eq!(stage.wait(1, operation), OperationState::Cancelled);
    stage.pass(2_500);
    assert_eq!(status(&mut stage, 1, 4), Some(Status::Waiting));
    let objects: usize = (1..=3).map(|node| stage.objects(node)).sum();
    assert_eq!((objects, stage.objects(4)), (3 * 40, 0));
    assert_all_there(&mut stage, 2, 40);
}

#[test]
fn a_stale_plan_is_not_committed() {
    let mut stage = Stage::of(3);
    stage.arrive(4);
    stage.admin(1, Admin::Stage { changes: vec![join(4)] }).unwrap();
    let read = stage.plan(1).id;
    stage.admin(2, Admin::Stage { changes: vec![Change::Weight { node: name(1), weight: 2 }] }).unwrap();
    let refused = stage.admin(1, Admin::Commit(Commit { plan: read, insist: false, without_majority: None }));
    assert!(matches!(refused, Err(Failure::Conflict { .. })), "{refused:?}");
    let plan = stage.plan(1).id;
    stage.admin(1, Admin::Commit(Commit { plan, insist: false, without_majority: None })).unwrap();
    let late = stage.admin(3, Admin::Commit(Commit { plan, insist: false, without_majority: None }));
    assert!(matches!(late, Err(Failure::Conflict { .. })), "one transition at a time: {late:?}");
}

#[test]
fn a_minority_decides_nothing_unless_it_is_overridden() {
    let mut stage = Stage::of(5);
    fill(&mut stage, 20);
    stage.arrive(6);
    for lost in [3, 4, 5] {
        stage.stop(lost);
    }
    stage.pass(6_000);
    let refused = stage.admin(1, Admin::Stage { changes: vec![Change::Remove { node: name(5) }] });
    assert!(matches!(refused, Err(Failure::NoMajority { .. })), "{refused:?}");
    let changes: Vec<Change> = [3, 4].into_iter().map(|node| Change::Remove { node: name(node) }).collect();
    let changes = [changes, vec![Change::Replace { node: name(5), by: name(6) }]].concat();
    let Ok(shared::wire::look::Seen::Plan(plan)) =
        stage.look(1, shared::wire::look::Look::Plan { changes: changes.clone() })
    else {
        panic!("no plan")
    };
    let commit = Commit { plan: plan.id, insist: true, without_majority: Some(changes) };
    let done = stage.admin(1, Admin::Commit(commit));
    let Ok(Done::Committed { operation, .. }) = done else { panic!("{done:?}") };
    assert_eq!(stage.wait(1, operation), OperationState::Done);
    stage.start(3);
    stage.pass(3_000);
    assert_eq!(status(&mut stage, 1, 3), Some(Status::Left), "the other side is not taken back in");
}

#[test]
fn of_two_administrators_who_commit_in_one_moment_one_is_told() {
    let mut stage = Stage::of(5);
    stage.arrive(6);
    stage.admin(1, Admin::Stage { changes: vec![join(6)] }).unwrap();
    let plan = stage.plan(1).id;
    let commit = || Admin::Commit(Commit { plan, insist: false, without_majority: None });
    let answers = stage.admins(&[(1, commit()), (4, commit())]);
    let committed = answers.iter().filter(|answer| matches!(answer, Ok(Done::Committed { .. }))).count();
    let told = answers.iter().filter(|answer| matches!(answer, Err(Failure::Conflict { .. }))).count();
    assert_eq!((committed, told), (1, 1), "{answers:?}");
}

#[test]
fn a_proposer_that_dies_leaves_nothing_stuck() {
    let mut stage = Stage::of(5);
    stage.arrive(6);
    for other in [2, 3] {
        stage.split(1, other);
    }
    stage.split(4, 5);
    // The first member reaches two of five: what it wishes for is accepted by a minority, and it dies.
    stage.pass(6_000);
    let cut = stage.admin(1, Admin::Stage { changes: vec![join(6)] });
    assert!(matches!(cut, Ok(Done::Staged { .. }) | Err(Failure::NoMajority { .. })), "{cut:?}");
    stage.stop(1);
    stage.heal();
    stage.pass(6_000);
    let next = stage.admin(2, Admin::Pause { pause: true });
    assert!(matches!(next, Ok(Done::Set { .. })), "{next:?}");
    let versions: Vec<u64> = (2..=5).map(|node| stage.cluster(node).version).collect();
    assert!(versions.iter().all(|version| *version == versions[0]), "{versions:?}");
}

/// A member died in the middle of a join that it had a part in: the operation could neither end nor be taken back, since copies
/// waited for it and what was to go back waited for it too, and as long as it stood the dead one could not be removed.
#[test]
fn an_operation_is_taken_back_though_a_member_is_lost() {
    let mut stage = Stage::of(4);
    fill(&mut stage, 40);
    stage.arrive(5);
    stage.admin(1, Admin::Limit { bytes_per_second: None, partitions_at_once: Some(1) }).unwrap();
    let operation = stage.change(1, &[join(5)]);
    for _ in 0..200 {
        if stage.cluster(1).operations[0].settled >= 2 {
            break;
        }
        stage.pass(100);
    }
    stage.stop(3);
    stage.pass(8_000);
    stage.admin(1, Admin::Cancel { operation }).unwrap();
    assert_eq!(stage.wait(1, operation), OperationState::Cancelled);
    let operation = stage.change(1, &[Change::Remove { node: name(3) }]);
    assert_eq!(stage.wait(1, operation), OperationState::Done);
    assert_all_there(&mut stage, 2, 40);
}

#[test]
fn a_node_that_flaps_has_to_be_steady_before_it_is_called_up_again() {
    let mut stage = Stage::of(3);
    let seen = |stage: &mut Stage| {
        let view = stage.cluster(1);
        view.nodes.iter().find(|node| node.node == NodeId(3)).unwrap().liveness
    };
    let fall = |stage: &mut Stage| {
        stage.split(1, 3);
        stage.pass(2_000);
        stage.heal();
        stage.pass(300);
        seen(stage)
    };
    assert_eq!(fall(&mut stage), Some(Liveness::Up), "once may happen to anybody");
    for _ in 0..4 {
        fall(&mut stage);
    }
    assert_eq!(fall(&mut stage), Some(Liveness::Suspect), "it answers, and is not counted on yet");
    stage.pass(9_000);
    assert_eq!(seen(&mut stage), Some(Liveness::Up));
    assert_eq!(stage.cluster(1).ring_version, 1, "the ring has not changed for it");
}
