//! World: the machines, the network between them, and the queue of what happens next. One thread, one seed.
//!
//! The world does to nodes what the real one does: it carries messages as bytes of the real codec, runs their disks, tells
//! them the time, and stops them. It knows nothing of clients and misfortunes; whoever drives it does, by
//! [`World::step`], which hands back what concerns them.

use std::collections::BTreeMap;

use dynamo_core::durable::{Kept, Recovery};
use dynamo_core::effect::{Effect, Effects, Notice, Reply};
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Envelope};
use dynamo_core::node::Node;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::{Effected, StoreOp, Ticket};
use shared::id::{ClusterId, NodeId};
use shared::wire;
use shared::wire::look::{Counters, Look, Seen};

use crate::clock::Clock;
use crate::digest::Digest;
use crate::disk::{Disk, Stop};
use crate::event::{Alarm, Event, Local, Queue};
use crate::links::{Links, Lives, Pair, Turn};
use crate::machine::{Machine, me_at};
use crate::mutant::{self, Mutant};
use crate::network::{Fate, Network, Rule, Side, What};
use crate::rng::Rng;
use crate::setup::Setup;
use crate::sometimes::Sometimes;
use crate::trace::Trace;
use crate::witness::Witness;

/// A node that is told the time so often, without wanting it later, spins.
const IDLE_TICKS_MAX: u32 = 2_000;

/// The call by which the world itself looks at a node.
const POLL: CallId = CallId(0);

/// How often it does, in microseconds.
const POLL_US: u64 = 400_000;

/// What concerns whoever drives the world.
#[derive(Debug)]
pub enum Happening {
    /// A call was answered.
    Replied(CallId, Box<Reply>),
    /// An alarm went off.
    Alarm(Alarm),
    /// Something inside went on.
    Inside,
}

/// A cluster and everything around it.
#[derive(Debug)]
pub struct World {
    /// The world's time, in microseconds.
    pub now_us: u64,
    /// How many events have happened.
    pub events: u64,
    /// All chance.
    pub rng: Rng,
    /// Every machine.
    pub machines: Vec<Machine>,
    /// What becomes of messages.
    pub network: Network,
    /// What it is made of.
    pub setup: Setup,
    /// The declared state that the machines began with, or would be founded with.
    pub declared: dynamo_core::state::Declared,
    /// What happened, how often.
    pub sometimes: Sometimes,
    /// A run as lines.
    pub trace: Trace,
    /// What the world learns behind the nodes' backs.
    pub witness: Witness,
    /// The mistake that is made.
    pub mutant: Option<Mutant>,
    /// What a node did that no node may do.
    pub misbehaviour: Option<String>,
    /// A hint that was forgotten before its owner had it.
    pub hint_lost: Option<String>,
    queue: Queue,
    links: Links,
    digest: Digest,
    calls: u64,
    counters: BTreeMap<(usize, u64), Counters>,
    spare: Effects,
}

impl World {
    /// A world in which nothing runs yet.
    pub fn new(seed: u64, setup: Setup, mutant: Option<Mutant>, trace: Trace) -> Self {
        let mut rng = Rng::new(seed);
        let cluster = ClusterId(rng.draw_u128());
        let mut machines = Vec::new();
        for position in 0..setup.nodes {
            let me = me_at(position, cluster, NodeId(rng.draw()));
            let clock = Clock {
                monotonic_offset_us: rng.below(1 << 40),
                drift_ppm: rng.below(300),
                wall_offset_ms: 0,
            };
            let mut disk = Disk::new(setup.lanes, mutant);
            disk.slowness = setup.disk_slowness;
            machines.push(Machine::new(me, disk, clock));
        }
        let members: Vec<_> = machines.iter().map(|machine| machine.me.clone()).collect();
        let declared = setup.declare(cluster, &members, &mut rng);
        if setup.founded {
            for machine in &mut machines {
                machine.recovery = Recovery::Intact;
                let kept = Kept { declared: declared.clone(), lacks_data: false };
                machine.disk.durable.kept = Some(kept.clone());
                machine.disk.live.kept = Some(kept);
            }
        }
        let mut network = Network::default();
        let usual = What::Delay { min_us: 100, max_us: setup.delay_max_us };
        network.add(Rule { from: Side::ALL, to: Side::ALL, what: usual });
        Self {
            now_us: 0,
            events: 0,
            rng,
            machines,
            network,
            setup,
            declared,
            sometimes: Sometimes::default(),
            trace,
            witness: Witness::default(),
            mutant,
            misbehaviour: None,
            hint_lost: None,
            queue: Queue::default(),
            links: Links::default(),
            digest: Digest::default(),
            calls: 0,
            counters: BTreeMap::new(),
            spare: Effects::default(),
        }
    }

