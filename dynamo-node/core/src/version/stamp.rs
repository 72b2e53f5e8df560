//! Stamp: a hybrid logical clock's reading, for last-writer-wins and for people (rule P5).

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// Wall time, and a count for what falls into the same millisecond or follows a clock that ran ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Stamp {
    /// Milliseconds since 1970.
    pub wall: Timestamp,
    /// Orders stamps of the same millisecond.
    pub logical: u32,
}

impl Stamp {
    /// A stamp for a write made now that exceeds the greatest stamp its writer saw.
    ///
    /// Exceeding what was seen comes first: a successor must win over what it replaces, even if the clock of
    /// whoever wrote that ran ahead.
    pub fn mint(now: Timestamp, seen: Option<Self>) -> Self {
        match seen {
            Some(seen) if seen.wall >= now => seen.successor(),
            _ => Self { wall: now, logical: 0 },
        }
    }

    fn successor(self) -> Self {
        match self.logical.checked_add(1) {
            Some(logical) => Self { wall: self.wall, logical },
            None => Self { wall: Timestamp(self.wall.0.saturating_add(1)), logical: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mint_exceeds_what_was_seen_even_from_a_clock_that_ran_ahead() {
        let ahead = Stamp { wall: Timestamp(9_000), logical: u32::MAX };
        let minted = Stamp::mint(Timestamp(5), Some(ahead));
        assert!(minted > ahead);
        assert_eq!(
            Stamp::mint(Timestamp(10_000), Some(ahead)),
            Stamp { wall: Timestamp(10_000), logical: 0 }
        );
    }
}
