//! Anti-entropy (Dynamo §4.7), its first form: this node compares partitions with other owners and takes in what it lacks.
//! After a start, until its "not found" counts (rule P7); as a new owner, until it is complete; and once more with an old
//! copy before that goes (rule P14).
//!
//! Roots first, so that equal replicas cost a number each; then leaves, hashes, and only the records that differ. Each side
//! asks for itself. What a comparison is for, and what follows, is `membership/caught_up`'s and `transfer`'s to know. Not
//! here yet: comparing replicas on a schedule.

mod answer;
mod exchange;

use std::collections::BTreeMap;

use shared::id::NodeId;
use shared::level::Durability;
use shared::token::PartitionId;

use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Compare};
use crate::store::{Outcome, StoreFailure, StoreOp};
use crate::time::Instant;

use exchange::Exchange;

/// What a comparison awaits of the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Duty {
    /// Something for a comparison of our own.
    Own { exchange: OpId },
    /// A record that a comparison of our own took in.
    Merge { exchange: OpId },
    /// That everything is synced here that was found equal: what is only applied may still be lost.
    Barrier { equal: Equal },
    /// An answer to a peer's question.
    Answer { to: NodeId, op: OpId, about: About },
}

/// What a peer asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum About {
    /// Roots, with the peer's own; whether this node lacks data itself, and what it has no whole copy of.
    Roots { theirs: Vec<(PartitionId, u128)>, lacks_data: bool, absent: Vec<PartitionId> },
    /// Rows of differing leaves.
    Rows,
    /// Records.
    Records,
}

/// What a comparison is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// This node has started, and has to find out what it missed.
    CatchUp,
    /// This node is a new owner.
    Fill,
    /// The peer has an old copy that is to go.
    Verify,
}

/// A comparison that another room wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) peer: NodeId,
    pub(crate) partition: PartitionId,
    pub(crate) purpose: Purpose,
    /// The epoch of the partition that it is wanted in: what was found in another is no answer.
    pub(crate) epoch: u64,
}

/// What a comparison has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Equal {
    pub(crate) partition: PartitionId,
    pub(crate) peer: NodeId,
    pub(crate) purpose: Purpose,
    /// As in [`Want`]; zero after a start.
    pub(crate) epoch: u64,
}

/// How far a comparison of one partition is, for who watches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Course {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// All comparisons under way, at most one for the start with each peer.
#[derive(Debug, Default)]
pub(crate) struct AntiEntropy {
    exchanges: BTreeMap<OpId, Exchange>,
    /// What was taken in by transfers, and not yet reported.
    taken: Vec<(NodeId, PartitionId, Purpose, Course)>,
}

