//! Writer: the one thread that writes the journal, and what "synced" means.
//!
//! fjall has no group commit of its own: it holds its journal across write, sync and insertion. So one thread takes
//! whatever the lanes have applied meanwhile, writes it as one batch with one row per key, and syncs once for all of
//! it. Every lane's order is kept, also by operations that changed nothing: their `Synced` says that what they read is
//! on the disk, so they wait like the others.
//!
//! It does not retry: a batch that could not be written may be half in the journal, and what is synced after a failed
//! sync is anybody's guess. The process has to leave and to read what is there.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use dynamo_core::durable::Kept;
use dynamo_core::store::Ticket;
use fjall::{PersistMode, Slice};
use shared::level::Durability;
use shared::wire;
use shared::wire::telemetry::RANGES;

use super::Inner;
use super::completion::Completion;
use super::engine::Rows;
use super::layout::{self, Space};
use super::overlay::Touched;
use super::sizes::{Growths, RangeSize};
use super::staged::Staged;

/// Most operations in a batch: at some microseconds each, more would only make the first of them wait.
const BATCH_OPS_MAX: usize = 1_024;

/// Most bytes in a batch, but for the last operation's: a batch is written and synced in a few milliseconds.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many times their limit memtables may grow to while the disk is behind.
const MEMTABLES_MAX: u64 = 3;

/// How soon it is looked again whether the disk has caught up.
const FLUSH_WAIT: Duration = Duration::from_millis(2);

/// What the writer is given.
pub(super) enum Job {
    Write(Staged),
    Keep(Ticket, Box<Kept>),
}

/// The writer's own things.
pub(super) struct Writer {
    pub(super) inner: Arc<Inner>,
    pub(super) jobs: Receiver<Job>,
    /// Wakes the thread that seals memtables.
    pub(super) upkeep: SyncSender<()>,
    /// How much there is in each range, as committed.
    pub(super) sizes: Box<[RangeSize; RANGES]>,
    pub(super) sync_interval: Duration,
    /// When the oldest commit was made that is not synced.
    pub(super) unsynced_since: Option<Instant>,
    pub(super) bytes_since_upkeep: u64,
}

/// What goes to the journal at once.
#[derive(Default)]
struct Batch {
    rows: Rows,
    bytes: usize,
    waiting: Vec<(Ticket, Durability)>,
    settled: BTreeMap<usize, Settled>,
    growths: Growths,
    ends_sweep: bool,
}

/// What a batch leaves in a lane's overlay.
#[derive(Default)]
struct Settled {
    /// The last one in the batch.
    generation: u64,
    touched: Vec<Touched>,
}

impl Writer {
    /// Works until every lane is gone, or until a write fails.
    pub(super) fn work(mut self) {
        if let Err(error) = self.work_on() {
            self.inner.poison(format!("the journal cannot be written: {error}"));
        }
    }

    fn work_on(&mut self) -> fjall::Result<()> {
        loop {
            match self.next() {
                Ok(job) => {
                    let batch = self.collect(job);
                    self.write(batch)?;
                }
                Err(RecvTimeoutError::Timeout) => self.sync()?,
                Err(RecvTimeoutError::Disconnected) => return self.sync(),
            }
            if self.unsynced_since.is_some_and(|since| since.elapsed() >= self.sync_interval) {
                self.sync()?;
            }
        }
    }

