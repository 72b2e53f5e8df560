//! Nodes are killed and frozen while clients work.

use shared::wire::look::Liveness;

use crate::load::Load;
use crate::stage::{NODES, Stage};

/// Killing any one of three nodes, or freezing it, leaves reads and writes working without an error: each of the three
/// in turn is killed and comes back, then two are frozen, one until it is suspected, one until it is called down.
#[test]
fn one_node_after_another_is_killed_and_frozen_and_no_request_fails() {
    let mut stage = Stage::new();
    let load = Load::start(&stage);
    for n in NODES {
        load.happens(format!("node-{n} is killed"));
        stage.cluster.kill9(n);
        load.await_more(400);
        load.happens(format!("node-{n} is started"));
        stage.cluster.restart(n);
        // Another may fail once this one knows what it missed.
        stage.await_compared(n);
        stage.await_up(n);
        load.happens(format!("node-{n} is compared"));
    }
    for (n, until) in [(2, Liveness::Suspect), (3, Liveness::Down)] {
        load.happens(format!("node-{n} is frozen"));
        stage.cluster.freeze(n);
        stage.await_missed(n, until);
        load.await_more(400);
        load.happens(format!("node-{n} is thawed"));
        stage.cluster.thaw(n);
        stage.await_up(n);
    }
    load.await_more(100);
    load.happens("the end".to_owned());
    let report = load.finish(&stage);
    assert!(report.errors.is_empty() && report.lies.is_empty(), "{:#?}", (&report.errors, &report.lies));

    stage.await_settled(&NODES, report.keys());
    for n in NODES {
        report.read_back_at(&stage, n);
    }
}

/// A rolling restart, as for a new version of the program: each node is told to stop, does what is under way, and comes back.
#[test]
fn one_node_after_another_is_restarted_and_no_request_fails() {
    let mut stage = Stage::new();
    let load = Load::start(&stage);
    for n in NODES {
        load.happens(format!("node-{n} stops"));
        stage.stop(n);
        load.await_more(100);
        load.happens(format!("node-{n} is started"));
        stage.cluster.restart(n);
        stage.await_compared(n);
        stage.await_up(n);
    }
    let report = load.finish(&stage);
    assert!(report.errors.is_empty() && report.lies.is_empty(), "{:#?}", (&report.errors, &report.lies));

    stage.await_settled(&NODES, report.keys());
    for n in NODES {
        report.read_back_at(&stage, n);
    }
}

/// Somebody comes who has no connection yet, while a node is dead, and while another is frozen: whichever address is tried
/// first, nobody waits for one that does not answer.
#[test]
fn a_newcomer_is_served_while_a_node_is_dead_or_frozen() {
    let mut stage = Stage::new();
    let ledger = stage.write("before", 30);
    for n in NODES {
        stage.cluster.freeze(n);
        stage.client = stage.newcomer();
        stage.read_back(&ledger);
        stage.write(&format!("node {n} was frozen"), 10);
        stage.cluster.thaw(n);
        stage.await_up(n);
    }
    for n in NODES {
        stage.cluster.kill9(n);
        stage.client = stage.newcomer();
        stage.read_back(&ledger);
        stage.write(&format!("node {n} was dead"), 10);
        stage.cluster.restart(n);
        stage.await_compared(n);
        stage.await_up(n);
    }
}

/// The lights go out: all nodes are killed at once under load. What was acknowledged had been synced by two of them.
#[test]
fn all_nodes_are_killed_at_once_and_everything_acknowledged_is_there() {
    let mut stage = Stage::new();
    let load = Load::start(&stage);
    load.await_more(600);
    for n in NODES {
        stage.cluster.kill9(n);
    }
    let report = load.abandon(&stage);
    assert!(report.lies.is_empty(), "{:#?}", report.lies);
    assert!(report.ledger.len() > 200 && !report.words.is_empty());

    for n in NODES {
        stage.cluster.restart(n);
    }
    // The client was there before, and knows nothing of the night but that its links are silent.
    stage.read_back(&report.ledger);
    for n in NODES {
        stage.await_compared(n);
    }
    for n in NODES {
        report.read_back_at(&stage, n);
    }
}
