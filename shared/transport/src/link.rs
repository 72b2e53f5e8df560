//! What the tasks of one connection share: its queues, the asks under way, and how it ended.
//!
//! Five tasks serve a connection, however many messages it carries: a reader and a writer for each of its two streams,
//! and a keeper that notices its end, its age and its certificate's expiry.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use shared::wire::Plane;
use shared::wire::frame::{Frame, Kind, NotAFrame, PAYLOAD_BYTES_MAX};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior};

use crate::closing::{self, Close};
use crate::counters::Tallies;
use crate::error::LinkError;
use crate::identity::Identity;
use crate::incoming::{Incoming, Responder};
use crate::pending::Pending;
use crate::queue::{NotTaken, Queue, Weigh};
use crate::settings::{QUICK_PAYLOAD_BYTES_MAX, Settings};
use crate::stream::{self, Streams};

/// What one of the asks in flight may keep alive before it counts as two, bytes.
const ASK_BYTES_PER_PERMIT: usize = 16 * 1024;

/// A frame that waits to be written.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) frame: Frame,
    // An answer holds its ask's place until it is written: who does not read answers is not read from either.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Weigh for Outgoing {
    fn bytes(&self) -> usize {
        self.frame.payload.len() + shared::wire::frame::HEADER_BYTES
    }
}

/// Who is at the other end, and since when.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) identity: Identity,
    pub(crate) plane: Plane,
    pub(crate) addr: SocketAddr,
    pub(crate) accepted: bool,
}

#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) quinn: quinn::Connection,
    pub(crate) peer: Peer,
    pub(crate) opened: Instant,
    pub(crate) settings: Arc<Settings>,
    pub(crate) pending: Pending,
    pub(crate) inbox: Queue<Incoming>,
    pub(crate) quick: Queue<Outgoing>,
    pub(crate) bulk: Queue<Outgoing>,
    in_flight: Arc<Semaphore>,
    in_flight_max: u32,
    end: watch::Sender<Option<LinkError>>,
    tallies: Arc<Tallies>,
}

