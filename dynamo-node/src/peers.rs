//! Peers: one outgoing connection to every other node, kept up for as long as the node is known.
//!
//! The runtime owns the table and sends through it; a keeper for each node dials, notices the end, and dials again.
//! An envelope that finds no link, or a full queue, is dropped and counted: losing is allowed, waiting is not. Only
//! before the first link of a node a few are kept, so that an introduction is not followed by silence.
//!
//! Members are dialled by the addresses of the declared state; whoever is no member by the address that it told, or by
//! the seed at which it was found.
//!
//! Deliberately absent: whether a node is alive. A link says that bytes can leave; the core judges by what it hears.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dynamo_core::message::Envelope;
use dynamo_transport::{Connection, Endpoint, LinkError};
use shared::id::{Boot, NodeId};
use shared::wire::{self, Plane};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

use crate::config::Seed;
use crate::inbox::Happened;
use crate::seeds::{Reached, Seeds};

/// Envelopes that are kept for a node before its first link.
const EARLY_MAX: usize = 64;

/// Longest pause between two dials of one node. Shorter than the transport's own: a member that comes back is wanted.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// A dial that is younger than this is not begun anew when the other end calls.
const FRESH: Duration = Duration::from_millis(250);

/// Every other node that can be reached, or is being tried.
#[derive(Debug)]
pub(crate) struct Peers {
    me: NodeId,
    endpoint: Endpoint,
    happened: UnboundedSender<Happened>,
    table: BTreeMap<NodeId, Peer>,
    dropped: u64,
    seeds: Seeds,
}

#[derive(Debug)]
struct Peer {
    address: watch::Sender<SocketAddr>,
    nudge: Arc<Notify>,
    keeper: AbortHandle,
    link: Link,
    is_member: bool,
    // The newest start that was heard of; a newer one makes the link worthless.
    boot: Boot,
}

#[derive(Debug)]
enum Link {
    /// None has stood yet.
    Early(VecDeque<Bytes>),
    Up(Connection),
    Lost,
}

