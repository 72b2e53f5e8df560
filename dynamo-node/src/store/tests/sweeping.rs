//! How an old copy goes: step by step, whole, with everything that stood for it, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use dynamo_core::record::{Content, Record, Write};
use dynamo_core::row::Row;
use dynamo_core::store::change::{leaf_of, leaf_share};
use dynamo_core::store::query::Arc128;
use dynamo_core::store::{Found, HintBody, LaneOp, OpKind, Query, Shelf, StoreOp, Sweep};
use dynamo_core::time::Timestamp;
use dynamo_core::version::Actor;
use dynamo_core::version::actor::Pen;
use dynamo_core::version::context::Past;
use shared::id::{NodeId, RequestId};
use shared::level::Durability;
use shared::map::ConflictPolicy;
use shared::token::{PartitionId, Partitions};

use super::script::Script;
use super::{Stage, await_condition, damage_object, fresh_dir, open, roomy, row};
use crate::store::StoreConfig;
use crate::store::view::View;

const GIVEN_UP: PartitionId = PartitionId(3);
const ABSENT: [NodeId; 2] = [NodeId(7), NodeId(9)];

fn partition_of(row: &Row) -> PartitionId {
    Partitions::new(8).unwrap().of(row.token())
}

/// A step of giving the partition up.
fn step(after: Option<Row>, rows_max: usize) -> Sweep {
    let partitions = Partitions::new(8).unwrap();
    let arc = Arc128 { first: partitions.first_token(GIVEN_UP), last: partitions.last_token(GIVEN_UP) };
    Sweep { partition: GIVEN_UP, arc, after, rows_max }
}

/// Some rows of the partition, or of all others, in the order of the ring.
fn rows(count: usize, given_up: bool) -> Vec<Row> {
    let rows = (0..).map(|n: u32| row(&format!("key {n}")));
    let mut rows: Vec<Row> =
        rows.filter(|row| (partition_of(row) == GIVEN_UP) == given_up).take(count).collect();
    rows.sort();
    rows
}

/// So many rows of the partition that share one Merkle leaf, in order.
fn rows_of_a_leaf(count: usize) -> Vec<Row> {
    let mut by_leaf: BTreeMap<u32, Vec<Row>> = BTreeMap::new();
    for row in (0..).map(|n: u32| row(&format!("key {n}"))).filter(|row| partition_of(row) == GIVEN_UP) {
        let rows = by_leaf.entry(leaf_of(row.token())).or_default();
        rows.push(row);
        if rows.len() == count {
            rows.sort();
            return rows.clone();
        }
    }
    unreachable!("there is no end of keys")
}

fn write(request: u128, value: Vec<u8>) -> Write {
    Write {
        request: RequestId(request),
        past: Past::default(),
        content: Content::Value(value.into()),
        policy: ConflictPolicy::Siblings,
        expires: None,
        wall: Timestamp(1),
    }
}

/// What another node has written; with siblings, if several did.
fn record(requests: u128) -> Arc<Record> {
    let mut record = Record::default();
    let mut pen = Pen::new(Actor(1));
    for request in 0..requests {
        record.mint(write(request, b"milk".to_vec()), &mut pen, Actor(2));
    }
    Arc::new(record)
}

fn op(row: &Row, kind: OpKind) -> LaneOp {
    LaneOp { row: row.clone(), partition: partition_of(row), durability: Durability::Synced, kind }
}

fn merge(stage: &mut Stage, row: &Row, requests: u128) {
    stage.run_through(op(row, OpKind::Merge { record: record(requests) }));
}

/// Removes everything, a few rows at a time; says how many rows went with each step.
fn sweep_all(stage: &mut Stage, rows_max: usize) -> Vec<u64> {
    let (mut after, mut rows) = (None, Vec::new());
    loop {
        let swept = stage.sweep(step(after, rows_max)).unwrap();
        rows.push(swept.rows);
        if !swept.more {
            return rows;
        }
        after = swept.next;
    }
}

fn root(stage: &mut Stage) -> u128 {
    match stage.ask(Query::Roots { arcs: vec![step(None, 1).arc] }).unwrap() {
        Found::Roots(roots) => roots[0],
        other => panic!("{other:?} are no roots"),
    }
}

