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
use tokio::sync::mpsc;

use crate::closing::{self, Close};
use crate::counters::{Refusal, Tallies};
use crate::identity::{Identity, NotAnIdentity, Role};
use crate::link::{Link, Peer};
use crate::settings::Settings;
use crate::stream::{NoStreams, Streams};
use crate::turned_away::TurnedAway;

/// Everything that admission needs to know about its endpoint.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) own: Arc<Identity>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) tallies: Arc<Tallies>,
    pub(crate) census: Arc<Census>,
    pub(crate) turned_away: mpsc::Sender<TurnedAway>,
}

/// Somebody was not admitted: the cause, the words for the other end, and as much as is known of it.
struct Turned {
    refusal: Refusal,
    words: String,
    plane: Option<Plane>,
    identity: Option<Box<Identity>>,
}

impl Turned {
    fn new(refusal: Refusal, words: impl Into<String>) -> Self {
        Self { refusal, words: words.into(), plane: None, identity: None }
    }
}

impl Door {
    /// Takes one caller from its first packet to a running link, or turns it away.
    pub(crate) async fn admit(&self, incoming: quinn::Incoming) -> Option<Arc<Link>> {
        let remote_addr = plain_addr(incoming.remote_address());
        let limit = self.settings.handshake_timeout;
        let turned = match tokio::time::timeout(limit, self.admit_unbounded(incoming)).await {
            Ok(Ok(link)) => return Some(link),
            Ok(Err(turned)) => turned,
            Err(_) => Turned::new(Refusal::Other, "the handshake was not finished in time"),
        };
        self.tallies.refused(turned.refusal);
        let Turned { words: reason, plane, identity, .. } = turned;
        let identity = identity.map(|identity| *identity);
        tracing::debug!(%remote_addr, reason, "a caller was turned away");
        // Where nobody listens, or not fast enough, the counters remain.
        let _ = self.turned_away.try_send(TurnedAway { remote_addr, identity, plane, reason });
        None
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
        let plane = plane_of(connection)
            .ok_or_else(|| Turned::new(Refusal::Other, "no plane of the protocol was chosen"))?;
        let identity = identity_of(connection).map_err(|error| {
            let turned = Turned::new(Refusal::Nobody, error.to_string());
            Turned { plane: Some(plane), ..turned }
        })?;
        match self.seat(&identity, plane) {
            Ok(seat) => {
                let addr = plain_addr(connection.remote_address());
                Ok((Peer { identity, plane, addr, accepted: true }, seat))
            }
            Err((refusal, words)) => {
                Err(Turned { refusal, words, plane: Some(plane), identity: Some(Box::new(identity)) })
            }
        }
    }

    fn seat(&self, identity: &Identity, plane: Plane) -> Result<Seat, (Refusal, String)> {
        if identity.cluster != self.own.cluster {
            let (theirs, ours) = (identity.cluster, self.own.cluster);
            let words = format!("the certificate is for the cluster {theirs}, this is the cluster {ours}");
            return Err((Refusal::OtherCluster, words));
        }
        if !identity.role.may_use(plane) {
            return Err((Refusal::Role, not_for(identity.role, plane)));
        }
        self.census
            .seat(&identity.serial, &self.settings)
            .ok_or_else(|| (Refusal::TooMany, "there are too many connections already".into()))
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
    Turned::new(refusal, closing::plain(error.to_string().as_bytes()))
}

fn lost(connection: &quinn::Connection, error: NoStreams) -> Turned {
    match error {
        NoStreams::Lost(error) => failed(&error),
        NoStreams::Strange(words) => {
            closing::close(connection, Close::Refused, words);
            Turned::new(Refusal::Other, words)
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
