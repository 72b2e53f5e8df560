//! What a store refuses when there is no room, and what it goes on doing.

use std::sync::Arc;

use dynamo_core::record::{Content, Record, Write};
use dynamo_core::store::{Found, HintBody, LaneOp, OpKind, Query, StoreFailure};
use dynamo_core::time::Timestamp;
use dynamo_core::version::Actor;
use dynamo_core::version::actor::Pen;
use dynamo_core::version::context::Past;
use shared::id::{NodeId, RequestId};
use shared::level::Durability;
use shared::map::ConflictPolicy;
use shared::token::PartitionId;

use super::{fresh_dir, open, roomy, row};
use crate::store::StoreConfig;

const ABSENT: NodeId = NodeId(7);

fn write(request: u128) -> Write {
    Write {
        request: RequestId(request),
        past: Past::default(),
        content: Content::Value(b"milk".to_vec().into()),
        policy: ConflictPolicy::Siblings,
        expires: None,
        wall: Timestamp(1),
    }
}

fn record() -> Arc<Record> {
    let mut record = Record::default();
    record.mint(write(1), &mut Pen::new(Actor(1)), Actor(2));
    Arc::new(record)
}

fn op(kind: OpKind) -> LaneOp {
    LaneOp { row: row("cart"), partition: PartitionId(0), durability: Durability::Synced, kind }
}

fn coordinate(request: u128, as_owner: bool) -> LaneOp {
    let write = Box::new(write(request));
    op(OpKind::Coordinate { write, fresh: Actor(3), as_owner, absent: vec![ABSENT] })
}

fn keep(body: HintBody) -> LaneOp {
    op(OpKind::Keep { owner: ABSENT, body })
}

#[test]
fn below_the_low_water_mark_writes_are_refused_and_reads_and_hand_off_go_on() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), roomy()).unwrap();
    stage.run_through(op(OpKind::Merge { record: record() }));
    stage.run_through(keep(HintBody::Full(record())));
    stage.store.close();

    let mut stage = open(dir.path(), StoreConfig { disk_free_bytes_min: u64::MAX, ..roomy() }).unwrap();
    assert!(stage.store.status().refuses_writes.is_some_and(|reason| reason.contains("low-water mark")));
    for refused in [
        coordinate(2, true),
        op(OpKind::Merge { record: record() }),
        keep(HintBody::Full(record())),
        keep(HintBody::Mark),
    ] {
        let (_, effected) = stage.run(refused);
        assert!(matches!(effected, Err(StoreFailure::Full(_))), "{effected:?}");
    }
    assert_eq!(stage.ask(Query::Held { row: row("cart") }), Ok(Found::Held(Some(record()))));
    let forgot = stage.run_through(op(OpKind::ForgetIf { owner: ABSENT, hash: record().hash() }));
    assert!(forgot.forgot);
    stage.store.close();

    let mut stage = open(dir.path(), roomy()).unwrap();
    assert_eq!(stage.store.status().refuses_writes, None);
    assert!(stage.run_through(coordinate(2, true)).minted.is_some());
}

#[test]
fn a_full_hint_store_refuses_beforehand_and_takes_hints_again_when_some_are_delivered() {
    let dir = fresh_dir();
    let mut stage = open(dir.path(), StoreConfig { hint_bytes_max: 1, ..roomy() }).unwrap();
    stage.run_through(keep(HintBody::Full(record())));

    for refused in [keep(HintBody::Full(record())), coordinate(2, false)] {
        let (_, effected) = stage.run(refused);
        assert!(matches!(effected, Err(StoreFailure::Full(_))), "{effected:?}");
    }
    // A mark is only a help: it is left out, and what it belongs to is done.
    assert!(stage.run_through(coordinate(3, true)).minted.is_some());
    assert_eq!(stage.store.marks_skipped(), 1);
    let effected = stage.run_through(keep(HintBody::Mark));
    assert_eq!(
        effected.record.map(|object| object.siblings.len()),
        Some(2),
        "the hint's value and the last put's"
    );
    assert_eq!(stage.store.marks_skipped(), 2);
    assert_eq!(stage.store.status().hints, 1);

    assert!(stage.run_through(op(OpKind::ForgetIf { owner: ABSENT, hash: record().hash() })).forgot);
    assert_eq!(stage.store.status().hints, 0);
    stage.run_through(coordinate(4, true));
    assert_eq!(stage.store.status().hints, 1, "the mark of the last put");
}
