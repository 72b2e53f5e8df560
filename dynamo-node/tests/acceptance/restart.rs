//! A node misses writes and comes back. Rule P7: its "not found" counts for nothing before it was compared.

use dynamo_testkit::await_until;
use dynamo_testkit::patience::PATIENCE;

use crate::ledger::Ledger;
use crate::stage::{NODES, Stage};

const KEYS: usize = 200;

/// A node is dead while keys are written, then starts again and is asked at once: by the client, which may find it
/// fastest, and by somebody who asks it alone. Later it has everything, and serves it when it is the last one left.
#[test]
fn a_node_that_missed_writes_never_says_not_found_and_gets_them_all() {
    let mut stage = Stage::new();
    let before = stage.write("before", KEYS);
    stage.cluster.kill9(3);
    let ledger = before.and(stage.write("missed", KEYS));

    stage.cluster.restart(3);
    stage.read_back_at(3, &ledger, 2, false);
    stage.read_back(&ledger);
    stage.await_compared(3);
    stage.read_back_at(3, &ledger, 2, false);
    stage.read_back(&ledger);

    stage.await_settled(&NODES, ledger.len());
    for n in [1, 2] {
        stage.cluster.kill9(n);
    }
    stage.read_back_at(3, &ledger, 1, true);
}

/// The restarted node has compared nothing yet when another one dies: of two nodes, one missed every write. A read may
/// have to wait, and may be refused. It may not say "not found".
#[test]
fn a_second_node_dies_before_the_first_has_caught_up_and_no_read_says_not_found() {
    let mut stage = Stage::new();
    stage.cluster.kill9(3);
    let ledger = stage.write("missed", KEYS);

    stage.cluster.restart(3);
    stage.cluster.kill9(1);
    for n in [2, 3] {
        until_all_are_found(&stage, n, &ledger);
    }
}

/// Reads through one node again and again. Failures are fine for a while; an answer has to be the right one.
fn until_all_are_found(stage: &Stage, n: usize, ledger: &Ledger) {
    let door = stage.door(n);
    let mut last = Ok(());
    let found = await_until(PATIENCE, || {
        last = stage.runtime.block_on(ledger.try_read_at(&door, 2));
        last.is_ok()
    });
    assert!(found, "node-{n} still says {last:?}, and is {:#?}", stage.status(n));
}