    /// Lets the next thing happen; `None`: nothing is arranged.
    pub fn step(&mut self) -> Option<Happening> {
        let (at_us, event) = self.queue.pop()?;
        self.now_us = self.now_us.max(at_us);
        self.events += 1;
        self.digest.absorb(at_us);
        Some(match event {
            Event::Local { machine, life, what } => {
                self.local(machine, life, what);
                Happening::Inside
            }
            Event::Rise(pair) => {
                self.rise(pair);
                Happening::Inside
            }
            Event::Fall(pair) => {
                self.fall(pair);
                Happening::Inside
            }
            Event::Replied(call, reply) => Happening::Replied(call, reply),
            Event::Alarm(alarm) => Happening::Alarm(alarm),
        })
    }

    /// One number for everything that has happened.
    pub fn hash(&self) -> u64 {
        self.digest.value()
    }

    /// Takes something that a driver learnt into the hash.
    pub fn absorb(&mut self, number: u64) {
        self.digest.absorb(number);
    }

    /// Arranges to be called in so many microseconds.
    pub fn alarm(&mut self, in_us: u64, alarm: Alarm) {
        self.queue.push(self.now_us + in_us, Event::Alarm(alarm));
    }

    /// Sends a client's, an onlooker's or an administrator's question to a machine. It may never be answered.
    pub fn ask(&mut self, machine: usize, question: impl FnOnce(CallId) -> Input) -> CallId {
        self.calls += 1;
        let call = CallId(self.calls);
        let delay_us = self.rng.between(50, 800);
        let life = self.machine(machine).life;
        self.arrange(machine, life, delay_us, Local::Ask(Box::new(question(call))));
        call
    }

    /// A machine.
    pub fn machine(&self, position: usize) -> &Machine {
        self.machines.get(position).expect("a position of a machine")
    }

    /// A machine, to be changed.
    pub fn machine_mut(&mut self, position: usize) -> &mut Machine {
        self.machines.get_mut(position).expect("a position of a machine")
    }

    /// Where the machine of a node is.
    pub fn position_of(&self, node: NodeId) -> Option<usize> {
        self.machines.iter().position(|machine| machine.me.node == node)
    }

    /// Starts a machine's node with what its disk kept.
    pub fn start(&mut self, position: usize) {
        if self.machine(position).is_running() {
            return;
        }
        let drawn = self.rng.draw_seed();
        let (config, mutant, now_us) = (self.setup.config.clone(), self.mutant, self.now_us);
        let partitions = self.declared.state.partitions;
        let mut effects = std::mem::take(&mut self.spare);
        let machine = self.machine_mut(position);
        let first = *machine.first_seed.get_or_insert(drawn);
        let seed = if mutant == Some(Mutant::SeedReused) { first } else { drawn };
        machine.life += 1;
        machine.wake_us = None;
        let durable = machine.durable();
        machine.recovery = Recovery::Intact;
        if mutant == Some(Mutant::ActorReused) {
            machine.disk.pens = mutant::pens_from_disk(&machine.disk.live, |row| partitions.of(row.token()));
        }
        let now = machine.now(now_us);
        let node = Node::new(now, machine.me.clone(), config, durable, seed, &mut effects);
        machine.node = Some(Box::new(node));
        let life = machine.life;
        self.arrange(position, life, POLL_US, Local::Poll);
        self.trace.line(now_us, Some(position), || "starts".to_owned());
        self.perform(position, effects);
        self.arm(position);
        self.look_at_links();
    }

