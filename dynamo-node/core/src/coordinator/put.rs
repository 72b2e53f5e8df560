//! Put: mint at home, send the merged record to the others as soon as it is applied, count what is synced
//! (Dynamo §4.5, §4.6).
//!
//! After the client has its answer the machine lingers until every owner has the write or a hint is kept for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::{NodeId, RequestId};
use shared::level::Durability;
use shared::token::PartitionId;
use shared::wire::client::{self, Answer, Written};

use super::settings::{Own, Settings};
use super::tally::{Tally, Verdict};
use super::{Event, Step};
use crate::desk::{Caller, Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Replicate};
use crate::record::{Content, Record, Write};
use crate::ring::preference::{PreferenceList, Target};
use crate::row::Row;
use crate::store::{Effected, HintBody, LaneOp, OpKind, Outcome, StoreFailure};
use crate::time::{Instant, Timestamp};
use crate::version::context;

/// How a client names its request: the same at every retry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) id: RequestId,
    pub(super) sent_ms: u64,
}

/// One put under way.
#[derive(Debug)]
pub(super) struct Put {
    /// Taken when it is answered.
    caller: Option<Caller>,
    request: RequestId,
    row: Row,
    partition: PartitionId,
    settings: Settings,
    list: PreferenceList,
    as_owner: bool,
    tally: Tally,
    /// Who was sent the record, and for whom they stand in.
    asked: BTreeMap<NodeId, Option<NodeId>>,
    /// Owners that have the write, or for whom somebody keeps it.
    covered: BTreeSet<NodeId>,
    /// Fallbacks whose confirmation was counted.
    fallbacks: BTreeSet<NodeId>,
    /// What is held here since the write was applied.
    record: Option<Arc<Record>>,
    reroute_at: Instant,
    hint_at: Instant,
    deadline: Instant,
}

impl Put {
    /// Checks the request and gives it to the store. A failure means that nothing was written.
    pub(super) fn start(
        desk: &mut Desk<'_>,
        view: View<'_>,
        op: OpId,
        caller: Caller,
        named: Named,
        asked: &client::Put,
        deadline: Instant,
    ) -> Result<(Self, Step), Failure> {
        let state = view.state();
        let own = Own { w: asked.w, strict: asked.strict, durability: asked.durability, r: None };
        let settings = Settings::of(state, asked.bucket, own)?;
        check_length(asked.value.as_ref().map_or(0, shared::key::Value::len), state.value_bytes_max)?;
        let row = Row::new(asked.bucket, asked.key.clone());
        let write = write_of(desk, view, &row, named, asked, settings)?;
        let partition = view.partition_of(&row);
        let list = view.preference_list(&row);
        let as_owner = list.primaries.contains(&desk.me.node);
        let mut put = Self {
            caller: Some(caller),
            request: named.id,
            row,
            partition,
            settings,
            as_owner,
            tally: Tally::new(settings.quorum.w()),
            asked: BTreeMap::new(),
            covered: BTreeSet::new(),
            fallbacks: BTreeSet::new(),
            record: None,
            reroute_at: desk.now.monotonic.plus_ms(desk.config.reroute_after_ms),
            hint_at: desk.now.monotonic.plus_ms(desk.config.hint_after_ms),
            deadline,
            list,
        };
        put.choose_targets(desk, view)?;
        put.store(desk, view, op, write);
        desk.counters.puts += 1;
        Ok((put, Step::Wait(deadline)))
    }

