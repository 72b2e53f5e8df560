//! Get: ask N, answer after R, return every causally unrelated sibling, and repair stale replicas afterwards
//! (Dynamo §4.5, §5). The reader never waits for a repair.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::NodeId;
use shared::level::Durability;
use shared::wire::client::{self, Answer, ClockEntry, Got};

use super::settings::{Own, Settings};
use super::stopwatch::Stopwatch;
use super::tally::{Tally, Verdict};
use super::{Event, Step};
use crate::desk::{Caller, Desk, Errand, View};
use crate::ids::OpId;
use crate::measure::Kind;
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
    stopwatch: Stopwatch,
    /// Who answered that the partition is placed otherwise there, and when they are asked again.
    misplaced: BTreeSet<NodeId>,
    again_at: Option<Instant>,
    deadline: Instant,
    linger_until: Instant,
}

/// How long a node that places the partition otherwise is given to learn better, or to teach us better, in milliseconds.
const MISPLACED_AGAIN_MS: u64 = 25;

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
        let mut get = Self {
            caller: Some(caller),
            list: view.preference_list(&row),
            row,
            settings,
            write_quorum: view.state().quorum.w(),
            others: Vec::new(),
            tally: Tally::new(settings.quorum.r()),
            uncompared: 0,
            answers: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            witnesses: BTreeSet::new(),
            known: None,
            merged: None,
            stopwatch: Stopwatch::start(desk, Kind::Get),
            misplaced: BTreeSet::new(),
            again_at: None,
            deadline,
            linger_until: deadline,
        };
        get.ask(desk, view, op)?;
        desk.counters.gets += 1;
        Ok((get, Step::Wait(deadline)))
    }

    /// Who waits for it.
    pub(super) fn into_caller(self) -> Option<Caller> {
        self.caller
    }

    /// Asks everybody who is to be asked, this node first.
    fn ask(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) -> Result<(), Failure> {
        let me = desk.me.node;
        let asked = whom_to_ask(view, &self.list, self.settings.strict);
        for &node in &asked {
            self.tally.await_node(node);
        }
        if self.tally.verdict() == Verdict::Lost {
            let needed = self.tally.needed();
            return Err(Failure::QuorumNotMet { needed, reached: 0, uncompared: 0 });
        }
        self.others = asked.iter().copied().filter(|&node| node != me).collect();
        if asked.contains(&me) {
            desk.query(Query::Held { row: self.row.clone() }, Errand::Coordinator(op));
        } else {
            self.ask_others(desk, op);
        }
        Ok(())
    }

    /// The partition is placed otherwise by now: whoever answers for it now is asked, from the beginning, under a new name;
    /// answers to the old one do not count. `None`: nothing that matters here has changed.
    pub(super) fn again(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Option<(OpId, Step)> {
        let list = view.preference_list(&self.row);
        if self.caller.is_none() || list.epoch == self.list.epoch {
            return None;
        }
        self.list = list;
        self.tally = Tally::new(self.settings.quorum.r());
        self.uncompared = 0;
        self.answers.clear();
        self.unreadable.clear();
        self.witnesses.clear();
        self.known = None;
        self.misplaced.clear();
        self.again_at = None;
        let op = desk.ids.operation();
        let step = match self.ask(desk, view, op) {
            Ok(()) => Step::Wait(self.deadline),
            Err(failure) => {
                self.tell(desk, view, Err(failure));
                Step::Done
            }
        };
        Some((op, step))
    }

    /// Others are asked with the hash of what is held here, and send the value only if theirs differs (rule P10).
    fn ask_others(&mut self, desk: &mut Desk<'_>, op: OpId) {
        for &node in &self.others {
            self.read_at(desk, op, node);
        }
    }

    fn read_at(&self, desk: &mut Desk<'_>, op: OpId, node: NodeId) {
        let (row, epoch) = (self.row.clone(), self.list.epoch);
        desk.send(node, Body::Read { op, row, epoch, known: self.known });
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
            Event::Misplaced { from } if self.tally.awaits(from) => {
                self.misplaced.insert(from);
                self.again_at = Some(desk.now.monotonic.plus_ms(MISPLACED_AGAIN_MS));
            }
            Event::Woken if self.again_at.is_some_and(|again_at| desk.now.monotonic >= again_at) => {
                self.again_at = None;
                for node in std::mem::take(&mut self.misplaced) {
                    self.read_at(desk, op, node);
                }
            }
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
            self.stopwatch.counted(desk, from, self.tally.verdict());
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
            Verdict::Pending => {
                return Step::Wait(self.again_at.map_or(self.deadline, |again| again.min(self.deadline)));
            }
        }
        if self.tally.is_complete() || now >= self.linger_until {
            self.repair(desk, view, op);
            return Step::Done;
        }
        Step::Wait(self.linger_until)
    }

    fn tell(&mut self, desk: &mut Desk<'_>, view: View<'_>, result: Result<Answer, Failure>) {
        if let Some(caller) = self.caller.take() {
            let bytes = self.merged.as_ref().map_or(0, |record| record.value_bytes());
            self.stopwatch.answered(desk, &self.row, bytes, result.as_ref());
            desk.answer(caller, view.state().version, result);
        }
    }

    fn answer(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
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
        self.tell(desk, view, result);
    }

    fn give_up(&mut self, desk: &mut Desk<'_>, view: View<'_>, is_late: bool) {
        if self.caller.is_none() {
            return;
        }
        let (needed, reached, uncompared) = (self.tally.needed(), self.tally.reached(), self.uncompared);
        let failure = if is_late {
            Failure::DeadlinePassed { needed, reached, uncompared }
        } else {
            Failure::QuorumNotMet { needed, reached, uncompared }
        };
        self.linger_until = desk.now.monotonic.plus_ms(desk.config.repair_linger_ms);
        self.tell(desk, view, Err(failure));
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
        for &owner in &self.list.readers {
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
                let epoch = self.list.epoch;
                let replicate =
                    Replicate { op, row, epoch, record, stands_in_for: None, durability, refills };
                desk.send(owner, Body::Replicate(replicate));
            }
        }
    }
}

/// Every owner that may answer, and unless the request is strict, the fallbacks that stand in for the others.
fn whom_to_ask(view: View<'_>, list: &PreferenceList, strict: bool) -> Vec<NodeId> {
    let may_answer = |node: &NodeId| view.members.is_not_down(*node);
    let mut asked: Vec<NodeId> = list.readers.iter().copied().filter(may_answer).collect();
    if !strict {
        let ring = &view.state().ring;
        let targets = list.sloppy_targets(&list.readers, ring, |node| view.members.is_up(node));
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
