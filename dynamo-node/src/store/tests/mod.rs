//! The store's stories, told on a small stage: a directory, a store in it, and everything it said.

mod against_model;
mod crash;
mod damage;
mod directory;
mod limits;
mod script;
mod sweeping;
mod writing;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dynamo_core::durable::Durable;
use dynamo_core::row::Row;
use dynamo_core::store::change::LEAVES;
use dynamo_core::store::{
    Effected, Found, LaneOp, Outcome, Query, Shelf, StoreFailure, StoreOp, Sweep, Swept, Ticket,
};
use fjall::{PersistMode, Slice};
use shared::id::{BucketId, ClusterId, NodeId};
use shared::key::Key;
use shared::level::Durability;
use shared::token::Token;
use shared::wire::telemetry::RANGES;
use tempfile::TempDir;

use super::engine::{self, Engine};
use super::layout::{self, Space};
use super::model::Rows;
use super::view::View;
use super::{Completion, OpenError, Opened, RangeSize, Store, StoreConfig};

const CLUSTER: ClusterId = ClusterId(0xc1);
const NODE: NodeId = NodeId(0xa);

/// Longer than anything takes; only a store that is stuck is found by it.
const PATIENCE: Duration = Duration::from_mins(1);

/// An open store, and what it said that nobody has asked for yet.
struct Stage {
    store: Store,
    durable: Durable,
    completions: Receiver<Completion>,
    applied: BTreeMap<Ticket, Result<Outcome, StoreFailure>>,
    synced: BTreeMap<Ticket, Durability>,
    poisoned: Vec<String>,
    tickets: u64,
}

/// A configuration in which nothing is full.
fn roomy() -> StoreConfig {
    StoreConfig { disk_free_bytes_min: 0, ..StoreConfig::default() }
}

fn fresh_dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(dir: &Path, config: StoreConfig) -> Result<Stage, OpenError> {
    let (sender, completions) = channel();
    let complete = Box::new(move |completion| _ = sender.send(completion));
    let Opened { store, durable } = Store::open(dir, CLUSTER, NODE, config, complete)?;
    let (applied, synced) = (BTreeMap::new(), BTreeMap::new());
    Ok(Stage { store, durable, completions, applied, synced, poisoned: Vec::new(), tickets: 0 })
}

fn row(key: &str) -> Row {
    Row::new(BucketId(1), Key::new(key.to_owned()).unwrap())
}

