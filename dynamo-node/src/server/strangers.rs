//! Strangers: who was turned away at the door, written to the log.
//!
//! Anybody who reaches the port can make such lines, so that there are only so many a minute; the rest is a number,
//! here and in the status.

use std::time::Duration;

use dynamo_transport::{Endpoint, TurnedAway};
use tokio::time::Instant;

/// Most lines in one [`WINDOW`].
const LINES_MAX: u32 = 30;

const WINDOW: Duration = Duration::from_mins(1);

/// How many lines were written lately.
#[derive(Debug)]
struct Lines {
    since: Instant,
    written: u32,
    left_out: u64,
}

impl Lines {
    fn new(now: Instant) -> Self {
        Self { since: now, written: 0, left_out: 0 }
    }

    /// Whether one more may be written. With a new window comes the number of those that the last one left out.
    fn may_write(&mut self, now: Instant) -> (bool, u64) {
        let mut left_out_before = 0;
        if now.duration_since(self.since) >= WINDOW {
            left_out_before = self.left_out;
            *self = Self::new(now);
        }
        let may = self.written < LINES_MAX;
        if may {
            self.written += 1;
        } else {
            self.left_out += 1;
        }
        (may, left_out_before)
    }
}

/// Until the endpoint is closed.
pub(crate) async fn note(endpoint: Endpoint) {
    let mut lines = Lines::new(Instant::now());
    while let Some(TurnedAway { remote_addr, identity, plane, reason }) = endpoint.next_turned_away().await {
        let (may_write, left_out) = lines.may_write(Instant::now());
        if left_out > 0 {
            tracing::warn!(left_out, "more callers were turned away than lines were written");
        }
        if !may_write {
            continue;
        }
        let caller = identity.map_or_else(|| "unknown".to_owned(), |identity| identity.to_string());
        tracing::warn!(remote = %remote_addr, caller, ?plane, reason, "a caller was turned away");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_strangers_makes_so_many_lines_and_a_number() {
        let start = Instant::now();
        let mut lines = Lines::new(start);
        let written = (0..1000).filter(|_| lines.may_write(start).0).count();
        assert_eq!(written, LINES_MAX as usize);
        assert_eq!(lines.may_write(start + WINDOW), (true, 1000 - u64::from(LINES_MAX)));
        assert_eq!(lines.may_write(start + WINDOW), (true, 0));
    }
}
