//! Clocks: the machine's two, as the core is told them. The only place that reads either for it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dynamo_core::time::{self, Now, Timestamp};

/// Both clocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clocks {
    start: Instant,
}

impl Clocks {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }

    pub(crate) fn now(self) -> Now {
        let micros = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall_ms = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
        Now { monotonic: time::Instant(micros), wall: Timestamp(wall_ms) }
    }

    /// When the monotonic clock will show that.
    pub(crate) fn at(self, instant: time::Instant) -> tokio::time::Instant {
        (self.start + Duration::from_micros(instant.0)).into()
    }
}
