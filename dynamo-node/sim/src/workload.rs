//! Workload: clients and what they attempt.
//!
//! A client does one thing at a time, on one of few keys, so that clients get into each other's way. What is not
//! answered in time, or failed in a way that may help, is sent again under the same request id through another
//! node, until the request's deadline; then its outcome is unknown, and the client knows that much.

use std::collections::BTreeMap;

use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::row::Row;
use dynamo_core::version::{Actor, Dot, context};
use shared::context::Context;
use shared::error::{Failure, Outcome};
use shared::id::RequestId;
use shared::key::{Key, Value};
use shared::level::Durability;
use shared::token::Token;
use shared::wire::client::{Answer, Get, Got, Put, Request, Response, Verb};

use crate::clock::EPOCH_MS;
use crate::event::Alarm;
use crate::history::{History, Place, Read, ReadId, SeenSibling, Told, WriteId, Wrote, value_of, write_of};
use crate::manners::{Deed, Errand, Manners, Memory, Remembered};
use crate::mutant::Mutant;
use crate::setup::{LWW, SIBLINGS};
use crate::world::World;

/// How many contexts a client keeps of each key.
const MEMORY_MAX: usize = 6;

#[derive(Debug, Clone, Copy)]
enum Number {
    Write(WriteId),
    Read(ReadId),
}

#[derive(Debug)]
struct Operation {
    errand: Errand,
    request: Request,
    number: Number,
    call: CallId,
    at: usize,
    /// Whether an attempt may have been done in part.
    maybe_done: bool,
    deadline_us: u64,
}

/// One client.
#[derive(Debug, Default)]
struct Client {
    memory: Memory,
    current: Option<Operation>,
}

/// All clients, and what they were told.
#[derive(Debug)]
pub struct Workload {
    /// What they were told.
    pub history: History,
    /// A changed context was taken.
    pub forgery: Option<(u64, String)>,
    manners: Manners,
    clients: Vec<Client>,
    calls: BTreeMap<CallId, usize>,
    /// Every request id under which a write was sent.
    requests: BTreeMap<RequestId, WriteId>,
    late: BTreeMap<CallId, WriteId>,
}

impl Workload {
    /// Clients that have done nothing yet.
    pub fn new(manners: Manners) -> Self {
        let place = |number: usize| Place {
            bucket: SIBLINGS,
            key: Key::new(format!("key-{number}")).expect("a short key"),
            keeps_siblings: true,
        };
        let mut history = History { places: (0..manners.keys).map(place).collect(), ..History::default() };
        let key = Key::new("last-writer-wins").expect("a short key");
        history.places.push(Place { bucket: LWW, key, keeps_siblings: false });
        let clients = (0..manners.clients).map(|_| Client::default()).collect();
        Self {
            history,
            forgery: None,
            manners,
            clients,
            calls: BTreeMap::new(),
            requests: BTreeMap::new(),
            late: BTreeMap::new(),
        }
    }

    /// Whether a client waits for nothing.
    pub fn is_idle(&self, client: usize) -> bool {
        self.clients.get(client).is_none_or(|client| client.current.is_none())
    }

    /// Lets every client think before its first request.
    pub fn wake_all(&mut self, world: &mut World) {
        for client in 0..self.clients.len() {
            self.think(world, client);
        }
    }

    /// Lets a client think of something to do, and do it.
    pub fn act(&mut self, world: &mut World, client: usize) {
        if self.is_idle(client) {
            let memory = self.clients.get(client).map(|client| &client.memory);
            let errand = self.manners.think_of(world, self.history.places.len(), memory);
            self.begin(world, client, errand);
        }
    }

    /// Lets a client do this.
    pub fn begin(&mut self, world: &mut World, client: usize, errand: Errand) {
        let Some(place) = self.history.places.get(errand.place) else { return };
        let id = RequestId(world.rng.draw_u128());
        let (bucket, key) = (place.bucket, place.key.clone());
        let (number, verb) = match &errand.deed {
            Deed::Read { is_last } => {
                let owners_only = errand.strict == Some(true) || world.machines.len() == 3;
                let r = errand.quorum.unwrap_or(world.setup.quorum.r());
                let read =
                    Read { place: errand.place, r, owners_only, is_last: *is_last, siblings: Vec::new() };
                let read = self.history.begin_read(world.now_us, read);
                (Number::Read(read), Verb::Get(Get { bucket, key, r: errand.quorum, strict: errand.strict }))
            }
            Deed::Write { context, deletes, durability, is_forged } => {
                let seen = context.as_ref().map(|context| context.seen.clone()).unwrap_or_default();
                let wrote =
                    Wrote { place: errand.place, request: id, deletes: *deletes, seen, told: Told::Unknown };
                let write = self.history.begin_write(wrote);
                let context = context.as_ref().map(|context| context.context.clone());
                let token = Token::of(bucket, &key);
                let context = context.map(|context| forge_if(world, *is_forged, token, context));
                let value = (!deletes).then(|| Value::from(value_of(write)));
                let (w, strict, durability) = (errand.quorum, errand.strict, *durability);
                let put = Put { bucket, key, value, context, w, strict, durability, time_to_live_ms: None };
                (Number::Write(write), Verb::Put(put))
            }
        };
        let request = Request { id, sent_ms: EPOCH_MS + world.now_us / 1_000, timeout_ms: 0, verb };
        let deadline_us = world.now_us + errand.patience_ms * 1_000;
        let operation =
            Operation { errand, request, number, call: CallId(0), at: 0, maybe_done: false, deadline_us };
        self.attempt(world, client, operation);
    }

