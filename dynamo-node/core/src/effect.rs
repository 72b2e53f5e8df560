//! Effect: everything that a node can ask of the world.

use std::net::SocketAddr;

use shared::id::NodeId;
use shared::wire::admin::AdminResult;
use shared::wire::client::Response;
use shared::wire::look::{Liveness, LookResult};

use crate::ids::CallId;
use crate::measure::Measure;
use crate::message::Envelope;
use crate::store::{StoreOp, Ticket};

/// One thing to do. Effects are to be begun in the order in which they were pushed.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Learn where a node can be reached that no declared state names yet.
    Introduce(NodeId, SocketAddr),
    /// Send it, if a link stands; losing it is allowed.
    Send(Envelope),
    /// Give it to the store.
    Store(Ticket, StoreOp),
    /// Answer a call.
    Reply(CallId, Reply),
    /// Tell whoever watches.
    Publish(Notice),
    /// Count it.
    Measure(Measure),
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To a client.
    Client(Response),
    /// To an onlooker. What only the store knows is filled in by whoever holds the store.
    Look(LookResult),
    /// To an administrator.
    Admin(AdminResult),
}

/// What is worth a line in the log.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A version of the declared state is in force here.
    Adopted {
        /// Which.
        version: u64,
    },
    /// Another node has a state of another lineage, or another of the same version: it was not taken.
    Forked {
        /// Who.
        node: NodeId,
    },
    /// This node sees another differently.
    Liveness {
        /// Whom.
        node: NodeId,
        /// How.
        liveness: Liveness,
    },
    /// Every partition held here has been compared; "not found" counts.
    Compared,
    /// All hints for a node were delivered.
    HandoffDone {
        /// For whom.
        node: NodeId,
    },
    /// This node was told that it is no member any more.
    Left,
    /// The operation that would have made this node a full member was taken back: it waits again.
    Dismissed,
    /// Something is wrong that a person should know, in words.
    Warning(String),
}

/// What one input made necessary, in order.
#[derive(Debug, Default)]
pub struct Effects(Vec<Effect>);

impl Effects {
    /// Adds one.
    pub fn push(&mut self, effect: Effect) {
        self.0.push(effect);
    }

    /// Takes all of them out.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.0.drain(..)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
