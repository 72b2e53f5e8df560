//! Stage: the language in which stories are told of a cluster. `let mut t = Cluster::of(3); t.node(2).stop();`
//!
//! Nodes are counted from one, keys and values are short texts, and time only passes while something is awaited.
//! Nothing goes wrong here unless the story says so. A story that asks for what cannot be panics: it is a test.

mod at;
mod ring;

use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::record::Content;
use dynamo_core::row::Row;
use shared::key::{Key, Value};
use shared::wire::admin::{Admin, AdminResult, Init, InitMember};
use shared::wire::client::Got;
use shared::wire::plan::Author;

use crate::event::Alarm;
use crate::fault;
use crate::machine::name;
use crate::network::{Rule, Side, What};
use crate::run::differences;
use crate::setup::{SIBLINGS, Setup};
use crate::trace::Trace;
use crate::world::{Happening, World};

pub use at::{At, Wish};

/// How long a story waits for an answer before it takes the call for lost, in milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// A cluster on the stage.
#[derive(Debug)]
pub struct Cluster {
    /// Everything behind it.
    pub world: World,
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
        let state = self.world.in_force();
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
        match self.call(0, |call| Input::Admin(call, somebody(), Admin::Init(init))) {
            Some(Reply::Admin(result)) => result,
            other => panic!("an administrator was answered with {other:?}"),
        }
    }

    fn is_settled(&mut self) -> bool {
        // A member that has not heard of its being one yet is not settled.
        let running: Vec<usize> =
            self.world.members().into_iter().filter(|&at| self.world.machine(at).is_running()).collect();
        if self.world.member_that_is_behind().is_some() && running.len() == self.world.members().len() {
            return false;
        }
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

/// The administrator of every story.
fn somebody() -> Author {
    Author { name: "admin".to_owned(), serial: "01".to_owned() }
}
