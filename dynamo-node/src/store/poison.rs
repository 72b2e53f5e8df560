//! Poison: that the store as a whole has failed, and why. It never recovers; the process has to.

use std::sync::OnceLock;

/// Set once, for good.
#[derive(Default)]
pub(super) struct Poison(OnceLock<String>);

impl Poison {
    /// Why the store failed, if it has.
    pub(super) fn reason(&self) -> Option<String> {
        self.0.get().cloned()
    }

    /// Says that it has; `false`: somebody did before.
    pub(super) fn set(&self, reason: &str) -> bool {
        self.0.set(reason.to_owned()).is_ok()
    }
}
