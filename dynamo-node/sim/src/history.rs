//! History: what clients attempted, what they were told, and in which order. Nothing else.
//!
//! Every write has a value of its own, so that a value names its write; and every write knows which writes its writer
//! had seen, so that the causal past can be judged without believing any clock.

use dynamo_core::version::Dot;
use shared::id::{BucketId, RequestId};
use shared::key::Key;
use shared::level::Durability;

/// A write, by the order in which writes were begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WriteId(pub usize);

/// A read, by the order in which reads were begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub usize);

/// A key that clients use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its bucket.
    pub bucket: BucketId,
    /// The key.
    pub key: Key,
    /// Whether concurrent values are kept; if not, the last writer wins and losing values is no fault.
    pub keeps_siblings: bool,
}

/// What a writer was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Nothing that settles it: the write may or may not have been done.
    Unknown,
    /// That nothing was changed.
    Refused,
    /// That it is done.
    Done {
        /// By how many replicas.
        replicas: u8,
        /// How many of those stood in for others.
        fallbacks: u8,
        /// How durably.
        durability: Durability,
    },
}

/// One write.
#[derive(Debug, Clone)]
pub struct Wrote {
    /// The position of its place.
    pub place: usize,
    /// The request that its first attempt had.
    pub request: RequestId,
    /// Whether it deleted.
    pub deletes: bool,
    /// The writes that its writer had seen and replaced.
    pub seen: Vec<WriteId>,
    /// What its writer was told.
    pub told: Told,
}

/// A sibling, as a reader saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSibling {
    /// The write that its value names; `None`: no write of this run.
    pub write: Option<WriteId>,
    /// The dot that it came with.
    pub dot: Dot,
    /// Whether it is a tombstone, whose write is known from its dot only.
    pub is_tombstone: bool,
}

/// One read.
#[derive(Debug, Clone)]
pub struct Read {
    /// The position of its place.
    pub place: usize,
    /// R.
    pub r: u8,
    /// Whether no fallback can have counted.
    pub owners_only: bool,
    /// Whether it was made after everything was healed.
    pub is_last: bool,
    /// What it saw, once it was answered.
    pub siblings: Vec<SeenSibling>,
}

/// Something that happened at a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It was told that a write is done.
    Acknowledged(WriteId),
    /// It began a read.
    ReadBegan(ReadId),
    /// The read was answered.
    ReadEnded(ReadId),
}

/// Everything, in the order of the world's time.
#[derive(Debug, Default)]
pub struct History {
    /// Every place that is used.
    pub places: Vec<Place>,
    /// Every write.
    pub writes: Vec<Wrote>,
    /// Every read.
    pub reads: Vec<Read>,
    /// What happened, with the time in microseconds.
    pub moments: Vec<(u64, Moment)>,
}

impl History {
    /// A write begins.
    pub fn begin_write(&mut self, wrote: Wrote) -> WriteId {
        self.writes.push(wrote);
        WriteId(self.writes.len() - 1)
    }

    /// A write was answered, or given up.
    pub fn end_write(&mut self, at_us: u64, write: WriteId, told: Told) {
        let Some(wrote) = self.writes.get_mut(write.0) else { return };
        if matches!(wrote.told, Told::Done { .. }) {
            return;
        }
        wrote.told = told;
        if matches!(told, Told::Done { .. }) {
            self.moments.push((at_us, Moment::Acknowledged(write)));
        }
    }

    /// A read begins.
    pub fn begin_read(&mut self, at_us: u64, read: Read) -> ReadId {
        self.reads.push(read);
        let read = ReadId(self.reads.len() - 1);
        self.moments.push((at_us, Moment::ReadBegan(read)));
        read
    }

    /// A read was answered.
    pub fn end_read(&mut self, at_us: u64, read: ReadId, siblings: Vec<SeenSibling>) {
        if let Some(begun) = self.reads.get_mut(read.0) {
            begun.siblings = siblings;
            self.moments.push((at_us, Moment::ReadEnded(read)));
        }
    }
}

/// The value of a write: its number as text.
pub fn value_of(write: WriteId) -> String {
    format!("w{}", write.0)
}

/// The write that a value names.
pub fn write_of(value: &[u8]) -> Option<WriteId> {
    std::str::from_utf8(value).ok()?.strip_prefix('w')?.parse().ok().map(WriteId)
}