    /// Stops a machine's node without a word.
    pub fn stop(&mut self, position: usize, how: Stop) {
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position).filter(|machine| machine.is_running()) else { return };
        machine.node = None;
        machine.life += 1;
        machine.frozen_until_us = 0;
        let forgotten = machine.disk.stop(how, rng);
        if forgotten > 0 {
            self.sometimes.count("crash lost unsynced writes");
        }
        self.trace
            .line(self.now_us, Some(position), || format!("{how:?}, {forgotten} unsafe writes forgotten"));
        self.look_at_links();
    }

    /// Empties the disk of a machine whose node does not run. It will start as if it had never been.
    pub fn wipe(&mut self, position: usize) {
        let machine = self.machine_mut(position);
        machine.disk.wipe();
        machine.boot = shared::id::Boot(0);
        machine.was_wiped = true;
        machine.recovery = Recovery::Fresh;
        self.sometimes.count("disk was wiped");
        self.trace.line(self.now_us, Some(position), || "the disk is wiped".to_owned());
    }

    /// Stops a machine's process for so many microseconds.
    pub fn freeze(&mut self, position: usize, for_us: u64) {
        let until_us = self.now_us + for_us;
        self.machine_mut(position).frozen_until_us = until_us;
        self.sometimes.count("node frozen");
        self.trace.line(self.now_us, Some(position), || format!("frozen for {} ms", for_us / 1_000));
    }

    /// Asks a node what it has counted so far, now and again for as long as it lives.
    fn poll(&mut self, position: usize) {
        let life = self.machine(position).life;
        self.arrange(position, life, POLL_US, Local::Poll);
        self.tell(position, Input::Look(POLL, Look::Status));
    }

    /// Adds up what the nodes have counted in all their lives.
    pub fn collect_counters(&mut self) {
        for counters in std::mem::take(&mut self.counters).values() {
            self.sometimes.add_counters(counters);
        }
    }

    /// To be called whenever a link may have become possible or impossible.
    pub fn look_at_links(&mut self) {
        for pair in Pair::all(self.machines.len()) {
            let possible = self.possible(pair);
            match self.links.turn(pair, possible, &mut self.rng) {
                Some(Turn::Rise(in_us)) => self.queue.push(self.now_us + in_us, Event::Rise(pair)),
                Some(Turn::Fall(in_us)) => self.queue.push(self.now_us + in_us, Event::Fall(pair)),
                None => {}
            }
        }
    }

    fn possible(&self, Pair { low, high }: Pair) -> Option<Lives> {
        let (one, other) = (self.machine(low), self.machine(high));
        let is_cut = self.network.is_cut(low, high) || self.network.is_cut(high, low);
        (one.is_running() && other.is_running() && !is_cut).then_some((one.life, other.life))
    }

    fn rise(&mut self, pair: Pair) {
        let possible = self.possible(pair);
        if let Some(replaced) = self.links.rise(pair, possible) {
            if let Some(lives) = replaced {
                self.tell_link(pair, lives, Input::Unlinked);
            }
            if let Some(lives) = possible {
                self.tell_link(pair, lives, Input::Linked);
            }
        }
        self.look_at_links();
    }

    fn fall(&mut self, pair: Pair) {
        if let Some(lives) = self.links.fall(pair, self.possible(pair)) {
            self.sometimes.count("link lost");
            self.tell_link(pair, lives, Input::Unlinked);
        }
        self.look_at_links();
    }

    fn tell_link(&mut self, pair: Pair, lives: Lives, input: impl Fn(NodeId) -> Input) {
        for (at, life, other) in [(pair.low, lives.0, pair.high), (pair.high, lives.1, pair.low)] {
            if self.machine(at).life == life {
                let input = input(self.machine(other).me.node);
                self.tell(at, input);
            }
        }
    }

    fn arrange(&mut self, machine: usize, life: u64, in_us: u64, what: Local) {
        self.queue.push(self.now_us + in_us, Event::Local { machine, life, what });
    }

    fn local(&mut self, position: usize, life: u64, what: Local) {
        let machine = self.machine(position);
        if machine.life != life || !machine.is_running() {
            return;
        }
        if machine.frozen_until_us > self.now_us {
            let thaw_us = machine.frozen_until_us;
            self.queue.push(thaw_us, Event::Local { machine: position, life, what });
            return;
        }
        self.digest.absorb(position as u64);
        match what {
            Local::Deliver(bytes) => self.deliver(position, &bytes),
            Local::Ask(input) => self.tell(position, *input),
            Local::Wake => self.wake(position),
            Local::Poll => self.poll(position),
            Local::Lane(lane) => self.run_lane(position, lane),
            Local::Read(ticket, query) => {
                let input = match self.machine(position).disk.read(&query) {
                    Ok(found) => Input::Applied(ticket, dynamo_core::store::Outcome::Query(found)),
                    Err(failure) => Input::Failed(ticket, failure),
                };
                self.tell(position, input);
            }
            Local::Written(sync_us) => self.commit_written(position, sync_us),
            Local::Synced => self.commit_synced(position),
            Local::Flush => self.begin_sync(position),
        }
    }

    fn deliver(&mut self, position: usize, bytes: &[u8]) {
        self.digest.absorb_bytes(bytes);
        match wire::decode::<Envelope>("envelope", bytes) {
            Ok(envelope) => self.tell(position, Input::Peer(envelope)),
            Err(error) => self.misbehaves(position, &format!("sent what is no envelope: {error}")),
        }
    }

    fn misbehaves(&mut self, position: usize, what: &str) {
        let name = &self.machine(position).me.name;
        let what = format!("{name} {what}");
        self.misbehaviour.get_or_insert(what);
    }

    fn wake(&mut self, position: usize) {
        let now_us = self.now_us;
        let machine = self.machine_mut(position);
        if machine.wake_us.is_some_and(|wake_us| wake_us <= now_us) {
            machine.wake_us = None;
        }
        let deadline = machine.node.as_ref().and_then(|node| node.deadline());
        if deadline.is_some_and(|deadline| machine.clock.world_us_at(deadline) <= now_us) {
            self.tell(position, Input::Tick);
        } else {
            self.arm(position);
        }
    }

    /// Tells a node one thing that happened, and does what it asks for.
    fn tell(&mut self, position: usize, input: Input) {
        let now_us = self.now_us;
        Witness::told(&input, &mut self.sometimes);
        self.trace.line(now_us, Some(position), || format!("<- {}", crate::words::of_input(&input)));
        let mut effects = std::mem::take(&mut self.spare);
        let Some(machine) = self.machines.get_mut(position) else { return };
        let now = machine.now(now_us);
        machine.idle_ticks = if matches!(input, Input::Tick) { machine.idle_ticks + 1 } else { 0 };
        let Some(node) = machine.node.as_mut() else { return };
        node.handle(now, input, &mut effects);
        self.perform(position, effects);
        self.arm(position);
    }

    /// Arranges for a node to be told the time when it wants to be.
    fn arm(&mut self, position: usize) {
        let now_us = self.now_us;
        let machine = self.machine_mut(position);
        let Some(deadline) = machine.node.as_ref().and_then(|node| node.deadline()) else { return };
        let at_us = machine.clock.world_us_at(deadline).max(now_us + 1);
        if at_us > now_us + 1 {
            machine.idle_ticks = 0;
        }
        let spins = machine.idle_ticks > IDLE_TICKS_MAX;
        if machine.wake_us.is_none_or(|wake_us| wake_us > at_us) {
            machine.wake_us = Some(at_us);
            let life = machine.life;
            self.arrange(position, life, at_us - now_us, Local::Wake);
        }
        if spins {
            self.misbehaves(position, "spins: its deadline stays in the past");
        }
    }

    fn perform(&mut self, position: usize, mut effects: Effects) {
        for effect in effects.drain() {
            self.trace
                .line(self.now_us, Some(position), || format!("-> {}", crate::words::of_effect(&effect)));
            match effect {
                Effect::Send(envelope) => self.send(position, envelope),
                Effect::Store(ticket, op) => self.store(position, ticket, op),
                Effect::Reply(POLL, Reply::Look(Ok(Seen::Status(status)))) => {
                    let life = self.machine(position).life;
                    self.counters.insert((position, life), status.counters.clone());
                }
                Effect::Reply(call, reply) => {
                    let delay_us = self.rng.between(50, 800);
                    self.queue.push(self.now_us + delay_us, Event::Replied(call, Box::new(reply)));
                }
                // Everybody here knows where everybody is.
                Effect::Introduce(..) => {}
                Effect::Publish(notice) => self.note(position, &notice),
            }
        }
        self.spare = effects;
    }

    fn note(&mut self, position: usize, notice: &Notice) {
        if let Notice::Forked { .. } = notice {
            self.misbehaves(position, "met a state of another lineage; there is only one here");
        }
    }

    fn send(&mut self, from: usize, mut envelope: Envelope) {
        if envelope.from != self.machine(from).me.node || envelope.boot != self.machine(from).boot {
            self.misbehaves(from, "speaks under another's name or boot");
        }
        let Some(to) = self.position_of(envelope.to).filter(|&to| to != from) else {
            return self.misbehaves(from, "speaks to itself or to nobody");
        };
        Witness::said(&envelope, &mut self.sometimes);
        self.mutate(from, &mut envelope);
        let Some(life) = self.receiving_life(from, to) else { return };
        let bytes = wire::encode(&envelope);
        match self.network.fate(from, to, self.now_us, &mut self.rng) {
            Fate::Lost => self.sometimes.count("message lost"),
            Fate::Once(at_us) => self.arrange(to, life, at_us - self.now_us, Local::Deliver(bytes)),
            Fate::Twice(first_us, second_us) => {
                self.sometimes.count("message doubled");
                self.arrange(to, life, first_us - self.now_us, Local::Deliver(bytes.clone()));
                self.arrange(to, life, second_us - self.now_us, Local::Deliver(bytes));
            }
        }
    }

    /// The life at the other end of the link that stands from this life of the sender, if one does.
    fn receiving_life(&self, from: usize, to: usize) -> Option<u64> {
        let pair = Pair::of(from, to);
        let (low, high) = self.links.standing(pair)?;
        let (mine, theirs) = if from == pair.low { (low, high) } else { (high, low) };
        (mine == self.machine(from).life).then_some(theirs)
    }

    fn mutate(&mut self, from: usize, envelope: &mut Envelope) {
        let Some(mutant) = self.mutant else { return };
        if mutant == Mutant::HintForgottenWhenSent
            && let Body::Replicate(replicate) = &envelope.body
            && replicate.stands_in_for.is_none()
        {
            let (owner, row) = (envelope.to, replicate.row.clone());
            let disk = &mut self.machine_mut(from).disk;
            let hint = disk.live.hinted(owner, &row);
            disk.live.forget_hint(owner, &row);
            disk.durable.forget_hint(owner, &row);
            if let Some(record) = hint {
                self.hint_forgotten(owner, &row, &record);
            }
        }
        mutant::sending(mutant, envelope);
    }

    fn store(&mut self, position: usize, ticket: Ticket, op: StoreOp) {
        let life = self.machine(position).life;
        let (now_us, mutant) = (self.now_us, self.mutant);
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position) else { return };
        match op {
            StoreOp::Lane(mut op) => {
                self.witness.stores(position, ticket, &op, &mut self.sometimes);
                if let Some(mutant) = mutant {
                    mutant::storing(mutant, &mut op);
                }
                let (lane, at_us) = machine.disk.submit(ticket, op, now_us, rng);
                self.arrange(position, life, at_us - now_us, Local::Lane(lane));
            }
            StoreOp::Query(query) => {
                let in_us = machine.disk.read_us(rng);
                self.arrange(position, life, in_us, Local::Read(ticket, Box::new(query)));
            }
            StoreOp::Keep(kept) => {
                machine.disk.keep(ticket, kept);
                self.begin_commit(position);
            }
        }
    }

    fn run_lane(&mut self, position: usize, lane: usize) {
        let hint = self.machine(position).disk.about_to_forget(lane);
        let Some(executed) = self.machine_mut(position).disk.execute(lane) else { return };
        if let (Some((owner, row, Some(record))), Ok(Effected { forgot: true, .. })) =
            (hint, &executed.result)
        {
            self.hint_forgotten(owner, &row, &record);
        }
        let ticket = executed.ticket;
        match executed.result {
            Ok(effected) => {
                self.witness.effected(position, ticket, &effected, &mut self.sometimes);
                self.begin_commit(position);
                self.tell(position, Input::Applied(ticket, dynamo_core::store::Outcome::Lane(effected)));
                if let Some(durability) = executed.synced_at_once {
                    self.tell(position, Input::Synced(ticket, durability));
                }
            }
            Err(failure) => self.tell(position, Input::Failed(ticket, failure)),
        }
    }

    /// A hint was forgotten: its owner must hold what it held, safely; unless the owner's disk was replaced since.
    fn hint_forgotten(&mut self, owner: NodeId, row: &Row, record: &Record) {
        let Some(owner) = self.machines.iter().find(|machine| machine.me.node == owner && !machine.was_wiped)
        else {
            return;
        };
        let kept = owner.disk.durable.objects.get(row);
        let mut merged = kept.map(|kept| Record::clone(kept)).unwrap_or_default();
        merged.merge(record);
        if kept.is_none_or(|kept| merged != **kept) {
            let what = format!("{} lacks of {row:?} what a forgotten hint for it held", owner.me.name);
            self.hint_lost.get_or_insert(what);
        }
    }

    fn begin_commit(&mut self, position: usize) {
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position) else { return };
        let life = machine.life;
        if machine.disk.begin_commit() {
            let (write_us, sync_us) = machine.disk.commit_us(rng);
            self.arrange(position, life, write_us, Local::Written(sync_us));
        }
    }

    fn commit_written(&mut self, position: usize, sync_us: u64) {
        let machine = self.machine_mut(position);
        let life = machine.life;
        let (reached, wants_sync) = machine.disk.written();
        if wants_sync {
            self.arrange(position, life, sync_us, Local::Synced);
        } else {
            self.arrange(position, life, 700_000, Local::Flush);
        }
        self.tell_reached(position, reached);
        if !wants_sync {
            self.begin_commit(position);
        }
    }

    /// What only waited in the operating system's buffer is synced on a timer.
    fn begin_sync(&mut self, position: usize) {
        let machine = self.machine_mut(position);
        if let Some(reached) = machine.disk.flush() {
            self.tell_reached(position, reached);
        }
    }

    fn commit_synced(&mut self, position: usize) {
        let reached = self.machine_mut(position).disk.synced();
        self.tell_reached(position, reached);
        self.begin_commit(position);
    }

    fn tell_reached(&mut self, position: usize, reached: Vec<(Ticket, shared::level::Durability)>) {
        for (ticket, durability) in reached {
            let durability = mutant::reached(self.mutant, durability);
            self.tell(position, Input::Synced(ticket, durability));
        }
    }
}
