//! Get: ask N, answer after R, return every causally unrelated sibling, and repair stale replicas afterwards
//! (Dynamo §4.5, §5). The reader never waits for a repair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::NodeId;
use shared::level::Durability;
use shared::wire::client::{self, Answer, ClockEntry, Got};

use super::settings::{Own, Settings};
use super::tally::{Tally, Verdict};
use super::{Event, Step};
use crate::desk::{Caller, Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Held, Replicate, Standing};
use crate::record::{Content, Record, RecordHash, Sibling};
use crate::replica;
use crate::ring::preference::PreferenceList;
use crate::row::Row;
use crate::store::{Found, OpKind, Outcome, Query, StoreFailure};
use crate::time::Instant;
use crate::version::{Dot, context};

/// One get under way.
#[derive(Debug)]
pub(super) struct Get {
    /// Taken when it is answered.
    caller: Option<Caller>,
    row: Row,
    settings: Settings,
    /// The cluster's W: what acknowledged writes have reached.
    write_quorum: u8,
    list: PreferenceList,
    /// The other nodes to ask.
    others: Vec<NodeId>,
    tally: Tally,
    /// How many answered and were not allowed to count (rule P7).
    uncompared: u8,
    /// What each replica is known to hold: the hash of its record, or nothing.
    answers: BTreeMap<NodeId, Option<RecordHash>>,
    /// Owners that have the row and cannot read it.
    unreadable: BTreeSet<NodeId>,
    /// Owners that lost nothing and have answered, with whatever they hold.
    witnesses: BTreeSet<NodeId>,
    /// What was held here when the others were asked.
    known: Option<RecordHash>,
    /// The merge of everything that was answered.
    merged: Option<Arc<Record>>,
    deadline: Instant,
    linger_until: Instant,
}

impl Get {
    /// Checks the request and begins to ask. A failure means that too few replicas can be reached.
    pub(super) fn start(
        desk: &mut Desk<'_>,
        view: View<'_>,
        op: OpId,
        caller: Caller,
        asked: client::Get,
        deadline: Instant,
    ) -> Result<(Self, Step), Failure> {
        let own = Own { r: asked.r, strict: asked.strict, ..Own::default() };
        let settings = Settings::of(view.state(), asked.bucket, own)?;
        let row = Row::new(asked.bucket, asked.key);
        let list = view.preference_list(&row);
        let asked = whom_to_ask(view, &list, settings.strict);
        let mut tally = Tally::new(settings.quorum.r());
        for &node in &asked {
            tally.await_node(node);
        }
        if tally.verdict() == Verdict::Lost {
            return Err(Failure::QuorumNotMet { needed: tally.needed(), reached: 0, uncompared: 0 });
        }
        let me = desk.me.node;
        let mut get = Self {
            caller: Some(caller),
            row,
            settings,
            write_quorum: view.state().quorum.w(),
            list,
            others: asked.iter().copied().filter(|&node| node != me).collect(),
            tally,
            uncompared: 0,
            answers: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            witnesses: BTreeSet::new(),
            known: None,
            merged: None,
            deadline,
            linger_until: deadline,
        };
        desk.counters.gets += 1;
        if asked.contains(&me) {
            desk.query(Query::Held { row: get.row.clone() }, Errand::Coordinator(op));
        } else {
            get.ask_others(desk, op);
        }
        Ok((get, Step::Wait(deadline)))
    }

    /// Others are asked with the hash of what is held here, and send the value only if theirs differs (rule P10).
    fn ask_others(&mut self, desk: &mut Desk<'_>, op: OpId) {
        for &node in &self.others {
            desk.send(node, Body::Read { op, row: self.row.clone(), known: self.known });
        }
    }

    pub(super) fn on(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, event: Event) -> Step {
        let me = desk.me.node;
        match event {
            Event::Applied(Outcome::Query(Found::Held(record))) => {
                self.known = record.as_ref().map(|record| record.hash());
                let held = record.map_or(Held::Nothing, Held::Record);
                self.answered(desk, me, held, replica::standing(view, &self.row, me));
                self.ask_others(desk, op);
            }
            Event::StoreFailed(failure) => {
                self.local_read_failed(desk, &failure);
                self.ask_others(desk, op);
            }
            Event::Holding { from, held, standing } if self.tally.awaits(from) => {
                self.answered(desk, from, held, standing);
            }
            Event::Unreachable { node } => self.tally.discount(node),
            _ => {}
        }
        self.conclude(desk, view, op)
    }

    /// A local read that fails is a failed read, never "not found" (invariant C4).
    fn local_read_failed(&mut self, desk: &mut Desk<'_>, failure: &StoreFailure) {
        if matches!(failure, StoreFailure::Damaged(_)) {
            self.unreadable.insert(desk.me.node);
        }
        self.tally.discount(desk.me.node);
    }

    fn answered(&mut self, desk: &mut Desk<'_>, from: NodeId, held: Held, standing: Standing) {
        let found = match held {
            Held::Record(record) => {
                let hash = record.hash();
                self.merge(&record);
                self.answers.insert(from, Some(hash));
                true
            }
            Held::Same => {
                self.answers.insert(from, self.known);
                true
            }
            Held::Nothing => {
                self.answers.insert(from, None);
                false
            }
            Held::Unreadable => {
                self.unreadable.insert(from);
                return self.tally.discount(from);
            }
        };
        if matches!(standing, Standing::Compared | Standing::Uncompared) {
            self.witnesses.insert(from);
        }
        if self.may_count(found, standing) {
            self.tally.count(from);
        } else {
            self.tally.discount(from);
            self.uncompared += 1;
            desk.counters.uncompared_answers += 1;
        }
    }

