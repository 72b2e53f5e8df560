//! Reclaim: brings back the space of what was removed.
//!
//! A removed row lies on the disk until a compaction meets it together with its removal, and fjall compacts only as
//! more is written: on a quiet node what was given up would stay for ever. So a thread of its own merges tables
//! downwards for as long as tables hold removals of objects. That they do is read from the tables themselves, so that
//! nothing has to be remembered across a restart.
//!
//! It rests for a multiple of the time that each merge takes, so that it never has more than a part of the disk.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Inner;

/// How often it is looked whether there is anything to bring back.
const INTERVAL: Duration = Duration::from_secs(1);

/// How many times as long as a merge took it rests after it: a quarter of the time is spent merging, the rest is the
/// foreground's.
const REST_TIMES: u32 = 3;

/// How soon it tries again when nothing can be merged: the engine's workers have the tables, or more has to be written.
const RETRY: Duration = Duration::from_secs(30);

/// The thread's own things.
pub(super) struct Reclaim {
    pub(super) inner: Arc<Inner>,
    /// Says nothing; closed when the store closes.
    pub(super) closing: Receiver<()>,
}

impl Reclaim {
    /// Works until the upkeep is gone.
    pub(super) fn work(self) {
        let mut rest = INTERVAL;
        while self.closing.recv_timeout(rest) != Err(RecvTimeoutError::Disconnected) {
            let inner = &self.inner;
            let is_wanted = inner.engine.removals() > 0 && inner.poison.reason().is_none();
            rest = if is_wanted { self.bring_back() } else { INTERVAL };
        }
    }

    /// Merges once; says how long to rest.
    fn bring_back(&self) -> Duration {
        let engine = &self.inner.engine;
        let (removals, begun) = (engine.removals(), Instant::now());
        match engine.merge_down() {
            Ok(true) => {
                let (left, took) = (engine.removals(), begun.elapsed());
                let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(removals, left, took_ms, "merged tables for the space of what was removed");
                took.saturating_mul(REST_TIMES).max(INTERVAL)
            }
            Ok(false) => RETRY,
            Err(error) => {
                tracing::warn!(%error, "the space of what was removed cannot be brought back");
                RETRY
            }
        }
    }
}