    /// Decides who is sent the record: the first N reachable nodes, and owners that may still answer. Refuses beforehand
    /// what cannot reach its quorum.
    fn choose_targets(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Result<(), Failure> {
        let me = desk.me.node;
        let mut targets: Vec<Target> = if self.settings.strict {
            Vec::new()
        } else {
            self.list.sloppy_targets(&view.state().ring, |node| view.members.is_up(node))
        };
        let owners = self.list.primaries.iter().filter(|&&owner| view.members.is_not_down(owner));
        for &node in owners {
            if !targets.iter().any(|target| target.node == node) {
                targets.push(Target { node, stands_in_for: None });
            }
        }
        if !self.as_owner {
            self.take_a_place(view, me, &mut targets)?;
        }
        for Target { node, stands_in_for } in targets {
            self.asked.insert(node, stands_in_for);
            self.tally.await_node(node);
        }
        if self.tally.verdict() == Verdict::Lost {
            return Err(Failure::QuorumNotMet { needed: self.tally.needed(), reached: 0, uncompared: 0 });
        }
        Ok(())
    }

    /// A coordinator that is no owner stands in for an absent one itself: a fallback mints, since no owner can be reached.
    fn take_a_place(&self, view: View<'_>, me: NodeId, targets: &mut [Target]) -> Result<(), Failure> {
        let refused = Failure::QuorumNotMet { needed: self.tally.needed(), reached: 0, uncompared: 0 };
        if self.settings.strict || self.list.primaries.iter().any(|&owner| view.members.is_up(owner)) {
            return Err(refused);
        }
        if !targets.iter().any(|target| target.node == me) {
            let last = targets.iter().rposition(|target| target.stands_in_for.is_some());
            let place = last.and_then(|last| targets.get_mut(last)).ok_or(refused)?;
            place.node = me;
        }
        Ok(())
    }

    /// Mints at home. Owners that are absent and for whom nobody stands in are marked in the same batch.
    fn store(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, write: Write) {
        let stands_in_for = self.asked.get(&desk.me.node).copied().flatten();
        let stood_for: BTreeSet<NodeId> = self.asked.values().copied().flatten().collect();
        let absent: Vec<NodeId> = if self.as_owner {
            let uncovered = |owner: &NodeId| !view.members.is_up(*owner) && !stood_for.contains(owner);
            self.list.primaries.iter().copied().filter(uncovered).collect()
        } else {
            desk.counters.fallback_puts += 1;
            stands_in_for.into_iter().collect()
        };
        desk.counters.hints_kept += absent.len() as u64;
        self.covered.extend(absent.iter().copied());
        let fresh = crate::version::Actor(desk.entropy.draw_u64());
        let kind = OpKind::Coordinate { write: Box::new(write), fresh, as_owner: self.as_owner, absent };
        let durability = self.settings.durability;
        let lane = LaneOp { row: self.row.clone(), partition: self.partition, durability, kind };
        desk.lane(lane, Errand::Coordinator(op));
    }

    pub(super) fn on(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, event: Event) -> Step {
        match event {
            Event::Applied(Outcome::Lane(effected)) => self.applied(desk, op, effected),
            Event::Synced(durability) => self.confirmed(desk.me.node, None, durability),
            Event::StoreFailed(failure) => return self.store_failed(desk, view, failure),
            Event::Stored { from, stands_in_for, durability } => {
                self.confirmed(from, stands_in_for, durability);
            }
            Event::NotStored { from } | Event::Unreachable { node: from } => {
                self.tally.discount(from);
                self.reroute(desk, view, op);
            }
            Event::Woken => self.woken(desk, view, op),
            _ => {}
        }
        self.conclude(desk, view)
    }

    /// The record is applied here: now the others may be told, while the sync is still under way (rule P2).
    fn applied(&mut self, desk: &mut Desk<'_>, op: OpId, effected: Effected) {
        let Some(record) = effected.record else { return };
        desk.counters.lww_losses += effected.losses.lww;
        desk.counters.superseded_overflow += effected.losses.superseded_overflow;
        match effected.minted {
            None => desk.counters.duplicate_requests += 1,
            Some(_) if record.is_conflict() => desk.counters.siblings_made += 1,
            Some(_) => {}
        }
        self.record = Some(record);
        let asked: Vec<_> =
            self.asked.iter().map(|(&node, &stands_in_for)| Target { node, stands_in_for }).collect();
        for target in asked {
            self.send(desk, op, target);
        }
    }

    fn send(&self, desk: &mut Desk<'_>, op: OpId, target: Target) {
        let Some(record) = &self.record else { return };
        if target.node != desk.me.node {
            let replicate = Replicate {
                op,
                row: self.row.clone(),
                record: Arc::clone(record),
                stands_in_for: target.stands_in_for,
                durability: self.settings.durability,
                refills: false,
            };
            desk.send(target.node, Body::Replicate(replicate));
        }
    }

    /// Somebody has it, at some level; what is below the level that was asked for does not count (rule P11).
    fn confirmed(&mut self, from: NodeId, stands_in_for: Option<NodeId>, durability: Durability) {
        if durability < self.settings.durability || !self.asked.contains_key(&from) {
            return;
        }
        let is_owner = self.list.primaries.contains(&from);
        let owner =
            if is_owner { Some(from) } else { stands_in_for.or(self.asked.get(&from).copied().flatten()) };
        self.covered.extend(owner);
        if is_owner || !self.settings.strict {
            self.tally.count(from);
        }
        if !is_owner {
            self.fallbacks.insert(from);
        }
    }

    /// Sends the record to further fallbacks, one for each owner that has not confirmed and will not soon.
    fn reroute(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        if self.settings.strict || self.record.is_none() || self.tally.verdict() == Verdict::Reached {
            return;
        }
        let stood_for: BTreeSet<NodeId> = self.asked.values().copied().flatten().collect();
        let is_slow = desk.now.monotonic >= self.reroute_at;
        let wants = |owner: &NodeId| {
            !self.covered.contains(owner)
                && !stood_for.contains(owner)
                && (is_slow || !self.tally.awaits(*owner))
        };
        let owners: Vec<NodeId> = self.list.primaries.iter().copied().filter(wants).collect();
        let is_free = |node: &NodeId| !self.asked.contains_key(node) && view.members.is_up(*node);
        let free: Vec<NodeId> =
            self.list.fallbacks(&view.state().ring).filter(is_free).take(owners.len()).collect();
        for (owner, node) in owners.into_iter().zip(free) {
            self.asked.insert(node, Some(owner));
            self.tally.await_node(node);
            self.send(desk, op, Target { node, stands_in_for: Some(owner) });
        }
    }

    fn woken(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        let now = desk.now.monotonic;
        if now >= self.reroute_at {
            self.reroute(desk, view, op);
        }
        if now >= self.hint_at.min(self.deadline) {
            self.keep_hints(desk);
        }
    }

    /// What nobody has confirmed for an owner is kept here. This hint never counts towards W (rule P8).
    fn keep_hints(&mut self, desk: &mut Desk<'_>) {
        let Some(record) = &self.record else { return };
        // Never for this node itself: what was applied here is synced, or the process ends.
        let me = desk.me.node;
        let is_missing = |owner: &NodeId| *owner != me && !self.covered.contains(owner);
        let missing: Vec<NodeId> = self.list.primaries.iter().copied().filter(is_missing).collect();
        for owner in missing {
            let body = if self.as_owner { HintBody::Mark } else { HintBody::Full(Arc::clone(record)) };
            let kind = OpKind::Keep { owner, body };
            let (row, partition) = (self.row.clone(), self.partition);
            desk.lane(LaneOp { row, partition, durability: Durability::Synced, kind }, Errand::Nobody);
            desk.counters.hints_kept += 1;
            self.covered.insert(owner);
        }
    }

    /// The store did not take it: nothing was written here, and nobody was told.
    fn store_failed(&mut self, desk: &mut Desk<'_>, view: View<'_>, failure: StoreFailure) -> Step {
        let node = desk.name();
        let failure = match failure {
            StoreFailure::Full(reason) => Failure::Full { node, reason },
            StoreFailure::Damaged(reason) | StoreFailure::Broken(reason) => {
                Failure::StoreFailed { node, reason }
            }
        };
        if let Some(caller) = self.caller.take() {
            desk.answer(caller, view.state().version, Err(failure));
        }
        Step::Done
    }

    /// Answers if there is an answer, and says how long the machine is still needed.
    fn conclude(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Step {
        // A quorum that is lost may still be reached by a retry under the same id; waiting here would only cost time.
        let is_lost = self.tally.verdict() == Verdict::Lost && self.record.is_some();
        let is_over = is_lost || desk.now.monotonic >= self.deadline;
        if self.tally.verdict() == Verdict::Reached {
            self.answer(desk, view);
        } else if is_over && let Some(caller) = self.caller.take() {
            let unknown =
                Failure::OutcomeUnknown { needed: self.tally.needed(), reached: self.tally.reached() };
            desk.answer(caller, view.state().version, Err(unknown));
        }
        let is_answered = self.caller.is_none();
        let is_covered = self.list.primaries.iter().all(|owner| self.covered.contains(owner));
        if is_answered && is_covered {
            return Step::Done;
        }
        Step::Wait(self.next_wake(desk, is_covered))
    }

    fn next_wake(&self, desk: &Desk<'_>, is_covered: bool) -> Instant {
        let now = desk.now.monotonic;
        let hint_at = if is_covered { None } else { Some(self.hint_at) };
        let reroute_at = if self.caller.is_some() { Some(self.reroute_at) } else { None };
        let ahead =
            [reroute_at, hint_at, Some(self.deadline)].into_iter().flatten().filter(|&wake| wake > now);
        // Everything lies behind only if the last wake left something undone; look again shortly.
        ahead.min().unwrap_or(now.plus_ms(desk.config.retry_after_ms))
    }

    fn answer(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let (Some(record), Some(caller)) = (&self.record, self.caller) else { return };
        self.caller = None;
        let is_alone = record.siblings.len() == 1
            && record.siblings.values().all(|sibling| sibling.request == self.request);
        let seal = || context::seal(&view.declared.secret, self.row.token(), record.past()).ok();
        let written = Written {
            context: if is_alone { seal() } else { None },
            siblings: u32::try_from(record.siblings.len()).unwrap_or(u32::MAX),
            replicas: self.tally.reached(),
            fallbacks: u8::try_from(self.fallbacks.len()).unwrap_or(u8::MAX),
            durability: self.settings.durability,
        };
        desk.answer(caller, view.state().version, Ok(Answer::Written(written)));
    }
}

fn check_length(bytes: usize, max: u64) -> Result<(), Failure> {
    let bytes = bytes as u64;
    if bytes > max { Err(Failure::ValueTooLong { bytes, max }) } else { Ok(()) }
}

/// The client's write with its context opened and its time taken as far as it is near this node's own (rule P5).
fn write_of(
    desk: &Desk<'_>,
    view: View<'_>,
    row: &Row,
    named: Named,
    asked: &client::Put,
    settings: Settings,
) -> Result<Write, Failure> {
    let secret = &view.declared.secret;
    let past = asked.context.as_ref().map(|sealed| context::open(secret, row.token(), sealed)).transpose();
    let past = past.map_err(|unsealed| match unsealed {
        context::Unsealed::Forged => Failure::ContextForged,
        context::Unsealed::Foreign => Failure::ContextForeign,
    })?;
    let own = desk.now.wall.0;
    let skew_max_ms = desk.config.skew_max_ms;
    let wall = named.sent_ms.clamp(own.saturating_sub(skew_max_ms), own.saturating_add(skew_max_ms));
    let expires = asked.time_to_live_ms.map(|ttl_ms| Timestamp(wall.saturating_add(ttl_ms)));
    Ok(Write {
        request: named.id,
        past: past.unwrap_or_default(),
        content: asked.value.clone().map_or(Content::Tombstone, Content::Value),
        policy: settings.policy,
        expires,
        wall: Timestamp(wall),
    })
}
