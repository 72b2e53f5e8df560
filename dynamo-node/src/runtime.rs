//! The runtime: one task that owns the core, tells it what happened, and performs what it asks for.
//!
//! At each waking all that is there, up to a limit, is told to the core before anything is performed, so that effects
//! leave together.
//!
//! Deliberately absent: any decision of the protocol. What is decided here is only order and patience.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use dynamo_core::effect::{Effect, Effects, Notice, Reply};
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::membership::load::Load;
use dynamo_core::node::Node;
use dynamo_core::time;
use dynamo_transport::{Endpoint, Responder};
use shared::id::NodeId;
use shared::wire;
use shared::wire::admin::AdminResult;
use shared::wire::look::{Look, LookResult, NodeStatus, Seen};
use shared::wire::operation::Transfer;
use shared::wire::telemetry::StoredRange;

use crate::audit::{Asked, Auditor};
use crate::clocks::Clocks;
use crate::inbox::{Ask, BATCH_MAX, Happened, Inbox};
use crate::peers::Peers;
use crate::server::{self, Reception};
use crate::store::{Completion, RangeSize, Store};
use crate::telemetry::{Keeper, Observed, Recorder};

/// How long requests that are under way may go on when the node is told to stop.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// How often the core is told what the store holds, in milliseconds. Plans are made from it: people read them for
/// minutes, and the disk's numbers are a second old anyway.
const LOAD_EVERY_MS: u64 = 5_000;

/// Under these the runtime itself asks, once a second, for what telemetry tells of; callers' numbers begin above the
/// first, and end below the second.
const OWN_STATUS: CallId = CallId(0);
const OWN_TRANSFERS: CallId = CallId(u64::MAX);

/// How the runtime ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was told to, and everything that was under way is finished.
    Stopped,
    /// The store is of no more use, in its words.
    Poisoned(String),
}

/// What the runtime is made of.
pub(crate) struct Runtime {
    pub(crate) node: Node,
    pub(crate) store: Store,
    pub(crate) peers: Peers,
    pub(crate) endpoint: Endpoint,
    pub(crate) reception: Arc<Reception>,
    pub(crate) clocks: Clocks,
    pub(crate) inbox: Inbox,
    /// What the core wants to have done; from the start, what it wanted when it was made.
    pub(crate) effects: Effects,
    /// Calls under way.
    pub(crate) waiting: HashMap<CallId, Responder>,
    pub(crate) calls: u64,
    pub(crate) recorder: Recorder,
    pub(crate) keeper: Keeper,
    /// As they were at the end of the last second.
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) auditor: Auditor,
    /// Calls of administrators under way, as they stand in the audit.
    pub(crate) audited: HashMap<CallId, Asked>,
    /// Until when what is under way may be finished; `None`: nobody has said stop.
    pub(crate) stop_by: Option<tokio::time::Instant>,
}

impl Runtime {
    /// Until it is told to stop, or the store fails. Hands back the store, to be closed.
    pub(crate) async fn run(mut self) -> (Ended, Store) {
        let ended = self.serve().await;
        (ended, self.store)
    }