    /// A client has waited long enough for an answer.
    pub fn attempt_timed_out(&mut self, world: &mut World, client: usize, call: CallId) {
        let Some(mut operation) = self.take(client, call) else { return };
        operation.maybe_done |= self.calls.remove(&call).is_some();
        self.again(world, client, operation);
    }

    /// A call was answered.
    pub fn replied(&mut self, world: &mut World, call: CallId, reply: Reply) {
        let Reply::Client(Response { result, .. }) = reply else { return };
        let Some(client) = self.calls.remove(&call) else { return self.replied_late(world, call, &result) };
        let Some(operation) = self.take(client, call) else { return self.replied_late(world, call, &result) };
        world.absorb(u64::from(result.is_ok()));
        match result {
            Ok(answer) => self.succeeded(world, client, &operation, answer),
            Err(failure) => self.failed(world, client, operation, &failure),
        }
    }

    fn take(&mut self, client: usize, call: CallId) -> Option<Operation> {
        self.clients.get_mut(client)?.current.take_if(|operation| operation.call == call)
    }

    /// An answer to an attempt that was given up tells that the write is done, all the same.
    fn replied_late(&mut self, world: &World, call: CallId, result: &Result<Answer, Failure>) {
        if let (Some(write), Ok(Answer::Written(written))) = (self.late.remove(&call), result) {
            let (replicas, fallbacks, durability) = (written.replicas, written.fallbacks, written.durability);
            self.history.end_write(world.now_us, write, Told::Done { replicas, fallbacks, durability });
        }
    }

    fn attempt(&mut self, world: &mut World, client: usize, mut operation: Operation) {
        let left_ms = operation.deadline_us.saturating_sub(world.now_us) / 1_000;
        operation.request.timeout_ms = u32::try_from(left_ms).unwrap_or(u32::MAX);
        operation.at = whom(world, operation.at);
        let request = operation.request.clone();
        operation.call = world.ask(operation.at, |call| Input::Client(call, request));
        let patience_ms = world.rng.between(60, 700).min(left_ms.max(1));
        world.alarm(patience_ms * 1_000, Alarm::Attempt(client, operation.call));
        self.calls.insert(operation.call, client);
        if let Number::Write(write) = operation.number {
            self.late.insert(operation.call, write);
            self.requests.insert(operation.request.id, write);
        }
        let call = operation.call;
        let text = || format!("client {client} {call:?} {:?} {:?}", operation.number, operation.request);
        world.trace.line(world.now_us, Some(operation.at), text);
        if let Some(client) = self.clients.get_mut(client) {
            client.current = Some(operation);
        }
    }

    /// Tries again through another node while there is time; then settles for what is known.
    fn again(&mut self, world: &mut World, client: usize, mut operation: Operation) {
        if world.now_us + 5_000 < operation.deadline_us {
            world.sometimes.count("request retried");
            if world.mutant == Some(Mutant::RetryRenamed) {
                operation.request.id = RequestId(world.rng.draw_u128());
            }
            return self.attempt(world, client, operation);
        }
        if let Number::Write(write) = operation.number {
            let told = if operation.maybe_done { Told::Unknown } else { Told::Refused };
            self.history.end_write(world.now_us, write, told);
            world.sometimes.count(if operation.maybe_done { "outcome unknown" } else { "put refused" });
        }
        self.think(world, client);
    }

    fn failed(&mut self, world: &mut World, client: usize, mut operation: Operation, failure: &Failure) {
        world.trace.line(world.now_us, None, || format!("client {client} is told: {failure}"));
        operation.maybe_done |= failure.outcome() == Outcome::Unknown;
        let is_forged = matches!(operation.errand.deed, Deed::Write { is_forged: true, .. });
        if is_forged && matches!(failure, Failure::ContextForged | Failure::ContextForeign) {
            world.sometimes.count("forged context refused");
        }
        if !failure.is_worth_retrying() {
            operation.deadline_us = 0;
        }
        let pause_us = world.rng.between(2_000, 60_000);
        world.alarm(pause_us, Alarm::Again(client, operation.call));
        if let Some(client) = self.clients.get_mut(client) {
            client.current = Some(operation);
        }
    }

