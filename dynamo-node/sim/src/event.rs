//! Event: what happens next, and the queue that says what that is.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use bytes::Bytes;
use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::store::{Query, Ticket};

use crate::links::Pair;

/// Something that happens to a machine: only if it still lives the life in which it was arranged.
#[derive(Debug)]
pub(crate) enum Local {
    /// An encoded envelope arrives.
    Deliver(Bytes),
    /// A client, an onlooker or an administrator asks.
    Ask(Box<Input>),
    /// It wanted to be told the time.
    Wake,
    /// It is asked what it has counted.
    Poll,
    /// The next operation of a lane is run.
    Lane(usize),
    /// A read is answered.
    Read(Ticket, Box<Query>),
    /// The commit under way is written; if anybody wants it synced, that takes so many microseconds more.
    Written(u64),
    /// The commit under way is synced.
    Synced,
    /// What was only buffered is to be synced.
    Flush,
}

/// Something that happens.
#[derive(Debug)]
pub(crate) enum Event {
    /// To a machine, in one of its lives.
    Local { machine: usize, life: u64, what: Local },
    /// A dial is through.
    Rise(Pair),
    /// A silence is noticed.
    Fall(Pair),
    /// An answer is back at whoever asked.
    Replied(CallId, Box<Reply>),
    /// Whoever drives the world wanted to be called.
    Alarm(Alarm),
}

/// What whoever drives the world wants to be reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// A client goes on.
    Client(usize),
    /// A client has waited long enough for this call.
    Attempt(usize, CallId),
    /// A client whose attempt failed tries again.
    Again(usize, CallId),
    /// An administrator goes on.
    Administrator(usize),
    /// An administrator has waited long enough for this call.
    NoVerdict(usize, CallId),
    /// A machine is lost for good.
    Loss,
    /// A misfortune begins.
    Begin(usize),
    /// A misfortune ends.
    End(usize),
    /// A stretch of time is over.
    Pause,
}

#[derive(Debug)]
struct Queued {
    at_us: u64,
    sequence: u64,
    event: Event,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.sequence == other.sequence
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    /// The greatest is the one that happens first: by time, then in the order in which they were arranged.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at_us, other.sequence).cmp(&(self.at_us, self.sequence))
    }
}

/// Everything arranged, in the order in which it will happen.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Queued>,
    arranged: u64,
}

impl Queue {
    /// Arranges an event at a time of the world.
    pub(crate) fn push(&mut self, at_us: u64, event: Event) {
        self.arranged += 1;
        self.heap.push(Queued { at_us, sequence: self.arranged, event });
    }

    /// The next event and its time.
    pub(crate) fn pop(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|queued| (queued.at_us, queued.event))
    }
}
