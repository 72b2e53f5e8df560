//! At: one node on the stage: what may happen to it, what it is asked, and what lies on its disk.

use dynamo_core::effect::Reply;
use dynamo_core::input::Input;
use dynamo_core::store::change::{Change, leaf_of, leaf_share};
use shared::context::Context;
use shared::error::Failure;
use shared::id::RequestId;
use shared::key::Value;
use shared::level::Durability;
use shared::wire::client::{Answer, Get, Got, Put, Request, Response, Verb, Written};
use shared::wire::look::{Look, NodeStatus, Seen};

use super::{Cluster, in_words, key_of, row, values};
use crate::clock::EPOCH_MS;
use crate::disk::Stop;
use crate::setup::SIBLINGS;

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

/// A node on the stage.
#[derive(Debug)]
pub struct At<'a> {
    pub(super) cluster: &'a mut Cluster,
    pub(super) position: usize,
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
        let id = wish.id;
        match self.request(id, Verb::Put(put(key, value, wish)))? {
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

/// A put as it is wished for.
pub(super) fn put(key: &str, value: Option<&str>, wish: Wish) -> Put {
    let Wish { w, strict, durability, context, .. } = wish;
    let value = value.map(|value| Value::from(value.to_owned()));
    let (bucket, key) = (SIBLINGS, key_of(key));
    Put { bucket, key, value, context, w, strict, durability, time_to_live_ms: None }
}
