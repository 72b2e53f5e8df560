//! Clock: what one machine takes the time to be.
//!
//! The monotonic clock starts anywhere and runs a little fast or slow; the wall clock is off by anything up to years, and
//! jumps. Neither is the world's time, which nobody in the cluster can read.

use dynamo_core::time::{Instant, Now, Timestamp};

/// The wall time at which every run starts, in milliseconds since 1970.
pub const EPOCH_MS: u64 = 1_800_000_000_000;

/// The clocks of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    /// What the monotonic clock shows at the world's start, in microseconds.
    pub monotonic_offset_us: u64,
    /// How many microseconds a second it runs fast; never slow.
    pub drift_ppm: u64,
    /// How far the wall clock is off, in milliseconds.
    pub wall_offset_ms: i64,
}

impl Clock {
    /// Both clocks at a time of the world.
    pub fn read(&self, world_us: u64) -> Now {
        let monotonic_us = self.monotonic_offset_us + world_us + world_us * self.drift_ppm / 1_000_000;
        Now { monotonic: Instant(monotonic_us), wall: Timestamp(self.wall_ms(world_us)) }
    }

    /// The first microsecond of the world at which the monotonic clock has reached an instant.
    pub fn world_us_at(&self, instant: Instant) -> u64 {
        let passed_us = instant.0.saturating_sub(self.monotonic_offset_us);
        let mut world_us = passed_us.saturating_mul(1_000_000) / (1_000_000 + self.drift_ppm);
        while self.read(world_us).monotonic < instant {
            world_us += 1;
        }
        world_us
    }

    fn wall_ms(&self, world_us: u64) -> u64 {
        (EPOCH_MS + world_us / 1_000).saturating_add_signed(self.wall_offset_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_s_time_of_an_instant_is_when_the_clock_first_shows_it() {
        let clock = Clock { monotonic_offset_us: 77, drift_ppm: 300, wall_offset_ms: -5 };
        for instant in [0, 77, 78, 1_000, 123_456_789].map(Instant) {
            let at_us = clock.world_us_at(instant);
            assert!(clock.read(at_us).monotonic >= instant);
            assert!(at_us == 0 || clock.read(at_us - 1).monotonic < instant);
        }
    }
}