    /// A client whose attempt failed has paused, and tries again.
    pub fn again_now(&mut self, world: &mut World, client: usize, call: CallId) {
        if let Some(operation) = self.take(client, call) {
            self.again(world, client, operation);
        }
    }

    fn succeeded(&mut self, world: &mut World, client: usize, operation: &Operation, answer: Answer) {
        let place = operation.errand.place;
        match (operation.number, answer) {
            (Number::Read(read), Answer::Got(got)) => {
                let siblings = self.siblings(world, &got);
                world.trace.line(world.now_us, None, || format!("client {client} {read:?} saw {siblings:?}"));
                if siblings.iter().any(|sibling| sibling.is_tombstone) {
                    world.sometimes.count("tombstone read");
                }
                let seen = siblings.iter().filter_map(|sibling| sibling.write).collect();
                self.remember(client, place, Remembered { context: got.context, seen });
                self.history.end_read(world.now_us, read, siblings);
            }
            (Number::Write(write), Answer::Written(written)) => {
                world
                    .trace
                    .line(world.now_us, None, || format!("client {client} {write:?} done {written:?}"));
                if written.fallbacks > 0 {
                    world.sometimes.count("put acknowledged with a fallback");
                }
                let is_forged = matches!(&operation.errand.deed, Deed::Write { is_forged: true, .. });
                if is_forged && world.mutant != Some(Mutant::ForgedContextBelieved) {
                    self.forgery = Some((world.now_us, format!("{write:?} was done")));
                }
                let (replicas, fallbacks, durability) =
                    (written.replicas, written.fallbacks, written.durability);
                if let Some(place) =
                    self.history.places.get(place).filter(|_| durability == Durability::Synced)
                {
                    let row = Row::new(place.bucket, place.key.clone());
                    let dots = world.witness.dots.get(&operation.request.id).cloned().unwrap_or_default();
                    world.acknowledged(row, dots, replicas.saturating_sub(fallbacks));
                }
                self.history.end_write(world.now_us, write, Told::Done { replicas, fallbacks, durability });
                if let Some(context) = written.context.filter(|_| self.manners.chains) {
                    self.remember(client, place, Remembered { context, seen: vec![write] });
                }
            }
            (number, answer) => {
                let what = format!("{number:?} was answered with {answer:?}");
                world.misbehaviour.get_or_insert(what);
            }
        }
        self.think(world, client);
    }

    /// A tombstone has no value to tell it by; the world has overheard whose its dot is.
    fn siblings(&self, world: &World, got: &Got) -> Vec<SeenSibling> {
        let seen = |sibling: &shared::wire::client::Sibling| {
            let dot = Dot { actor: Actor(sibling.dot.actor), counter: sibling.dot.counter };
            let by_dot = || {
                let request = world.witness.minted.get(&dot)?;
                self.requests.get(request).copied()
            };
            let write = sibling.value.as_ref().map_or_else(by_dot, |value| write_of(value.as_bytes()));
            SeenSibling { write, dot, is_tombstone: sibling.value.is_none() }
        };
        got.siblings.iter().map(seen).collect()
    }

    fn remember(&mut self, client: usize, place: usize, remembered: Remembered) {
        let Some(client) = self.clients.get_mut(client) else { return };
        let memory = client.memory.entry(place).or_default();
        memory.push_front(remembered);
        memory.truncate(MEMORY_MAX);
    }

    fn think(&mut self, world: &mut World, client: usize) {
        let think_us = world.rng.between(500, self.manners.think_ms * 1_000);
        world.alarm(think_us, Alarm::Client(client));
    }
}

/// Another machine than the last, if there is one; it may be down, and a client finds out by itself.
///
/// Where the ring moves, clients mostly know who is a member.
fn whom(world: &mut World, last: usize) -> usize {
    if world.setup.spares > 0 && world.rng.chance(900) {
        let members = world.members();
        let others: Vec<usize> =
            members.iter().copied().filter(|&at| at != last || members.len() == 1).collect();
        return if others.is_empty() { last } else { world.rng.pick(&others) };
    }
    let at = world.rng.index(world.machines.len());
    if at == last { (at + 1) % world.machines.len() } else { at }
}

/// A context as somebody would hand it in who wants to have seen more than they did.
fn forge_if(world: &mut World, is_forged: bool, token: Token, context: Context) -> Context {
    if !is_forged {
        return context;
    }
    if world.mutant == Some(Mutant::ForgedContextBelieved) {
        let secret = &world.declared.secret;
        let mut past = context::open(secret, token, &context).unwrap_or_default();
        world.witness.minted.keys().for_each(|&dot| past.clock.insert(dot));
        return context::seal(secret, token, past).unwrap_or(context);
    }
    let mut bytes = context.as_bytes().to_vec();
    let at = world.rng.index(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << world.rng.below(8);
    }
    Context::new(bytes).unwrap_or(context)
}