impl Peer {
    fn is_up(&self) -> bool {
        matches!(self.link, Link::Up(_))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

impl Peers {
    /// Nobody is known yet but by `seeds`; `own` is where this node itself is reached.
    pub(crate) fn new(
        me: NodeId,
        own: [SocketAddr; 2],
        endpoint: Endpoint,
        happened: UnboundedSender<Happened>,
        seeds: &[Seed],
    ) -> Self {
        let seeds = Seeds::seek(seeds, me, own, &endpoint, &happened);
        Self { me, endpoint, happened, table: BTreeMap::new(), dropped: 0, seeds }
    }

    /// Learns where a node can be reached.
    pub(crate) fn meet(&mut self, node: NodeId, address: SocketAddr) {
        if node == self.me {
            return;
        }
        if let Some(peer) = self.table.get(&node) {
            peer.address.send_if_modified(|known| std::mem::replace(known, address) != address);
        } else {
            let peer = self.start(node, address);
            self.table.insert(node, peer);
        }
    }

    /// A node answers at a seed's address. Where it is linked already, that is no news.
    pub(crate) fn found(&mut self, node: NodeId, address: SocketAddr) {
        if !self.table.get(&node).is_some_and(Peer::is_up) {
            self.meet(node, address);
        }
    }

    /// From now on these are the members. Whoever was one and is not is forgotten; whoever waits to become one is kept
    /// for as long as it is linked.
    pub(crate) fn set_members(&mut self, members: &BTreeMap<NodeId, SocketAddr>) {
        self.table.retain(|node, peer| members.contains_key(node) || (peer.is_up() && !peer.is_member));
        for (&node, &address) in members {
            self.meet(node, address);
        }
        for (node, peer) in &mut self.table {
            peer.is_member = members.contains_key(node);
        }
        let linked = self.table.iter().filter(|(_, peer)| peer.is_up()).map(|(&node, _)| node);
        self.seeds.tell(&Reached { is_member: true, linked: linked.collect() });
    }

    /// Sends if it can.
    pub(crate) fn send(&mut self, envelope: &Envelope) {
        let taken = match self.table.get_mut(&envelope.to).map(|peer| &mut peer.link) {
            Some(Link::Up(connection)) => connection.try_tell(wire::encode(envelope)).is_ok(),
            Some(Link::Early(kept)) if kept.len() < EARLY_MAX => {
                kept.push_back(wire::encode(envelope));
                true
            }
            Some(Link::Early(_) | Link::Lost) | None => false,
        };
        self.dropped += u64::from(!taken);
    }

    /// How many envelopes were not sent.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A dial has succeeded. `false` if nobody wants the link any more.
    pub(crate) fn linked(&mut self, node: NodeId, connection: Connection) -> bool {
        let Some(peer) = self.table.get_mut(&node) else { return false };
        if let Link::Early(kept) = &mut peer.link {
            for payload in kept.drain(..) {
                self.dropped += u64::from(connection.try_tell(payload).is_err());
            }
        }
        peer.link = Link::Up(connection);
        self.seeds.linked(node);
        true
    }

    /// The link is lost. `false` if there was none.
    pub(crate) fn unlinked(&mut self, node: NodeId) -> bool {
        let Some(peer) = self.table.get_mut(&node) else { return false };
        let was_up = matches!(std::mem::replace(&mut peer.link, Link::Lost), Link::Up(_));
        self.seeds.unlinked(node);
        was_up
    }

    /// A node has called: it can be reached, so there is no point in waiting longer before dialling it.
    pub(crate) fn called(&self, node: NodeId) {
        if let Some(peer) = self.table.get(&node)
            && !peer.is_up()
        {
            peer.nudge.notify_one();
        }
    }

    /// A node has spoken. After a restart of it the present link leads to nobody; the network alone would take
    /// seconds to notice.
    pub(crate) fn heard(&mut self, node: NodeId, boot: Boot) {
        let Some(peer) = self.table.get_mut(&node) else { return };
        if boot <= peer.boot {
            return;
        }
        let is_restart = peer.boot != Boot::default();
        peer.boot = boot;
        match &peer.link {
            Link::Up(connection) if is_restart => connection.close("you have restarted"),
            Link::Up(_) => {}
            Link::Early(_) | Link::Lost => peer.nudge.notify_one(),
        }
    }

    fn start(&self, node: NodeId, address: SocketAddr) -> Peer {
        let (address, addresses) = watch::channel(address);
        let nudge = Arc::new(Notify::new());
        let keeper = Keeper {
            node,
            endpoint: self.endpoint.clone(),
            addresses,
            nudge: Arc::clone(&nudge),
            happened: self.happened.clone(),
            complained: String::new(),
        };
        let keeper = tokio::spawn(keeper.keep()).abort_handle();
        let link = Link::Early(VecDeque::new());
        Peer { address, nudge, keeper, link, is_member: false, boot: Boot::default() }
    }
}

/// What dials one node.
struct Keeper {
    node: NodeId,
    endpoint: Endpoint,
    addresses: watch::Receiver<SocketAddr>,
    nudge: Arc<Notify>,
    happened: UnboundedSender<Happened>,
    // The last failure that was logged: one line for each new kind of failure, not for each dial.
    complained: String,
}

impl Keeper {
    /// Until the node is forgotten, or the runtime is gone.
    async fn keep(mut self) {
        let mut failures = 0;
        loop {
            let address = *self.addresses.borrow_and_update();
            let Some(dialled) = self.dial(address).await else { continue };
            match dialled {
                Ok(connection) => {
                    (failures, self.complained) = (0, String::new());
                    if !self.tend(connection).await {
                        return;
                    }
                }
                Err(error) => {
                    self.complain(&error);
                    let pause = self.pause(failures);
                    failures = failures.saturating_add(1);
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.nudge.notified() => {}
                        _ = self.addresses.changed() => {}
                    }
                }
            }
        }
    }

    /// One dial; `None` if there is reason to begin anew.
    async fn dial(&mut self, address: SocketAddr) -> Option<Result<Connection, LinkError>> {
        let begun = Instant::now();
        let endpoint = self.endpoint.clone();
        let dialled = dial(&endpoint, self.node, address);
        tokio::pin!(dialled);
        loop {
            tokio::select! {
                dialled = &mut dialled => return Some(dialled),
                // A dial that began before the other end was there pauses ever longer between its packets.
                () = self.nudge.notified() => if begun.elapsed() > FRESH { return None },
                _ = self.addresses.changed() => return None,
            }
        }
    }

    /// Until the link is lost; `false` once nobody listens.
    async fn tend(&mut self, connection: Connection) -> bool {
        let linked = Happened::Linked { node: self.node, connection: connection.clone() };
        if self.happened.send(linked).is_err() {
            return false;
        }
        tokio::select! {
            end = connection.closed() => tracing::info!(peer = %self.node, %end, "link lost"),
            _ = self.addresses.changed() => connection.close("its address has changed"),
        }
        self.happened.send(Happened::Unlinked(self.node)).is_ok()
    }

    fn complain(&mut self, error: &LinkError) {
        let words = error.to_string();
        if words == self.complained {
            return;
        }
        match error {
            LinkError::Unreachable { .. } | LinkError::Closed { .. } => {
                tracing::info!(peer = %self.node, %error, "cannot reach a node");
            }
            _ => tracing::warn!(peer = %self.node, %error, "no link to a node"),
        }
        self.complained = words;
    }

    fn pause(&self, failures: u32) -> Duration {
        let settings = self.endpoint.settings();
        settings.back_off_min.saturating_mul(1 << failures.min(16)).min(settings.back_off_max).min(PAUSE_MAX)
    }
}

/// A connection to the node that is meant, and to no other that answers at its address.
async fn dial(endpoint: &Endpoint, node: NodeId, address: SocketAddr) -> Result<Connection, LinkError> {
    let connection = endpoint.dial(address, Plane::Peer).await?;
    let found = connection.identity();
    if found.node == Some(node) {
        return Ok(connection);
    }
    let reason = format!("{found} answers there, the node {node} is meant");
    connection.close("another node is meant");
    Err(LinkError::WrongPeer { addr: address, reason })
}
