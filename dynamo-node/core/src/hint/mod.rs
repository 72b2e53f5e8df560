//! Hints: what is kept here for absent owners, and its way home (Dynamo §4.6).
//!
//! An acknowledged hint is a replica (rule P8): it never expires and is never evicted, and it is forgotten only when the
//! owner has synced exactly what was kept; if that is none any more, when W of the present owners have. Taking hints in is
//! `replica` and `coordinator/put`; this room delivers them.

mod handoff;

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;
use shared::level::Durability;

use crate::desk::{Desk, Errand, View};
use crate::effect::Notice;
use crate::ids::OpId;
use crate::message::Body;
use crate::record::RecordHash;
use crate::row::Row;
use crate::store::{Found, Outcome, Query};
use crate::time::Instant;

pub(crate) use handoff::is_leaving;

use handoff::Handoff;

/// What the hand-off awaits of the store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Duty {
    /// For whom anything is kept, at the start and now and then.
    Owners,
    /// A page of what is kept for an owner.
    Page { owner: NodeId },
    /// That this node, a present owner itself, has taken in what it kept for one that is none any more.
    Merge { owner: NodeId, op: OpId },
    /// That a delivered hint is forgotten.
    Forget { owner: NodeId, row: Row, hash: RecordHash },
}

/// All deliveries.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// Owners for whom something is, or may be, kept here.
    owed: BTreeSet<NodeId>,
    handoffs: BTreeMap<NodeId, Handoff>,
    /// Members that want to hear when nothing is kept for them any more.
    asked: BTreeSet<NodeId>,
    /// The version of the ring with which everything kept for an owner was last looked through.
    looked_through: BTreeMap<NodeId, u64>,
    /// How much is kept here, by a look that was begun after the state in force came into it; `None`: not looked yet.
    count: Option<u64>,
    /// Whether the look that is under way was begun before that.
    is_old_look: bool,
    looked_at: Option<Instant>,
    is_looking: bool,
}

impl Hints {
    /// Looks for whom something is kept: after a start, nothing else says so (riak_kv #847).
    pub(crate) fn look(&mut self, desk: &mut Desk<'_>) {
        self.looked_at = Some(desk.now.monotonic);
        if !self.is_looking {
            self.is_looking = true;
            desk.query(Query::HintedOwners, Errand::Handoff(Duty::Owners));
        }
    }

    /// A member asks whether anything is kept for it.
    pub(crate) fn asked_by(&mut self, desk: &mut Desk<'_>, member: NodeId) {
        self.asked.insert(member);
        self.look(desk);
    }

    /// The store has read, or forgotten.
    pub(crate) fn applied(&mut self, desk: &mut Desk<'_>, view: View<'_>, duty: Duty, outcome: Outcome) {
        match (duty, outcome) {
            (Duty::Owners, Outcome::Query(Found::HintedOwners(owners))) => self.found(desk, view, &owners),
            (Duty::Page { owner }, Outcome::Query(Found::Hints(hints))) => {
                if let Some(handoff) = self.handoffs.get_mut(&owner) {
                    handoff.page(desk, view, hints);
                    self.go_on(desk, view, owner);
                }
            }
            (Duty::Forget { owner, row, .. }, Outcome::Lane(effected)) => {
                desk.counters.hints_delivered += u64::from(effected.forgot);
                if let Some(handoff) = self.handoffs.get_mut(&owner) {
                    handoff.forgotten(&row);
                    self.go_on(desk, view, owner);
                }
            }
            _ => {}
        }
    }

    /// The store could not; the delivery is begun again later.
    pub(crate) fn failed(&mut self, duty: &Duty) {
        match duty {
            Duty::Owners => self.is_looking = false,
            Duty::Page { owner } | Duty::Forget { owner, .. } | Duty::Merge { owner, .. } => {
                self.handoffs.remove(owner);
            }
        }
    }

