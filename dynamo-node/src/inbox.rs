//! Inbox: everything that happens to the node on its way to the runtime.
//!
//! Three queues, so that what is under way is never kept waiting by what is new: the store's completions and the links
//! (unbounded: each answers something that was asked), other nodes' envelopes and callers' requests (both bounded: who
//! sends too much is not read from).

use std::net::SocketAddr;

use dynamo_core::message::Envelope;
use dynamo_transport::{Connection, Responder};
use shared::id::NodeId;
use shared::wire::admin::Admin;
use shared::wire::client::Request;
use shared::wire::look::Look;
use shared::wire::plan::Author;
use tokio::sync::mpsc::{self, Receiver, Sender, UnboundedReceiver, UnboundedSender};

use crate::audit::Asked;
use crate::store::Completion;

/// Most inputs that are told to the core before its effects are performed.
pub(crate) const BATCH_MAX: usize = 256;

/// Envelopes of other nodes that wait for the core.
const SAID_MAX: usize = 4096;

/// Requests that wait for the core. How many may be under way inside it is its own limit.
const CALLS_MAX: usize = 1024;

/// One thing that happened, and where its answer goes.
#[derive(Debug)]
pub(crate) enum Happened {
    /// The store has done something, or not.
    Completed(Completion),
    /// A dial has succeeded.
    Linked { node: NodeId, connection: Connection },
    /// That connection is lost.
    Unlinked(NodeId),
    /// A node has connected to this one.
    Called(NodeId),
    /// At the address of a seed that node answers.
    Found { node: NodeId, address: SocketAddr },
    /// Another node says something; it was checked that it says it in its own name, and to this node.
    Said(Envelope),
    /// Somebody asks.
    Asked(Ask, Responder),
    /// No more is to be taken on: what is under way is finished, then the runtime ends.
    Stop,
}

/// What is asked, by plane.
#[derive(Debug)]
pub(crate) enum Ask {
    Client(Request),
    Look(Look),
    /// It is written down already.
    Admin(Author, Admin, Asked),
}

/// Where things that happened are handed in. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Doors {
    /// For what answers something that was asked for.
    pub(crate) done: UnboundedSender<Happened>,
    /// For what other nodes say.
    pub(crate) said: Sender<Happened>,
    /// For what callers ask.
    pub(crate) calls: Sender<Happened>,
}

/// The other side of the [`Doors`].
#[derive(Debug)]
pub(crate) struct Inbox {
    done: UnboundedReceiver<Happened>,
    said: Receiver<Happened>,
    calls: Receiver<Happened>,
}

pub(crate) fn doors() -> (Doors, Inbox) {
    let (done, done_inbox) = mpsc::unbounded_channel();
    let (said, said_inbox) = mpsc::channel(SAID_MAX);
    let (calls, calls_inbox) = mpsc::channel(CALLS_MAX);
    (Doors { done, said, calls }, Inbox { done: done_inbox, said: said_inbox, calls: calls_inbox })
}

impl Inbox {
    /// Whether no request waits.
    pub(crate) fn has_no_calls(&self) -> bool {
        self.calls.is_empty()
    }

    /// Waits for the first thing that happened. `None` once nobody can hand anything in.
    pub(crate) async fn first(&mut self) -> Option<Happened> {
        tokio::select! {
            biased;
            happened = self.done.recv() => happened,
            happened = self.said.recv() => happened,
            happened = self.calls.recv() => happened,
        }
    }

    /// Takes what else is there. Each queue has its turn, so that none starves.
    pub(crate) fn rest(&mut self, batch: &mut Vec<Happened>) {
        while batch.len() < BATCH_MAX {
            let before = batch.len();
            batch.extend(self.done.try_recv().ok());
            batch.extend(self.said.try_recv().ok());
            batch.extend(self.calls.try_recv().ok());
            if batch.len() == before {
                break;
            }
        }
    }
}