impl AntiEntropy {
    /// Begins comparisons that a start wants, and forgets those that do not move: who wants them wants them again.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let now = desk.now.monotonic;
        let retry_after_ms = desk.config.retry_after_ms;
        self.exchanges.retain(|_, exchange| {
            let moves = exchange.is_held() || now < exchange.moved.plus_ms(retry_after_ms);
            moves && view.members.is_not_down(exchange.peer)
        });
        let peers: Vec<NodeId> = view.members.liveness.up().collect();
        for peer in peers {
            let catches_up =
                |exchange: &Exchange| exchange.peer == peer && exchange.purpose == Purpose::CatchUp;
            if self.exchanges.values().any(catches_up) {
                continue;
            }
            let wanting = view.members.caught_up.wanting(peer, view.state());
            let partitions: Vec<PartitionId> = wanting.take(desk.config.compare_window * 16).collect();
            if !partitions.is_empty() {
                let exchange = Exchange::begin(desk, view, peer, Purpose::CatchUp, partitions);
                self.exchanges.insert(exchange.id, exchange);
            }
        }
    }

    /// Begins a comparison that another room wants, unless it is under way.
    pub(crate) fn begin(&mut self, desk: &mut Desk<'_>, view: View<'_>, want: Want) {
        if !self.is_under_way(want) {
            let exchange = Exchange::begin(desk, view, want.peer, want.purpose, vec![want.partition]);
            self.exchanges.insert(exchange.id, exchange.about(want));
        }
    }

    /// Whether a comparison is under way.
    pub(crate) fn is_under_way(&self, want: Want) -> bool {
        self.exchanges.values().any(|exchange| exchange.is_for(want))
    }

    /// Gives up comparisons that are of no more use.
    pub(crate) fn give_up(&mut self, is_useless: impl Fn(Want) -> bool) {
        self.exchanges.retain(|_, exchange| !exchange.want().is_some_and(&is_useless));
    }

    /// Lets transfers go on that wait for leave, in order, as long as `may_go` says so.
    pub(crate) fn release(&mut self, desk: &mut Desk<'_>, mut may_go: impl FnMut() -> bool) {
        for exchange in self.exchanges.values_mut().filter(|exchange| exchange.is_held()) {
            if !may_go() {
                break;
            }
            exchange.release(desk);
        }
    }

    /// What transfers have taken in since the last call, by peer and partition.
    pub(crate) fn taken(&mut self) -> Vec<(NodeId, PartitionId, Purpose, Course)> {
        for exchange in self.exchanges.values_mut() {
            if let Some(Want { peer, partition, purpose, .. }) = exchange.want() {
                let course = exchange.take_course();
                if course.records > 0 {
                    self.taken.push((peer, partition, purpose, course));
                }
            }
        }
        std::mem::take(&mut self.taken)
    }

    /// When this room next wants to look: when what does not move is begun again.
    pub(crate) fn deadline(&self, retry_after_ms: u64) -> Option<Instant> {
        let moving = self.exchanges.values().filter(|exchange| !exchange.is_held());
        moving.map(|exchange| exchange.moved.plus_ms(retry_after_ms)).min()
    }

    /// A peer asks, or answers.
    pub(crate) fn hear(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        from: NodeId,
        said: Compare,
        has_whole_copy: impl Fn(PartitionId) -> bool,
    ) -> Vec<Equal> {
        let Some(said) = answer::ask(desk, view, from, said, has_whole_copy) else { return Vec::new() };
        let op = said.op();
        let asked = |exchange: &&mut Exchange| exchange.peer == from && exchange.op == op;
        let Some(exchange) = self.exchanges.values_mut().find(asked) else { return Vec::new() };
        let id = exchange.id;
        let equal = exchange.hear(desk, view, said);
        self.sweep(id);
        synced_first(desk, view, equal)
    }

    /// The store has read for a comparison.
    pub(crate) fn applied(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        duty: Duty,
        outcome: Outcome,
    ) -> Vec<Equal> {
        match (duty, outcome) {
            (Duty::Answer { to, op, about }, Outcome::Query(found)) => {
                answer::found(desk, to, op, about, found);
                Vec::new()
            }
            (Duty::Own { exchange: id }, Outcome::Query(found)) => {
                let Some(exchange) = self.exchanges.get_mut(&id) else { return Vec::new() };
                let equal = exchange.found(desk, view, found);
                self.sweep(id);
                synced_first(desk, view, equal)
            }
            _ => Vec::new(),
        }
    }

    /// The store has synced a record that a comparison took in.
    pub(crate) fn synced(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        duty: &Duty,
        durability: Durability,
    ) -> Vec<Equal> {
        let &Duty::Merge { exchange: id } = duty else {
            return if let &Duty::Barrier { equal } = duty { vec![equal] } else { Vec::new() };
        };
        let Some(exchange) = self.exchanges.get_mut(&id) else { return Vec::new() };
        if durability < Durability::Synced {
            return Vec::new();
        }
        let equal = exchange.merged(desk, view);
        self.sweep(id);
        synced_first(desk, view, equal)
    }

    /// The store could not. Our own comparison is begun again later; a peer is told.
    ///
    /// A damaged record of our own does not hold the comparison up: it cannot be read, so it never counts as absent.
    pub(crate) fn failed(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        duty: Duty,
        failure: &StoreFailure,
    ) -> Vec<Equal> {
        match (duty, failure) {
            (duty @ Duty::Merge { .. }, StoreFailure::Damaged(_)) => {
                return self.synced(desk, view, &duty, Durability::Synced);
            }
            (Duty::Own { exchange } | Duty::Merge { exchange }, _) => {
                self.exchanges.remove(&exchange);
            }
            (Duty::Answer { to, op, .. }, failure) => {
                let reason = failure.to_string();
                desk.send(to, Body::Compare(Compare::Unable { op, reason }));
            }
            (Duty::Barrier { .. }, _) => {}
        }
        Vec::new()
    }

    /// Takes an ended comparison out; what it took in is still to be reported.
    fn sweep(&mut self, id: OpId) {
        if self.exchanges.get(&id).is_some_and(Exchange::is_over)
            && let Some(mut exchange) = self.exchanges.remove(&id)
            && let Some(Want { peer, partition, purpose, .. }) = exchange.want()
        {
            self.taken.push((peer, partition, purpose, exchange.take_course()));
        }
    }
}

/// What a start finds out is found out anew at the next one. What other nodes are told, and act on, must not be lost with the
/// power: rows that came in by another way, and are applied and not synced, were equal as well.
fn synced_first(desk: &mut Desk<'_>, view: View<'_>, equal: Vec<Equal>) -> Vec<Equal> {
    let (at_once, later): (Vec<Equal>, Vec<Equal>) =
        equal.into_iter().partition(|equal| equal.purpose == Purpose::CatchUp);
    for equal in later {
        let first = view.arc(equal.partition).first;
        let barrier = StoreOp::Barrier { partition: equal.partition, first };
        desk.store(barrier, Errand::Exchange(Duty::Barrier { equal }));
    }
    at_once
}
