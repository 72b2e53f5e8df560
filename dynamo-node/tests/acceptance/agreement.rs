//! The ring changes by agreement: of two administrators one wins, and without a majority nobody does.

use std::fs;

use dynamo_client::ClientError;
use shared::error::Failure;
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::look::Liveness;

use crate::stage::Stage;

/// The exit code of `dynamo-ctl` where a quorum was not met, as its manual has it.
const NO_QUORUM: i32 = 6;

/// The same where consent is missing.
const USAGE: i32 = 2;

/// Two administrators commit the same plan at the same moment, each by another node: one of them begins the operation, and
/// the other is told that it does not fit any more.
#[test]
fn of_two_administrators_one_begins_the_operation_and_the_other_is_told() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ledger = stage.write("before", 60);
    let four = Stage::name(stage.add(None));
    stage.do_with_ctl(&["node", "join", &four]);
    let plan: serde_json::Value = serde_json::from_str(&stage.do_with_ctl(&["plan", "export"])).unwrap();
    let plan = plan["plan"].as_str().unwrap().parse().unwrap();
    let commit = Admin::Commit(Commit { plan, insist: false, without_majority: None });
    let (one, other) = stage.runtime.block_on(async {
        let [first, second] = [0, 1].map(|n| stage.cluster.addresses()[n]);
        tokio::join!(stage.administrator.ask(first, &commit), stage.administrator.ask(second, &commit))
    });
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    let Ok(Done::Committed { operation, .. }) = won else { panic!("nobody won: {won:?}, {lost:?}") };
    let is_told = matches!(&lost, Err(ClientError::Failed { failure: Failure::Conflict { .. }, .. }));
    assert!(is_told, "{lost:?}");
    stage.await_operation(&operation.to_string());
    let view = stage.view().unwrap();
    assert!(view.staged.is_empty() && view.operations.len() == 1, "{view:#?}");
    stage.await_calm();
    for n in [1, 2, 3, 4] {
        stage.read_back_at(n, &ledger, 2, false);
    }
}

/// Two of three are dead: the third serves what one replica can, and changes nothing on its own. When the others are back,
/// changes are taken again, whatever became of the one that was wanted meanwhile.
#[test]
fn without_a_majority_nothing_is_changed_and_nothing_is_stuck_afterwards() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ledger = stage.write("before", 60);
    stage.do_with_ctl(&["node", "weight", "node-1", "2"]);
    for n in [1, 2] {
        stage.cluster.kill9(n);
    }
    for n in [1, 2] {
        stage.await_node(n, "it is down", |node| node.liveness == Some(Liveness::Down));
    }
    let staging = stage.ctl(&["node", "weight", "node-2", "2"]);
    assert!(staging.code == NO_QUORUM && staging.stderr.contains("no majority"), "{staging:?}");
    let committing = stage.ctl(&["plan", "commit", "--yes", "--insist"]);
    assert!(committing.code == NO_QUORUM && committing.stderr.contains("no majority"), "{committing:?}");
    assert!(stage.view().unwrap().operations.is_empty());
    stage.read_back_at(3, &ledger, 1, false);

    for n in [1, 2] {
        stage.cluster.restart(n);
    }
    stage.await_calm();
    let operations: Vec<String> =
        stage.view().unwrap().operations.iter().map(|operation| operation.id.to_string()).collect();
    operations.iter().for_each(|operation| stage.await_operation(operation));
    stage.do_with_ctl(&["node", "weight", "node-3", "3"]);
    let operation = stage.commit_staged();
    stage.await_operation(&operation);
    stage.await_calm();
    assert_eq!(stage.view().unwrap().nodes[2].weight, 3);
    stage.read_back(&ledger);
}

/// Three of five are dead, and two of them for good: an administrator goes on with the two that are left, and says that he
/// knows what he does. The third is taken in when it is back, the other two are not. What was written while all three were
/// dead, to whoever was left, is there.
#[test]
fn a_majority_that_is_lost_is_done_without_and_what_was_written_meanwhile_is_there() {
    let mut stage = Stage::of(&["--nodes", "5", "--partitions", "64"]);
    let before = stage.write("before", 60);
    let (lost, back) = ([1, 2], 3);
    for n in [1, 2, 3] {
        stage.cluster.kill9(n);
    }
    for n in [1, 2, 3] {
        stage.await_node(n, "it is down", |node| node.liveness == Some(Liveness::Down));
    }
    let meanwhile = stage.write("meanwhile", 60);
    let view = stage.view().unwrap();
    let removals = lost.map(|n| format!(r#"{{"change":"remove","node":"{}"}}"#, Stage::name(n))).join(",");
    let plan = format!(
        r#"{{"schema":1,"kind":"plan","cluster":"{}","base_ring_version":{},"changes":[{removals}]}}"#,
        view.cluster, view.ring_version
    );
    fs::write(stage.home().join("lost.json"), plan).unwrap();
    let commit = ["plan", "commit", "--without-majority", "--file", "lost.json", "--insist", "-o", "name"];
    let unsure = stage.ctl(&commit);
    assert!(unsure.code == USAGE && unsure.stderr.contains("--confirm=dev"), "{unsure:?}");
    let operation = stage.do_with_ctl(&[&commit[..], &["--confirm=dev"]].concat()).trim().to_owned();
    assert_ne!(stage.view().unwrap().lineage, view.lineage);

    for n in [back, lost[0], lost[1]] {
        stage.cluster.restart(n);
    }
    stage.await_operation(&operation);
    assert_eq!(stage.members(), [3, 4, 5]);
    stage.await_calm();
    let written = meanwhile.and(stage.write("afterwards", 60));
    for n in lost {
        stage.await_departed(n);
    }
    for n in stage.members() {
        stage.read_back_at(n, &written, 3, true);
        // What only the dead two had is gone; that is what was agreed to.
        let left = stage.runtime.block_on(before.left_at(&stage.door(n), 3));
        assert!(left > 0, "nothing is left at {}", Stage::name(n));
    }
}
