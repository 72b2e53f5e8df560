//! A node has no room for writes. It is told so by its low-water mark; nothing here fills a disk.

use std::fs;

use shared::error::Failure;

use crate::stage::{NODES, Stage};

const KEYS: usize = 150;

/// One of three nodes is below its low-water mark: it refuses to write and says why, to clients and to onlookers, and
/// goes on reading. The cluster serves without an error; what the node could not take comes home once it has room.
#[test]
fn a_node_without_room_refuses_writes_and_the_others_serve() {
    let mut stage = Stage::new();
    let ledger = stage.write("before", KEYS);
    stage.await_settled(&NODES, ledger.len());

    let file = stage.cluster.node(3).join("node.toml");
    let roomy = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{roomy}\n[store]\ndisk_free_bytes_min = {}\n", i64::MAX)).unwrap();
    stage.cluster.kill9(3);
    stage.cluster.restart(3);
    stage.await_status(3, "it says why it refuses writes", |status| {
        status.store.refuses_writes.as_ref().is_some_and(|why| why.contains("free"))
    });
    let refused = stage.runtime.block_on(stage.door(3).put("refused", "value")).unwrap_err();
    assert!(matches!(&refused, Failure::Full { node, .. } if node == "node-3"), "{refused:?}");
    assert!(refused.to_string().contains("free"), "{refused}");

    let ledger = ledger.and(stage.write("without room", KEYS));
    stage.read_back(&ledger);
    for n in NODES {
        stage.read_back_at(n, &ledger, 2, false);
    }

    fs::write(&file, roomy).unwrap();
    stage.cluster.kill9(3);
    stage.cluster.restart(3);
    stage.await_settled(&NODES, ledger.len());
    stage.runtime.block_on(stage.door(3).put("taken again", "value")).unwrap();
    stage.read_back_at(3, &ledger, 1, true);
}
