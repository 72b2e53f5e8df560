//! Stage: the language in which stories are told of a cluster. `let mut t = Cluster::of(3); t.node(2).stop();`
//!
//! Nodes are counted from one, keys and values are short texts, and time only passes while something is awaited.
//! Nothing goes wrong here unless the story says so. A story that asks for what cannot be panics: it is a test.

use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::record::Content;
use dynamo_core::row::Row;
use dynamo_core::store::change::{Change, leaf_of, leaf_share};
use shared::context::Context;
use shared::error::Failure;
use shared::id::RequestId;
use shared::key::{Key, Value};
use shared::level::Durability;
use shared::wire::admin::{Admin, AdminResult, Init, InitMember};
use shared::wire::client::{Answer, Get, Got, Put, Request, Response, Verb, Written};
use shared::wire::look::{Look, NodeStatus, Seen};

use crate::clock::EPOCH_MS;
use crate::disk::Stop;
use crate::event::Alarm;
use crate::fault;
use crate::machine::name;
use crate::network::{Rule, Side, What};
use crate::run::differences;
use crate::setup::{SIBLINGS, Setup};
use crate::trace::Trace;
use crate::world::{Happening, World};

/// How long a story waits for an answer before it takes the call for lost, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// A cluster on the stage.
#[derive(Debug)]
pub struct Cluster {
    /// Everything behind it.
    pub world: World,
}

/// How a request is to be carried out; the cluster's own settings unless it says otherwise.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// R of a get.
    pub r: Option<u8>,
    /// W of a put.
    pub w: Option<u8>,
    /// Whether only owners count.
    pub strict: Option<bool>,
    /// How durably a put is written.
    pub durability: Option<Durability>,
    /// What the writer has seen.
    pub context: Option<Context>,
    /// The request's id, to send it a second time; drawn if it is not given.
    pub id: Option<RequestId>,
}

impl Cluster {
    /// So many nodes, three replicas, quorums of two; all of them up and compared.
    pub fn of(nodes: usize) -> Self {
        let mut cluster = Self::waiting(nodes, true);
        cluster.settle();
        cluster
    }

    /// So many nodes that have just started: as members, or waiting to be founded.
    pub fn waiting(nodes: usize, founded: bool) -> Self {
        let setup = Setup { founded, ..Setup::of(nodes) };
        let mut world = World::new(7, setup, None, Trace::default());
        (0..nodes).for_each(|position| world.start(position));
        let mut cluster = Self { world };
        cluster.pass(1_000);
        cluster
    }