impl Link {
    /// Starts the tasks of an admitted connection. `seat` is dropped when the connection is over.
    pub(crate) fn start<S: Send + 'static>(
        quinn: quinn::Connection,
        peer: Peer,
        streams: Streams,
        settings: Arc<Settings>,
        tallies: Arc<Tallies>,
        seat: S,
    ) -> Arc<Self> {
        let queue_limits = (settings.queue_messages_max, settings.queue_bytes_max);
        let outgoing = || Queue::new(queue_limits.0, queue_limits.1);
        let in_flight_max = u32::try_from(settings.asks_in_flight_max.max(1)).unwrap_or(u32::MAX);
        tallies.opened(peer.accepted);
        let link = Arc::new(Self {
            quinn,
            peer,
            opened: Instant::now(),
            pending: Pending::default(),
            inbox: Queue::new(queue_limits.0, queue_limits.1),
            quick: outgoing(),
            bulk: outgoing(),
            in_flight: Arc::new(Semaphore::new(in_flight_max as usize)),
            in_flight_max,
            end: watch::Sender::new(None),
            tallies,
            settings,
        });
        stream::spawn(&link, streams);
        tokio::spawn(Arc::clone(&link).keep(seat));
        link
    }

    /// Puts a frame into the queue of the stream it belongs on, if there is room.
    pub(crate) fn try_send(&self, kind: Kind, correlation: u64, payload: Bytes) -> Result<(), LinkError> {
        let outgoing = outgoing(kind, correlation, payload, None)?;
        self.stream_for(&outgoing).try_push(outgoing).map_err(|not_taken| match not_taken {
            NotTaken::Full(_) => LinkError::Full { addr: self.peer.addr },
            NotTaken::Closed(_) => self.end(),
        })
    }

    /// The same, waiting for room.
    pub(crate) async fn send(&self, kind: Kind, correlation: u64, payload: Bytes) -> Result<(), LinkError> {
        let outgoing = outgoing(kind, correlation, payload, None)?;
        self.stream_for(&outgoing).push(outgoing).await.map_err(|_| self.end())
    }

    /// Queues an answer or a refusal; it takes its ask's place with it.
    pub(crate) fn respond(&self, kind: Kind, correlation: u64, payload: Bytes, permit: OwnedSemaphorePermit) {
        let bytes = payload.len();
        let (kind, payload) = if bytes <= PAYLOAD_BYTES_MAX {
            (kind, payload)
        } else {
            let words = format!("the answer has {bytes} bytes, the limit is {PAYLOAD_BYTES_MAX}");
            (Kind::Refusal, Bytes::from(words))
        };
        let frame = Frame { kind, correlation, payload };
        let outgoing = Outgoing { frame, _permit: Some(permit) };
        // A connection that is gone has nobody to answer to. The permits bound how many answers can wait here.
        let _ = self.stream_for(&outgoing).push_anyway(outgoing);
    }

    /// Takes one frame of the other end; waits while too much is under way. `false` once the connection is over.
    pub(crate) async fn receive(self: &Arc<Self>, frame: Frame) -> bool {
        match frame.kind {
            Kind::Answer => self.pending.resolve(frame.correlation, Ok(frame.payload)),
            Kind::Refusal => {
                self.pending.resolve(frame.correlation, Err(closing::plain(&frame.payload)));
            }
            Kind::Tell => return self.inbox.push(Incoming::Tell(frame.payload)).await.is_ok(),
            Kind::Ask => return self.receive_ask(frame).await,
        }
        true
    }

    async fn receive_ask(self: &Arc<Self>, frame: Frame) -> bool {
        self.bulk.room().await;
        let permits = 1 + frame.payload.len() / ASK_BYTES_PER_PERMIT;
        let permits = u32::try_from(permits).unwrap_or(u32::MAX).min(self.in_flight_max);
        let Ok(permit) = Arc::clone(&self.in_flight).acquire_many_owned(permits).await else {
            return false;
        };
        let responder = Responder::new(Arc::clone(self), frame.correlation, permit);
        self.inbox.push(Incoming::Ask { payload: frame.payload, responder }).await.is_ok()
    }

    /// The other end sent what is no frame: where the next one starts is unknown, so the connection ends.
    pub(crate) fn malformed(&self, what: NotAFrame) {
        self.tallies.malformed_frame();
        let reason = what.to_string();
        self.shut(
            Close::Malformed,
            &reason,
            LinkError::Malformed { addr: self.peer.addr, reason: reason.clone() },
        );
    }

    /// Ends the connection from this side.
    pub(crate) fn close(&self, close: Close, reason: &str) {
        let error =
            LinkError::Closed { addr: self.peer.addr, reason: format!("this end closed it: {reason}") };
        self.shut(close, reason, error);
    }

    /// Why the connection ended. The first reason stands.
    pub(crate) fn end(&self) -> LinkError {
        let end = self.end.borrow().clone();
        end.unwrap_or_else(|| LinkError::Closed { addr: self.peer.addr, reason: "it is closing".into() })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.end.borrow().is_none()
    }

    pub(crate) async fn ended(&self) -> LinkError {
        let mut end = self.end.subscribe();
        // The sender lives in `self`, so this resolves with a reason.
        let _ = end.wait_for(Option::is_some).await;
        self.end()
    }

    fn shut(&self, close: Close, reason: &str, error: LinkError) {
        let first = self.end.send_if_modified(|end| {
            let first = end.is_none();
            if first {
                *end = Some(error);
            }
            first
        });
        if !first {
            return;
        }
        closing::close(&self.quinn, close, reason);
        self.in_flight.close();
        self.quick.clear();
        self.bulk.clear();
        self.inbox.close();
        self.pending.close();
    }

    fn stream_for(&self, outgoing: &Outgoing) -> &Queue<Outgoing> {
        if outgoing.frame.payload.len() > QUICK_PAYLOAD_BYTES_MAX { &self.bulk } else { &self.quick }
    }

    /// Notices whatever ends a connection: the network, its age, the other end's certificate.
    async fn keep<S>(self: Arc<Self>, seat: S) {
        let mut look = tokio::time::interval(self.settings.expiry_check);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let age = tokio::time::sleep_until(self.opened + self.settings.age_max);
        tokio::pin!(age);
        loop {
            tokio::select! {
                error = self.quinn.closed() => {
                    let error = closing::while_open(self.peer.addr, error);
                    if matches!(error, LinkError::Malformed { .. }) {
                        tracing::warn!(%error, "the other end could not read us");
                    }
                    self.shut(Close::Done, "", error);
                    break;
                }
                () = &mut age, if self.is_open() => self.close(Close::Aged, "it has reached its greatest age"),
                _ = look.tick(), if self.is_open() => self.check_expiry(),
            }
        }
        self.tallies.closed();
        drop(seat);
    }

    fn check_expiry(&self) {
        if self.settings.clock.now() > self.peer.identity.not_after {
            self.tallies.expired();
            self.close(Close::Expired, &format!("the certificate of {} has expired", self.peer.identity));
        }
    }
}

fn outgoing(
    kind: Kind,
    correlation: u64,
    payload: Bytes,
    permit: Option<OwnedSemaphorePermit>,
) -> Result<Outgoing, LinkError> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(LinkError::TooLong { bytes: payload.len(), bytes_max: PAYLOAD_BYTES_MAX });
    }
    Ok(Outgoing { frame: Frame { kind, correlation, payload }, _permit: permit })
}
