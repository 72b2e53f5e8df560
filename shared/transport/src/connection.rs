//! One live link: ask and be answered, tell, take what comes in.
//!
//! Both ends may do all of it. An end that asks on a connection must also take what comes in there, or be sure that
//! nothing does: a reader that waits for its messages to be taken does not read answers either.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use shared::wire::Plane;
use shared::wire::frame::Kind;
use tokio::time::{Instant, timeout_at};

use crate::closing::Close;
use crate::error::LinkError;
use crate::identity::Identity;
use crate::incoming::Incoming;
use crate::link::Link;

/// In the last so-many-th part of its life a connection should no longer be given out.
const LAST_PART_OF_LIFE: u32 = 100;

/// One live link. Cheap to clone; when the last clone is dropped, the connection is closed.
#[derive(Clone)]
pub struct Connection {
    handle: Arc<Handle>,
}

/// What closes the connection when nobody holds it any more. The tasks hold the link, not this.
struct Handle {
    link: Arc<Link>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.link.close(Close::Done, "it is no longer needed");
        // What nobody will take any more holds the link that holds it.
        self.link.inbox.clear();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let peer = &self.link().peer;
        f.debug_struct("Connection")
            .field("identity", &peer.identity)
            .field("plane", &peer.plane)
            .field("remote_addr", &peer.addr)
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(crate) fn new(link: Arc<Link>) -> Self {
        Self { handle: Arc::new(Handle { link }) }
    }

    /// Asks and waits for the answer, until the deadline.
    ///
    /// Asks are answered in any order. Dropping the future, or the passing of the deadline, frees its slot; whether
    /// the other end carries it out is then unknown. A payload over 64 KiB goes by the bulk stream.
    pub async fn ask(&self, payload: Bytes, deadline: Instant) -> Result<Bytes, LinkError> {
        let link = self.link();
        let mut slip = link.pending.register().ok_or_else(|| link.end())?;
        let answered = async {
            match link.try_send(Kind::Ask, slip.correlation, payload.clone()) {
                Err(LinkError::Full { .. }) => link.send(Kind::Ask, slip.correlation, payload).await?,
                other => other?,
            }
            (&mut slip.outcome).await.map_err(|_| link.end())
        };
        match timeout_at(deadline, answered).await {
            Ok(Ok(Ok(answer))) => Ok(answer),
            Ok(Ok(Err(reason))) => Err(LinkError::Declined { addr: link.peer.addr, reason }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(LinkError::Deadline { addr: link.peer.addr }),
        }
    }

    /// Queues a message that wants no answer; never waits. [`LinkError::Full`] leaves nothing queued.
    ///
    /// Messages up to 64 KiB arrive in the order they were told, longer ones among themselves; a long one may be
    /// overtaken. Whatever is not written when the connection ends is lost.
    pub fn try_tell(&self, payload: Bytes) -> Result<(), LinkError> {
        self.link().try_send(Kind::Tell, 0, payload)
    }

    /// The same, waiting for room in the queue until the deadline.
    pub async fn tell(&self, payload: Bytes, deadline: Instant) -> Result<(), LinkError> {
        let link = self.link();
        match timeout_at(deadline, link.send(Kind::Tell, 0, payload)).await {
            Ok(sent) => sent,
            Err(_) => Err(LinkError::Deadline { addr: link.peer.addr }),
        }
    }

    /// The next message of the other end; `None` once the connection is over and everything was taken.
    ///
    /// What is not taken is not lost: the other end waits.
    pub async fn next_incoming(&self) -> Option<Incoming> {
        self.link().inbox.pop().await
    }

    /// Who is at the other end.
    pub fn identity(&self) -> &Identity {
        &self.link().peer.identity
    }

    /// Which conversation this is.
    pub fn plane(&self) -> Plane {
        self.link().peer.plane
    }

    /// Where the other end is.
    pub fn remote_addr(&self) -> SocketAddr {
        self.link().peer.addr
    }

    /// The present estimate of the time there and back.
    pub fn rtt(&self) -> Duration {
        self.link().quinn.rtt()
    }

    /// How many packets have come from the other end so far. It confirms what it receives within milliseconds: while
    /// something is sent, a count that stands still means that nobody is there, or that the way is cut.
    pub fn packets_heard(&self) -> u64 {
        self.link().quinn.stats().udp_rx.datagrams
    }

    /// How many asks of this end wait for their answer.
    pub fn asks_under_way(&self) -> usize {
        self.link().pending.len()
    }

    /// Whether it can still be used.
    pub fn is_open(&self) -> bool {
        self.link().is_open()
    }

    /// Whether it is so near its greatest age that a new one should take its place.
    pub fn is_ageing(&self) -> bool {
        let (link, age_max) = (self.link(), self.link().settings.age_max);
        link.opened.elapsed() >= age_max.saturating_sub(age_max / LAST_PART_OF_LIFE)
    }

    /// Waits for its end and says why.
    pub async fn closed(&self) -> LinkError {
        self.link().ended().await
    }

    /// Ends it at once. What is queued or under way is lost; the other end is told the reason.
    pub fn close(&self, reason: &str) {
        self.link().close(Close::Done, reason);
    }

    fn link(&self) -> &Arc<Link> {
        &self.handle.link
    }
}
