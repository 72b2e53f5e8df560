//! What kill -9 leaves: a child process runs a script until it is killed, and says what was acknowledged. The store
//! that it leaves must be a prefix of each lane's operations, whole, with everything that was acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;

use dynamo_core::durable::Recovery;
use dynamo_core::store::Ticket;
use shared::id::Boot;

use super::script::Script;
use super::{CLUSTER, NODE, fresh_dir, open, roomy};
use crate::store::{Completion, Opened, Store, StoreConfig};

const DIR: &str = "DYNAMO_STORE_CRASH_DIR";
const SEED: &str = "DYNAMO_STORE_CRASH_SEED";
const OPS: u64 = 100_000;

/// How many operations are in flight at once.
const WINDOW: usize = 48;

fn config() -> StoreConfig {
    // Small memtables, so that some are killed while they are being flushed.
    StoreConfig { memtable_bytes: 128 * 1024, sync_interval_ms: 5, ..roomy() }
}

/// Runs the script for as long as it is let; for every completion it writes a line.
#[test]
#[ignore = "the crash test's child process"]
fn child() {
    let (Ok(dir), Ok(seed)) = (std::env::var(DIR), std::env::var(SEED)) else {
        panic!("{DIR} and {SEED} are wanted");
    };
    let mut script = Script::new(seed.parse().unwrap());
    let (free, wait) = sync_channel(WINDOW);
    let complete = Box::new(move |completion: Completion| match completion {
        Completion::Applied(..) => {}
        Completion::Synced(Ticket(ticket), _) => {
            writeln!(std::io::stdout().lock(), "synced {ticket}").unwrap();
            free.send(()).unwrap();
        }
        failed => panic!("{failed:?}"),
    });
    let Opened { store, .. } = Store::open(dir.as_ref(), CLUSTER, NODE, config(), complete).unwrap();
    for ticket in 0..OPS {
        if ticket >= WINDOW as u64 {
            wait.recv().unwrap();
        }
        let op = script.any_op();
        script.model.apply_any(op.clone());
        store.submit(Ticket(ticket), op);
    }
}

/// Lets a child run until it has acknowledged so many operations, kills it, and says which it acknowledged.
fn run_child(dir: &std::path::Path, seed: u64, until: usize) -> Vec<u64> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", concat!(module_path!(), "::child")].map(|argument| {
            // The harness names tests without the crate.
            argument.strip_prefix("dynamo_node::").unwrap_or(argument)
        }))
        .env(DIR, dir)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).split(b'\n') {
        let line = String::from_utf8(line.unwrap()).unwrap();
        let ticket: Option<u64> = line.strip_prefix("synced ").and_then(|ticket| ticket.parse().ok());
        acknowledged.extend(ticket);
        if acknowledged.len() == until {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= until, "the child ended by itself");
    // The last line may be cut short, and then name another operation than it should.
    acknowledged.pop();
    acknowledged
}

#[test]
fn what_was_acknowledged_survives_kill_9_and_the_rest_is_a_prefix() {
    for (seed, until) in [(11, 40), (12, 700), (13, 2_500)] {
        let dir = fresh_dir();
        let acknowledged = run_child(dir.path(), seed, until);
        let stage = open(dir.path(), config()).unwrap();
        assert_eq!(stage.durable.boot, Boot(2));
        assert_eq!(stage.durable.recovery, Recovery::Intact, "seed {seed}");
        stage.check_derived();

        let mut script = Script::new(seed);
        // As far as the child can have come: the window beyond what it said, and what it said while it was killed.
        for _ in 0..acknowledged.len() + 2 * WINDOW {
            let op = script.any_op();
            script.model.apply_any(op);
        }
        let found = stage.rows();
        for lane in 0..stage.store.inner.overlays.len() {
            let is_in_lane = |token| stage.store.inner.lane_of(token) == lane;
            let in_lane =
                |ticket: &u64| is_in_lane(script.model.history[usize::try_from(*ticket).unwrap()].0);
            let last = acknowledged.iter().copied().filter(in_lane).max();
            let counted = last.map_or(0, |last| (0..=last).filter(in_lane).count());
            let possible = script.model.states_after_crash(counted, is_in_lane);
            let found = found.of_lane(is_in_lane);
            assert!(
                possible.contains(&found),
                "lane {lane} of seed {seed} is no prefix with what was acknowledged"
            );
        }
    }
}
