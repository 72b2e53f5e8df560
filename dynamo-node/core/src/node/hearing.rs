//! What other nodes say, and what this node says to itself, on its way to the rooms.

use shared::id::{Boot, NodeId};

use super::{
    Body, Caller, Desk, Duty, Effects, Known, Node, Now, View, base_of, desk, hints_left, known, view,
};
use crate::durable::Farewell;
use crate::message::{Delta, Digest, Envelope, Founding as FoundingSaid, Transfer};
use crate::replica;
use crate::state::consensus::{Consensus, acceptor};
use crate::state::gossip;
use crate::state::keeper::Origin;

impl Node {
    pub(super) fn peer(&mut self, now: Now, envelope: Envelope, effects: &mut Effects) {
        let Envelope { from, boot, to, edition, body } = envelope;
        if to != self.me.node || from == self.me.node {
            return;
        }
        let mut desk = desk!(self, now, effects);
        let is_back = self.members.liveness.heard(from, boot, edition, &mut desk);
        if let Some(edition) = edition.filter(|_| !self.has_left) {
            self.gossip.catch_up(&mut desk, known!(self), &self.members, from, edition);
        }
        if is_back {
            self.returned(now, from, effects);
        }
        match body {
            Body::Ping => desk!(self, now, effects).send(from, Body::Pong),
            Body::Pong => {}
            Body::Founding(said) => self.hear_founding(now, from, said, effects),
            Body::Digest(digest) => self.hear_digest(now, from, &digest, effects),
            Body::Delta(delta) => self.hear_delta(now, delta, effects),
            Body::Farewell { version, for_good } => self.hear_farewell(now, version, for_good, effects),
            body => self.hear_as_member(now, from, body, effects),
        }
    }

    /// What this node has said to itself: it is a voter like the others.
    pub(super) fn hear_oneself(&mut self, now: Now, effects: &mut Effects) {
        while let Some(body) = self.own.pop_front() {
            self.hear_as_member(now, self.me.node, body, effects);
        }
    }

    fn hear_digest(&mut self, now: Now, from: NodeId, digest: &Digest, effects: &mut Effects) {
        if self.has_left {
            return;
        }
        let mut desk = desk!(self, now, effects);
        gossip::hear_digest(&mut desk, from, digest, known!(self), &mut self.members);
        self.count_on_from(now, digest.your_boot, effects);
    }

    /// Others have heard of a later start of this node: its store was wiped or restored, and its count with it (invariant M4).
    fn count_on_from(&mut self, now: Now, heard_of: Boot, effects: &mut Effects) {
        if heard_of > self.boot {
            self.boot = heard_of.next();
            let boot = self.boot;
            self.keeper.change(&mut desk!(self, now, effects), |kept| kept.boot = boot, Duty::Nothing);
        }
    }

    fn hear_delta(&mut self, now: Now, delta: Delta, effects: &mut Effects) {
        for (node, of_node) in delta.actors {
            of_node.into_iter().for_each(|actor| self.actors.learn(node, actor));
        }
        if self.has_left || (self.declared.is_none() && self.founding.is_promised(now.monotonic)) {
            return;
        }
        if delta.declared.is_none() {
            return;
        }
        // What is on its way to the disk counts as had: versions are adopted in order.
        let submitted = self.keeper.submitted().map(|kept| &kept.declared);
        let had = submitted.map(|declared| (declared, base_of(declared)));
        let dismissed_at = self.keeper.dismissed_at().unwrap_or(0);
        let believed = delta.declared.filter(|declared| declared.state.version > dismissed_at);
        if let Some(newer) = gossip::newer_in(&self.me, believed, had) {
            let lacks_data = self.lacks_data_under(&newer);
            let mut desk = desk!(self, now, effects);
            self.keeper.adopt(&mut desk, newer, lacks_data, Origin::Decided);
        }
    }

