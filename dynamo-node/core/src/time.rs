//! Time as plain numbers that the core is told. It never asks for it (rule P5).

use serde::{Deserialize, Serialize};

/// A point on a clock that only goes forwards, in microseconds since a start of no meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub u64);

impl Instant {
    /// So many milliseconds later.
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms.saturating_mul(1_000)))
    }

    /// Milliseconds since an earlier instant; zero if it is not earlier.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0) / 1_000
    }
}

/// A wall clock's reading, in milliseconds since 1970. It may jump either way.
///
/// Used for last-writer-wins stamps, for expiry and for what people read; for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Timestamp(pub u64);

/// Both clocks, read once for each input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// What timeouts and liveness are measured by.
    pub monotonic: Instant,
    /// What stamps are made of.
    pub wall: Timestamp,
}
