//! Anti-entropy (Dynamo §4.7), its first form: after a start, this node compares its partitions with other owners and
//! takes in what it lacks, until its "not found" counts (rule P7).
//!
//! Roots first, so that equal replicas cost a number each; then leaves, hashes, and only the records that differ. Each side
//! asks for itself. Not here yet: comparing replicas on a schedule.

mod answer;
mod exchange;

use std::collections::BTreeMap;

use shared::id::NodeId;
use shared::level::Durability;
use shared::token::PartitionId;

use crate::desk::{Desk, View};
use crate::ids::OpId;
use crate::message::{Body, Compare};
use crate::store::{Outcome, StoreFailure};
use crate::time::Instant;

use exchange::Exchange;

/// What a comparison awaits of the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Duty {
    /// Something for our own comparison with a peer.
    Own { peer: NodeId, exchange: OpId },
    /// A record that our own comparison took in.
    Merge { peer: NodeId, exchange: OpId },
    /// An answer to a peer's question.
    Answer { to: NodeId, op: OpId, about: About },
}

/// What a peer asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum About {
    /// Roots, with the peer's own; and whether this node lacks data itself.
    Roots { theirs: Vec<(PartitionId, u128)>, lacks_data: bool },
    /// Rows of differing leaves.
    Rows,
    /// Records.
    Records,
}

/// What a comparison has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Equal {
    pub(crate) partition: PartitionId,
    pub(crate) peer: NodeId,
}

/// All comparisons under way, at most one with each peer.
#[derive(Debug, Default)]
pub(crate) struct AntiEntropy {
    exchanges: BTreeMap<NodeId, Exchange>,
}

impl AntiEntropy {
    /// Begins comparisons that are wanted, and begins again those that do not move.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let now = desk.now.monotonic;
        let retry_after_ms = desk.config.retry_after_ms;
        self.exchanges.retain(|&peer, exchange| {
            view.members.is_up(peer) && now < exchange.moved.plus_ms(retry_after_ms)
        });
        let peers: Vec<NodeId> = view.members.liveness.up().collect();
        for peer in peers {
            if self.exchanges.contains_key(&peer) {
                continue;
            }
            let wanting = view.members.caught_up.wanting(peer, view.state());
            let partitions: Vec<PartitionId> = wanting.take(desk.config.compare_window * 16).collect();
            if !partitions.is_empty() {
                self.exchanges.insert(peer, Exchange::begin(desk, view, peer, partitions));
            }
        }
    }

    /// When this room next wants to look: when what does not move is begun again.
    pub(crate) fn deadline(&self, retry_after_ms: u64) -> Option<Instant> {
        self.exchanges.values().map(|exchange| exchange.moved.plus_ms(retry_after_ms)).min()
    }

    /// A peer asks, or answers.
    pub(crate) fn hear(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        from: NodeId,
        said: Compare,
    ) -> Vec<Equal> {
        if let Some(said) = answer::ask(desk, view, from, said)
            && let Some(exchange) = self.exchanges.get_mut(&from)
        {
            let equal = exchange.hear(desk, view, said);
            self.sweep(from);
            return equal;
        }
        Vec::new()
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
            (Duty::Own { peer, exchange }, Outcome::Query(found)) => {
                let Some(exchange) = self.begun(peer, exchange) else { return Vec::new() };
                let equal = exchange.found(desk, view, found);
                self.sweep(peer);
                equal
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
        let &Duty::Merge { peer, exchange } = duty else { return Vec::new() };
        let Some(exchange) = self.begun(peer, exchange) else { return Vec::new() };
        if durability < Durability::Synced {
            return Vec::new();
        }
        let equal = exchange.merged(desk, view);
        self.sweep(peer);
        equal
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
            (Duty::Own { peer, exchange } | Duty::Merge { peer, exchange }, _) => {
                if self.begun(peer, exchange).is_some() {
                    self.exchanges.remove(&peer);
                }
            }
            (Duty::Answer { to, op, .. }, failure) => {
                let reason = failure.to_string();
                desk.send(to, Body::Compare(Compare::Unable { op, reason }));
            }
        }
        Vec::new()
    }

    /// The comparison with a peer that an errand was for, unless it was begun again since.
    fn begun(&mut self, peer: NodeId, exchange: OpId) -> Option<&mut Exchange> {
        self.exchanges.get_mut(&peer).filter(|begun| begun.id == exchange)
    }

    fn sweep(&mut self, peer: NodeId) {
        if self.exchanges.get(&peer).is_some_and(Exchange::is_over) {
            self.exchanges.remove(&peer);
        }
    }
}
