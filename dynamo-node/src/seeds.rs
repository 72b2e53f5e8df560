//! Seeds: who answers at the addresses that stand in the configuration, for as long as that is worth knowing.
//!
//! A seed is an address without a node id; the id is learned from the certificate that answers there. The connection by
//! which it was learned is closed again: from then on `peers` keeps one to that node, as to any other.
//!
//! Deliberately absent: any trust in a seed. Whoever answers has to be a node of this cluster, and is then a node like any
//! other; which nodes are members, it says itself.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use dynamo_transport::{Endpoint, LinkError};
use shared::id::NodeId;
use shared::wire::Plane;
use tokio::net::lookup_host;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use crate::config::Seed;
use crate::inbox::Happened;

/// How long a member tries the declared addresses alone before it turns to its seeds.
const MEMBER_PATIENCE: Duration = Duration::from_secs(3);

/// From finding a node to looking again, if it is not linked by then.
const AFTER_FOUND: Duration = Duration::from_secs(1);

/// How long looking up a host's name may take.
const LOOKUP_MAX: Duration = Duration::from_secs(5);

/// Whom this node reaches, as far as seeds care.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Whether this node has a declared state, and with it the addresses of others.
    pub(crate) is_member: bool,
    /// To whom links stand.
    pub(crate) linked: BTreeSet<NodeId>,
}

impl Reached {
    /// Whether a seed is worth dialling at which that node answered the last time.
    ///
    /// A node that waits makes itself known at every seed; a member only wants somebody who knows where the others are.
    fn wants(&self, found: Option<NodeId>) -> bool {
        if self.is_member {
            self.linked.is_empty()
        } else {
            found.is_none_or(|node| !self.linked.contains(&node))
        }
    }
}

/// Every seed of the configuration, each with its seeker. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Seeds {
    reached: watch::Sender<Reached>,
    seekers: Vec<AbortHandle>,
}

impl Drop for Seeds {
    fn drop(&mut self) {
        self.seekers.iter().for_each(AbortHandle::abort);
    }
}

impl Seeds {
    /// Begins to look; `own` are the addresses of this node itself, which are passed over.
    pub(crate) fn seek(
        seeds: &[Seed],
        me: NodeId,
        own: [SocketAddr; 2],
        endpoint: &Endpoint,
        happened: &UnboundedSender<Happened>,
    ) -> Self {
        let (reached, watched) = watch::channel(Reached::default());
        let seeker = |seed: &Seed| Seeker {
            seed: seed.clone(),
            me,
            own,
            endpoint: endpoint.clone(),
            reached: watched.clone(),
            happened: happened.clone(),
            found: None,
            complained: String::new(),
        };
        let distinct: BTreeSet<&Seed> = seeds.iter().collect();
        let seekers = distinct.into_iter().map(|seed| tokio::spawn(seeker(seed).seek()).abort_handle());
        Self { seekers: seekers.collect(), reached }
    }

    /// All of what is reached.
    pub(crate) fn tell(&self, now: &Reached) {
        self.reached.send_if_modified(|reached| std::mem::replace(reached, now.clone()) != *now);
    }

    /// A link stands.
    pub(crate) fn linked(&self, node: NodeId) {
        self.reached.send_if_modified(|reached| reached.linked.insert(node));
    }

    /// It is lost.
    pub(crate) fn unlinked(&self, node: NodeId) {
        self.reached.send_if_modified(|reached| reached.linked.remove(&node));
    }
}

/// What looks after one seed.
struct Seeker {
    seed: Seed,
    me: NodeId,
    own: [SocketAddr; 2],
    endpoint: Endpoint,
    reached: watch::Receiver<Reached>,
    happened: UnboundedSender<Happened>,
    // Who answered the last time.
    found: Option<NodeId>,
    // The last failure that was logged: one line for each change, not for each dial.
    complained: String,
}

/// Why a seed was of no use.
enum Useless {
    /// Its name means nothing at present.
    NoAddress(String),
    /// Nobody was reached, or nobody who will do.
    NoLink(LinkError),
    /// It is this node.
    Oneself,
}

impl Seeker {
    /// Until nobody wants to know any more.
    async fn seek(mut self) {
        let mut failures = 0;
        while self.is_worth_it().await {
            let pause = match self.look().await {
                Ok((node, address)) => {
                    failures = 0;
                    if !self.hand_in(node, address) {
                        return;
                    }
                    AFTER_FOUND
                }
                Err(useless) => {
                    self.complain(&useless);
                    let pause = self.pause(failures);
                    failures = failures.saturating_add(1);
                    pause
                }
            };
            sleep(pause).await;
        }
    }

