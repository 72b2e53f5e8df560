//! What happens to a store whose files are no longer what it wrote.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dynamo_core::durable::Recovery;
use dynamo_core::store::{Found, LaneOp, OpKind, Query, StoreFailure};
use shared::id::Boot;
use shared::level::Durability;
use shared::token::Partitions;

use super::script::Script;
use super::{Stage, damage_object, fresh_dir, open, roomy};
use crate::store::OpenError;

/// Writes so many batches, each synced by itself, and says what was written.
fn write_batches(dir: &Path, seed: u64, batches: usize) -> Script {
    let mut script = Script::new(seed);
    let mut stage = open(dir, roomy()).unwrap();
    while script.model.history.iter().filter(|(_, changes)| !changes.is_empty()).count() < batches {
        let mut op = script.op();
        op.durability = Durability::Synced;
        script.model.apply(op.clone()).unwrap();
        stage.run_through(op);
    }
    stage.store.close();
    script
}

fn journal(dir: &Path) -> PathBuf {
    let mut files = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    files.find(|path| path.extension().is_some_and(|extension| extension == "jnl")).unwrap()
}

/// Where batches end.
fn ends(journal: &[u8]) -> Vec<usize> {
    let windows = journal.windows(13).enumerate();
    windows.filter(|(_, bytes)| bytes[0] == 3 && bytes.ends_with(b"FJL\x03")).map(|(at, _)| at + 13).collect()
}

#[test]
fn a_batch_torn_by_a_crash_is_dropped_and_nothing_is_said() {
    let dir = fresh_dir();
    let script = write_batches(dir.path(), 31, 40);
    let path = journal(dir.path());
    let end = *ends(&fs::read(&path).unwrap()).last().unwrap();
    fs::File::options().write(true).open(&path).unwrap().write_all_at(&[0; 5], end as u64 - 5).unwrap();
    let stage = open(dir.path(), roomy()).unwrap();
    assert_eq!(stage.durable.recovery, Recovery::Intact);
    stage.check_derived();
    let states = script.model.states_after_crash(0, |_| true);
    assert_eq!(
        states.iter().rposition(|rows| *rows == stage.rows()),
        last_change(&script),
        "the last batch only"
    );
}

/// How many operations there were before the last one that changed anything.
fn last_change(script: &Script) -> Option<usize> {
    script.model.history.iter().rposition(|(_, changes)| !changes.is_empty())
}

#[test]
fn zeros_in_the_middle_of_the_journal_are_found_out() {
    let dir = fresh_dir();
    write_batches(dir.path(), 32, 40);
    let path = journal(dir.path());
    let ends = ends(&fs::read(&path).unwrap());
    let middle = ends[ends.len() / 2] as u64;
    fs::File::options().write(true).open(&path).unwrap().write_all_at(&[0; 64], middle).unwrap();
    let stage = open(dir.path(), roomy()).unwrap();
    assert_eq!(stage.durable.recovery, Recovery::LostData);
    assert_eq!(stage.durable.boot, Boot(2));
    stage.check_derived();
}

#[test]
fn a_flipped_bit_in_the_journal_is_refused_with_what_to_do_or_found_out() {
    let dir = fresh_dir();
    write_batches(dir.path(), 33, 40);
    let path = journal(dir.path());
    let whole = fs::read(&path).unwrap();
    let end = *ends(&whole).last().unwrap();
    let mut refused = 0;
    for at in [end / 5, end / 3, end / 2, end * 2 / 3] {
        let copy = fresh_dir();
        copy_dir(dir.path(), copy.path());
        let flipped = [whole[at] ^ 0x10];
        fs::File::options()
            .write(true)
            .open(journal(copy.path()))
            .unwrap()
            .write_all_at(&flipped, at as u64)
            .unwrap();
        match open(copy.path(), roomy()) {
            Ok(stage) => assert_eq!(stage.durable.recovery, Recovery::LostData, "byte {at}"),
            Err(error @ OpenError::Unreadable { .. }) => {
                assert!(error.to_string().contains("set the directory aside"));
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0, "fjall checks its batches");
}

#[test]
fn a_database_exchanged_for_an_older_one_is_found_out() {
    let (dir, old) = (fresh_dir(), fresh_dir());
    write_batches(dir.path(), 34, 5);
    copy_dir(dir.path(), old.path());
    for start in 2..=3 {
        assert_eq!(open(dir.path(), roomy()).unwrap().durable.boot, Boot(start));
    }
    fs::remove_dir_all(dir.path().join("db")).unwrap();
    copy_dir(&old.path().join("db"), &dir.path().join("db"));
    let Stage { durable, store, .. } = open(dir.path(), roomy()).unwrap();
    assert_eq!((durable.boot, durable.recovery), (Boot(4), Recovery::LostData));
    store.close();

    fs::remove_dir_all(dir.path().join("db")).unwrap();
    let lost = open(dir.path(), roomy()).unwrap().durable;
    assert_eq!((lost.boot, lost.recovery), (Boot(5), Recovery::LostData), "no database at all");
}

#[test]
fn a_damaged_record_is_never_served_never_taken_for_absent_and_hides_nothing_else() {
    let dir = fresh_dir();
    let mut script = write_batches(dir.path(), 35, 60);
    let row = script.model.rows.conflicts().into_keys().next().unwrap();
    damage_object(dir.path(), &row);

    let mut stage = open(dir.path(), roomy()).unwrap();
    let held = stage.ask(Query::Held { row: row.clone() });
    assert!(matches!(held, Err(StoreFailure::Damaged(_))), "{held:?}");
    assert_eq!(stage.store.damaged_records(), 1);
    let partition = Partitions::new(8).unwrap().of(row.token());
    let (durability, record) = (Durability::Synced, script.foreign(&row));
    let op = |kind| LaneOp { row: row.clone(), partition, durability, kind };
    let (_, merged) = stage.run(op(OpKind::Merge { record: Arc::clone(&record) }));
    assert!(matches!(merged, Err(StoreFailure::Damaged(_))), "{merged:?}");
    assert_eq!(stage.store.damaged_records(), 2);

    let mut others = script.model.rows.clone();
    others.objects.remove(&row);
    assert_eq!(stage.rows(), others, "the others are listed");
    let other = others.objects.keys().next().unwrap().clone();
    assert!(matches!(stage.ask(Query::Held { row: other }), Ok(Found::Held(Some(_)))));

    // What the other owners hold takes its place, and everything that was derived from the damaged one is put right.
    let refilled = stage.run_through(op(OpKind::Refill { record: Arc::clone(&record) }));
    assert_eq!(refilled.record.as_ref(), Some(&record));
    script.model.rows.objects.insert(row.clone(), record);
    assert_eq!(stage.rows(), script.model.rows);
    stage.check_derived();
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