    /// A node, counted from one.
    pub fn node(&mut self, number: usize) -> At<'_> {
        let position = number.checked_sub(1).filter(|&position| position < self.world.machines.len());
        At { position: position.expect("a node of this cluster"), cluster: self }
    }

    /// The nodes that own a key, in order.
    pub fn owners(&self, key: &str) -> Vec<usize> {
        let state = &self.world.declared.state;
        let owners = state.ring.owners(state.partitions.of(row(key).token()));
        owners.iter().filter_map(|&owner| self.world.position_of(owner)).map(|at| at + 1).collect()
    }

    /// The nodes that do not own a key.
    pub fn others(&self, key: &str) -> Vec<usize> {
        let owners = self.owners(key);
        (1..=self.world.machines.len()).filter(|number| !owners.contains(number)).collect()
    }

    /// Cuts these nodes off from all others.
    pub fn split(&mut self, side: &[usize]) {
        let side = Side::of(side.iter().map(|number| number - 1));
        for (from, to) in [(side, side.others()), (side.others(), side)] {
            self.world.network.add(Rule { from, to, what: What::Cut });
        }
        self.world.look_at_links();
    }

    /// Ends everything that went wrong: all nodes run and reach each other.
    pub fn heal(&mut self) {
        fault::heal(&mut self.world);
    }

    /// Lets time pass, in milliseconds.
    pub fn pass(&mut self, ms: u64) {
        let until_us = self.world.now_us + ms * 1_000;
        self.world.alarm(ms * 1_000, Alarm::Pause);
        while self.world.now_us < until_us {
            self.world.step();
        }
        assert_eq!(self.world.misbehaviour, None);
        assert_eq!(self.world.hint_lost, None);
    }

    /// Lets time pass until the running nodes are compared and no hint is left that could be delivered.
    ///
    /// # Panics
    /// If that takes longer than a minute.
    pub fn settle(&mut self) {
        self.pass(2_000);
        let settled = (0..60).any(|_| {
            self.pass(1_000);
            self.is_settled()
        });
        assert!(settled, "the cluster did not settle: {:?}", differences(&self.world));
    }

    /// What keeps the disks of all nodes from being equal, if anything does.
    pub fn differences(&self) -> Option<String> {
        differences(&self.world)
    }

    /// Founds a cluster of all nodes by asking the first.
    pub fn init(&mut self) -> AdminResult {
        let state = &self.world.declared.state;
        let members = state.members.iter().map(|(&node, member)| InitMember {
            node,
            name: member.name.clone(),
            address: member.address,
            zone: member.zone.clone(),
            weight: member.weight,
        });
        let init = Init {
            name: name("sim"),
            quorum: state.quorum,
            partitions: state.partitions,
            strict: state.strict,
            durability: state.durability,
            value_bytes_max: state.value_bytes_max,
            buckets: Vec::new(),
            members: members.collect(),
        };
        match self.call(0, |call| Input::Admin(call, Admin::Init(init))) {
            Some(Reply::Admin(result)) => result,
            other => panic!("an administrator was answered with {other:?}"),
        }
    }

    fn is_settled(&mut self) -> bool {
        let running: Vec<usize> = (0..self.world.machines.len())
            .filter(|&position| self.world.machine(position).is_running())
            .collect();
        let names: Vec<_> = running.iter().map(|&position| self.world.machine(position).me.node).collect();
        running.iter().all(|&position| {
            let keeps = &self.world.machine(position).disk.live.hints;
            let deliverable = keeps.keys().any(|owner| names.contains(owner));
            let status = self.node(position + 1).status();
            !deliverable && status.partitions_compared == status.partitions_owned
        })
    }

    /// Asks a node, and lets time pass until it has answered; `None`: it never did.
    fn call(&mut self, position: usize, question: impl FnOnce(CallId) -> Input) -> Option<Reply> {
        let call = self.world.ask(position, question);
        self.world.alarm(PATIENCE_MS * 1_000, Alarm::Attempt(0, call));
        loop {
            match self.world.step()? {
                Happening::Replied(answered, reply) if answered == call => return Some(*reply),
                Happening::Alarm(Alarm::Attempt(_, given_up)) if given_up == call => return None,
                _ => {}
            }
        }
    }
}

/// A node on the stage.
#[derive(Debug)]
pub struct At<'a> {
    cluster: &'a mut Cluster,
    position: usize,
}