    /// A node has synced what was delivered under this operation. True if it was one of ours.
    pub(crate) fn stored(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        from: NodeId,
        op: OpId,
        durability: Durability,
    ) -> bool {
        let delivering = self.handoffs.values_mut().find(|handoff| handoff.is_delivering(op));
        let Some(handoff) = delivering.filter(|_| durability >= Durability::Synced) else { return false };
        handoff.confirmed(desk, view, from, op);
        true
    }

    /// This node has synced what it had kept for an owner that is none any more.
    pub(crate) fn synced(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        duty: &Duty,
        durability: Durability,
    ) {
        if let &Duty::Merge { op, .. } = duty {
            let me = desk.me.node;
            self.stored(desk, view, me, op, durability);
        }
    }

    /// How much is kept here for others, since the state in force came into it; `None`: not known yet.
    pub(crate) fn count(&self) -> Option<u64> {
        self.count
    }

    /// Another version is in force: whose hints are whose has to be looked at again.
    pub(crate) fn moved(&mut self, desk: &mut Desk<'_>) {
        self.count = None;
        self.is_old_look = self.is_looking;
        self.look(desk);
    }

    /// Begins what can begin, begins again what does not move, and gives up on those that do not answer.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let now = desk.now.monotonic;
        let retry_after_ms = desk.config.retry_after_ms;
        self.handoffs.retain(|_, handoff| now < handoff.moved.plus_ms(retry_after_ms));
        if self.looked_at.is_none_or(|looked| now >= looked.plus_ms(retry_after_ms)) {
            self.look(desk);
        }
        let ready: Vec<NodeId> = self
            .owed
            .iter()
            .copied()
            .filter(|owner| self.may_go(view, *owner, desk.me.node) && !self.handoffs.contains_key(owner))
            .collect();
        for owner in ready {
            let handoff = Handoff::new(owner, desk);
            self.handoffs.insert(owner, handoff);
        }
    }

    /// When this room next wants to look.
    pub(crate) fn deadline(&self, retry_after_ms: u64) -> Option<Instant> {
        self.looked_at.map(|looked| looked.plus_ms(retry_after_ms))
    }

    /// Whether something of what is kept for an owner can go: it is there; or it is no member, or this node is leaving; or
    /// the ring has changed since everything was last looked through, and some of it may be others' by now.
    fn may_go(&self, view: View<'_>, owner: NodeId, me: NodeId) -> bool {
        let state = view.state();
        view.members.is_up(owner)
            || state.is_lost(owner)
            || is_leaving(state, me)
            || self.looked_through.get(&owner) != Some(&state.ring_version)
    }

    fn found(&mut self, desk: &mut Desk<'_>, view: View<'_>, owners: &[(NodeId, u64)]) {
        self.is_looking = false;
        self.owed = owners.iter().map(|&(owner, _)| owner).collect();
        self.count = (!self.is_old_look).then(|| owners.iter().map(|&(_, count)| count).sum());
        self.is_old_look = false;
        let asked: Vec<NodeId> = self.asked.iter().copied().collect();
        for member in asked {
            let count = owners.iter().find(|(owner, _)| *owner == member).map_or(0, |&(_, count)| count);
            desk.send(member, Body::HintsHeld { count });
            if count == 0 {
                self.asked.remove(&member);
            }
        }
        if !self.owed.is_empty() {
            self.tick(desk, view);
        }
    }

    /// Reads on, or ends a delivery that has come to the end of what is kept.
    fn go_on(&mut self, desk: &mut Desk<'_>, view: View<'_>, owner: NodeId) {
        let Some(handoff) = self.handoffs.get_mut(&owner) else { return };
        if !handoff.is_idle() {
            return;
        }
        if handoff.is_at_end {
            let delivered_any = handoff.delivered > 0;
            self.looked_through.insert(owner, view.state().ring_version);
            self.handoffs.remove(&owner);
            self.owed.remove(&owner);
            if delivered_any {
                desk.publish(Notice::HandoffDone { node: owner });
                // Something may have come behind the cursor meanwhile.
                self.look(desk);
            }
        } else {
            handoff.read_on(desk);
        }
    }
}