#[test]
fn an_old_copy_goes_with_its_marks_and_leaves_neighbours_and_whole_hints_alone() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    let (given_up, kept) = (rows(20, true), rows(30, false));
    for (number, row) in given_up.iter().chain(&kept).enumerate() {
        merge(&mut stage, row, 1 + u128::from(number % 3 == 0));
        for owner in ABSENT.into_iter().take(number % 3) {
            stage.run_through(op(row, OpKind::Keep { owner, body: HintBody::Mark }));
        }
    }
    // A whole hint in the partition, and a mark of what is not there.
    let (whole, nothing) = (&given_up[4], &rows(21, true)[20]);
    let full = HintBody::Full(record(3));
    stage.run_through(op(whole, OpKind::Keep { owner: ABSENT[0], body: full.clone() }));
    stage.run_through(op(nothing, OpKind::Keep { owner: ABSENT[1], body: HintBody::Mark }));

    let mut expected = stage.rows();
    assert_ne!(root(&mut stage), 0);
    assert_eq!(sweep_all(&mut stage, 7), [7, 7, 6]);
    expected.objects.retain(|row, _| partition_of(row) != GIVEN_UP);
    expected.hints.retain(|(_, row), body| partition_of(row) != GIVEN_UP || *body == full);
    assert_eq!(expected.objects.len(), kept.len());
    assert!(expected.hints.contains_key(&(ABSENT[0], whole.clone())));
    assert_eq!(stage.rows(), expected);
    assert_eq!(root(&mut stage), 0);
    stage.check_derived();
    assert_eq!(sweep_all(&mut stage, 7), [0], "there is nothing left to do");

    stage.store.close();
    let stage = open(dir.path(), roomy()).unwrap();
    assert_eq!(stage.rows(), expected);
    stage.check_derived();
}

#[test]
fn each_step_says_what_it_removed() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    let given_up = rows(5, true);
    given_up.iter().for_each(|row| merge(&mut stage, row, 2));
    let held = stage.store.status();
    let bytes = record(2).to_canonical_bytes().len() as u64;
    assert_eq!((held.records, held.stored_bytes), (5, 5 * bytes));
    let swept = stage.sweep(step(None, 3)).unwrap();
    assert_eq!((swept.rows, swept.bytes, swept.more), (3, 3 * bytes, true));
    assert_eq!(swept.next.as_ref(), Some(&given_up[2]));
    let swept = stage.sweep(step(swept.next, 3)).unwrap();
    assert_eq!((swept.rows, swept.bytes, swept.more, swept.next), (2, 2 * bytes, false, None));
    let held = stage.store.status();
    assert_eq!((held.records, held.stored_bytes, held.conflicts), (0, 0, 0));
}

#[test]
fn a_sweep_that_was_cut_short_goes_on_from_the_front() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    rows(20, true).iter().for_each(|row| merge(&mut stage, row, 1));
    let swept = stage.sweep(step(None, 6)).unwrap();
    // The second step is under way when the store closes; it is done as a whole, or not at all.
    stage.submit(StoreOp::Sweep(step(swept.next, 6)));
    stage.store.close();
    let mut stage = open(dir.path(), roomy()).unwrap();
    stage.check_derived();
    let left = stage.store.status().records;
    assert!(left == 8 || left == 14, "{left}");
    assert_eq!(sweep_all(&mut stage, 6).iter().sum::<u64>(), left);
    assert_eq!(root(&mut stage), 0);
}

#[test]
fn what_is_written_behind_a_sweep_is_not_left_behind() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    // All in one leaf, which must not be taken for empty when its end is reached.
    let given_up = rows_of_a_leaf(3);
    given_up.iter().for_each(|row| merge(&mut stage, row, 1));
    let swept = stage.sweep(step(None, 2)).unwrap();
    assert_eq!((swept.rows, swept.next.as_ref()), (2, Some(&given_up[1])));
    merge(&mut stage, &given_up[0], 2);
    stage.check_derived();

    let swept = stage.sweep(step(swept.next, 2)).unwrap();
    assert_eq!((swept.rows, swept.more, swept.next), (1, true, None), "from the front again");
    assert_eq!(stage.rows().objects.into_keys().collect::<Vec<_>>(), given_up[..1]);
    stage.check_derived();
    assert_eq!(sweep_all(&mut stage, 2), [1]);
    assert_eq!(root(&mut stage), 0);
    stage.check_derived();
}

#[test]
fn a_damaged_object_goes_too_and_leaves_no_share_behind() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    let given_up = rows_of_a_leaf(3);
    given_up.iter().for_each(|row| merge(&mut stage, row, 2));
    stage.store.close();
    damage_object(dir.path(), &given_up[1]);

    let mut stage = open(dir.path(), roomy()).unwrap();
    let bytes = record(2).to_canonical_bytes().len() as u64;
    let swept = stage.sweep(step(None, 2)).unwrap();
    assert_eq!((swept.rows, swept.bytes), (2, 2 * bytes));
    let last = &given_up[2];
    let leaf = View(&stage.store.inner).leaf(leaf_of(last.token()));
    assert_eq!(leaf, leaf_share(last, record(2).hash()), "what is left in the leaf, exactly");
    stage.check_derived();
    assert_eq!(sweep_all(&mut stage, 2), [1]);
    assert_eq!(root(&mut stage), 0);
    stage.check_derived();
}