    /// Rule P7: absence is evidence only from one who would know.
    fn may_count(&self, found: bool, standing: Standing) -> bool {
        match standing {
            Standing::Compared => true,
            Standing::Uncompared => found,
            Standing::LostData => false,
            Standing::Fallback => found && !self.settings.strict,
        }
    }

    fn merge(&mut self, record: &Arc<Record>) {
        match &mut self.merged {
            None => self.merged = Some(Arc::clone(record)),
            Some(merged) if merged != record => {
                Arc::make_mut(merged).merge(record);
            }
            Some(_) => {}
        }
    }

    /// Answers if there is an answer; then waits a while for the rest, and repairs.
    fn conclude(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) -> Step {
        let now = desk.now.monotonic;
        match self.tally.verdict() {
            Verdict::Reached => {
                if self.caller.is_some() {
                    self.linger_until = now.plus_ms(desk.config.repair_linger_ms);
                    self.answer(desk, view);
                }
            }
            Verdict::Lost => self.give_up(desk, view, false),
            Verdict::Pending if now >= self.deadline => self.give_up(desk, view, true),
            Verdict::Pending => return Step::Wait(self.deadline),
        }
        if self.tally.is_complete() || now >= self.linger_until {
            self.repair(desk, view, op);
            return Step::Done;
        }
        Step::Wait(self.linger_until)
    }

    fn answer(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let Some(caller) = self.caller.take() else { return };
        let nothing = Record::default();
        let record = self.merged.as_deref().unwrap_or(&nothing);
        let name = |dot: Dot| ClockEntry {
            actor: dot.actor.0,
            node: view.actors.owner_of(dot.actor),
            counter: dot.counter,
        };
        let live = record.siblings.iter().filter(|(_, sibling)| !sibling.is_expired(desk.now.wall));
        let siblings = live.map(|(&dot, sibling)| shown(sibling, name(dot))).collect();
        let clock = record.clock.iter().map(name).collect();
        let sealed = context::seal(&view.declared.secret, self.row.token(), record.past());
        let replicas = self.tally.reached();
        let result = sealed.map(|context| Answer::Got(Got { context, siblings, clock, replicas }));
        let result =
            result.map_err(|error| Failure::StoreFailed { node: desk.name(), reason: error.to_string() });
        desk.answer(caller, view.state().version, result);
    }

    fn give_up(&mut self, desk: &mut Desk<'_>, view: View<'_>, is_late: bool) {
        let Some(caller) = self.caller.take() else { return };
        let (needed, reached, uncompared) = (self.tally.needed(), self.tally.reached(), self.uncompared);
        let failure = if is_late {
            Failure::DeadlinePassed { needed, reached, uncompared }
        } else {
            Failure::QuorumNotMet { needed, reached, uncompared }
        };
        self.linger_until = desk.now.monotonic.plus_ms(desk.config.repair_linger_ms);
        desk.answer(caller, view.state().version, Err(failure));
    }

    /// Whether the merge lacks nothing acknowledged: of any W owners that hold a write, the one that cannot read its own
    /// left out, at least one is among N-W+1 others.
    fn lacks_nothing(&self) -> bool {
        self.witnesses.len() > usize::from(self.settings.quorum.n() - self.write_quorum)
    }

    /// Dynamo §5, read repair: owners that answered with less are sent the merge of everything that was answered.
    fn repair(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        let Some(merged) = self.merged.take().filter(|merged| !merged.is_empty()) else { return };
        let newest = Some(merged.hash());
        let me = desk.me.node;
        for &owner in &self.list.primaries {
            let is_stale = self.answers.get(&owner).is_some_and(|answer| *answer != newest);
            let refills = self.unreadable.contains(&owner) && self.lacks_nothing();
            if !is_stale && !refills {
                continue;
            }
            desk.counters.read_repairs += 1;
            if owner == me {
                let record = Arc::clone(&merged);
                let kind = if refills { OpKind::Refill { record } } else { OpKind::Merge { record } };
                desk.lane(view.synced(self.row.clone(), kind), Errand::Nobody);
            } else {
                let (row, record) = (self.row.clone(), Arc::clone(&merged));
                let durability = Durability::Synced;
                let replicate = Replicate { op, row, record, stands_in_for: None, durability, refills };
                desk.send(owner, Body::Replicate(replicate));
            }
        }
    }
}

/// Every owner that may answer, and unless the request is strict, the fallbacks that stand in for the others.
fn whom_to_ask(view: View<'_>, list: &PreferenceList, strict: bool) -> Vec<NodeId> {
    let may_answer = |node: &NodeId| view.members.is_not_down(*node);
    let mut asked: Vec<NodeId> = list.primaries.iter().copied().filter(may_answer).collect();
    if !strict {
        let targets = list.sloppy_targets(&view.state().ring, |node| view.members.is_up(node));
        asked
            .extend(targets.iter().filter(|target| target.stands_in_for.is_some()).map(|target| target.node));
    }
    asked
}

fn shown(sibling: &Sibling, dot: ClockEntry) -> client::Sibling {
    client::Sibling {
        value: match &sibling.content {
            Content::Value(value) => Some(value.clone()),
            Content::Tombstone => None,
        },
        dot,
        wall_ms: sibling.stamp.wall.0,
        expires_ms: sibling.expires.map(|expires| expires.0),
        policy: sibling.policy,
    }
}
