//! What a version of the declared state means for this node: at its start, when another one is in force, when it is a member no
//! more.

use super::{
    Agenda, AntiEntropy, Arc, CaughtUp, Conductor, Declared, Desk, Duty, Effects, Errand, Hints,
    LivenessTable, Node, Notice, Now, Transfers, View, base_of, desk, view,
};
use crate::durable::{Farewell, Kept};
use crate::effect::Effect;
use crate::message::{Body, Founding as FoundingSaid};
use crate::state::keeper::Origin;

impl Node {
    /// Starts with what was kept.
    pub(super) fn start_with(&mut self, now: Now, kept: Kept, lost_now: bool, effects: &mut Effects) {
        let lacks_data = kept.lacks_data || lost_now;
        self.members.caught_up.begin(&kept.declared.state, self.me.node, lacks_data);
        if self.has_left {
            self.declared = Some(kept.declared);
            return effects.push(Effect::Publish(Notice::Left));
        }
        self.enter(now, kept.declared, effects);
        let mut desk = desk!(self, now, effects);
        if lost_now {
            self.keeper.change(&mut desk, |kept| kept.lacks_data = true, Duty::Nothing);
        }
        self.hints.look(&mut desk);
        if let Some(view) = view!(self) {
            self.transfers.search(&mut desk!(self, now, effects), view);
        }
        self.tick(now, effects);
    }

    /// Whether the store lacks what it would hold under a state: it does already; or this node is a member that holds
    /// partitions, and knows of none, so that it was wiped.
    pub(super) fn lacks_data_under(&self, newer: &Declared) -> bool {
        match self.keeper.submitted() {
            None => newer.state.answered_by(self.me.node).next().is_some(),
            Some(_) if self.declared.is_some() => self.members.caught_up.lacks_data(),
            Some(kept) => kept.lacks_data,
        }
    }

    /// A version is stored: it is in force.
    pub(super) fn adopted(
        &mut self,
        now: Now,
        declared: Arc<Declared>,
        origin: Origin,
        effects: &mut Effects,
    ) {
        let (state, me) = (&declared.state, self.me.node);
        let is_first = self.declared.is_none();
        if is_first {
            let lacks_data = self.keeper.submitted().is_some_and(|kept| kept.lacks_data);
            match origin {
                Origin::Decided => self.members.caught_up.begin(state, me, lacks_data),
                _ => self.members.caught_up.begin_founded(state, me),
            }
        }
        self.enter(now, declared, effects);
        if is_first && let Some(view) = view!(self) {
            // It may have been a member before, and was dismissed.
            self.transfers.search(&mut desk!(self, now, effects), view);
        }
        let mut desk = desk!(self, now, effects);
        match origin {
            Origin::Founder => self.founding.stored(&mut desk, &mut self.keeper),
            Origin::Founded { founder, op } => {
                desk.send(founder, Body::Founding(FoundingSaid::Adopted { op }));
            }
            Origin::Decided => {}
        }
        self.tick(now, effects);
    }

    /// A version is in force: every room goes by it.
    fn enter(&mut self, now: Now, declared: Arc<Declared>, effects: &mut Effects) {
        let before = self.declared.take();
        let (state, me) = (&declared.state, self.me.node);
        let others = state.members.keys().copied().filter(|&node| node != me);
        self.members.liveness.watch(others, now.monotonic);
        let belongs = |node| state.members.contains_key(&node) || state.left.contains_key(&node);
        self.members.waiting.retain(|node| !belongs(node));
        self.members.loads.retain(|node, _| state.members.contains_key(node));
        if before.is_some() {
            let transfers = &self.transfers;
            self.members.caught_up.moved(state, me, |partition| transfers.is_whole(partition));
        }
        let edition = state.edition();
        let base = base_of(&declared);
        self.base = Some(base);
        self.declared = Some(declared);
        effects.push(Effect::Publish(Notice::Adopted { version: edition.version }));
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        self.transfers.moved(&desk, view, before.as_ref().map(|before| &before.state));
        if before.is_some() {
            self.hints.moved(&mut desk);
            self.coordinator.moved(&mut desk, view);
        }
        self.agenda.entered(&mut desk, base);
    }

    /// This node is a member no more, and remembers that. Who left serves nothing from now on; who was dismissed waits
    /// again, and begins anew when it is admitted.
    pub(super) fn part(&mut self, now: Now, how: Farewell, effects: &mut Effects) {
        let mut desk = desk!(self, now, effects);
        self.keeper.change(&mut desk, |kept| kept.farewell = Some(how), Duty::Nothing);
        self.coordinator.abandon(&mut desk);
        match how {
            Farewell::Left => {
                self.has_left = true;
                desk.publish(Notice::Left);
            }
            Farewell::Dismissed { .. } => {
                self.declared = None;
                self.base = None;
                self.members.caught_up = CaughtUp::default();
                self.members.liveness = LivenessTable::default();
                self.agenda = Agenda::default();
                self.conductor = Conductor::default();
                self.hints = Hints::default();
                self.anti_entropy = AntiEntropy::default();
                self.transfers = Transfers::default();
                self.errands.retain(|_, errand| matches!(errand, Errand::Keep(_)));
                desk!(self, now, effects).publish(Notice::Dismissed);
            }
        }
    }
}
