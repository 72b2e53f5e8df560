//! One UDP port: accepts callers, dials nodes, and takes over new credentials while it runs.
//!
//! Whoever holds a node's certificate accepts and dials over the same port; everybody else only dials.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use quinn::{EndpointConfig, TokioRuntime};
use shared::wire::Plane;
use tokio::sync::{Mutex, mpsc};

use crate::admission::{Door, Handshake, examine_node};
use crate::closing::{self, Close};
use crate::connection::Connection;
use crate::counters::{Counters, Refusal, Tallies};
use crate::credentials::Credentials;
use crate::error::LinkError;
use crate::identity::{Identity, Role};
use crate::link::{Link, Peer};
use crate::settings::Settings;
use crate::stream::{NoStreams, Streams};
use crate::tls;
use crate::turned_away::TurnedAway;

/// Admitted connections that wait to be taken by [`Endpoint::accept`].
const ADMITTED_MAX: usize = 256;

/// Reports that wait to be taken by [`Endpoint::next_turned_away`].
const TURNED_AWAY_MAX: usize = 256;

/// One UDP port. Cheap to clone; when the last clone is dropped, all of its connections are closed.
#[derive(Debug, Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

/// A caller that was admitted.
#[derive(Debug)]
pub struct Accepted {
    /// Who it is.
    pub identity: Identity,
    /// Which conversation it wants; its role allows it.
    pub plane: Plane,
    /// Where it is.
    pub remote_addr: SocketAddr,
    /// The link to it.
    pub connection: Connection,
}

#[derive(Debug)]
struct Inner {
    quinn: quinn::Endpoint,
    local_addr: SocketAddr,
    own: Arc<Identity>,
    dialling: RwLock<Arc<Dialling>>,
    admitted: Mutex<mpsc::Receiver<Connection>>,
    turned_away: Mutex<mpsc::Receiver<TurnedAway>>,
    settings: Arc<Settings>,
    tallies: Arc<Tallies>,
}

/// What one dials with: a configuration for each plane. Replaced as a whole.
#[derive(Debug)]
struct Dialling {
    configs: [(Plane, quinn::ClientConfig); 4],
}

