//! The store: operations in, completions out.
//!
//! ```text
//! submit ─→ lane: read, merge, apply ─→ Applied
//!                    │ rows
//!                    └─→ writer: one batch, one sync ─→ Synced
//! ```
//!
//! What an operation does is decided by the core's pure functions ([`dynamo_core::store`]); here is where rows lie
//! (`layout`), who runs them (`lane`), how they reach the disk (`writer`), and what the storage engine must be
//! kept from doing, and to doing (`engine`, `upkeep`, `reclaim`, `tripwire`). Nothing here retries, and nothing hides that it failed.

mod completion;
mod config;
mod directory;
mod engine;
mod error;
mod lane;
mod layout;
mod mend;
mod open;
mod overlay;
mod poison;
mod reclaim;
mod sizes;
mod staged;
mod tally;
mod tree;
mod tripwire;
mod upkeep;
mod view;
mod writer;

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, RwLock};
use std::thread::JoinHandle;

use dynamo_core::durable::Durable;
use dynamo_core::row::Row;
use dynamo_core::store::{Query, StoreOp, Ticket};
use shared::id::{Boot, ClusterId, NodeId};
use shared::token::Token;
use shared::wire::look::StoreStatus;

pub use completion::{Complete, Completion};
pub use config::StoreConfig;
pub use error::OpenError;
pub use sizes::RangeSize;

use directory::Directory;
use engine::Engine;
use lane::Task;
use overlay::Overlay;
use poison::Poison;
use sizes::Sizes;
use tally::Tally;
use tree::Leaves;

/// A store that was opened, and what it knew.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What survived; its start is counted and on the disk.
    pub durable: Durable,
}

/// The node's store. Dropping it closes it.
pub struct Store {
    inner: Arc<Inner>,
    /// One for each lane. Lanes end when these are dropped, the writer when the lanes have, upkeep when the
    /// writer has, reclaim when upkeep has.
    lanes: Vec<Sender<Task>>,
    threads: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("dir", &self.inner.dir)
            .field("boot", &self.inner.boot)
            .finish_non_exhaustive()
    }
}

/// What the store's threads share.
struct Inner {
    /// Dropped before the directory is unlocked.
    engine: Engine,
    config: StoreConfig,
    dir: PathBuf,
    boot: Boot,
    /// One for each lane.
    overlays: Vec<RwLock<Overlay>>,
    leaves: Leaves,
    sizes: Sizes,
    tally: Tally,
    /// Whether memtables are to be sealed however full they are: what was removed waits for it.
    wants_seal: AtomicBool,
    next_actor: AtomicU32,
    poison: Poison,
    complete: Complete,
    _directory: Directory,
}

impl Store {
    /// Opens the store of a node, or creates it; counts this start, and syncs the count.
    ///
    /// `complete` is told what becomes of operations, from the store's threads. It must not block.
    pub fn open(
        dir: &Path,
        cluster: ClusterId,
        node: NodeId,
        config: StoreConfig,
        complete: Complete,
    ) -> Result<Opened, OpenError> {
        open::open(dir, cluster, node, config, complete)
    }

    /// Hands an operation over. Returns at once; all else is told by completions.
    pub fn submit(&self, ticket: Ticket, op: StoreOp) {
        let (token, task) = match op {
            StoreOp::Lane(op) => (op.row.token(), Task::Run(ticket, op)),
            StoreOp::Sweep(step) => (step.arc.first, Task::Sweep(ticket, step)),
            StoreOp::Barrier { first, .. } => (first, Task::Barrier(ticket)),
            StoreOp::Query(query) => (first_token(&query), Task::Answer(ticket, query)),
            StoreOp::Keep(kept) => (Token(0), Task::Keep(ticket, kept)),
        };
        if let Some(lane) = self.lanes.get(self.inner.lane_of(token)) {
            // A lane that is gone has panicked, which was told as `Poisoned`: the process is about to leave.
            _ = lane.send(task);
        }
    }

    /// What is kept, and what could be kept; from counters, so that it costs nothing. The disk's numbers are a second old.
    pub fn status(&self) -> StoreStatus {
        let Inner { tally, poison, .. } = &*self.inner;
        let held = RangeSize::sum(&self.bytes_by_range());
        let refuses_writes = poison.reason().or_else(|| self.inner.disk_refusal());
        StoreStatus {
            records: held.records,
            stored_bytes: held.bytes,
            conflicts: tally.conflicts.load(Relaxed),
            hints: tally.hint_rows(),
            disk_used_bytes: tally.disk_used_bytes.load(Relaxed),
            disk_free_bytes: tally.disk_free_bytes.load(Relaxed),
            refuses_writes: refuses_writes.or_else(|| self.inner.hint_refusal()),
        }
    }

    /// What is held as an owner in each of [`RANGES`](shared::wire::telemetry::RANGES) equal ranges of the ring, in order; as of what was applied.
    pub fn bytes_by_range(&self) -> Vec<RangeSize> {
        self.inner.sizes.by_range()
    }

    /// How many rows could not be read since the start.
    pub fn damaged_records(&self) -> u64 {
        self.inner.tally.damaged.load(Relaxed)
    }

    /// How many marks were not kept since the start, for want of room.
    pub fn marks_skipped(&self) -> u64 {
        self.inner.tally.marks_skipped.load(Relaxed)
    }

    /// Finishes what was submitted, syncs it, and stops. Not to be called from a completion.
    pub fn close(self) {
        drop(self);
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.lanes.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked was told as `Poisoned`.
            _ = thread.join();
        }
    }
}

impl Inner {
    /// Why nothing is written, if the disk is at its low-water mark.
    fn disk_refusal(&self) -> Option<String> {
        self.tally.is_disk_full.load(Relaxed).then(|| {
            let (free, mark) = (self.tally.disk_free_bytes.load(Relaxed), self.config.disk_free_bytes_min);
            format!("the disk has {free} bytes free, fewer than the low-water mark of {mark}")
        })
    }

    /// Why no hint is kept, if there is no room for any.
    fn hint_refusal(&self) -> Option<String> {
        let (kept, most) = (self.tally.hint_bytes(), self.config.hint_bytes_max);
        (kept >= most).then(|| format!("{kept} bytes of hints are kept, the limit is {most}"))
    }

    /// Gives the store up, once, and says so.
    fn poison(&self, reason: String) {
        if self.poison.set(&reason) {
            tracing::error!(%reason, "the store has failed");
            (self.complete)(Completion::Poisoned(reason));
        }
    }
}

/// Where a query is answered: in the lane that its rows belong to, so that it sees what was submitted there before.
fn first_token(query: &Query) -> Token {
    let start = Token(0);
    match query {
        Query::Held { row } => row.token(),
        Query::HeldMany { rows } => rows.first().map_or(start, Row::token),
        Query::Lacking { rows } => rows.first().map_or(start, |(row, _)| row.token()),
        Query::Keys { arc, .. } | Query::Leaves { arc } | Query::Differing { arc, .. } => arc.first,
        Query::Roots { arcs } => arcs.first().map_or(start, |arc| arc.first),
        Query::Hints { .. } | Query::HintedOwners => start,
    }
}
