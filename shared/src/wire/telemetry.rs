//! Telemetry: what a node measured and saw, second by second, and how an onlooker follows it.
//!
//! A node keeps a [`Sample`] for each of the last 900 seconds, and one for each of the last 2,160 tens of seconds. They
//! are handed out in pages: an onlooker asks for samples after a [`Cursor`], gets a [`Page`] that fits a frame, and asks
//! again from [`Page::cursor`]; so it pages through history and then follows the node, once a second, with the same
//! question. A question that finds nothing new costs the node a look at its newest number. That is why there is no
//! subscription: a cursor survives a lost connection, and a node owes nothing to an onlooker that went away.
//!
//! **Numbers and gaps.** A sample's number counts the seconds (or tens) of the node's monotonic clock since it started,
//! beginning with one. A second in which the node did not run has no sample: its number is missing. It is a gap, and no
//! zero. A second in which nothing was asked has a sample full of zeros. Numbers begin anew when the node does, which
//! the [`Boot`] in every page and cursor says. While a machine is suspended its monotonic clock stands still: no number
//! is missing then, but [`Sample::wall_ms`] jumps.
//!
//! **Precision.** Times of a second are told apart within 1 %. Samples of ten, and those of a second that would take very
//! much room, are rounded: see [`Sample::coarsen`].
//!
//! **Forms.** A sample travels packed, as the bytes in which the node keeps it: it is encoded once, however often it is
//! asked for, and an onlooker unpacks what it wants to see.

mod histogram;
mod sample;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::id::{Boot, NodeId};
use crate::wire::{self, NotAMessage};

pub use histogram::{Histogram, NotAHistogram};
pub use sample::{
    AnswerSample, HotKey, OperationSample, OtherSample, PeerSample, RANGES, RangeSample, Sample, StateSample,
    StoredRange, range_of,
};

/// Longest page, in bytes of packed samples.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024 - 1024;

/// How much time a sample covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resolution {
    /// A second; kept for 15 minutes.
    Second,
    /// Ten seconds; kept for 6 hours.
    Ten,
}

impl Resolution {
    /// How many seconds a sample covers if the node runs all the time.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Ten => 10,
        }
    }

    /// How many samples are kept at most; fewer where they take more room than they may.
    pub fn kept(self) -> u64 {
        match self {
            Self::Second => 15 * 60,
            Self::Ten => 6 * 60 * 6,
        }
    }
}

/// A place in the history of one start of a node: everything up to this number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of which start the numbers are.
    pub boot: Boot,
    /// The last number that is known; zero: none.
    pub sequence: u64,
}

/// From where on samples are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// From the oldest that is kept.
    Oldest,
    /// The newest so many.
    Newest(u32),
    /// What is newer than that. If the node has started anew since, everything.
    After(Cursor),
    /// What began at that time of the node's wall clock or later, in milliseconds since 1970.
    Time(u64),
}

/// Which samples are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// How fine.
    pub resolution: Resolution,
    /// From where on.
    pub start: Start,
}

/// A sample as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// [`Sample::sequence`].
    pub sequence: u64,
    /// [`Sample::wall_ms`].
    pub wall_ms: u64,
    /// All of it, encoded as [`wire::encode`] does.
    pub body: Bytes,
}

impl Packed {
    /// A sample, encoded.
    pub fn new(sample: &Sample) -> Self {
        // What was encoded has room to grow, which thousands of samples would keep for nothing.
        let body = Bytes::copy_from_slice(&wire::encode(sample));
        Self { sequence: sample.sequence, wall_ms: sample.wall_ms, body }
    }

    /// The sample.
    pub fn unpack(&self) -> Result<Sample, NotAMessage> {
        wire::decode("telemetry sample", &self.body)
    }

    /// How many bytes it takes in a page.
    pub fn page_bytes(&self) -> usize {
        // Two numbers and a length, none longer than ten bytes.
        30 + self.body.len()
    }
}

/// Some samples, in order, and how to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Whose.
    pub node: NodeId,
    /// Of which start of it.
    pub boot: Boot,
    /// How fine.
    pub resolution: Resolution,
    /// The oldest number that is kept; zero: none.
    pub oldest: u64,
    /// The newest number that is kept; zero: none.
    pub newest: u64,
    /// Up to which number this page answers.
    pub reached: u64,
    /// Whether more is there, which did not fit.
    pub has_more: bool,
    /// From the oldest to the newest; together at most [`PAGE_BYTES_MAX`].
    pub samples: Vec<Packed>,
}

impl Page {
    /// Where to go on.
    pub fn cursor(&self) -> Cursor {
        Cursor { boot: self.boot, sequence: self.reached }
    }

    /// What to ask next.
    pub fn next(&self) -> Since {
        Since { resolution: self.resolution, start: Start::After(self.cursor()) }
    }

    /// Every sample.
    pub fn unpack(&self) -> Result<Vec<Sample>, NotAMessage> {
        self.samples.iter().map(Packed::unpack).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let sample = Sample { sequence: 7, wall_ms: 1_000, seconds: 1, ..Sample::default() };
        Page {
            node: NodeId(1),
            boot: Boot(3),
            resolution: Resolution::Second,
            oldest: 1,
            newest: 7,
            reached: 7,
            has_more: false,
            samples: vec![Packed::new(&sample)],
        }
    }

    #[test]
    fn a_page_is_read_back_from_its_bytes_and_its_samples_from_theirs() {
        let page = page();
        let read: Page = wire::decode("page", &wire::encode(&page)).unwrap();
        assert_eq!(read, page);
        let samples = read.unpack().unwrap();
        assert_eq!(samples.iter().map(|sample| sample.sequence).collect::<Vec<_>>(), [7]);
        assert_eq!(read.next().start, Start::After(Cursor { boot: Boot(3), sequence: 7 }));
    }

    #[test]
    fn a_sample_that_is_cut_off_or_goes_on_is_refused() {
        let page = page();
        let whole = &page.samples[0];
        for length in 0..whole.body.len() {
            let cut = Packed { body: whole.body.slice(..length), ..whole.clone() };
            assert!(cut.unpack().is_err(), "{length} bytes");
        }
        let longer = Packed { body: [&whole.body[..], &[0]].concat().into(), ..whole.clone() };
        assert!(longer.unpack().is_err());
    }
}