impl Endpoint {
    /// Binds an address. With a node's certificate it accepts callers there.
    ///
    /// Must be called within a tokio runtime.
    pub fn bind(addr: SocketAddr, credentials: &Credentials, settings: Settings) -> Result<Self, LinkError> {
        let cannot = |reason: String| LinkError::CannotBind { addr, reason };
        let settings = Arc::new(settings);
        let dialling = Dialling::new(credentials, &settings).map_err(|error| cannot(error.to_string()))?;
        let accepts = credentials.identity.role == Role::Node;
        let server = accepts
            .then(|| tls::server(credentials, &settings))
            .transpose()
            .map_err(|e| cannot(e.to_string()))?;
        let socket = UdpSocket::bind(addr).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => LinkError::AddressInUse { addr },
            _ => cannot(error.to_string()),
        })?;
        // Whoever only dials comes back at another port, and may run many times at once with one key.
        let config = if accepts { credentials.reset.endpoint_config() } else { EndpointConfig::default() };
        let quinn = quinn::Endpoint::new(config, server, socket, Arc::new(TokioRuntime))
            .map_err(|error| cannot(error.to_string()))?;
        let local_addr = quinn.local_addr().map_err(|error| cannot(error.to_string()))?;
        let tallies = Arc::new(Tallies::default());
        let (sender, admitted) = mpsc::channel(ADMITTED_MAX);
        let (turning, turned_away) = mpsc::channel(TURNED_AWAY_MAX);
        let own = Arc::clone(&credentials.identity);
        let door = Arc::new(Door {
            own: Arc::clone(&own),
            settings: Arc::clone(&settings),
            tallies: Arc::clone(&tallies),
            census: Arc::default(),
            turned_away: turning,
        });
        if accepts {
            tokio::spawn(answer_the_door(quinn.clone(), door, sender));
        }
        let dialling = RwLock::new(Arc::new(dialling));
        let (admitted, turned_away) = (Mutex::new(admitted), Mutex::new(turned_away));
        let inner = Inner { quinn, local_addr, own, dialling, admitted, turned_away, settings, tallies };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Binds any free port, for whoever only dials: both address families if the machine has them.
    pub fn dialer(credentials: &Credentials, settings: Settings) -> Result<Self, LinkError> {
        let (six, four) =
            (SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)), SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)));
        Self::bind(six, credentials, settings.clone()).or_else(|_| Self::bind(four, credentials, settings))
    }

    /// The next caller that was admitted; `None` once the endpoint is closed, or if it only dials.
    pub async fn accept(&self) -> Option<Accepted> {
        let connection = self.inner.admitted.lock().await.recv().await?;
        Some(Accepted {
            identity: connection.identity().clone(),
            plane: connection.plane(),
            remote_addr: connection.remote_addr(),
            connection,
        })
    }

    /// The next caller that was not admitted; `None` once the endpoint is closed, or if it only dials.
    ///
    /// Taking them is optional: what nobody takes is forgotten beyond the first few hundred, and counted all the same.
    /// Callers refused before their handshake because there are too many of them are only counted.
    pub async fn next_turned_away(&self) -> Option<TurnedAway> {
        self.inner.turned_away.lock().await.recv().await
    }

    /// A connection to a node of the own cluster, admitted by it; within the handshake timeout.
    pub async fn dial(&self, addr: SocketAddr, plane: Plane) -> Result<Connection, LinkError> {
        let limit = self.inner.settings.handshake_timeout;
        match tokio::time::timeout(limit, self.dial_unbounded(addr, plane)).await {
            Ok(dialled) => dialled,
            Err(_) => Err(LinkError::Unreachable { addr, reason: format!("no answer within {limit:?}") }),
        }
    }

    async fn dial_unbounded(&self, addr: SocketAddr, plane: Plane) -> Result<Connection, LinkError> {
        let unreachable = |reason: String| LinkError::Unreachable { addr, reason };
        let inner = &self.inner;
        let config = inner.dialling().config(plane);
        let connecting = inner
            .quinn
            .connect_with(config, addr, tls::NODE_DNS_NAME)
            .map_err(|error| unreachable(error.to_string()))?;
        let quinn = connecting.await.map_err(|error| closing::while_dialling(addr, error))?;
        let identity = examine_node(&quinn, &inner.own).map_err(|reason| {
            closing::close(&quinn, Close::Refused, &reason);
            LinkError::WrongPeer { addr, reason }
        })?;
        let streams = Streams::open(&quinn).await.map_err(|error| match error {
            NoStreams::Lost(error) => closing::while_dialling(addr, error),
            NoStreams::Strange(reason) => LinkError::WrongPeer { addr, reason: reason.into() },
        })?;
        let peer = Peer { identity, plane, addr, accepted: false };
        let (settings, tallies) = (Arc::clone(&inner.settings), Arc::clone(&inner.tallies));
        // A dialled connection keeps its endpoint alive.
        let link = Link::start(quinn, peer, streams, settings, tallies, self.clone());
        Ok(Connection::new(link))
    }

    /// Takes over new credentials: connections made from now on use them, those that are open stay.
    ///
    /// They must be for the same cluster, role, name and node; an error changes nothing.
    pub fn reload(&self, credentials: &Credentials) -> Result<(), LinkError> {
        let inner = &self.inner;
        let wrong = |reason: String| LinkError::NotForThisEndpoint { reason };
        let (own, new) = (&inner.own, &credentials.identity);
        if (own.cluster, own.role, own.node, &own.name) != (new.cluster, new.role, new.node, &new.name) {
            return Err(wrong(format!(
                "it is for {new} in the cluster {}, this is {own} in the cluster {}",
                new.cluster, own.cluster
            )));
        }
        let dialling =
            Dialling::new(credentials, &inner.settings).map_err(|error| wrong(error.to_string()))?;
        if own.role == Role::Node {
            let server =
                tls::server(credentials, &inner.settings).map_err(|error| wrong(error.to_string()))?;
            inner.quinn.set_server_config(Some(server));
        }
        *inner.dialling.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(dialling);
        Ok(())
    }

    /// Whom this endpoint speaks for, as its first certificate said.
    pub fn identity(&self) -> &Identity {
        &self.inner.own
    }

    /// The address it is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.inner.local_addr
    }

    /// Its limits and intervals.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// What it has counted since it was bound.
    pub fn counters(&self) -> Counters {
        self.inner.tallies.snapshot()
    }

    /// Closes every connection, tells the other ends why, and waits for that to be sent, but not longer than `limit`.
    pub async fn shutdown(&self, reason: &str, limit: Duration) {
        self.inner.quinn.close(Close::Done.code(), reason.as_bytes());
        // An end that cannot be told notices by itself after its idle timeout.
        let _ = tokio::time::timeout(limit, self.inner.quinn.wait_idle()).await;
    }
}

impl Inner {
    fn dialling(&self) -> Arc<Dialling> {
        Arc::clone(&self.dialling.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.quinn.close(Close::Done.code(), b"the endpoint is gone");
    }
}

impl Dialling {
    fn new(credentials: &Credentials, settings: &Settings) -> Result<Self, tls::Unusable> {
        let config = |plane| Ok((plane, tls::client(credentials, plane, settings)?));
        let [peer, client, look, admin] = Plane::ALL;
        Ok(Self { configs: [config(peer)?, config(client)?, config(look)?, config(admin)?] })
    }

    fn config(&self, wanted: Plane) -> quinn::ClientConfig {
        let [(_, first), ..] = &self.configs;
        let found = self.configs.iter().find(|(plane, _)| *plane == wanted);
        found.map_or(first, |(_, config)| config).clone()
    }
}

/// Takes callers as they come, until the endpoint is closed. Each is admitted in a task of its own.
async fn answer_the_door(quinn: quinn::Endpoint, door: Arc<Door>, admitted: mpsc::Sender<Connection>) {
    while let Some(incoming) = quinn.accept().await {
        let under_way = door.census.handshakes();
        if under_way >= door.settings.handshakes_max {
            door.tallies.refused(Refusal::TooMany);
            incoming.refuse();
        } else if under_way >= door.settings.handshakes_unproven_max && incoming.may_retry() {
            // Fails only where `may_retry` says so.
            let _ = incoming.retry();
        } else {
            tokio::spawn(let_in(incoming, Arc::clone(&door), door.census.handshake(), admitted.clone()));
        }
    }
}

async fn let_in(
    incoming: quinn::Incoming,
    door: Arc<Door>,
    handshake: Handshake,
    admitted: mpsc::Sender<Connection>,
) {
    if let Some(link) = door.admit(incoming).await {
        // Nobody takes callers any more: the connection is dropped, which closes it.
        let _ = admitted.send(Connection::new(link)).await;
    }
    drop(handshake);
}
