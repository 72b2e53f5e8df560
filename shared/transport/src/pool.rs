//! One connection for each address and plane: shared by all who ask for it, dialled again when it is lost.
//!
//! A dial that failed is followed by a pause, doubled each time and jittered, so that a node that comes back is not
//! met by everybody at once. Within the pause callers who cannot wait get the last failure.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use shared::wire::Plane;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::connection::Connection;
use crate::endpoint::Endpoint;
use crate::error::LinkError;

/// Connections by address and plane. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Pool {
    endpoint: Endpoint,
    places: Arc<Mutex<HashMap<(SocketAddr, Plane), Place>>>,
}

/// What is known of one address and plane.
#[derive(Debug)]
enum Place {
    /// Usable, unless it was lost meanwhile.
    Live(Connection),
    /// Somebody is dialling; the channel closes when it is decided.
    Dialling { decided: watch::Receiver<()>, failures: u32 },
    /// The last dial failed.
    Failed { error: LinkError, failures: u32, retry_at: Instant },
}

/// What a caller does next.
enum Step {
    Use(Connection),
    Await(watch::Receiver<()>),
    Pause { until: Instant, error: LinkError },
}

impl Pool {
    /// An empty pool that dials from this endpoint.
    pub fn new(endpoint: Endpoint) -> Self {
        Self { endpoint, places: Arc::default() }
    }

    /// The endpoint it dials from.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The connection to an address, dialled if there is none; callers at the same time share one dial.
    ///
    /// Fails with what the dial failed with. Within the pause after a failure it waits for the next dial if that is
    /// before the deadline, and otherwise fails at once with the last failure.
    pub async fn connection(
        &self,
        addr: SocketAddr,
        plane: Plane,
        deadline: Instant,
    ) -> Result<Connection, LinkError> {
        loop {
            match self.step((addr, plane)) {
                Step::Use(connection) => return Ok(connection),
                Step::Pause { until, error } if until >= deadline => return Err(error),
                Step::Pause { until, .. } => sleep_until(until).await,
                Step::Await(mut decided) => {
                    // It changes by closing; there is nothing to read from it.
                    if timeout_at(deadline, decided.changed()).await.is_err() {
                        return Err(LinkError::Deadline { addr });
                    }
                    if let Some(error) = self.failure((addr, plane)) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Asks over the pooled connection.
    pub async fn ask(
        &self,
        addr: SocketAddr,
        plane: Plane,
        payload: Bytes,
        deadline: Instant,
    ) -> Result<Bytes, LinkError> {
        self.connection(addr, plane, deadline).await?.ask(payload, deadline).await
    }

    /// Forgets an address: its connections are closed once nobody uses them.
    pub fn forget(&self, addr: SocketAddr) {
        let forgotten: Vec<Place> = {
            let mut places = self.lock();
            Plane::ALL.into_iter().filter_map(|plane| places.remove(&(addr, plane))).collect()
        };
        // Outside of the lock: a connection closes when it is dropped.
        drop(forgotten);
    }

    fn step(&self, key: (SocketAddr, Plane)) -> Step {
        let mut places = self.lock();
        let failures = match places.get(&key) {
            Some(Place::Live(connection)) if connection.is_open() && !connection.is_ageing() => {
                return Step::Use(connection.clone());
            }
            Some(Place::Dialling { decided, .. }) => return Step::Await(decided.clone()),
            Some(Place::Failed { error, retry_at, .. }) if *retry_at > Instant::now() => {
                return Step::Pause { until: *retry_at, error: error.clone() };
            }
            Some(Place::Failed { failures, .. }) => *failures,
            Some(Place::Live(_)) | None => 0,
        };
        let (deciding, decided) = watch::channel(());
        places.insert(key, Place::Dialling { decided: decided.clone(), failures });
        // A task of its own: a caller that gives up must not stop the dial for the others.
        tokio::spawn(self.clone().dial(key, deciding));
        Step::Await(decided)
    }

    async fn dial(self, key: (SocketAddr, Plane), deciding: watch::Sender<()>) {
        let dialled = self.endpoint.dial(key.0, key.1).await;
        let mut places = self.lock();
        // Forgotten meanwhile: whoever waits will dial for itself.
        if let Some(Place::Dialling { failures, .. }) = places.get(&key) {
            let failures = *failures;
            let place = match dialled {
                Ok(connection) => Place::Live(connection),
                Err(error) => {
                    let retry_at = Instant::now() + self.pause(failures);
                    Place::Failed { error, failures: failures.saturating_add(1), retry_at }
                }
            };
            places.insert(key, place);
        }
        drop(places);
        drop(deciding);
    }

    fn failure(&self, key: (SocketAddr, Plane)) -> Option<LinkError> {
        match self.lock().get(&key) {
            Some(Place::Failed { error, .. }) => Some(error.clone()),
            _ => None,
        }
    }

    fn pause(&self, failures: u32) -> Duration {
        let settings = self.endpoint.settings();
        let doubled = settings.back_off_min.saturating_mul(1 << failures.min(16));
        jittered(doubled.min(settings.back_off_max))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(SocketAddr, Plane), Place>> {
        // Nothing in here panics halfway through a change.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Between half of it and all of it.
fn jittered(pause: Duration) -> Duration {
    // A new random state hashes differently each time: randomness enough for spreading callers.
    let random = RandomState::new().build_hasher().finish();
    let part = u32::try_from(random % 1024).unwrap_or(0);
    pause / 2 + pause / 2048 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jittered_pause_lies_between_half_and_all_of_it() {
        let pause = Duration::from_secs(2);
        for _ in 0..200 {
            let jittered = jittered(pause);
            assert!(jittered >= pause / 2 && jittered <= pause, "{jittered:?}");
        }
    }
}
