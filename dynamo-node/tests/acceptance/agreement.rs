//! The ring changes by agreement: of two administrators one wins, and without a majority nobody does.

use dynamo_client::ClientError;
use shared::error::Failure;
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::look::Liveness;

use crate::stage::Stage;

/// The exit code of `dynamo-ctl` for a quorum that was not met, as its manual has it.
const NO_QUORUM: i32 = 6;

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
    assert_eq!(staging.code, NO_QUORUM, "{staging:?}");
    let committing = stage.ctl(&["plan", "commit", "--yes", "--insist"]);
    assert_eq!(committing.code, NO_QUORUM, "{committing:?}");
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
