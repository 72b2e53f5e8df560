//! Which nodes could not be reached lately: asked last, until some time has passed.
//!
//! An observation of this client alone, and a short one: it orders whom to ask and forbids nobody.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::settings::Settings;

#[derive(Debug, Clone, Copy)]
struct Failing {
    failures: u32,
    until: Instant,
}

/// What this client remembers of the nodes it has asked.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<HashMap<SocketAddr, Failing>>);

impl Memory {
    /// A node could not be reached, or was silent for too long.
    pub(crate) fn failed(&self, address: SocketAddr, now: Instant, settings: &Settings) {
        let mut nodes = self.lock();
        let failing = nodes.entry(address).or_insert(Failing { failures: 0, until: now });
        let pause = settings.avoid_min.saturating_mul(1 << failing.failures.min(16)).min(settings.avoid_max);
        *failing = Failing { failures: failing.failures.saturating_add(1), until: now + pause };
    }

    /// A node answered.
    pub(crate) fn answered(&self, address: SocketAddr) {
        self.lock().remove(&address);
    }

    /// Whether others should be asked first.
    pub(crate) fn avoids(&self, address: SocketAddr, now: Instant) -> bool {
        self.lock().get(&address).is_some_and(|failing| failing.until > now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, Failing>> {
        // Nothing in here panics halfway through a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_node_is_avoided_longer_each_time_and_at_once_no_more_when_it_answers() {
        let (memory, settings) = (Memory::default(), Settings::default());
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let start = Instant::now();
        assert!(!memory.avoids(address, start));
        memory.failed(address, start, &settings);
        assert!(memory.avoids(address, start));
        let later = start + settings.avoid_min + Duration::from_millis(1);
        assert!(!memory.avoids(address, later));
        memory.failed(address, later, &settings);
        let much_later = later + settings.avoid_min + Duration::from_millis(1);
        assert!(memory.avoids(address, much_later), "the second time is longer");
        memory.answered(address);
        assert!(!memory.avoids(address, much_later));
    }
}
