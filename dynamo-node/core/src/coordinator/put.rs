//! Put: mint at home, send the merged record to the others as soon as it is applied, count what is synced
//! (Dynamo §4.5, §4.6).
//!
//! After the client has its answer the machine lingers until every owner has the write or a hint is kept for it.

use std::sync::Arc;

use shared::error::Failure;
use shared::id::{NodeId, RequestId};
use shared::level::Durability;
use shared::token::PartitionId;
use shared::wire::client::{self, Answer, Written};

use super::settings::{Own, Settings};
use super::spread::{Manner, Spread};
use super::stopwatch::Stopwatch;
use super::tally::Verdict;
use super::{Event, Step};
use crate::desk::{Caller, Desk, Errand, View};
use crate::ids::OpId;
use crate::measure::Kind;
use crate::message::{Body, Replicate};
use crate::record::{Content, Record, Write};
use crate::ring::preference::Target;
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
    as_owner: bool,
    spread: Spread,
    /// What is held here since the write was applied.
    record: Option<Arc<Record>>,
    stopwatch: Stopwatch,
    value_bytes: usize,
    reroute_at: Instant,
    hint_at: Instant,
    /// When those are asked again that placed the partition otherwise.
    again_at: Option<Instant>,
    deadline: Instant,
}

/// How long a node that places the partition otherwise is given to learn better, or to teach us better, in milliseconds.
const MISPLACED_AGAIN_MS: u64 = 25;

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
        let value_bytes = asked.value.as_ref().map_or(0, shared::key::Value::len);
        check_length(value_bytes, state.value_bytes_max)?;
        let row = Row::new(asked.bucket, asked.key.clone());
        let write = write_of(desk, view, &row, named, asked, settings)?;
        let list = view.preference_list(&row);
        let as_owner = list.readers.contains(&desk.me.node);
        let manner = Manner {
            me: desk.me.node,
            w: settings.quorum.w(),
            strict: settings.strict,
            counts_joiners: desk.config.flaws.counts_joiners,
        };
        let mut put = Self {
            caller: Some(caller),
            request: named.id,
            partition: view.partition_of(&row),
            row,
            settings,
            as_owner,
            spread: Spread::choose(view, list, manner)?,
            record: None,
            stopwatch: Stopwatch::start(desk, Kind::Put),
            value_bytes,
            reroute_at: desk.now.monotonic.plus_ms(desk.config.reroute_after_ms),
            hint_at: desk.now.monotonic.plus_ms(desk.config.hint_after_ms),
            again_at: None,
            deadline,
        };
        put.store(desk, view, op, write);
        desk.counters.puts += 1;
        Ok((put, Step::Wait(deadline)))
    }

    /// Who waits for it, and what they can be told: it may have been written.
    pub(super) fn into_caller(self) -> (Option<Caller>, Failure) {
        let (needed, reached) = (self.spread.needed(), self.spread.reached());
        (self.caller, Failure::OutcomeUnknown { needed, reached })
    }

    /// Mints at home. Owners that are absent and for whom nobody stands in are marked in the same batch.
    fn store(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, write: Write) {
        let absent: Vec<NodeId> = if self.as_owner {
            let unseen = |owner: &NodeId| !view.members.is_up(*owner) && !self.spread.is_stood_for(*owner);
            self.spread.uncovered().filter(unseen).collect()
        } else {
            desk.counters.fallback_puts += 1;
            self.spread.own_ward().into_iter().collect()
        };
        desk.counters.hints_kept += absent.len() as u64;
        absent.iter().for_each(|&owner| self.spread.cover(owner));
        let fresh = crate::version::Actor(desk.entropy.draw_u64());
        let kind = OpKind::Coordinate { write: Box::new(write), fresh, as_owner: self.as_owner, absent };
        let durability = self.settings.durability;
        let lane = LaneOp { row: self.row.clone(), partition: self.partition, durability, kind };
        desk.lane(lane, Errand::Coordinator(op));
    }

    pub(super) fn on(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId, event: Event) -> Step {
        match event {
            Event::Applied(Outcome::Lane(effected)) => self.applied(desk, op, effected),
            Event::Synced(durability) => self.confirmed(desk, desk.me.node, None, durability),
            Event::StoreFailed(failure) => return self.store_failed(desk, view, failure),
            Event::Stored { from, stands_in_for, durability } => {
                self.confirmed(desk, from, stands_in_for, durability);
            }
            Event::NotStored { from } | Event::Unreachable { node: from } => {
                self.spread.discount(from);
                self.reroute(desk, view, op);
            }
            Event::Misplaced { from } if self.spread.misplace(from) => {
                self.again_at = Some(desk.now.monotonic.plus_ms(MISPLACED_AGAIN_MS));
            }
            Event::Moved => self.moved(desk, view, op),
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
        self.send(desk, op, self.spread.targets().collect());
    }

    fn send(&self, desk: &mut Desk<'_>, op: OpId, targets: Vec<Target>) {
        let Some(record) = &self.record else { return };
        for target in targets.into_iter().filter(|target| target.node != desk.me.node) {
            let replicate = Replicate {
                op,
                row: self.row.clone(),
                epoch: self.spread.list.epoch,
                record: Arc::clone(record),
                stands_in_for: target.stands_in_for,
                durability: self.settings.durability,
                refills: false,
            };
            desk.send(target.node, Body::Replicate(replicate));
        }
    }

    /// Somebody has it, at some level; what is below the level that was asked for does not count (rule P11).
    fn confirmed(
        &mut self,
        desk: &mut Desk<'_>,
        from: NodeId,
        stands_in_for: Option<NodeId>,
        durability: Durability,
    ) {
        if durability >= self.settings.durability && self.spread.confirm(from, stands_in_for) {
            self.stopwatch.counted(desk, from, self.spread.verdict());
        }
    }

    /// The partition may be placed otherwise by now: then quorums are needed of other lists.
    fn moved(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        let list = view.preference_list(&self.row);
        if list.epoch != self.spread.list.epoch {
            let targets = self.spread.move_to(view, list);
            self.again_at = None;
            self.send(desk, op, targets);
        }
    }

    /// Sends the record to further fallbacks, one for each owner that has not confirmed and will not soon.
    fn reroute(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        if self.record.is_some() {
            let more = self.spread.more_fallbacks(view, desk.now.monotonic >= self.reroute_at);
            self.send(desk, op, more);
        }
    }

    fn woken(&mut self, desk: &mut Desk<'_>, view: View<'_>, op: OpId) {
        let now = desk.now.monotonic;
        if self.again_at.is_some_and(|again_at| now >= again_at) {
            self.again_at = None;
            let targets = self.spread.take_misplaced();
            self.send(desk, op, targets);
        }
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
        // Never for this node itself: what was applied here is synced, or the process ends. If this node has become an owner
        // since, what it minted lies in its old copy or in its hints, and comes home from there.
        let me = desk.me.node;
        self.spread.cover(me);
        let missing: Vec<NodeId> = self.spread.uncovered().collect();
        for owner in missing {
            let body = if self.as_owner { HintBody::Mark } else { HintBody::Full(Arc::clone(record)) };
            let kind = OpKind::Keep { owner, body };
            let (row, partition) = (self.row.clone(), self.partition);
            desk.lane(LaneOp { row, partition, durability: Durability::Synced, kind }, Errand::Nobody);
            desk.counters.hints_kept += 1;
            self.spread.cover(owner);
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
        self.tell(desk, view, Err(failure));
        Step::Done
    }

    fn tell(&mut self, desk: &mut Desk<'_>, view: View<'_>, result: Result<Answer, Failure>) {
        if let Some(caller) = self.caller.take() {
            self.stopwatch.answered(desk, &self.row, self.value_bytes, result.as_ref());
            desk.answer(caller, view.state().version, result);
        }
    }

    /// Answers if there is an answer, and says how long the machine is still needed.
    fn conclude(&mut self, desk: &mut Desk<'_>, view: View<'_>) -> Step {
        // A quorum that is lost may still be reached by a retry under the same id; waiting here would only cost time.
        let is_lost = self.spread.verdict() == Verdict::Lost && self.record.is_some();
        let is_over = is_lost || desk.now.monotonic >= self.deadline;
        if self.spread.verdict() == Verdict::Reached {
            self.answer(desk, view);
        } else if is_over {
            let (needed, reached) = (self.spread.needed(), self.spread.reached());
            self.tell(desk, view, Err(Failure::OutcomeUnknown { needed, reached }));
        }
        let is_answered = self.caller.is_none();
        let is_covered = self.spread.uncovered().next().is_none();
        if is_answered && is_covered {
            return Step::Done;
        }
        Step::Wait(self.next_wake(desk, is_covered))
    }

    fn next_wake(&self, desk: &Desk<'_>, is_covered: bool) -> Instant {
        let now = desk.now.monotonic;
        let hint_at = if is_covered { None } else { Some(self.hint_at) };
        let reroute_at = if self.caller.is_some() { Some(self.reroute_at) } else { None };
        let ahead = [reroute_at, hint_at, self.again_at, Some(self.deadline)];
        let ahead = ahead.into_iter().flatten().filter(|&wake| wake > now);
        // Everything lies behind only if the last wake left something undone; look again shortly.
        ahead.min().unwrap_or(now.plus_ms(desk.config.retry_after_ms))
    }

    fn answer(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let Some(record) = &self.record else { return };
        let is_alone = record.siblings.len() == 1
            && record.siblings.values().all(|sibling| sibling.request == self.request);
        let seal = || context::seal(&view.declared.secret, self.row.token(), record.past()).ok();
        let written = Written {
            context: if is_alone { seal() } else { None },
            siblings: u32::try_from(record.siblings.len()).unwrap_or(u32::MAX),
            replicas: self.spread.reached(),
            fallbacks: u8::try_from(self.spread.fallbacks()).unwrap_or(u8::MAX),
            durability: self.settings.durability,
        };
        self.tell(desk, view, Ok(Answer::Written(written)));
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
