//! A node comes back without its data.

use std::fs;

use crate::stage::{NODES, Stage};

const KEYS: usize = 300;

/// A node's disk is replaced: it starts again with its certificate and an empty folder, learns the declared state from the
/// others, and is refilled by them; no request notices. Then another node goes, and what it held is read from the one
/// that was empty.
#[test]
fn a_node_whose_data_was_removed_is_refilled_by_the_others() {
    let mut stage = Stage::new();
    let ledger = stage.write("before", KEYS);
    stage.await_settled(&NODES, ledger.len());

    stage.cluster.kill9(3);
    fs::remove_dir_all(stage.cluster.node(3).join("data")).unwrap();
    let ledger = ledger.and(stage.write("while it was away", KEYS / 3));
    stage.cluster.restart(3);
    stage.read_back(&ledger);
    let ledger = ledger.and(stage.write("while it was refilled", KEYS / 3));
    stage.await_settled(&NODES, ledger.len());

    stage.cluster.kill9(1);
    for n in [2, 3] {
        stage.read_back_at(n, &ledger, 2, false);
    }
    stage.read_back_at(3, &ledger, 1, true);
}