#[test]
fn a_write_after_a_sweep_is_minted_by_another_actor() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    let row = &rows(1, true)[0];
    let actor_of_write = |stage: &mut Stage, request: u128| {
        let write = Box::new(write(request, b"milk".to_vec()));
        let fresh = Actor(100 + u64::try_from(request).unwrap());
        let kind = OpKind::Coordinate { write, fresh, as_owner: true, absent: Vec::new() };
        stage.run_through(op(row, kind)).minted.unwrap().actor
    };
    assert_eq!(actor_of_write(&mut stage, 1), Actor(101));
    assert_eq!(actor_of_write(&mut stage, 2), Actor(101));
    stage.sweep(step(None, 10)).unwrap();
    assert_eq!(actor_of_write(&mut stage, 3), Actor(103));
    // Even if there was nothing to remove.
    merge(&mut stage, row, 1);
    stage.sweep(step(Some(row.clone()), 10)).unwrap();
    assert_eq!(actor_of_write(&mut stage, 4), Actor(104));
}

#[test]
fn below_the_low_water_mark_a_sweep_goes_on() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    merge(&mut stage, &rows(1, true)[0], 1);
    stage.store.close();
    let mut stage = open(dir.path(), StoreConfig { disk_free_bytes_min: u64::MAX, ..roomy() }).unwrap();
    assert!(stage.store.status().refuses_writes.is_some());
    assert_eq!(sweep_all(&mut stage, 7), [1]);
}

/// What all tables take on the disk, in bytes, by their files.
fn table_bytes(dir: &Path) -> u64 {
    let mut bytes = 0;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            bytes += table_bytes(&path);
        } else if path.extension().is_none_or(|extension| extension != "jnl") {
            // It may be gone by now.
            bytes += fs::metadata(&path).map_or(0, |file| file.len());
        }
    }
    bytes
}

/// Values that do not compress, so that tables are as long as what is in them.
fn fill(stage: &mut Stage, rows: &[Row]) {
    const VALUE_BYTES: usize = 8 * 1024;
    let mut noise = Script::new(41);
    let mut tickets = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let value = (0..VALUE_BYTES / 8).flat_map(|_| noise.draw().to_be_bytes()).collect();
        let mut record = Record::default();
        record.mint(write(number as u128, value), &mut Pen::new(Actor(number as u64)), Actor(0));
        tickets.push(stage.submit(StoreOp::Lane(op(row, OpKind::Merge { record: Arc::new(record) }))));
    }
    for ticket in tickets {
        stage.outcome(ticket).unwrap();
        stage.synced(ticket);
    }
}

const MIB: u64 = 1024 * 1024;

#[test]
fn the_space_of_what_was_given_up_comes_back_while_nothing_else_is_written() {
    let dir = fresh_dir();
    let config = StoreConfig { memtable_bytes: MIB, ..roomy() };
    let mut stage = open(dir.path(), config.clone()).unwrap();
    let (given_up, kept) = (rows(1_200, true), rows(100, false));
    fill(&mut stage, &given_up);
    fill(&mut stage, &kept);
    await_condition("the tables are written", || table_bytes(dir.path()) > 8 * MIB);
    let mut expected = stage.rows();
    expected.objects.retain(|row, _| partition_of(row) != GIVEN_UP);
    sweep_all(&mut stage, 500);
    await_condition("the space is back", || table_bytes(dir.path()) < 2 * MIB);
    assert_eq!(stage.rows(), expected);
    stage.check_derived();
    stage.store.close();
    assert_eq!(open(dir.path(), config).unwrap().rows(), expected);
}

#[test]
fn the_space_comes_back_after_a_restart_in_between() {
    let dir = fresh_dir();
    let config = StoreConfig { memtable_bytes: MIB, ..roomy() };
    let mut stage = open(dir.path(), config.clone()).unwrap();
    fill(&mut stage, &rows(600, true));
    await_condition("the tables are written", || table_bytes(dir.path()) > 3 * MIB);
    sweep_all(&mut stage, 1_000);
    stage.store.close();
    let stage = open(dir.path(), config).unwrap();
    await_condition("the space is back", || table_bytes(dir.path()) < MIB);
    assert_eq!(stage.store.status().records, 0);
}
