//! Strangers: who was turned away at the door, written to the log and to the audit.
//!
//! Anybody who reaches the port can make such lines, so that there are only so many a minute in the log; the rest is a
//! number, here and in the status. The audit folds them in its own way.

use std::time::Duration;

use dynamo_transport::{Endpoint, TurnedAway};
use tokio::time::Instant;

use crate::audit::{Auditor, Caller, Refusal};

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

/// Who was turned away without a report: the transport reports only so many at once, and counts all.
#[derive(Debug, Default)]
struct Unheard {
    heard: u64,
    counted: u64,
}

impl Unheard {
    /// How many more there were than heard of, up to the last time this was asked: the newest may be on their way.
    fn look(&mut self, counted: u64) -> u64 {
        let unheard = self.counted.saturating_sub(self.heard);
        self.heard += unheard;
        self.counted = counted;
        unheard
    }
}

/// Until the endpoint is closed.
pub(crate) async fn note(endpoint: Endpoint, auditor: Auditor) {
    let mut unheard = Unheard::default();
    let mut look = tokio::time::interval(WINDOW);
    let mut lines = Lines::new(Instant::now());
    loop {
        // Whoever waits to be heard of is heard first, so that nobody is counted twice.
        tokio::select! {
            biased;
            turned = endpoint.next_turned_away() => {
                let Some(turned) = turned else { return };
                unheard.heard += 1;
                auditor.refused(refusal(&turned));
                log(&mut lines, turned);
            }
            _ = look.tick() => {
                let more = unheard.look(super::refused_connections(&endpoint.counters()));
                if more > 0 {
                    auditor.uncounted(more);
                }
            }
        }
    }
}

fn refusal(turned: &TurnedAway) -> Refusal {
    Refusal {
        caller: Caller::new(turned.identity.as_ref(), turned.remote_addr),
        what: match turned.plane {
            Some(plane) => format!("connect to the {} plane", format!("{plane:?}").to_lowercase()),
            None => "connect".to_owned(),
        },
        code: "not-admitted".to_owned(),
        reason: turned.reason.clone(),
    }
}

fn log(lines: &mut Lines, TurnedAway { remote_addr, identity, plane, reason }: TurnedAway) {
    let (may_write, left_out) = lines.may_write(Instant::now());
    if left_out > 0 {
        tracing::warn!(left_out, "more callers were turned away than lines were written");
    }
    if may_write {
        let caller = identity.map_or_else(|| "unknown".to_owned(), |identity| identity.to_string());
        tracing::warn!(remote = %remote_addr, caller, ?plane, reason, "a caller was turned away");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_not_reported_is_known_by_number_later_and_once() {
        let mut unheard = Unheard { heard: 3, counted: 0 };
        assert_eq!(unheard.look(5), 0, "two may be on their way");
        unheard.heard += 1;
        assert_eq!(unheard.look(5), 1);
        assert_eq!(unheard.look(5), 0);
        assert_eq!(unheard.look(5), 0);
    }

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
