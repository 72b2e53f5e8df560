//! The simulated disk by itself: what a power cut leaves of a partition that is being given up.

use std::collections::BTreeSet;
use std::sync::Arc;

use dynamo_core::record::{Content, Record, Write};
use dynamo_core::row::Row;
use dynamo_core::store::query::Arc128;
use dynamo_core::store::{LaneOp, OpKind, Outcome, Sweep, Swept, Ticket};
use dynamo_core::time::Timestamp;
use dynamo_core::version::Actor;
use dynamo_core::version::actor::Pen;
use dynamo_core::version::context::Past;
use dynamo_sim::disk::{Disk, Stop, Task};
use dynamo_sim::rng::Rng;
use shared::id::{BucketId, RequestId};
use shared::key::Key;
use shared::level::Durability;
use shared::map::ConflictPolicy;
use shared::token::{PartitionId, Partitions};

const GIVEN_UP: PartitionId = PartitionId(2);
const ROWS: usize = 12;
const STEP: usize = 5;

fn partitions() -> Partitions {
    Partitions::new(8).expect("a power of two")
}

fn record() -> Arc<Record> {
    let write = Write {
        request: RequestId(1),
        past: Past::default(),
        content: Content::Value(b"milk".to_vec().into()),
        policy: ConflictPolicy::Siblings,
        expires: None,
        wall: Timestamp(1),
    };
    let mut record = Record::default();
    record.mint(write, &mut Pen::new(Actor(1)), Actor(2));
    Arc::new(record)
}

/// Hands a task to the disk and lets its lane run it.
fn run(disk: &mut Disk, rng: &mut Rng, ticket: u64, task: Task) -> Outcome {
    let (lane, _) = disk.submit(Ticket(ticket), task, 0, rng);
    disk.execute(lane).expect("it waits").result.expect("nothing is damaged or full")
}

fn sync(disk: &mut Disk) {
    assert!(disk.begin_commit());
    disk.written();
    disk.synced();
}

fn step(disk: &mut Disk, rng: &mut Rng, ticket: u64, after: Option<Row>) -> Swept {
    let (first, last) = (partitions().first_token(GIVEN_UP), partitions().last_token(GIVEN_UP));
    let arc = Arc128 { first, last };
    let sweep = Sweep { partition: GIVEN_UP, arc, after, rows_max: STEP };
    match run(disk, rng, ticket, Task::Sweep(sweep)) {
        Outcome::Swept(swept) => swept,
        other => panic!("{other:?} is no step of a sweep"),
    }
}

#[test]
fn a_power_cut_keeps_whole_steps_of_a_sweep_and_the_next_one_goes_on() {
    let mut found = BTreeSet::new();
    for seed in 0..64 {
        let (mut disk, mut rng) = (Disk::new(4, None), Rng::new(seed));
        let rows = (0..).map(|n: u32| Row::new(BucketId(1), Key::new(format!("key {n}")).unwrap()));
        let (mut given_up, mut kept) = (0, 0);
        for (ticket, row) in (0..).zip(rows) {
            let partition = partitions().of(row.token());
            *(if partition == GIVEN_UP { &mut given_up } else { &mut kept }) += 1;
            let kind = OpKind::Merge { record: record() };
            let op = LaneOp { row, partition, durability: Durability::Synced, kind };
            run(&mut disk, &mut rng, ticket, Task::Run(op));
            if given_up == ROWS {
                break;
            }
        }
        sync(&mut disk);

        let mut after = None;
        for ticket in 10_000.. {
            let swept = step(&mut disk, &mut rng, ticket, after);
            after = swept.next;
            if !swept.more {
                break;
            }
        }
        assert_eq!(disk.live.objects.len(), kept, "seed {seed}");
        disk.stop(Stop::PowerLost, &mut rng);
        let left = disk.live.objects.len() - kept;
        assert!([0, 2, 7, 12].contains(&left), "seed {seed} kept {left} of {ROWS} rows: half a step");
        assert!(disk.live.leaves_are_true(), "seed {seed}");
        found.insert(left);

        let mut swept = step(&mut disk, &mut rng, 20_000, None);
        while swept.more {
            swept = step(&mut disk, &mut rng, 20_001, swept.next);
        }
        assert_eq!(disk.live.objects.len(), kept, "seed {seed}");
        assert!(disk.live.leaves_are_true(), "seed {seed}");
    }
    assert_eq!(found, BTreeSet::from([0, 2, 7, 12]), "every place to be cut off at was tried");
}
