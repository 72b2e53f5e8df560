//! Desk: what every room has at hand while it handles one input: the time, names, and where effects go.
//!
//! Rooms change their own state and push effects here; they never call each other.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::error::Failure;
use shared::id::{Boot, NodeId};
use shared::token::PartitionId;
use shared::wire::client::{Answer, Response};
use shared::wire::look::Counters;

use crate::config::Config;
use crate::durable::Me;
use crate::effect::{Effect, Effects, Notice, Reply};
use crate::entropy::Entropy;
use crate::ids::{CallId, Ids, OpId};
use crate::membership::Members;
use crate::message::{Body, Envelope};
use crate::ring::preference::PreferenceList;
use crate::row::Row;
use crate::state::{ClusterState, Declared};
use crate::store::query::Arc128;
use crate::store::{LaneOp, OpKind, Query, StoreOp, Ticket};
use crate::time::Now;
use crate::version::directory::ActorDirectory;

/// Which room waits for a ticket's completions, and for what.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Errand {
    /// The coordinator, for one of its operations.
    Coordinator(OpId),
    /// The replica, for something that another node asked of it.
    Replica(crate::replica::Duty),
    /// The hand-off of hints.
    Handoff(crate::hint::Duty),
    /// The comparison of replicas.
    Exchange(crate::anti_entropy::Duty),
    /// The adoption of a declared state.
    Adopt(crate::admin::Duty),
    /// The answer to an onlooker.
    Look(CallId),
    /// Nobody: a repair, or a hint that no client waits for.
    Nobody,
}

/// Who asked for an operation, and is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A client of this node.
    Client(CallId),
    /// Another node, for a client of its own.
    Node(NodeId, OpId),
}

/// What a room has at hand.
pub(crate) struct Desk<'a> {
    pub(crate) now: Now,
    pub(crate) me: &'a Me,
    pub(crate) boot: Boot,
    pub(crate) config: &'a Config,
    pub(crate) ids: &'a mut Ids,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) errands: &'a mut BTreeMap<Ticket, Errand>,
    pub(crate) counters: &'a mut Counters,
    pub(crate) effects: &'a mut Effects,
}

impl Desk<'_> {
    /// Says something to another node.
    pub(crate) fn send(&mut self, to: NodeId, body: Body) {
        let envelope = Envelope { from: self.me.node, boot: self.boot, to, body };
        self.effects.push(Effect::Send(envelope));
    }

    /// Gives something to the store; its completions go to the errand's room.
    pub(crate) fn store(&mut self, op: StoreOp, errand: Errand) {
        let ticket = self.ids.ticket();
        self.errands.insert(ticket, errand);
        self.effects.push(Effect::Store(ticket, op));
    }

    /// Gives a read to the store.
    pub(crate) fn query(&mut self, query: Query, errand: Errand) {
        self.store(StoreOp::Query(query), errand);
    }

    /// Gives a read-merge-write of one row to the store.
    pub(crate) fn lane(&mut self, op: LaneOp, errand: Errand) {
        self.store(StoreOp::Lane(op), errand);
    }

    /// Answers a client's request, here or at the node that forwarded it.
    pub(crate) fn answer(&mut self, caller: Caller, state_version: u64, result: Result<Answer, Failure>) {
        if let Err(failure) = &result {
            self.counters.failures += 1;
            let is_refusal = matches!(
                failure,
                Failure::Malformed { .. }
                    | Failure::UnknownBucket
                    | Failure::ValueTooLong { .. }
                    | Failure::BadQuorum { .. }
                    | Failure::ContextForged
                    | Failure::ContextForeign
            );
            self.counters.refused_requests += u64::from(is_refusal);
        }
        let response = Response { state_version, result };
        match caller {
            Caller::Client(call) => self.reply(call, Reply::Client(response)),
            Caller::Node(node, op) => self.send(node, Body::Forwarded { op, response }),
        }
    }

    /// Answers a call.
    pub(crate) fn reply(&mut self, call: CallId, reply: Reply) {
        self.effects.push(Effect::Reply(call, reply));
    }

    /// Tells whoever watches.
    pub(crate) fn publish(&mut self, notice: Notice) {
        self.effects.push(Effect::Publish(notice));
    }

    /// This node's name, for failures.
    pub(crate) fn name(&self) -> String {
        self.me.name.to_string()
    }
}

/// What a room may see of the cluster: what is declared, and what this node observes.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) declared: &'a Arc<Declared>,
    pub(crate) members: &'a Members,
    pub(crate) actors: &'a ActorDirectory,
}

impl<'a> View<'a> {
    /// The declared state.
    pub(crate) fn state(&self) -> &'a ClusterState {
        &self.declared.state
    }

    /// The partition of a row.
    pub(crate) fn partition_of(&self, row: &Row) -> PartitionId {
        self.state().partitions.of(row.token())
    }

    /// Whom to ask for a row, in order.
    pub(crate) fn preference_list(&self, row: &Row) -> PreferenceList {
        let state = self.state();
        PreferenceList::of(&state.ring, self.partition_of(row), state.members.len())
    }

    /// The arc of a partition.
    pub(crate) fn arc(&self, partition: PartitionId) -> Arc128 {
        let partitions = self.state().partitions;
        Arc128 { first: partitions.first_token(partition), last: partitions.last_token(partition) }
    }

    /// Whether a node owns a row.
    pub(crate) fn is_owner(&self, row: &Row, node: NodeId) -> bool {
        self.state().ring.is_owner(self.partition_of(row), node)
    }

    /// An operation on a row, always synced.
    pub(crate) fn synced(&self, row: Row, kind: OpKind) -> LaneOp {
        LaneOp {
            partition: self.partition_of(&row),
            row,
            durability: shared::level::Durability::Synced,
            kind,
        }
    }
}
