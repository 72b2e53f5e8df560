//! What the other end wants: an ask, with the slip to answer it, or a message that wants no answer.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use shared::wire::frame::Kind;
use tokio::sync::OwnedSemaphorePermit;

use crate::link::Link;
use crate::queue::Weigh;

/// One message of the other end.
#[derive(Debug)]
pub enum Incoming {
    /// It waits for an answer.
    Ask {
        /// What it asks.
        payload: Bytes,
        /// Where the answer goes.
        responder: Responder,
    },
    /// It waits for nothing.
    Tell(Bytes),
}

impl Weigh for Incoming {
    fn bytes(&self) -> usize {
        match self {
            Self::Ask { payload, .. } | Self::Tell(payload) => payload.len(),
        }
    }
}

/// The way back for one answer. Dropping it unused tells the other end so.
pub struct Responder {
    link: Arc<Link>,
    correlation: u64,
    // Held until the answer is written; `None` once it is on its way.
    permit: Option<OwnedSemaphorePermit>,
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").field("correlation", &self.correlation).finish_non_exhaustive()
    }
}

impl Responder {
    pub(crate) fn new(link: Arc<Link>, correlation: u64, permit: OwnedSemaphorePermit) -> Self {
        Self { link, correlation, permit: Some(permit) }
    }

    /// Answers. Never waits; on a connection that is gone it does nothing.
    pub fn answer(mut self, payload: Bytes) {
        self.respond(Kind::Answer, payload);
    }

    /// Says in words why there will be no answer; the asker sees [`crate::LinkError::Declined`].
    pub fn refuse(mut self, why: &str) {
        self.respond(Kind::Refusal, Bytes::copy_from_slice(why.as_bytes()));
    }

    fn respond(&mut self, kind: Kind, payload: Bytes) {
        if let Some(permit) = self.permit.take() {
            self.link.respond(kind, self.correlation, payload, permit);
        }
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.respond(Kind::Refusal, Bytes::from_static(b"the request was dropped without an answer"));
    }
}
