//! Server: takes callers, and makes what they ask into inputs. A conversation for each plane, a task for each connection.
//!
//! Who may hold which conversation is decided by the transport, by the role in the certificate. Here bytes become
//! messages, or a refusal in words; a refusal is counted.
//!
//! Deliberately absent: answers. The runtime answers a call itself, as soon as the core has.

mod admin;
mod client;
mod look;
mod peer;
pub(crate) mod strangers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use dynamo_transport::{Accepted, Connection, Counters, Endpoint, Incoming};
use serde::de::DeserializeOwned;
use shared::error::Failure;
use shared::id::{Name, NodeId};
use shared::wire::{self, Plane};

use crate::inbox::{Ask, Doors, Happened};

/// What every conversation needs to know of its node.
#[derive(Debug)]
pub(crate) struct Reception {
    pub(crate) node: NodeId,
    pub(crate) name: Name,
    pub(crate) doors: Doors,
    /// The version of the state in force; zero: none.
    pub(crate) state_version: AtomicU64,
    /// Requests that were refused before the core saw them.
    pub(crate) refused_requests: AtomicU64,
    pub(crate) is_stopping: AtomicBool,
}

impl Reception {
    pub(crate) fn new(node: NodeId, name: Name, doors: Doors) -> Self {
        Self {
            node,
            name,
            doors,
            state_version: AtomicU64::new(0),
            refused_requests: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
        }
    }

    fn refused(&self) {
        self.refused_requests.fetch_add(1, Relaxed);
    }

    /// An ask out of its bytes, or why it is not taken.
    fn read<T: DeserializeOwned>(&self, what: &'static str, payload: &[u8]) -> Result<T, Failure> {
        if self.is_stopping.load(Relaxed) {
            return Err(Failure::Stopping { node: self.name.to_string() });
        }
        wire::decode(what, payload).map_err(|error| {
            self.refused();
            Failure::Malformed { reason: error.to_string() }
        })
    }
}

/// How many callers the transport has turned away.
pub(crate) fn refused_connections(seen: &Counters) -> u64 {
    seen.refused_no_certificate
        + seen.refused_other_authority
        + seen.refused_out_of_date
        + seen.refused_nobody
        + seen.refused_other_cluster
        + seen.refused_role
        + seen.refused_too_many
        + seen.refused_other
}

/// Takes callers until the endpoint is closed.
pub(crate) async fn accept(endpoint: Endpoint, reception: Arc<Reception>) {
    while let Some(Accepted { identity, plane, remote_addr, connection }) = endpoint.accept().await {
        tracing::debug!(caller = %identity, remote = %remote_addr, ?plane, "connected");
        let reception = Arc::clone(&reception);
        tokio::spawn(async move {
            match plane {
                Plane::Peer => peer::serve(&connection, &reception).await,
                Plane::Client => client::serve(&connection, &reception).await,
                Plane::Look => look::serve(&connection, &reception).await,
                Plane::Admin => admin::serve(&connection, &reception).await,
            }
        });
    }
}

/// A conversation of asks, until the connection ends. `into_ask` says what an ask wants, or why it is not allowed;
/// `refusal` encodes a failure as this plane's answer.
async fn converse<T: DeserializeOwned>(
    connection: &Connection,
    reception: &Reception,
    what: &'static str,
    into_ask: impl Fn(T) -> Result<Ask, Failure>,
    refusal: impl Fn(Failure) -> Bytes,
) {
    while let Some(incoming) = connection.next_incoming().await {
        let Incoming::Ask { payload, responder } = incoming else {
            reception.refused();
            connection.close("on this plane everything wants an answer");
            return;
        };
        match reception.read(what, &payload).and_then(&into_ask) {
            Ok(ask) => {
                if reception.doors.calls.send(Happened::Asked(ask, responder)).await.is_err() {
                    return;
                }
            }
            Err(failure) => {
                tracing::debug!(caller = %connection.identity(), %failure, "refused");
                responder.answer(refusal(failure));
            }
        }
    }
}
