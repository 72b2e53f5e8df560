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
use shared::wire::admin::Admin;
use shared::wire::plan::Author;
use shared::wire::{self, Plane};

use crate::audit::{Auditor, Caller, Refusal};
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
    pub(crate) auditor: Auditor,
}

impl Reception {
    pub(crate) fn new(node: NodeId, name: Name, doors: Doors, auditor: Auditor) -> Self {
        Self {
            node,
            name,
            doors,
            state_version: AtomicU64::new(0),
            refused_requests: AtomicU64::new(0),
            is_stopping: AtomicBool::new(false),
            auditor,
        }
    }

    /// Something of this caller is not taken: it is counted, and noted in the audit.
    fn refused(&self, connection: &Connection, what: &str, code: &str, reason: &str) {
        self.refused_requests.fetch_add(1, Relaxed);
        let caller = Caller::new(Some(connection.identity()), connection.remote_addr());
        let (what, code, reason) = (what.to_owned(), code.to_owned(), reason.to_owned());
        self.auditor.refused(Refusal { caller, what, code, reason });
    }

    /// An ask out of its bytes, or why it is not taken.
    fn read<T: DeserializeOwned>(&self, what: &'static str, payload: &[u8]) -> Result<T, Failure> {
        if self.is_stopping.load(Relaxed) {
            return Err(Failure::Stopping { node: self.name.to_string() });
        }
        wire::decode(what, payload).map_err(|error| Failure::Malformed { reason: error.to_string() })
    }

    /// A change that stands in the audit; one that cannot be written there is not made.
    async fn write_down(
        &self,
        connection: &Connection,
        author: Author,
        admin: Admin,
    ) -> Result<Ask, Failure> {
        let caller = Caller::new(Some(connection.identity()), connection.remote_addr());
        match self.auditor.asked(&caller, &admin, self.state_version.load(Relaxed)).await {
            Ok(asked) => Ok(Ask::Admin(author, admin, asked)),
            Err(unwritten) => {
                Err(Failure::StoreFailed { node: self.name.to_string(), reason: unwritten.to_string() })
            }
        }
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

/// What a caller wants.
enum Wanted {
    /// Something that the core answers.
    Ask(Ask),
    /// The same, and it is to be written down first.
    Change(Author, Admin),
    /// Lines of the audit, of which the core knows nothing.
    Audit { after: u64, limit: u32 },
}

/// A conversation of asks, until the connection ends. `into_wanted` says what an ask wants, or why it is not allowed;
/// `refusal` encodes a failure as this plane's answer.
async fn converse<T: DeserializeOwned>(
    connection: &Connection,
    reception: &Reception,
    what: &'static str,
    into_wanted: impl Fn(T) -> Result<Wanted, Failure>,
    refusal: impl Fn(Failure) -> Bytes,
) {
    while let Some(incoming) = connection.next_incoming().await {
        let Incoming::Ask { payload, responder } = incoming else {
            let reason = "on this plane everything wants an answer";
            reception.refused(connection, "send a message", "malformed", reason);
            connection.close(reason);
            return;
        };
        let ask = match reception.read(what, &payload).and_then(&into_wanted) {
            Ok(Wanted::Ask(ask)) => Ok(ask),
            Ok(Wanted::Change(author, admin)) => reception.write_down(connection, author, admin).await,
            Ok(Wanted::Audit { after, limit }) => {
                tokio::spawn(look::show_audit(reception.auditor.clone(), after, limit, responder));
                continue;
            }
            Err(failure) => Err(failure),
        };
        match ask {
            Ok(ask) => {
                if reception.doors.calls.send(Happened::Asked(ask, responder)).await.is_err() {
                    return;
                }
            }
            Err(failure) => {
                tracing::debug!(caller = %connection.identity(), %failure, "refused");
                if matches!(failure, Failure::Malformed { .. } | Failure::NotAuthorised { .. }) {
                    reception.refused(connection, what, failure.code(), &failure.to_string());
                }
                responder.answer(refusal(failure));
            }
        }
    }
}
