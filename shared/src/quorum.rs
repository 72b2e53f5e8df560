//! N, R and W, valid by construction.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Three numbers that are no quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{name}={given} is out of range: {name} lies between 1 and {max}")]
pub struct NotAQuorum {
    /// Which of the three is wrong: `n`, `r` or `w`.
    #[serde(skip, default = "unnamed")]
    pub name: &'static str,
    /// What was asked for.
    pub given: u8,
    /// The most that it may be.
    pub max: u8,
}

fn unnamed() -> &'static str {
    "a quorum"
}

/// Dynamo §4.5: how many replicas there are (N), how many must answer a get (R) and confirm a put (W).
///
/// `1 <= R, W <= N <= 16`. R+W<=N is allowed (reads may then miss the newest write) and said by [`Quorum::overlaps`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8, u8)", into = "(u8, u8, u8)")]
pub struct Quorum {
    n: u8,
    r: u8,
    w: u8,
}

impl Quorum {
    /// Most replicas that anything may have.
    pub const N_MAX: u8 = 16;

    /// The paper's customary (3, 2, 2).
    pub const DEFAULT: Self = Self { n: 3, r: 2, w: 2 };

    /// Checks all three.
    pub fn new(n: u8, r: u8, w: u8) -> Result<Self, NotAQuorum> {
        let within = |name, given, max| {
            if (1..=max).contains(&given) { Ok(()) } else { Err(NotAQuorum { name, given, max }) }
        };
        within("n", n, Self::N_MAX)?;
        within("r", r, n)?;
        within("w", w, n)?;
        Ok(Self { n, r, w })
    }

    /// A majority of N for both.
    pub fn majority(n: u8) -> Result<Self, NotAQuorum> {
        Self::new(n, n / 2 + 1, n / 2 + 1)
    }

    /// Replicas of each key.
    pub fn n(self) -> u8 {
        self.n
    }

    /// Answers that a get waits for.
    pub fn r(self) -> u8 {
        self.r
    }

    /// Synced replicas that a put waits for.
    pub fn w(self) -> u8 {
        self.w
    }

    /// The same N with another R, another W, where they are given.
    pub fn with(self, r: Option<u8>, w: Option<u8>) -> Result<Self, NotAQuorum> {
        Self::new(self.n, r.unwrap_or(self.r), w.unwrap_or(self.w))
    }

    /// Whether every read quorum meets every write quorum: R+W>N.
    pub fn overlaps(self) -> bool {
        self.r.saturating_add(self.w) > self.n
    }
}

impl TryFrom<(u8, u8, u8)> for Quorum {
    type Error = NotAQuorum;

    fn try_from((n, r, w): (u8, u8, u8)) -> Result<Self, NotAQuorum> {
        Self::new(n, r, w)
    }
}

impl From<Quorum> for (u8, u8, u8) {
    fn from(quorum: Quorum) -> Self {
        (quorum.n, quorum.r, quorum.w)
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "N={} R={} W={}", self.n, self.r, self.w)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_and_w_lie_between_one_and_n() {
        for (n, r, w) in [(0, 1, 1), (3, 0, 2), (3, 2, 0), (3, 4, 2), (3, 2, 4), (17, 1, 1)] {
            assert!(Quorum::new(n, r, w).is_err(), "{n} {r} {w}");
        }
        assert!(Quorum::new(1, 1, 1).is_ok());
        assert!(Quorum::new(16, 16, 16).is_ok());
    }

    #[test]
    fn quorums_overlap_when_r_plus_w_exceeds_n() {
        assert!(Quorum::DEFAULT.overlaps());
        assert!(!Quorum::new(3, 1, 2).unwrap().overlaps());
    }
}
