//! Who may hold which conversation: decided once, after the handshake, and said in words.
//!
//! TLS has by then verified the certificate itself; here it is about what the certificate says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use quinn::crypto::rustls::HandshakeData;
use rustls::pki_types::CertificateDer;
use shared::wire::Plane;

use crate::closing::{self, Close};
use crate::counters::{Refusal, Tallies};
use crate::identity::{Identity, NotAnIdentity, Role};
use crate::link::{Link, Peer};
use crate::settings::Settings;
use crate::stream::{NoStreams, Streams};

/// Everything that admission needs to know about its endpoint.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) own: Arc<Identity>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) tallies: Arc<Tallies>,
    pub(crate) census: Arc<Census>,
}

/// Somebody was not admitted: the cause, and the words for the other end.
struct Turned {
    refusal: Refusal,
    words: String,
}

impl Door {
    /// Takes one caller from its first packet to a running link, or turns it away.
    pub(crate) async fn admit(&self, incoming: quinn::Incoming) -> Option<Arc<Link>> {
        let remote = incoming.remote_address();
        match tokio::time::timeout(self.settings.handshake_timeout, self.admit_unbounded(incoming)).await {
            Ok(Ok(link)) => Some(link),
            Ok(Err(turned)) => {
                tracing::warn!(%remote, reason = turned.words, "a caller was turned away");
                self.tallies.refused(turned.refusal);
                None
            }
            Err(_) => {
                tracing::debug!(%remote, "a caller did not finish its handshake in time");
                self.tallies.refused(Refusal::Other);
                None
            }
        }
    }

    async fn admit_unbounded(&self, incoming: quinn::Incoming) -> Result<Arc<Link>, Turned> {
        let connection = match incoming.accept() {
            Ok(connecting) => connecting.await,
            Err(error) => Err(error),
        }
        .map_err(|error| failed(&error))?;
        let (peer, seat) = self.examine(&connection).inspect_err(|turned| {
            closing::close(&connection, Close::Refused, &turned.words);
        })?;
        let mut streams = Streams::accept(&connection).await.map_err(|error| lost(&connection, error))?;
        streams.welcome().await.map_err(|error| lost(&connection, error))?;
        let (settings, tallies) = (Arc::clone(&self.settings), Arc::clone(&self.tallies));
        Ok(Link::start(connection, peer, streams, settings, tallies, seat))
    }

    fn examine(&self, connection: &quinn::Connection) -> Result<(Peer, Seat), Turned> {
        let plane = plane_of(connection).ok_or_else(|| Turned {
            refusal: Refusal::Other,
            words: "no plane of the protocol was chosen".into(),
        })?;
        let identity = identity_of(connection)
            .map_err(|error| Turned { refusal: Refusal::Nobody, words: error.to_string() })?;
        if identity.cluster != self.own.cluster {
            let (theirs, ours) = (identity.cluster, self.own.cluster);
            return Err(Turned {
                refusal: Refusal::OtherCluster,
                words: format!("the certificate is for the cluster {theirs}, this is the cluster {ours}"),
            });
        }
        if !identity.role.may_use(plane) {
            return Err(Turned { refusal: Refusal::Role, words: not_for(identity.role, plane) });
        }
        let seat = self.census.seat(&identity.serial, &self.settings).ok_or_else(|| Turned {
            refusal: Refusal::TooMany,
            words: "there are too many connections already".into(),
        })?;
        let addr = plain_addr(connection.remote_address());
        Ok((Peer { identity, plane, addr, accepted: true }, seat))
    }
}

/// Whether whoever was reached is a node of the own cluster; in words if not.
pub(crate) fn examine_node(connection: &quinn::Connection, own: &Identity) -> Result<Identity, String> {
    let identity = identity_of(connection).map_err(|error| error.to_string())?;
    if identity.cluster != own.cluster {
        let (theirs, ours) = (identity.cluster, own.cluster);
        return Err(format!("it belongs to the cluster {theirs}, not to {ours}"));
    }
    if identity.role != Role::Node {
        return Err(format!("its certificate is {}'s and not a node's", identity.role));
    }
    Ok(identity)
}

fn not_for(role: Role, plane: Plane) -> String {
    let conversation = match plane {
        Plane::Peer => "only nodes may replicate",
        Plane::Client => "only admin and client certificates may use data",
        Plane::Look => "it may not look",
        Plane::Admin => "only admin certificates may change the cluster",
    };
    format!("the certificate's role is {role}: {conversation}")
}

fn plane_of(connection: &quinn::Connection) -> Option<Plane> {
    let data = connection.handshake_data()?.downcast::<HandshakeData>().ok()?;
    Plane::from_alpn(data.protocol.as_deref()?)
}

fn identity_of(connection: &quinn::Connection) -> Result<Identity, NotAnIdentity> {
    let chain = connection.peer_identity().and_then(|any| any.downcast::<Vec<CertificateDer<'_>>>().ok());
    let own = chain.as_deref().and_then(|chain| chain.first());
    Identity::from_der(own.ok_or_else(|| NotAnIdentity::Unreadable("there is none".into()))?)
}

/// An IPv4 caller of a socket for both families, as itself.
fn plain_addr(addr: SocketAddr) -> SocketAddr {
    SocketAddr::new(addr.ip().to_canonical(), addr.port())
}

fn failed(error: &quinn::ConnectionError) -> Turned {
    let refusal = closing::distrust(error).map_or(Refusal::Other, Refusal::Distrust);
    Turned { refusal, words: error.to_string() }
}

fn lost(connection: &quinn::Connection, error: NoStreams) -> Turned {
    match error {
        NoStreams::Lost(error) => failed(&error),
        NoStreams::Strange(words) => {
            closing::close(connection, Close::Refused, words);
            Turned { refusal: Refusal::Other, words: words.to_owned() }
        }
    }
}

/// Who sits where: accepted connections by the certificate they came with, and handshakes under way.
#[derive(Debug, Default)]
pub(crate) struct Census {
    seated: Mutex<Seated>,
    handshakes: AtomicUsize,
}

#[derive(Debug, Default)]
struct Seated {
    total: usize,
    by_certificate: HashMap<String, usize>,
}

/// The place of one accepted connection; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Seat {
    census: Arc<Census>,
    serial: String,
}

/// The place of one handshake; dropping it gives it back.
pub(crate) struct Handshake(Arc<Census>);

impl Census {
    fn seat(self: &Arc<Self>, serial: &str, settings: &Settings) -> Option<Seat> {
        let mut seated = self.seated.lock().unwrap_or_else(PoisonError::into_inner);
        let with_it = seated.by_certificate.get(serial).copied().unwrap_or(0);
        if seated.total >= settings.connections_max || with_it >= settings.connections_per_certificate_max {
            return None;
        }
        seated.total += 1;
        seated.by_certificate.insert(serial.to_owned(), with_it + 1);
        Some(Seat { census: Arc::clone(self), serial: serial.to_owned() })
    }

    pub(crate) fn handshake(self: &Arc<Self>) -> Handshake {
        self.handshakes.fetch_add(1, Relaxed);
        Handshake(Arc::clone(self))
    }

    pub(crate) fn handshakes(&self) -> usize {
        self.handshakes.load(Relaxed)
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.handshakes.fetch_sub(1, Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.census.seated.lock().unwrap_or_else(PoisonError::into_inner);
        seated.total -= 1;
        if let Some(with_it) = seated.by_certificate.get_mut(&self.serial) {
            *with_it -= 1;
            if *with_it == 0 {
                seated.by_certificate.remove(&self.serial);
            }
        }
    }
}