    /// A member says that this node is none any more. Believed if it has a later version than ours.
    fn hear_farewell(&mut self, now: Now, version: u64, for_good: bool, effects: &mut Effects) {
        let how = if for_good { Farewell::Left } else { Farewell::Dismissed { version } };
        let known = self.declared.as_ref().map(|declared| declared.state.version);
        let is_later = known.is_none_or(|known| version > known);
        let says_something = known.is_some() || for_good;
        if is_later && says_something && !self.has_left {
            self.part(now, how, effects);
        }
    }

    fn hear_founding(&mut self, now: Now, from: NodeId, said: FoundingSaid, effects: &mut Effects) {
        let declared = self.declared.clone();
        let mut desk = desk!(self, now, effects);
        self.founding.hear(&mut desk, &mut self.keeper, from, said, declared.as_deref());
    }

    /// What only members say to members; a node that waits for its cluster has no answer.
    fn hear_as_member(&mut self, now: Now, from: NodeId, body: Body, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        if !view.state().members.contains_key(&from) {
            return;
        }
        let mut desk = desk!(self, now, effects);
        match body {
            Body::Replicate(asked) => replica::take(&mut desk, view, from, asked),
            Body::Read { op, row, epoch, known } => {
                replica::read(&mut desk, view, from, replica::Asked { op, row, epoch, known });
            }
            Body::Forward { op, request } => {
                self.coordinator.begin(&mut desk, view, Caller::Node(from, op), request);
            }
            Body::Stored { op, durability, .. }
                if self.hints.stored(&mut desk, view, from, op, durability) => {}
            Body::AskHints => self.hints.asked_by(&mut desk, from),
            Body::HintsHeld { count } => {
                if count == 0 {
                    self.members.caught_up.no_hints_at(from);
                }
                self.settle(now, effects);
            }
            Body::Compare(said) => {
                let (transfers, me) = (&self.transfers, self.me.node);
                let has_whole_copy = |partition| transfers.has_whole_copy(view.state(), me, partition);
                let equal = self.anti_entropy.hear(&mut desk, view, from, said, has_whole_copy);
                self.compared(now, equal, effects);
            }
            Body::Consensus(said) => self.hear_vote(now, from, said, effects),
            Body::Transfer(said) => self.hear_transfer(now, from, said, effects),
            body => self.coordinator.hear(&mut desk, view, from, body),
        }
    }

    fn hear_vote(&mut self, now: Now, from: NodeId, said: Consensus, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        let Consensus::Answer(answer) = said else {
            return acceptor::hear(&mut desk, &mut self.keeper, Some(view.base), from, said);
        };
        let decision = self.agenda.hear(&mut desk, view, from, answer);
        if let Some(declared) = decision {
            if declared.state.members.contains_key(&self.me.node) {
                let lacks_data = self.members.caught_up.lacks_data();
                self.keeper.adopt(&mut desk, declared, lacks_data, Origin::Decided);
            } else {
                let (state, me) = (&declared.state, self.me.node);
                let dismissed = Farewell::Dismissed { version: state.version };
                let how = if state.left.contains_key(&me) { Farewell::Left } else { dismissed };
                self.part(now, how, effects);
            }
        }
        self.put_to_the_vote(now, effects);
    }

    fn hear_transfer(&mut self, now: Now, from: NodeId, said: Transfer, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        match said {
            Transfer::Ask => {
                let hints = hints_left(&self.hints, &self.coordinator);
                let progress = self.transfers.progress(view, hints);
                desk.send(from, Body::Transfer(Transfer::Progress(progress)));
            }
            Transfer::Progress(progress) => self.conductor.hear(view, from, progress),
            Transfer::Verify { op, partition } => {
                self.transfers.verify_for(&desk, view, from, op, partition);
                self.move_partitions(now, effects);
            }
            Transfer::Verified { op } => {
                self.transfers.verified(from, op);
                self.move_partitions(now, effects);
            }
        }
    }
}