    /// Waits until the seed is worth dialling; `false`: it never will be.
    async fn is_worth_it(&mut self) -> bool {
        loop {
            let found = self.found;
            let wanted = self.reached.wait_for(|reached| reached.wants(found)).await;
            match wanted.map(|reached| reached.is_member) {
                Ok(true) => {}
                Ok(false) => return true,
                Err(_) => return false,
            }
            sleep(MEMBER_PATIENCE).await;
            if self.reached.borrow().wants(found) {
                return true;
            }
        }
    }

    /// Who answers at the seed, and at which of its addresses.
    async fn look(&self) -> Result<(NodeId, SocketAddr), Useless> {
        let mut useless = Useless::Oneself;
        for address in self.addresses().await?.into_iter().filter(|address| !self.own.contains(address)) {
            match self.ask(address).await {
                Ok(node) if node == self.me => useless = Useless::Oneself,
                Ok(node) => return Ok((node, address)),
                Err(error) => useless = Useless::NoLink(error),
            }
        }
        Err(useless)
    }

    async fn addresses(&self) -> Result<Vec<SocketAddr>, Useless> {
        let named = (self.seed.host(), self.seed.port());
        let found: Vec<_> = match timeout(LOOKUP_MAX, lookup_host(named)).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => return Err(Useless::NoAddress(error.to_string())),
            Err(_) => return Err(Useless::NoAddress("its name was not looked up in time".into())),
        };
        if found.is_empty() { Err(Useless::NoAddress("its name has no address".into())) } else { Ok(found) }
    }

    async fn ask(&self, address: SocketAddr) -> Result<NodeId, LinkError> {
        let connection = self.endpoint.dial(address, Plane::Peer).await?;
        let found = connection.identity();
        let Some(node) = found.node else {
            let reason = format!("its certificate, of {found}, names no node");
            return Err(LinkError::WrongPeer { addr: address, reason });
        };
        connection.close("it was only asked who answers here");
        Ok(node)
    }

    /// `false` once nobody listens.
    fn hand_in(&mut self, node: NodeId, address: SocketAddr) -> bool {
        if self.found != Some(node) || !self.complained.is_empty() {
            tracing::info!(seed = %self.seed, peer = %node, "a node answers at a seed");
        }
        (self.found, self.complained) = (Some(node), String::new());
        self.happened.send(Happened::Found { node, address }).is_ok()
    }

    fn complain(&mut self, useless: &Useless) {
        let words = match useless {
            Useless::NoAddress(reason) => reason.clone(),
            Useless::NoLink(error) => error.to_string(),
            Useless::Oneself => "it is this node itself".into(),
        };
        if words == self.complained {
            return;
        }
        match useless {
            Useless::Oneself => tracing::debug!(seed = %self.seed, "a seed is this node itself"),
            Useless::NoLink(LinkError::Unreachable { .. } | LinkError::Closed { .. }) => {
                tracing::info!(seed = %self.seed, reason = words, "nobody is reached at a seed");
            }
            Useless::NoAddress(_) | Useless::NoLink(_) => {
                tracing::warn!(seed = %self.seed, reason = words, "a seed is of no use");
            }
        }
        self.complained = words;
    }

    fn pause(&self, failures: u32) -> Duration {
        let settings = self.endpoint.settings();
        settings.back_off_min.saturating_mul(1 << failures.min(16)).min(settings.back_off_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_wants_every_seed_and_a_member_wants_one_only_when_it_is_alone() {
        let (one, two) = (NodeId(1), NodeId(2));
        let waiting =
            |linked: &[NodeId]| Reached { is_member: false, linked: linked.iter().copied().collect() };
        assert!(waiting(&[]).wants(None));
        assert!(waiting(&[one]).wants(None));
        assert!(waiting(&[one]).wants(Some(two)));
        assert!(!waiting(&[one]).wants(Some(one)));
        let member =
            |linked: &[NodeId]| Reached { is_member: true, linked: linked.iter().copied().collect() };
        assert!(member(&[]).wants(None));
        assert!(member(&[]).wants(Some(one)));
        assert!(!member(&[one]).wants(None));
        assert!(!member(&[one]).wants(Some(two)));
    }
}
