//! World: the machines, the network between them, and the queue of what happens next. One thread, one seed.
//!
//! The world does to nodes what the real one does: it carries messages as bytes of the real codec, runs their disks, tells
//! them the time, and stops them. It knows nothing of clients and misfortunes; whoever drives it does, by
//! [`World::step`], which hands back what concerns them.

mod comparing;
mod life;
mod linking;
mod post;
mod storage;
mod telling;
mod watching;

pub(crate) use comparing::Snapshot;

use std::collections::{BTreeMap, BTreeSet};

use dynamo_core::durable::{Kept, Recovery};
use dynamo_core::effect::{Effects, Reply};
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::state::Declared;
use dynamo_core::store::Ticket;
use shared::id::{ClusterId, NodeId};
use shared::wire::look::Counters;

use crate::check::Check;
use crate::clock::Clock;
use crate::digest::Digest;
use crate::disk::Disk;
use crate::event::{Alarm, Event, Local, Queue};
use crate::links::Links;
use crate::machine::{Machine, me_at};
use crate::mutant::Mutant;
use crate::network::{Network, Rule, Side, What};
use crate::register::Register;
use crate::rng::Rng;
use crate::setup::Setup;
use crate::sometimes::Sometimes;
use crate::trace::Trace;
use crate::witness::Witness;

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
    pub declared: Declared,
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
    /// A node that called itself compared and was not.
    pub behind: Option<String>,
    /// What a change of the ring broke, and which check says so.
    pub broken: Vec<(Check, String)>,
    /// Which declared states came into force.
    pub register: Register,
    /// Whether rows were ever made unreadable: what cannot be read cannot be compared.
    pub was_damaged: bool,
    /// Hints that are being forgotten since the present owners have what they hold.
    rerouted: BTreeSet<(usize, Ticket)>,
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
        for position in 0..setup.nodes + setup.spares {
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
        let founders = machines.iter().take(setup.nodes);
        let members: Vec<_> = founders.map(|machine| machine.me.clone()).collect();
        let declared = setup.declare(cluster, &members, &mut rng);
        if setup.founded {
            for machine in machines.iter_mut().take(setup.nodes) {
                machine.recovery = Recovery::Intact;
                let kept = Kept::of(std::sync::Arc::new(declared.clone()));
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
            behind: None,
            broken: Vec::new(),
            register: Register::default(),
            was_damaged: false,
            rerouted: BTreeSet::new(),
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

    fn arrange(&mut self, machine: usize, life: u64, in_us: u64, what: Local) {
        self.queue.push(self.now_us + in_us, Event::Local { machine, life, what });
    }
}
