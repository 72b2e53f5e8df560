//! Desk: what every room has at hand while it handles one input: the time, names, and where effects go.
//!
//! Rooms change their own state and push effects here; they never call each other.

use std::collections::{BTreeMap, VecDeque};
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
use crate::measure::Measure;
use crate::membership::Members;
use crate::message::{Body, Envelope};
use crate::ring::phase::Placed;
use crate::ring::preference::PreferenceList;
use crate::row::Row;
use crate::state::consensus::Base;
use crate::state::{ClusterState, Declared, Edition, keeper};
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
    /// The keeper of what this node knows of itself.
    Keep(Box<keeper::Duty>),
    /// The giving up of an old copy.
    Sweep(PartitionId),
    /// What lies here of partitions that are held by others.
    Leftovers(Vec<PartitionId>),
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
    /// The version that is in force here.
    pub(crate) edition: Option<Edition>,
    pub(crate) config: &'a Config,
    pub(crate) ids: &'a mut Ids,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) errands: &'a mut BTreeMap<Ticket, Errand>,
    pub(crate) counters: &'a mut Counters,
    pub(crate) effects: &'a mut Effects,
    /// What this node says to itself: heard when the input is dealt with.
    pub(crate) own: &'a mut VecDeque<Body>,
}

impl Desk<'_> {
    /// Says something to another node, or to itself.
    pub(crate) fn send(&mut self, to: NodeId, body: Body) {
        if to == self.me.node {
            return self.own.push_back(body);
        }
        let envelope = Envelope { from: self.me.node, boot: self.boot, to, edition: self.edition, body };
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

    /// Has something counted.
    pub(crate) fn measure(&mut self, measure: Measure) {
        self.effects.push(Effect::Measure(measure));
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
    /// The same as consensus names it.
    pub(crate) base: Base,
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

    /// Where the partition of a row is, and where it is going.
    pub(crate) fn placed(&self, row: &Row) -> Placed<'a> {
        self.state().placed(self.partition_of(row))
    }

    /// Whom to ask for a row, in order.
    pub(crate) fn preference_list(&self, row: &Row) -> PreferenceList {
        let state = self.state();
        let partition = self.partition_of(row);
        PreferenceList::of(&state.placed(partition), partition, state.members.len())
    }

    /// The arc of a partition.
    pub(crate) fn arc(&self, partition: PartitionId) -> Arc128 {
        let partitions = self.state().partitions;
        Arc128 { first: partitions.first_token(partition), last: partitions.last_token(partition) }
    }

    /// Whether a node takes writes of a row.
    pub(crate) fn is_holder(&self, row: &Row, node: NodeId) -> bool {
        self.placed(row).is_holder(node)
    }

    /// The version of the declared state that a node is known to have stored, in this line; zero: unknown.
    pub(crate) fn version_of(&self, node: NodeId) -> u64 {
        let state = self.state();
        if node == self.members.me {
            return state.version;
        }
        let heard = self.members.liveness.edition_of(node);
        heard.filter(|edition| edition.lineage == state.lineage).map_or(0, |edition| edition.version)
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