    async fn serve(&mut self) -> Ended {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        let alarm = tokio::time::sleep_until(self.clocks.at(time::Instant::default()));
        let second = tokio::time::sleep_until(self.clocks.at(self.recorder.rolls_at()));
        tokio::pin!(alarm, second);
        self.adopt();
        let mut load_at = self.tell_load(time::Instant::default());
        self.perform();
        loop {
            let deadline = self.node.deadline().map_or(load_at, |deadline| deadline.min(load_at));
            let deadline = self.clocks.at(deadline);
            // An alarm that was set earlier than it needs to be costs one waking; setting it each time costs more.
            if alarm.is_elapsed() || deadline < alarm.deadline() {
                alarm.as_mut().reset(deadline);
            }
            if second.is_elapsed() {
                second.as_mut().reset(self.clocks.at(self.recorder.rolls_at()));
            }
            tokio::select! {
                biased;
                happened = self.inbox.first() => match happened {
                    Some(happened) => batch.push(happened),
                    None => return Ended::Stopped,
                },
                () = &mut alarm, if !alarm.is_elapsed() => {}
                () = &mut second => {}
                () = patience(self.stop_by) => return Ended::Stopped,
            }
            self.inbox.rest(&mut batch);
            let is_full = batch.len() >= BATCH_MAX;
            load_at = self.tell_load(load_at);
            if let Some(ended) = self.take(&mut batch) {
                return ended;
            }
            self.perform();
            if self.stop_by.is_some() && self.waiting.is_empty() && self.inbox.has_no_calls() {
                return Ended::Stopped;
            }
            if is_full {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Tells the core what the store holds and what room it has, if it is time; says when it is the next time.
    fn tell_load(&mut self, at: time::Instant) -> time::Instant {
        let now = self.clocks.now();
        if now.monotonic < at {
            return at;
        }
        let store = self.store.status();
        let load = Load { stored_bytes: store.stored_bytes, free_bytes: store.disk_free_bytes };
        self.node.handle(now, Input::Load(load), &mut self.effects);
        now.monotonic.plus_ms(LOAD_EVERY_MS)
    }

    /// Tells the core what happened.
    fn take(&mut self, batch: &mut Vec<Happened>) -> Option<Ended> {
        let now = self.clocks.now();
        if let Some(second) = self.recorder.roll(now) {
            self.keeper.add(second);
            // The status comes last: it completes the second's sample.
            self.node.handle(now, Input::Look(OWN_TRANSFERS, Look::Transfers), &mut self.effects);
            self.node.handle(now, Input::Look(OWN_STATUS, Look::Status), &mut self.effects);
        }
        if self.node.deadline().is_some_and(|deadline| deadline <= now.monotonic) {
            self.node.handle(now, Input::Tick, &mut self.effects);
        }
        for happened in batch.drain(..) {
            let input = match happened {
                Happened::Completed(Completion::Applied(ticket, outcome)) => Input::Applied(ticket, outcome),
                Happened::Completed(Completion::Synced(ticket, durability)) => {
                    Input::Synced(ticket, durability)
                }
                Happened::Completed(Completion::Failed(ticket, failure)) => Input::Failed(ticket, failure),
                Happened::Completed(Completion::Poisoned(reason)) => return Some(Ended::Poisoned(reason)),
                Happened::Said(envelope) => {
                    self.peers.heard(envelope.from, envelope.boot);
                    Input::Peer(envelope)
                }
                Happened::Asked(Ask::Look(Look::Telemetry(since)), responder) => {
                    self.keeper.answer(since, responder);
                    continue;
                }
                Happened::Asked(ask, responder) => self.call(ask, responder),
                Happened::Linked { node, connection } => {
                    if !self.peers.linked(node, connection) {
                        continue;
                    }
                    tracing::info!(peer = %self.name_of(node), "linked");
                    Input::Linked(node)
                }
                Happened::Unlinked(node) => {
                    if !self.peers.unlinked(node) {
                        continue;
                    }
                    Input::Unlinked(node)
                }
                Happened::Called(node) => {
                    self.peers.called(node);
                    continue;
                }
                Happened::Found { node, address } => {
                    self.peers.found(node, address);
                    continue;
                }
                Happened::Stop => {
                    self.stop_by = Some(tokio::time::Instant::now() + FINISH_WITHIN);
                    continue;
                }
            };
            self.node.handle(now, input, &mut self.effects);
        }
        None
    }

    fn call(&mut self, ask: Ask, responder: Responder) -> Input {
        self.calls += 1;
        let call = CallId(self.calls);
        self.waiting.insert(call, responder);
        match ask {
            Ask::Client(request) => Input::Client(call, request),
            Ask::Look(look) => Input::Look(call, look),
            Ask::Admin(author, admin, asked) => {
                self.audited.insert(call, asked);
                Input::Admin(call, author, admin)
            }
        }
    }

    /// Does what the core asked for, in its order.
    fn perform(&mut self) {
        let mut effects = std::mem::take(&mut self.effects);
        for effect in effects.drain() {
            match effect {
                Effect::Introduce(node, address) => self.peers.meet(node, address),
                Effect::Send(envelope) => self.peers.send(&envelope),
                Effect::Store(ticket, op) => self.store.submit(ticket, op),
                Effect::Reply(call, reply) => self.reply(call, reply),
                Effect::Publish(notice) => self.publish(&notice),
                Effect::Measure(measure) => self.recorder.measure(&measure),
            }
        }
        // Its room is kept for the next time.
        self.effects = effects;
    }

    fn reply(&mut self, call: CallId, reply: Reply) {
        match (call, reply) {
            (OWN_STATUS, Reply::Look(Ok(Seen::Status(status)))) => self.observe(Some(*status)),
            (OWN_STATUS, _) => self.observe(None),
            (OWN_TRANSFERS, Reply::Look(Ok(Seen::Transfers(transfers)))) => self.transfers = transfers,
            (OWN_TRANSFERS, _) => self.transfers.clear(),
            (call, reply) => self.reply_to_caller(call, reply),
        }
    }

    fn reply_to_caller(&mut self, call: CallId, reply: Reply) {
        let Some(responder) = self.waiting.remove(&call) else { return };
        match reply {
            Reply::Client(response) => responder.answer(wire::encode(&response)),
            Reply::Admin(result) => self.tell_administrator(call, &result, responder),
            Reply::Look(result) => self.show(result, responder),
        }
    }

    /// Once it is in the audit.
    fn tell_administrator(&mut self, call: CallId, result: &AdminResult, responder: Responder) {
        tracing::info!(?result, "an administrator's request is answered");
        let Some(asked) = self.audited.remove(&call) else { return };
        let (answer, version) = (wire::encode(result), self.reception.state_version.load(Relaxed));
        self.auditor.answered(asked, result, version, move || responder.answer(answer));
    }

    /// Fills in what only the daemon knows.
    fn show(&self, mut result: LookResult, responder: Responder) {
        let program = env!("CARGO_PKG_VERSION");
        match &mut result {
            Ok(Seen::Whoami(whoami)) => program.clone_into(&mut whoami.program),
            Ok(Seen::Status(status)) => self.fill_in(status),
            Ok(_) | Err(_) => {}
        }
        responder.answer(wire::encode(&result));
    }

    fn fill_in(&self, status: &mut NodeStatus) {
        env!("CARGO_PKG_VERSION").clone_into(&mut status.whoami.program);
        let seen = self.endpoint.counters();
        status.counters.refused_connections = server::refused_connections(&seen);
        status.counters.malformed_frames = seen.malformed_frames;
        status.counters.refused_requests += self.reception.refused_requests.load(Relaxed);
        let damaged = &mut status.counters.damaged_records;
        *damaged = self.store.damaged_records().max(*damaged);
        status.store = self.store.status();
    }

    /// What is stored of each range of the ring that holds anything.
    fn stored(&self) -> Vec<StoredRange> {
        let sizes = (0..=u8::MAX).zip(self.store.bytes_by_range());
        let held = sizes.filter(|(_, size)| size.records > 0);
        held.map(|(range, RangeSize { records, bytes })| StoredRange { range, records, bytes }).collect()
    }

    /// Completes the last second's sample with how things stand; `None`: there is no cluster yet.
    fn observe(&mut self, status: Option<NodeStatus>) {
        let observed = status.map(|mut status| {
            self.fill_in(&mut status);
            Observed {
                ring_version: self.node.declared().map_or(0, |declared| declared.state.ring_version),
                status,
                transfers: std::mem::take(&mut self.transfers),
                calls_under_way: self.waiting.len(),
                envelopes_dropped: self.peers.dropped(),
                resident_bytes: None,
                stored: self.stored(),
            }
        });
        self.keeper.complete(self.clocks.now().monotonic, observed);
    }

    fn publish(&mut self, notice: &Notice) {
        match notice {
            Notice::Adopted { version } => {
                self.adopt();
                tracing::info!(version, "a cluster state is in force");
            }
            Notice::Forked { node } => {
                tracing::error!(peer = %self.name_of(*node), "it has a cluster state of another line than ours");
            }
            Notice::Liveness { node, liveness } => {
                tracing::info!(peer = %self.name_of(*node), ?liveness, dropped = self.peers.dropped(), "liveness");
            }
            Notice::Compared => tracing::info!("every partition held here has been compared"),
            Notice::HandoffDone { node } => {
                tracing::info!(peer = %self.name_of(*node), "all hints for it are delivered");
            }
            Notice::Left => {
                tracing::warn!("this node is no member of its cluster any more: it serves nothing; stop it");
            }
            Notice::Dismissed => {
                tracing::info!("the operation that was to admit this node was taken back: it waits again");
            }
            Notice::Warning(words) => tracing::warn!("{words}"),
        }
    }

    /// Takes addresses and version from the state in force, if there is one.
    fn adopt(&mut self) {
        let Some(declared) = self.node.declared() else { return };
        self.reception.state_version.store(declared.state.version, Relaxed);
        let members = declared.state.members.iter().map(|(&node, member)| (node, member.address)).collect();
        self.peers.set_members(&members);
    }

    fn name_of(&self, node: NodeId) -> String {
        let members = self.node.declared().map(|declared| &declared.state.members);
        members
            .and_then(|members| members.get(&node))
            .map_or_else(|| node.to_string(), |member| member.name.to_string())
    }
}

/// Waits until then; for ever if nobody has said when.
async fn patience(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
