//! Input: everything that can happen to a node.

use shared::id::NodeId;
use shared::level::Durability;
use shared::wire::admin::Admin;
use shared::wire::client::Request;
use shared::wire::look::Look;
use shared::wire::plan::Author;

use crate::ids::CallId;
use crate::membership::load::Load;
use crate::message::Envelope;
use crate::store::{Outcome, StoreFailure, Ticket};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A client asks.
    Client(CallId, Request),
    /// An onlooker asks.
    Look(CallId, Look),
    /// An administrator asks, who is known by the certificate.
    Admin(CallId, Author, Admin),
    /// Another node says something.
    Peer(Envelope),
    /// The store has done it: reads see it, other replicas may be told.
    Applied(Ticket, Outcome),
    /// It has reached this durability: it counts.
    Synced(Ticket, Durability),
    /// The store has not done it, and has changed nothing.
    Failed(Ticket, StoreFailure),
    /// A link to another node stands.
    Linked(NodeId),
    /// It is lost; what was sent may or may not have arrived.
    Unlinked(NodeId),
    /// What the store holds, and what room it has; told now and then.
    Load(Load),
    /// Time has passed.
    Tick,
}