impl At<'_> {
    /// Ends the process without a word.
    pub fn stop(&mut self) {
        self.cluster.world.stop(self.position, Stop::Killed);
    }

    /// Cuts the power.
    pub fn lose_power(&mut self) {
        self.cluster.world.stop(self.position, Stop::PowerLost);
    }

    /// Starts it with what its disk kept.
    pub fn start(&mut self) {
        self.cluster.world.start(self.position);
    }

    /// Cuts the power and puts an empty disk in.
    pub fn wipe(&mut self) {
        self.lose_power();
        self.cluster.world.wipe(self.position);
    }

    /// Stops the process, to be continued after so many milliseconds.
    pub fn freeze(&mut self, ms: u64) {
        self.cluster.world.freeze(self.position, ms * 1_000);
    }

    /// Makes the wall clock jump.
    pub fn jump(&mut self, ms: i64) {
        self.cluster.world.machine_mut(self.position).clock.wall_offset_ms += ms;
    }

    /// Makes a key's record unreadable.
    pub fn damage(&mut self, key: &str) {
        self.cluster.world.machine_mut(self.position).disk.live.damaged.insert(row(key));
    }

    /// Makes the disk so many times slower.
    pub fn slow_down(&mut self, times: u64) {
        self.cluster.world.machine_mut(self.position).disk.slowness = times;
    }

    /// Takes a key's record off the disk, as if the node had never had it.
    pub fn never_had(&mut self, key: &str) {
        let row = row(key);
        let disk = &mut self.cluster.world.machine_mut(self.position).disk;
        for contents in [&mut disk.live, &mut disk.durable] {
            let Some(record) = contents.objects.remove(&row) else { continue };
            let delta = leaf_share(&row, record.hash()).wrapping_neg();
            contents.apply(&Change::Leaf { leaf: leaf_of(row.token()), delta });
        }
    }

    /// Writes a value without having read.
    ///
    /// # Panics
    /// If it is not acknowledged.
    pub fn put(&mut self, key: &str, value: &str) -> Written {
        self.write(key, Some(value), Wish::default()).expect("the put is acknowledged")
    }

    /// Reads the values of a key, in order.
    ///
    /// # Panics
    /// If the read fails.
    pub fn get(&mut self, key: &str) -> Vec<String> {
        values(&self.read(key, &Wish::default()).expect("the get is answered"))
    }

    /// Writes a value, or a tombstone.
    pub fn write(&mut self, key: &str, value: Option<&str>, wish: Wish) -> Result<Written, Failure> {
        let Wish { w, strict, durability, context, id, .. } = wish;
        let value = value.map(|value| Value::from(value.to_owned()));
        let (bucket, key) = (SIBLINGS, key_of(key));
        let put = Put { bucket, key, value, context, w, strict, durability, time_to_live_ms: None };
        match self.request(id, Verb::Put(put))? {
            Answer::Written(written) => Ok(written),
            other => panic!("a put was answered with {other:?}"),
        }
    }

    /// Reads a key.
    pub fn read(&mut self, key: &str, wish: &Wish) -> Result<Got, Failure> {
        let get = Get { bucket: SIBLINGS, key: key_of(key), r: wish.r, strict: wish.strict };
        match self.request(wish.id, Verb::Get(get))? {
            Answer::Got(got) => Ok(got),
            other => panic!("a get was answered with {other:?}"),
        }
    }

    /// What this node's own disk holds of a key as an owner.
    pub fn holds(&mut self, key: &str) -> Vec<String> {
        let record = self.cluster.world.machine(self.position).disk.object(&row(key));
        let siblings = record.into_iter().flat_map(|record| record.siblings.values());
        let mut values: Vec<String> = siblings.map(|sibling| in_words(&sibling.content)).collect();
        values.sort();
        values
    }

    /// How many hints this node keeps for others.
    pub fn hints(&mut self) -> usize {
        self.cluster.world.machine(self.position).disk.live.hint_count()
    }

    /// What the node says of itself.
    ///
    /// # Panics
    /// If it does not answer.
    pub fn status(&mut self) -> NodeStatus {
        match self.cluster.call(self.position, |call| Input::Look(call, Look::Status)) {
            Some(Reply::Look(Ok(Seen::Status(status)))) => *status,
            other => panic!("an onlooker was answered with {other:?}"),
        }
    }

    fn request(&mut self, id: Option<RequestId>, verb: Verb) -> Result<Answer, Failure> {
        let world = &mut self.cluster.world;
        let id = id.unwrap_or(RequestId(world.rng.draw_u128()));
        let sent_ms = EPOCH_MS + world.now_us / 1_000;
        let request = Request { id, sent_ms, timeout_ms: 5_000, verb };
        match self.cluster.call(self.position, |call| Input::Client(call, request)) {
            Some(Reply::Client(Response { result, .. })) => result,
            None => Err(Failure::OutcomeUnknown { needed: 0, reached: 0 }),
            Some(other) => panic!("a client was answered with {other:?}"),
        }
    }
}

/// The values that a get found, in order; a tombstone is `(deleted)`.
pub fn values(got: &Got) -> Vec<String> {
    let text = |value: &Value| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let shown = got.siblings.iter().map(|sibling| sibling.value.as_ref().map_or_else(deleted, text));
    let mut values: Vec<String> = shown.collect();
    values.sort();
    values
}

fn in_words(content: &Content) -> String {
    match content {
        Content::Value(value) => String::from_utf8_lossy(value.as_bytes()).into_owned(),
        Content::Tombstone => deleted(),
    }
}

fn deleted() -> String {
    "(deleted)".to_owned()
}

fn key_of(key: &str) -> Key {
    Key::new(key.to_owned()).expect("a short key")
}

fn row(key: &str) -> Row {
    Row::new(SIBLINGS, key_of(key))
}
