//! Recorder: told what is measured, it hands over what was counted when a second is over.
//!
//! It is the runtime's own part of telemetry, and does nothing that could keep the runtime from its work. What is made of
//! a second is the [`super::archive`]'s affair, in a thread of its own (`keeper`).
//!
//! A second that no input and no tick fell into is handed over by nobody: its number is missing.
//!
//! What it costs, on one of two busy cores at 2.5 GHz (`telemetry_cost`: three replicas of five nodes, 5,000 operations a
//! second on 100,000 keys, times that spread over a factor of ten and more):
//!
//! | what | cost |
//! |---|---|
//! | a [`Measure`] | 58 ns |
//! | an operation: three answers and the reply | 230 ns |
//! | a second's end, for the runtime | 11 us |
//! | a second's end, in the thread of the archive | 550 us |

use dynamo_core::measure::Measure;
use dynamo_core::time::{Instant, Now};
use shared::wire::telemetry::Sample;

use super::hottest::Hottest;
use super::live::Live;

const SECOND_US: u64 = 1_000_000;

/// Counts what is measured, second by second.
#[derive(Debug)]
pub struct Recorder {
    live: Live,
    hottest: Hottest,
    /// The second that runs, from zero.
    second: u64,
    /// When it began, by the wall clock.
    began_ms: u64,
    /// How many seconds are missing just before it.
    gap_seconds: u64,
}

/// What was counted in a second that is over.
#[derive(Debug)]
pub struct Second {
    live: Live,
    /// All but what was counted.
    sample: Sample,
}

impl Recorder {
    /// A recorder that begins now.
    pub fn new(now: Now) -> Self {
        Self {
            live: Live::new(),
            hottest: Hottest::new(),
            second: second_of(now.monotonic),
            began_ms: began_ms(now),
            gap_seconds: 0,
        }
    }

    /// Counts.
    pub fn measure(&mut self, measure: &Measure) {
        match *measure {
            Measure::Counted { kind, node, rank, decided, after_us } => {
                self.live.counted(kind, node, rank, decided, after_us);
            }
            Measure::Answered { kind, ending, token, ref row, bytes, after_us } => {
                self.live.answered(kind, ending, token, bytes, after_us);
                self.hottest.count(kind, row, bytes);
            }
        }
    }

    /// Is told the time; has to be told before what is measured from then on. Hands over the second that is over, if one
    /// is.
    pub fn roll(&mut self, now: Now) -> Option<Second> {
        let second = second_of(now.monotonic);
        if second <= self.second {
            return None;
        }
        let sample = Sample {
            sequence: self.second + 1,
            wall_ms: self.began_ms,
            seconds: 1,
            gap_seconds: self.gap_seconds,
            late_us: now.monotonic.0 - (self.second + 1) * SECOND_US,
            hottest: self.hottest.shown(),
            ..Sample::default()
        };
        let live = std::mem::replace(&mut self.live, Live::new());
        // After a long sleep nothing of before is hot any more; it need not be forgotten thousands of times.
        (self.second..second).take(100).for_each(|_| self.hottest.forget());
        self.gap_seconds = second - self.second - 1;
        (self.second, self.began_ms) = (second, began_ms(now));
        Some(Second { live, sample })
    }

    /// When the second that runs is over.
    pub fn rolls_at(&self) -> Instant {
        Instant((self.second + 1) * SECOND_US)
    }
}

impl Second {
    /// As a sample that does not say how things stand.
    pub(super) fn into_sample(mut self) -> Sample {
        self.live.fill(&mut self.sample);
        self.sample
    }
}

fn second_of(instant: Instant) -> u64 {
    instant.0 / SECOND_US
}

/// When the second began that it is now, by the wall clock.
fn began_ms(now: Now) -> u64 {
    now.wall.0.saturating_sub(now.monotonic.0 % SECOND_US / 1_000)
}

#[cfg(test)]
pub(super) mod tests {
    use dynamo_core::measure::{Ending, Kind};
    use dynamo_core::row::Row;
    use dynamo_core::time::Timestamp;
    use shared::id::{BucketId, NodeId};
    use shared::key::Key;

    use super::*;

    /// The wall clock when the monotonic one shows zero.
    pub(in crate::telemetry) const WALL_MS: u64 = 1_700_000_000_000;

    pub(in crate::telemetry) fn at_ms(ms: u64) -> Now {
        Now { monotonic: Instant(ms * 1_000), wall: Timestamp(WALL_MS + ms) }
    }

    /// A put of ten bytes.
    pub(in crate::telemetry) fn answered(key: &str, after_us: u64) -> Measure {
        let row = Row::new(BucketId(1), Key::new(key.to_owned()).unwrap());
        let (kind, ending, token) = (Kind::Put, Ending::Done, row.token());
        Measure::Answered { kind, ending, token, row, bytes: 10, after_us }
    }

    #[test]
    fn a_second_holds_what_was_measured_in_it_and_the_next_begins_with_nothing() {
        let mut recorder = Recorder::new(at_ms(0));
        recorder.measure(&answered("cart", 100));
        let (kind, node) = (Kind::Put, NodeId(7));
        recorder.measure(&Measure::Counted { kind, node, rank: 1, decided: true, after_us: 80 });
        assert!(recorder.roll(at_ms(999)).is_none());
        let first = recorder.roll(at_ms(1_002)).unwrap().into_sample();
        assert_eq!((first.sequence, first.wall_ms, first.seconds, first.late_us), (1, WALL_MS, 1, 2_000));
        assert_eq!((first.puts.done, first.puts.latencies.count(), first.puts.ranks.len()), (1, 1, 1));
        assert_eq!((first.peers[0].node, first.peers[0].puts.decided), (NodeId(7), 1));
        assert_eq!((first.ranges.len(), first.ranges[0].written_bytes), (1, 10));
        assert_eq!(first.hottest[0].key, "cart");
        let second = recorder.roll(at_ms(2_000)).unwrap().into_sample();
        assert_eq!((second.sequence, second.wall_ms, second.gap_seconds), (2, WALL_MS + 1_000, 0));
        assert_eq!((second.puts.count(), second.peers), (0, Vec::new()));
    }

    #[test]
    fn a_sleep_is_a_gap() {
        let mut recorder = Recorder::new(at_ms(4_100));
        recorder.measure(&answered("cart", 100));
        // Asleep from the middle of the fifth second to the middle of the 38th.
        let before = recorder.roll(at_ms(37_500)).unwrap().into_sample();
        assert_eq!((before.sequence, before.gap_seconds, before.late_us), (5, 0, 32_500_000));
        assert_eq!((before.puts.done, before.wall_ms), (1, WALL_MS + 4_000));
        let after = recorder.roll(at_ms(38_000)).unwrap().into_sample();
        assert_eq!((after.sequence, after.gap_seconds, after.late_us), (38, 32, 0));
        assert_eq!((after.puts.done, after.wall_ms), (0, WALL_MS + 37_000));
        assert_eq!(after.hottest, [], "half a minute later nothing of before is hot");
    }

    #[test]
    fn the_clock_is_to_tell_when_the_second_is_over() {
        let mut recorder = Recorder::new(at_ms(0));
        assert_eq!(recorder.rolls_at(), at_ms(1_000).monotonic);
        recorder.roll(at_ms(7_400));
        assert_eq!(recorder.rolls_at(), at_ms(8_000).monotonic);
    }
}
