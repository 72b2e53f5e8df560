//! Asks that wait for an answer, by correlation. Each waits behind a slip; dropping the slip frees its slot.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::oneshot;

/// What the other end made of an ask: its answer, or in words why it was not taken.
pub(crate) type Outcome = Result<Bytes, String>;

#[derive(Debug, Default)]
pub(crate) struct Pending {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: HashMap<u64, oneshot::Sender<Outcome>>,
    last_correlation: u64,
    closed: bool,
}

/// One ask that waits.
pub(crate) struct Slip<'a> {
    pending: &'a Pending,
    pub(crate) correlation: u64,
    pub(crate) outcome: oneshot::Receiver<Outcome>,
}

impl Pending {
    /// A slot for one ask; `None` after [`Self::close`].
    pub(crate) fn register(&self) -> Option<Slip<'_>> {
        let (sender, outcome) = oneshot::channel();
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.last_correlation += 1;
        let correlation = state.last_correlation;
        state.waiting.insert(correlation, sender);
        Some(Slip { pending: self, correlation, outcome })
    }

    /// Hands an outcome to whoever waits for it; one that nobody waits for any more is dropped.
    pub(crate) fn resolve(&self, correlation: u64, outcome: Outcome) {
        let waiting = self.lock().waiting.remove(&correlation);
        if let Some(waiting) = waiting {
            // A receiver that has gone meanwhile no longer wants it.
            let _ = waiting.send(outcome);
        }
    }

    /// Nothing will be answered any more: everybody who waits is told.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut state = self.lock();
            state.closed = true;
            std::mem::take(&mut state.waiting)
        };
        drop(waiting);
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slip<'_> {
    fn drop(&mut self) {
        self.pending.lock().waiting.remove(&self.correlation);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_outcome_finds_its_ask_and_a_dropped_slip_frees_its_slot() {
        let pending = Pending::default();
        let (mut one, two) = (pending.register().unwrap(), pending.register().unwrap());
        pending.resolve(two.correlation, Err("no".into()));
        pending.resolve(one.correlation, Ok(Bytes::from_static(b"yes")));
        assert_eq!((&mut one.outcome).await.unwrap(), Ok(Bytes::from_static(b"yes")));
        let three = pending.register().unwrap();
        assert_eq!(pending.len(), 1);
        drop(three);
        assert_eq!(pending.len(), 0);
    }

    #[tokio::test]
    async fn closing_wakes_who_waits_and_lets_nobody_in() {
        let pending = Pending::default();
        let mut slip = pending.register().unwrap();
        pending.close();
        assert!((&mut slip.outcome).await.is_err());
        assert!(pending.register().is_none());
    }
}
