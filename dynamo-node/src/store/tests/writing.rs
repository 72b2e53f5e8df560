//! When things are told, and how they get to the disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::durable::Kept;
use dynamo_core::durable::Recovery;
use dynamo_core::ring::Ring;
use dynamo_core::state::{ClusterState, Declared, First};
use dynamo_core::store::{LaneOp, OpKind, Query, StoreFailure, StoreOp, Ticket};
use dynamo_core::version::context::Secret;
use shared::id::Boot;
use shared::level::Durability;
use shared::quorum::Quorum;
use shared::token::{PartitionId, Partitions};

use super::script::Script;
use super::{CLUSTER, PATIENCE, Stage, await_condition, fresh_dir, open, roomy, row};
use crate::store::{Completion, StoreConfig};

#[test]
fn every_operation_is_applied_first_and_synced_in_the_order_of_its_lane() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), StoreConfig { lanes: 4, ..roomy() }).unwrap();
    let mut script = Script::new(21);
    let mut submitted: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    for _ in 0..600 {
        let op = script.op();
        script.model.apply(op.clone()).unwrap();
        let (lane, durability) = (stage.store.inner.lane_of(op.row.token()), op.durability);
        let ticket = stage.submit(StoreOp::Lane(op));
        submitted.entry(lane).or_default().push(ticket);
        wanted.insert(ticket, durability);
    }
    let mut applied = Vec::new();
    let mut synced: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    let lane_of = |ticket: Ticket| {
        let lane = submitted.iter().find(|(_, tickets)| tickets.contains(&ticket));
        *lane.unwrap().0
    };
    for _ in 0..1_200 {
        match stage.completions.recv_timeout(PATIENCE).unwrap() {
            Completion::Applied(ticket, _) => applied.push(ticket),
            Completion::Synced(ticket, reached) => {
                assert!(applied.contains(&ticket), "{ticket:?} is synced and was not applied");
                assert!(reached >= wanted[&ticket], "{ticket:?} reached {reached}");
                synced.entry(lane_of(ticket)).or_default().push(ticket);
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(synced, submitted);
    assert_eq!(stage.rows(), script.model.rows);
}

#[test]
fn an_operation_that_changes_nothing_is_synced_too() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), StoreConfig { sync_interval_ms: 3_600_000, ..roomy() }).unwrap();
    let mut script = Script::new(22);
    let mut op = loop {
        let op = script.op();
        if matches!(op.kind, OpKind::Merge { .. }) {
            break op;
        }
    };
    op.durability = Durability::Buffered;
    stage.run_through(op.clone());
    assert!(stage.store.inner.engine.check().is_ok());
    // The same record again: nothing changes, but what is there was only buffered until now.
    op.durability = Durability::Synced;
    let (ticket, _) = stage.run(op.clone());
    assert_eq!(stage.synced(ticket), Durability::Synced);
    // Now that everything is on the disk, a buffered one gets more than it asked for.
    op.durability = Durability::Buffered;
    let (ticket, _) = stage.run(op);
    assert_eq!(stage.synced(ticket), Durability::Synced);
}

#[test]
fn what_is_committed_leaves_the_overlay_and_is_read_all_the_same() {
    let dir = fresh_dir();
    // So small that memtables are sealed and flushed all the time.
    let mut stage = open(dir.path(), StoreConfig { memtable_bytes: 32 * 1024, ..roomy() }).unwrap();
    let mut script = Script::new(23);
    for _ in 0..3_000 {
        let op = script.op();
        script.model.apply(op.clone()).unwrap();
        let (ticket, effected) = stage.run(op);
        effected.unwrap();
        stage.synced(ticket);
    }
    let is_settled = |stage: &Stage| {
        let mut overlays = stage.store.inner.overlays.iter();
        overlays.all(|overlay| overlay.read().unwrap().is_empty())
    };
    await_condition("the overlays are empty", || is_settled(&stage));
    await_condition("a table was written", || stage.store.inner.engine.flush_progress().1 > 0);
    assert_eq!(stage.rows(), script.model.rows);
    stage.check_derived();
}

#[test]
fn a_declared_state_is_kept() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    assert_eq!((stage.durable.recovery, &stage.durable.kept), (Recovery::Fresh, &None));
    for version in 1..=2 {
        let ticket = stage.submit(StoreOp::Keep(Box::new(kept(version))));
        assert_eq!(stage.synced(ticket), Durability::Synced);
    }
    stage.store.close();
    let stage = open(dir.path(), roomy()).unwrap();
    assert_eq!(stage.durable.boot, Boot(2));
    assert_eq!(stage.durable.kept, Some(kept(2)));
}

#[test]
fn a_poisoned_store_says_so_once_and_fails_everything() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    stage.store.inner.poison("the disk is on fire".to_owned());
    stage.store.inner.poison("and so is the house".to_owned());
    let broken = StoreFailure::Broken("the disk is on fire".to_owned());
    let partition = PartitionId(0);
    let kind = OpKind::Merge { record: Arc::default() };
    let op = LaneOp { row: row("cart"), partition, durability: Durability::Synced, kind };
    assert_eq!(stage.run(op).1, Err(broken.clone()));
    assert_eq!(stage.ask(Query::Held { row: row("cart") }), Err(broken.clone()));
    let ticket = stage.submit(StoreOp::Keep(Box::new(kept(1))));
    assert_eq!(stage.outcome(ticket), Err(broken));
    assert_eq!(stage.poisoned, ["the disk is on fire"]);
    assert_eq!(stage.store.status().refuses_writes.as_deref(), Some("the disk is on fire"));
    stage.store.close();
}

fn kept(version: u64) -> Kept {
    let name = "test".parse().unwrap();
    let partitions = Partitions::new(8).unwrap();
    let first = First {
        cluster: CLUSTER,
        name,
        lineage: 1,
        members: BTreeMap::new(),
        partitions,
        ring: Ring::default(),
        quorum: Quorum::new(3, 2, 2).unwrap(),
        strict: false,
        durability: Durability::Synced,
        value_bytes_max: 1024,
        buckets: BTreeMap::new(),
    };
    let state = ClusterState { version, ..first.into() };
    let declared = Arc::new(Declared { state, secret: Secret([9; 32]) });
    Kept { lacks_data: true, ..Kept::of(declared) }
}