fn await_condition(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Changes the last byte of a committed object behind the back of the store, which must be closed.
fn damage_object(dir: &Path, row: &Row) {
    let engine = Engine::open(&dir.join("db"), &StoreConfig::default()).unwrap();
    let key = Slice::from(layout::row_key(row));
    let mut bytes = engine.space(Space::Objects).get(&key).unwrap().unwrap().to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let batch = engine::Rows::from([((Space::Objects, key), Some(Slice::from(bytes)))]);
    engine.commit(batch, PersistMode::SyncAll).unwrap();
}

impl Stage {
    fn submit(&mut self, op: StoreOp) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.store.submit(ticket, op);
        ticket
    }

    /// Takes in one completion.
    fn listen(&mut self) {
        match self.completions.recv_timeout(PATIENCE).expect("the store is stuck") {
            Completion::Applied(ticket, outcome) => {
                assert!(self.applied.insert(ticket, Ok(outcome)).is_none(), "{ticket:?} twice");
            }
            Completion::Failed(ticket, failure) => {
                assert!(self.applied.insert(ticket, Err(failure)).is_none(), "{ticket:?} twice");
            }
            Completion::Synced(ticket, durability) => {
                assert!(self.synced.insert(ticket, durability).is_none(), "{ticket:?} twice");
            }
            Completion::Poisoned(reason) => self.poisoned.push(reason),
        }
    }

    fn outcome(&mut self, ticket: Ticket) -> Result<Outcome, StoreFailure> {
        loop {
            if let Some(outcome) = self.applied.remove(&ticket) {
                return outcome;
            }
            self.listen();
        }
    }

    fn synced(&mut self, ticket: Ticket) -> Durability {
        loop {
            if let Some(durability) = self.synced.remove(&ticket) {
                return durability;
            }
            self.listen();
        }
    }

    /// Runs an operation and waits until it is applied.
    fn run(&mut self, op: LaneOp) -> (Ticket, Result<Effected, StoreFailure>) {
        let ticket = self.submit(StoreOp::Lane(op));
        let effected = self.outcome(ticket).map(|outcome| match outcome {
            Outcome::Lane(effected) => effected,
            other => panic!("{other:?} is no effect"),
        });
        (ticket, effected)
    }

    /// Runs an operation and waits until it has reached what it asked for.
    fn run_through(&mut self, op: LaneOp) -> Effected {
        let wanted = op.durability;
        let (ticket, effected) = self.run(op);
        assert!(self.synced(ticket) >= wanted);
        effected.unwrap()
    }

    /// Runs a step of a sweep and waits until it is synced.
    fn sweep(&mut self, step: Sweep) -> Result<Swept, StoreFailure> {
        let ticket = self.submit(StoreOp::Sweep(step));
        let swept = self.outcome(ticket).map(|outcome| match outcome {
            Outcome::Swept(swept) => swept,
            other => panic!("{other:?} is no step of a sweep"),
        })?;
        assert_eq!(self.synced(ticket), Durability::Synced);
        Ok(swept)
    }

    fn ask(&mut self, query: Query) -> Result<Found, StoreFailure> {
        let ticket = self.submit(StoreOp::Query(query));
        self.outcome(ticket).map(|outcome| match outcome {
            Outcome::Query(found) => found,
            other => panic!("{other:?} is no finding"),
        })
    }

    /// Everything that reads see.
    fn rows(&self) -> Rows {
        let view = View(&self.store.inner);
        let objects = view.objects(Token(0), Token(u128::MAX), None, usize::MAX).unwrap();
        let mut rows = Rows { objects: objects.into_iter().collect(), ..Rows::default() };
        for (owner, count) in view.hinted_owners() {
            let hints = view.hints_of(owner, None, usize::MAX).unwrap();
            assert_eq!(hints.len() as u64, count, "the count of {owner}'s hints");
            rows.hints.extend(hints.into_iter().map(|(row, body)| ((owner, row), body)));
        }
        rows
    }

    /// Checks everything that could be derived from the rows, in memory and on the disk, against a scan of them.
    /// Everything must be committed.
    fn check_derived(&self) {
        let rows = self.rows();
        let status = self.store.status();
        assert_eq!(status.records, rows.objects.len() as u64);
        assert_eq!(self.store.bytes_by_range(), rows.sizes(), "the sizes in memory");
        assert_eq!(status.stored_bytes, RangeSize::sum(&rows.sizes()).bytes);
        assert_eq!(status.conflicts, rows.conflicts().len() as u64);
        assert_eq!(status.hints, rows.hints.len() as u64);
        let mut hint_bytes = 0;
        for body in rows.hints.values() {
            hint_bytes += layout::encode_hint(body).len() as u64;
        }
        assert_eq!(self.store.inner.tally.hint_bytes(), hint_bytes);

        let (mut conflicts, mut leaves) = (BTreeMap::new(), BTreeMap::new());
        let mut sizes = vec![RangeSize::default(); RANGES];
        for guard in self.store.inner.engine.space(Space::Index).iter() {
            let (key, value) = guard.into_inner().unwrap();
            if let Some(row) = key.strip_prefix(layout::CONFLICT) {
                let siblings = u32::from_be_bytes((*value).try_into().unwrap());
                conflicts.insert(layout::parse_row_key(row).unwrap(), siblings);
            } else if let Some(leaf) = key.strip_prefix(layout::LEAF) {
                let leaf = u32::from_be_bytes(leaf.try_into().unwrap());
                leaves.insert(leaf, u128::from_be_bytes((*value).try_into().unwrap()));
            } else if let Some(range) = key.strip_prefix(layout::RANGE) {
                let (row, of_row) = layout::decode_ranges(range, &value).unwrap();
                sizes.chunks_mut(of_row.len()).nth(usize::from(row)).unwrap().copy_from_slice(&of_row);
            }
        }
        assert_eq!(conflicts, rows.conflicts(), "the conflict index");
        assert_eq!(sizes, rows.sizes(), "the sizes on the disk");
        assert_eq!(leaves, rows.leaves(), "the leaves on the disk");
        for leaf in 0..LEAVES {
            let sum = leaves.get(&leaf).copied().unwrap_or(0);
            assert_eq!(self.store.inner.leaves.get(leaf), sum, "leaf {leaf} in memory");
        }
    }
}
