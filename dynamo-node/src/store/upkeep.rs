//! Upkeep: seals memtables when they are full or a sweep is over, watches that they are flushed, and looks at the disk.
//!
//! One thread, woken by the writer every few megabytes and by itself every second.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use super::Inner;

/// How often the disk is looked at.
const INTERVAL: Duration = Duration::from_secs(1);

/// How soon memtables that could not be sealed are tried again.
const RETRY: Duration = Duration::from_millis(20);

/// For how long no table may be written while memtables wait for it, before it is said.
const FLUSH_PATIENCE: Duration = Duration::from_secs(30);

/// The upkeep's own things.
pub(super) struct Upkeep {
    pub(super) inner: Arc<Inner>,
    pub(super) wakes: Receiver<()>,
    /// Closes [`Reclaim`](super::reclaim::Reclaim) when it is dropped.
    pub(super) _reclaim: SyncSender<()>,
}

/// How far flushing was seen to come, and when that last changed.
struct Progress {
    seen: (usize, usize),
    since: Instant,
}

impl Upkeep {
    /// Works until the writer is gone.
    pub(super) fn work(self) {
        let mut progress = Progress { seen: (0, 0), since: Instant::now() };
        let mut looked = Instant::now();
        let mut wait = INTERVAL;
        loop {
            if self.wakes.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                return;
            }
            let is_time = looked.elapsed() >= INTERVAL;
            let sealed = self.seal(is_time);
            if is_time {
                looked = Instant::now();
                self.inner.look_at_disk();
                self.check(&mut progress);
            }
            wait = if sealed { INTERVAL } else { RETRY };
        }
    }

    /// Seals memtables if they are full; `false`: they are, and it has to wait.
    ///
    /// After a sweep they are sealed however full they are, since what was removed takes its space until its removal
    /// reaches the tables; but not each time, so that sweeping many small partitions makes no table for each.
    fn seal(&self, is_time: bool) -> bool {
        let inner = &self.inner;
        let is_full = inner.engine.memtable_bytes() >= inner.config.memtable_bytes;
        let is_wanted = is_time && inner.wants_seal.load(Relaxed);
        if !is_full && !is_wanted {
            return true;
        }
        // Before they are sealed: a sweep that ends meanwhile asks anew.
        inner.wants_seal.store(false, Relaxed);
        let sealed = inner.engine.seal_memtables().unwrap_or_else(|error| {
            inner.poison(format!("a memtable cannot be sealed: {error}"));
            true
        });
        if !sealed {
            inner.wants_seal.store(true, Relaxed);
        }
        sealed
    }

    /// A worker that failed poisons the engine without telling; a pool that stands still tells nobody either.
    fn check(&self, progress: &mut Progress) {
        if let Err(error) = self.inner.engine.check() {
            self.inner.poison(format!(
                "the storage engine has failed in the background ({error}): if it does so again after a restart, a table \
                 is damaged; set the directory aside and let the node refill from the others"
            ));
        }
        let seen = self.inner.engine.flush_progress();
        if seen != progress.seen || seen.0 == 0 {
            *progress = Progress { seen, since: Instant::now() };
        } else if progress.since.elapsed() >= FLUSH_PATIENCE {
            tracing::warn!(waiting = seen.0, seconds = FLUSH_PATIENCE.as_secs(), "no memtable was flushed");
            progress.since = Instant::now();
        }
    }
}

impl Inner {
    /// Reads how full the disk is.
    pub(super) fn look_at_disk(&self) {
        match free_bytes(&self.dir) {
            Ok(free) => {
                self.tally.disk_free_bytes.store(free, Relaxed);
                let is_full = free < self.config.disk_free_bytes_min;
                if self.tally.is_disk_full.swap(is_full, Relaxed) != is_full {
                    tracing::warn!(
                        free_bytes = free,
                        refuses_writes = is_full,
                        "the disk's low-water mark is crossed"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "the free space of the disk cannot be read"),
        }
        if let Ok(used) = self.engine.disk_bytes() {
            self.tally.disk_used_bytes.store(used, Relaxed);
        }
    }
}

fn free_bytes(dir: &Path) -> rustix::io::Result<u64> {
    let disk = rustix::fs::statvfs(dir)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}
