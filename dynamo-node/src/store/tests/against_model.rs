//! The same operations, given to the store and to the model, bring the same answers.

use dynamo_core::durable::Recovery;
use dynamo_core::store::query::Arc128;
use dynamo_core::store::{Query, answer};
use dynamo_core::time::Timestamp;
use shared::id::{Boot, BucketId};
use shared::token::{Partitions, Token};

use super::script::Script;
use super::{Stage, fresh_dir, open, roomy};
use crate::store::StoreConfig;

/// A query of any kind.
fn query(script: &mut Script) -> Query {
    let partitions = Partitions::new(8).unwrap();
    let partition = partitions.of(script.row().token());
    let mut arc = Arc128 { first: partitions.first_token(partition), last: partitions.last_token(partition) };
    if script.one_in(3) {
        arc = Arc128 { first: Token(0), last: Token(u128::MAX) };
    }
    let narrow = Arc128 { first: arc.first, last: Token(arc.first.0 | (u128::MAX >> 12)) };
    let after = script.one_in(2).then(|| script.row());
    let limit = usize::try_from(1 + script.draw() % 12).unwrap();
    match script.draw() % 9 {
        0 => Query::Held { row: script.row() },
        1 => Query::HeldMany { rows: (0..limit).map(|_| script.row()).collect() },
        2 => Query::Keys { arc, bucket: BucketId(1), after, limit, wall: Timestamp(500) },
        3 => Query::Hints { owner: script.owner(), after, limit },
        4 => Query::HintedOwners,
        5 => Query::Roots { arcs: vec![narrow] },
        6 => Query::Leaves { arc: narrow },
        7 => Query::Differing { arc, leaves: Vec::new(), after, limit },
        _ => {
            // Every other hash is another row's.
            let objects = &script.model.rows.objects;
            let others = objects.iter().step_by(2).flat_map(|object| [object, object]);
            let rows = objects.keys().zip(others).take(limit);
            Query::Lacking { rows: rows.map(|(row, (_, record))| (row.clone(), record.hash())).collect() }
        }
    }
}

fn step(stage: &mut Stage, script: &mut Script) {
    if script.one_in(3) {
        let query = query(script);
        assert_eq!(stage.ask(query.clone()), Ok(answer(&query, &script.model.rows).unwrap()), "{query:?}");
        return;
    }
    if script.one_in(16) {
        let step = script.sweep();
        assert_eq!(stage.sweep(step.clone()), script.model.sweep(&step), "{step:?}");
        return;
    }
    let op = script.op();
    let expected = script.model.apply(op.clone());
    let (_, effected) = stage.run(op.clone());
    assert_eq!(effected, expected, "{op:?}");
}

fn run_seed(seed: u64, lanes: usize) {
    let mut script = Script::new(seed);
    let dir = fresh_dir();
    for start in 1..=3 {
        let config = StoreConfig { lanes, sync_interval_ms: 5, ..roomy() };
        let mut stage = open(dir.path(), config).unwrap();
        assert_eq!(stage.durable.boot, Boot(start));
        assert_eq!(stage.durable.recovery, if start == 1 { Recovery::Fresh } else { Recovery::Intact });
        assert_eq!(stage.durable.actors, script.model.actors, "actors, in the order in which they began");
        assert_eq!(stage.rows(), script.model.rows, "after start {start}");
        stage.check_derived();
        for _ in 0..250 {
            step(&mut stage, &mut script);
        }
        stage.store.close();
        // Pens live in memory only.
        script.model.pens.clear();
    }
    assert!(!script.model.rows.conflicts().is_empty(), "seed {seed} made no conflict");
    assert!(!script.model.rows.hints.is_empty(), "seed {seed} kept no hint");
}

#[test]
fn the_store_answers_as_the_model_does_and_remembers_it_across_restarts() {
    for (seed, lanes) in [(1, 1), (2, 2), (3, 3), (4, 8)] {
        run_seed(seed, lanes);
    }
}

#[test]
fn the_number_of_lanes_may_change_between_starts() {
    let dir = fresh_dir();
    let mut script = Script::new(5);
    for lanes in [2, 5, 1, 100] {
        let mut stage = open(dir.path(), StoreConfig { lanes, ..roomy() }).unwrap();
        assert_eq!(stage.rows(), script.model.rows);
        for _ in 0..60 {
            step(&mut stage, &mut script);
        }
        script.model.pens.clear();
    }
}