    /// The next job; times out when buffered writes are due to be synced.
    fn next(&self) -> Result<Job, RecvTimeoutError> {
        match self.unsynced_since {
            Some(since) => self.jobs.recv_timeout(self.sync_interval.saturating_sub(since.elapsed())),
            None => self.jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    /// Everything that waits, up to the limits of a batch.
    fn collect(&self, first: Job) -> Batch {
        let mut batch = Batch::default();
        batch.add(first);
        while batch.waiting.len() < BATCH_OPS_MAX && batch.bytes < BATCH_BYTES_MAX {
            let Ok(job) = self.jobs.try_recv() else { break };
            batch.add(job);
        }
        batch
    }

    fn write(&mut self, mut batch: Batch) -> fjall::Result<()> {
        for (row, sizes) in std::mem::take(&mut batch.growths).commit(&mut self.sizes) {
            batch.put(Space::Index, &layout::ranges_key(row), &layout::encode_ranges(sizes));
        }
        self.wait_for_flush();
        let wants_sync = batch.waiting.iter().any(|&(_, wanted)| wanted == Durability::Synced);
        if !batch.rows.is_empty() {
            let mode = if wants_sync { PersistMode::SyncData } else { PersistMode::Buffer };
            self.inner.engine.commit(std::mem::take(&mut batch.rows), mode)?;
            self.unsynced_since =
                if wants_sync { None } else { self.unsynced_since.or(Some(Instant::now())) };
        } else if wants_sync {
            self.sync()?;
        }
        self.tell(batch.waiting);
        self.settle(batch.settled);
        if batch.ends_sweep {
            self.inner.wants_seal.store(true, Relaxed);
        }
        self.wake_upkeep(batch.bytes as u64);
        Ok(())
    }

    /// Waits while memtables are far beyond their limit. Nothing else holds writes back when the disk cannot follow:
    /// they are not sealed by size, and fjall only counts sealed ones.
    fn wait_for_flush(&self) {
        let inner = &self.inner;
        let most = inner.config.memtable_bytes.saturating_mul(MEMTABLES_MAX);
        while inner.engine.memtable_bytes() > most && inner.poison.reason().is_none() {
            _ = self.upkeep.try_send(());
            std::thread::sleep(FLUSH_WAIT);
        }
    }

    /// A sync covers all that was committed before, so that a buffered write may get more than it asked for.
    fn tell(&self, waiting: Vec<(Ticket, Durability)>) {
        let unsynced = self.unsynced_since.is_some();
        let reached = if unsynced { Durability::Buffered } else { Durability::Synced };
        for (ticket, _) in waiting {
            (self.inner.complete)(Completion::Synced(ticket, reached));
        }
    }

    /// Drops from the overlays what the database has now.
    fn settle(&self, settled: BTreeMap<usize, Settled>) {
        for (lane, Settled { generation, touched }) in settled {
            let Some(overlay) = self.inner.overlays.get(lane) else { continue };
            let mut overlay = overlay.write().unwrap_or_else(PoisonError::into_inner);
            for touched in touched {
                overlay.settle(touched, generation);
            }
        }
    }

    fn sync(&mut self) -> fjall::Result<()> {
        if self.unsynced_since.take().is_some() {
            self.inner.engine.sync()?;
        }
        Ok(())
    }

    /// Every eighth of a memtable, so that none grows far beyond its limit.
    fn wake_upkeep(&mut self, bytes: u64) {
        self.bytes_since_upkeep += bytes;
        if self.bytes_since_upkeep >= self.inner.config.memtable_bytes / 8 {
            self.bytes_since_upkeep = 0;
            // Full: it is awake already. Gone: the store is closing.
            _ = self.upkeep.try_send(());
        }
    }
}

impl Batch {
    fn add(&mut self, job: Job) {
        match job {
            Job::Write(staged) => {
                let Staged { lane, generation, ticket, durability, rows, touched, growths, ends_sweep } =
                    staged;
                let length = |value: &Option<Slice>| value.as_ref().map_or(0, |value| value.len());
                self.bytes += rows.iter().map(|((_, key), value)| key.len() + length(value)).sum::<usize>();
                // The last one wins: a lane's jobs come in its order, and a key belongs to one lane.
                self.rows.extend(rows);
                self.waiting.push((ticket, durability));
                let settled = self.settled.entry(lane).or_default();
                settled.generation = generation.max(settled.generation);
                settled.touched.extend(touched);
                growths.into_iter().for_each(|growth| self.growths.add(growth));
                self.ends_sweep |= ends_sweep;
            }
            Job::Keep(ticket, kept) => {
                self.put(Space::Index, layout::KEPT, &layout::encode_hashed(&wire::encode(&*kept)));
                self.waiting.push((ticket, Durability::Synced));
            }
        }
    }

    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) {
        self.rows.insert((space, Slice::from(key)), Some(Slice::from(value)));
    }
}
