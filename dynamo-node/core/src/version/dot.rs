//! Dot: one write by one actor.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Actor;

/// The name of one write, for ever (invariant C1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dot {
    /// Who wrote.
    pub actor: Actor,
    /// Which of that actor's writes; the first is 1.
    pub counter: u64,
}

impl fmt::Debug for Dot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:?}, {})", self.actor, self.counter)
    }
}
