//! What the store has done, on its way to the room that asked for it.

use shared::level::Durability;

use super::{Desk, Duty, Effects, Errand, Failure, Node, Notice, Now, Reply, Ticket, View, desk, look, view};
use crate::message::Body;
use crate::state::consensus::Consensus;
use crate::store::{Found, Outcome, StoreFailure};

impl Node {
    pub(super) fn applied(&mut self, now: Now, ticket: Ticket, outcome: Outcome, effects: &mut Effects) {
        let is_read = matches!(outcome, Outcome::Query(_));
        let errand = if is_read { self.errands.remove(&ticket) } else { self.errands.get(&ticket).cloned() };
        self.learn_own_actor(&outcome);
        let (Some(errand), Some(view)) = (errand, view!(self)) else { return };
        let mut desk = desk!(self, now, effects);
        match (errand, outcome) {
            (Errand::Coordinator(op), outcome) => self.coordinator.applied(&mut desk, view, op, outcome),
            (Errand::Replica(duty), outcome) => crate::replica::applied(&mut desk, &duty, outcome),
            (Errand::Handoff(duty), outcome) => self.hints.applied(&mut desk, view, duty, outcome),
            (Errand::Exchange(duty), outcome) => {
                let equal = self.anti_entropy.applied(&mut desk, view, duty, outcome);
                self.compared(now, equal, effects);
            }
            (Errand::Sweep(partition), Outcome::Swept(swept)) => {
                self.transfers.swept(&mut desk, view, partition, Some(swept));
            }
            (Errand::Leftovers(partitions), Outcome::Query(Found::Roots(roots))) => {
                self.transfers.found(&desk, view, &partitions, &roots);
                self.move_partitions(now, effects);
            }
            (Errand::Look(call), Outcome::Query(Found::HintedOwners(hints))) => {
                look::status(&mut desk, view, call, self.started, &hints);
            }
            _ => {}
        }
    }

    pub(super) fn synced(&mut self, now: Now, ticket: Ticket, durability: Durability, effects: &mut Effects) {
        let Some(errand) = self.errands.remove(&ticket) else { return };
        if let Errand::Keep(duty) = errand {
            return self.kept(now, *duty, effects);
        }
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        match errand {
            Errand::Coordinator(op) => self.coordinator.synced(&mut desk, view, op, durability),
            Errand::Replica(duty) => crate::replica::synced(&mut desk, &duty, durability),
            Errand::Handoff(duty) => self.hints.synced(&mut desk, view, &duty, durability),
            Errand::Exchange(duty) => {
                let equal = self.anti_entropy.synced(&mut desk, view, &duty, durability);
                self.compared(now, equal, effects);
            }
            _ => {}
        }
    }

    pub(super) fn failed(&mut self, now: Now, ticket: Ticket, failure: StoreFailure, effects: &mut Effects) {
        let Some(errand) = self.errands.remove(&ticket) else { return };
        let mut desk = desk!(self, now, effects);
        desk.counters.damaged_records += u64::from(matches!(failure, StoreFailure::Damaged(_)));
        match (errand, view!(self)) {
            (Errand::Coordinator(op), Some(view)) => self.coordinator.failed(&mut desk, view, op, failure),
            (Errand::Replica(duty), _) => crate::replica::failed(&mut desk, &duty, &failure),
            (Errand::Handoff(duty), _) => self.hints.failed(&duty),
            (Errand::Exchange(duty), Some(view)) => {
                let equal = self.anti_entropy.failed(&mut desk, view, duty, &failure);
                self.compared(now, equal, effects);
            }
            (Errand::Sweep(partition), Some(view)) => {
                self.transfers.swept(&mut desk, view, partition, None);
            }
            (Errand::Leftovers(_), Some(view)) => self.transfers.not_found(&mut desk, view),
            (Errand::Look(call), _) => {
                let failure = Failure::StoreFailed { node: desk.name(), reason: failure.to_string() };
                desk.reply(call, Reply::Look(Err(failure)));
            }
            (Errand::Keep(_), _) => {
                let what = "what this node knows of the cluster could not be stored";
                desk.publish(Notice::Warning(format!("{what}: {failure}")));
            }
            _ => {}
        }
    }

    /// What was to be kept is kept, and may be told.
    fn kept(&mut self, now: Now, duty: Duty, effects: &mut Effects) {
        match duty {
            Duty::Nothing => {}
            Duty::Vote { to, answer } => {
                desk!(self, now, effects).send(to, Body::Consensus(Consensus::Answer(answer)));
            }
            Duty::Adopt { declared, origin } => self.adopted(now, declared, origin, effects),
        }
    }

    fn learn_own_actor(&mut self, outcome: &Outcome) {
        if let Outcome::Lane(effected) = outcome
            && let Some(dot) = effected.minted
        {
            self.actors.learn(self.me.node, dot.actor);
        }
    }
}
