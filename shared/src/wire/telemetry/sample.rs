//! Sample: one second of a node, or ten. What was counted in it, and how things stood at its end.
//!
//! Operations are measured where they are coordinated: by the node that a client asked, or that its request was handed
//! on to. What a node does for another's operation shows as that other's answers by peer.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Histogram;
use crate::id::{BucketId, NodeId};
use crate::token::Token;
use crate::wire::look::{Counters, Liveness, StoreStatus};
use crate::wire::operation::Transfer;

/// Into how many equal ranges the ring is cut for counting.
pub const RANGES: usize = 256;

/// The range that a token lies in: its leading eight bits.
pub fn range_of(token: Token) -> u8 {
    u8::try_from(token.0 >> (u128::BITS - u8::BITS)).unwrap_or(u8::MAX)
}

/// One second of a node, or ten.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Which second (or ten) since the node started, beginning with one. Numbers that are missing are gaps.
    pub sequence: u64,
    /// When it began, by the node's wall clock, in milliseconds since 1970.
    pub wall_ms: u64,
    /// How many seconds it covers; fewer than ten of ten: the others are missing. Rates are counts divided by this.
    pub seconds: u32,
    /// How many seconds are missing just before it, or before any of its seconds.
    pub gap_seconds: u64,
    /// How long after its end the node noticed that it was over, in microseconds; of ten: the longest. A node that has
    /// enough of a processor shows a few milliseconds.
    pub late_us: u64,
    /// Gets that it coordinated.
    pub gets: OperationSample,
    /// Puts and deletes that it coordinated.
    pub puts: OperationSample,
    /// Whose answers counted for these, itself included: by node.
    pub peers: Vec<PeerSample>,
    /// Answers that are in no [`PeerSample`], because too many peers answered for all to be told apart.
    pub peers_left_out: u64,
    /// Operations that it coordinated, by the range of the ring; ranges without any are left out.
    pub ranges: Vec<RangeSample>,
    /// What it stores, by the range of the ring, where the node knows that; ranges without any are left out. Only in
    /// samples of ten, and in every tenth of a second.
    pub stored: Vec<StoredRange>,
    /// The keys that it coordinates most for, the hottest first; at most 20, estimated.
    pub hottest: Vec<HotKey>,
    /// What happened in this time; see [`Counters`].
    pub counters: Counters,
    /// Messages to other nodes that found no link, or a full queue.
    pub envelopes_dropped: u64,
    /// How things stood at its end; `None`: the node waits for a cluster, or was too busy to say.
    pub state: Option<StateSample>,
}

/// Operations of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OperationSample {
    /// How many were done.
    pub done: u64,
    /// How many failed, and changed nothing.
    pub failed: u64,
    /// Of how many it is not known whether they were done.
    pub unknown: u64,
    /// Bytes of values that were read or written.
    pub bytes: u64,
    /// How long those took that were done.
    pub latencies: Histogram,
    /// How long the others took.
    pub in_vain: Histogram,
    /// How long after the beginning each answer of a replica came, by its rank: the first, the second...
    pub ranks: Vec<Histogram>,
}

/// What one replica answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerSample {
    /// Whose.
    pub node: NodeId,
    /// For gets.
    pub gets: AnswerSample,
    /// For puts.
    pub puts: AnswerSample,
}

/// Answers of one replica to one kind of operation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AnswerSample {
    /// How long after the beginning of the operation they came.
    pub latencies: Histogram,
    /// How many of them were the one that made the quorum.
    pub decided: u64,
}

/// Operations on one range of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RangeSample {
    /// Which; see [`range_of`].
    pub range: u8,
    /// Gets, however they ended.
    pub gets: u64,
    /// Puts and deletes, however they ended.
    pub puts: u64,
    /// Bytes of values that were read.
    pub read_bytes: u64,
    /// Bytes of values that were written.
    pub written_bytes: u64,
}

/// What is stored of one range of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRange {
    /// Which; see [`range_of`].
    pub range: u8,
    /// Records, tombstones included.
    pub records: u64,
    /// Their bytes in their canonical form, without their keys.
    pub bytes: u64,
}

/// A key that is asked for often. Its rates are averages that forget: of what happened eight seconds ago about a third
/// still counts. They are estimates, at most a little too high.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotKey {
    /// The id of its bucket.
    pub bucket: BucketId,
    /// Where it lies on the ring, which also says exactly which key it is.
    pub token: Token,
    /// Its first bytes, at most 128.
    pub key: Bytes,
    /// How many bytes it has.
    pub key_bytes: u32,
    /// Operations in a thousand seconds.
    pub per_kilosecond: u64,
    /// How many of those were puts and deletes.
    pub puts_per_kilosecond: u64,
    /// Bytes of values that were read or written in a second.
    pub bytes_per_second: u64,
}

/// How things stood.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StateSample {
    /// The version of the declared state in force.
    pub state_version: u64,
    /// The version in which the replica lists last changed.
    pub ring_version: u64,
    /// How many members there are beside this one.
    pub others: u32,
    /// Those that are not up, for whom hints are kept, or who have another version of the state; by node. All the others
    /// are up.
    pub noted: Vec<OtherSample>,
    /// Of how many partitions it holds a replica.
    pub partitions_owned: u32,
    /// In how many of them its "not found" counts.
    pub partitions_compared: u32,
    /// What it keeps, and what it could keep.
    pub store: StoreStatus,
    /// The transfers that it takes part in, those that wait last; at most 32.
    pub transfers: Vec<Transfer>,
    /// How many there are.
    pub transfers_total: u32,
    /// Requests that callers wait for.
    pub calls_under_way: u32,
    /// Memory that the process takes, in bytes, where the system says so.
    pub resident_bytes: Option<u64>,
    /// What its telemetry takes of that, in bytes, by its own count.
    pub telemetry_bytes: u64,
}

/// How another member was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherSample {
    /// Whom.
    pub node: NodeId,
    /// How.
    pub liveness: Liveness,
    /// For how long it has been seen so, in milliseconds.
    pub since_ms: u64,
    /// How many hints are kept here for it.
    pub hints: u64,
    /// For how long hints have been kept for it without a break, in milliseconds.
    pub hints_ms: u64,
    /// The version of the declared state that it was last heard to have.
    pub state_version: Option<u64>,
}

impl Sample {
    /// Adds the sample of a later second: counts are added, states are those of the later. Number and time stay.
    pub fn absorb(&mut self, later: &Self) {
        self.seconds = self.seconds.saturating_add(later.seconds);
        self.gap_seconds = self.gap_seconds.saturating_add(later.gap_seconds);
        self.late_us = self.late_us.max(later.late_us);
        self.gets.absorb(&later.gets);
        self.puts.absorb(&later.puts);
        absorb_all(&mut self.peers, &later.peers, |peer| peer.node, PeerSample::absorb);
        self.peers_left_out = self.peers_left_out.saturating_add(later.peers_left_out);
        absorb_all(&mut self.ranges, &later.ranges, |range| range.range, RangeSample::absorb);
        if !later.stored.is_empty() {
            self.stored.clone_from(&later.stored);
        }
        self.hottest.clone_from(&later.hottest);
        self.counters = self.counters.plus(&later.counters);
        self.envelopes_dropped = self.envelopes_dropped.saturating_add(later.envelopes_dropped);
        if later.state.is_some() {
            self.state.clone_from(&later.state);
        }
    }

    /// Rounds every histogram up (see [`Histogram::coarsen`]): times are then at most one part in 32 too long, those of
    /// single peers one in 16.
    pub fn coarsen(&mut self) {
        for operation in [&mut self.gets, &mut self.puts] {
            let ranks = operation.ranks.iter_mut();
            [&mut operation.latencies, &mut operation.in_vain]
                .into_iter()
                .chain(ranks)
                .for_each(|it| it.coarsen(5));
        }
        for peer in &mut self.peers {
            [&mut peer.gets.latencies, &mut peer.puts.latencies].into_iter().for_each(|it| it.coarsen(4));
        }
    }
}

impl OperationSample {
    /// How many there were, however they ended.
    pub fn count(&self) -> u64 {
        self.done.saturating_add(self.failed).saturating_add(self.unknown)
    }

    fn absorb(&mut self, later: &Self) {
        self.done = self.done.saturating_add(later.done);
        self.failed = self.failed.saturating_add(later.failed);
        self.unknown = self.unknown.saturating_add(later.unknown);
        self.bytes = self.bytes.saturating_add(later.bytes);
        self.latencies.absorb(&later.latencies);
        self.in_vain.absorb(&later.in_vain);
        if self.ranks.len() < later.ranks.len() {
            self.ranks.resize(later.ranks.len(), Histogram::default());
        }
        self.ranks.iter_mut().zip(&later.ranks).for_each(|(rank, later)| rank.absorb(later));
    }
}

impl PeerSample {
    fn absorb(&mut self, later: &Self) {
        for (answers, later) in [(&mut self.gets, &later.gets), (&mut self.puts, &later.puts)] {
            answers.latencies.absorb(&later.latencies);
            answers.decided = answers.decided.saturating_add(later.decided);
        }
    }
}

impl RangeSample {
    fn absorb(&mut self, later: &Self) {
        self.gets = self.gets.saturating_add(later.gets);
        self.puts = self.puts.saturating_add(later.puts);
        self.read_bytes = self.read_bytes.saturating_add(later.read_bytes);
        self.written_bytes = self.written_bytes.saturating_add(later.written_bytes);
    }
}

/// Adds up those that are about the same; what is new is put in its place.
fn absorb_all<T: Clone, K: Ord>(
    ours: &mut Vec<T>,
    later: &[T],
    key: impl Fn(&T) -> K,
    absorb: impl Fn(&mut T, &T),
) {
    let mut by_key: BTreeMap<K, T> = std::mem::take(ours).into_iter().map(|one| (key(&one), one)).collect();
    for one in later {
        match by_key.get_mut(&key(one)) {
            Some(ours) => absorb(ours, one),
            None => _ = by_key.insert(key(one), one.clone()),
        }
    }
    *ours = by_key.into_values().collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(node: u64, upper_us: u32) -> PeerSample {
        let latencies = Histogram::new(vec![(upper_us, 1)]).unwrap();
        let gets = AnswerSample { latencies, decided: 1 };
        PeerSample { node: NodeId(node), gets, puts: AnswerSample::default() }
    }

    fn range(range: u8) -> RangeSample {
        RangeSample { range, gets: 1, puts: 2, read_bytes: 3, written_bytes: 4 }
    }

    #[test]
    fn absorbing_adds_what_is_counted_and_takes_over_what_was_seen() {
        let state = |state_version| Some(StateSample { state_version, ..StateSample::default() });
        let mut sum = Sample {
            sequence: 1,
            wall_ms: 5_000,
            seconds: 1,
            late_us: 9,
            peers: vec![peer(1, 10), peer(3, 10)],
            ranges: vec![range(0), range(255)],
            state: state(1),
            ..Sample::default()
        };
        sum.gets.done = 2;
        let mut later = Sample {
            sequence: 4,
            wall_ms: 8_000,
            seconds: 1,
            gap_seconds: 2,
            peers: vec![peer(2, 10), peer(3, 20)],
            ranges: vec![range(7), range(255)],
            state: state(2),
            ..Sample::default()
        };
        later.gets.done = 3;
        later.gets.ranks = vec![Histogram::new(vec![(10, 3)]).unwrap()];
        later.counters.read_repairs = 5;
        sum.absorb(&later);
        assert_eq!((sum.sequence, sum.wall_ms, sum.seconds, sum.gap_seconds), (1, 5_000, 2, 2));
        assert_eq!((sum.late_us, sum.gets.done, sum.counters.read_repairs), (9, 5, 5));
        assert_eq!(sum.gets.ranks, later.gets.ranks);
        assert_eq!(sum.peers.iter().map(|peer| peer.node.0).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(sum.peers[2].gets.latencies.buckets(), [(10, 1), (20, 1)]);
        assert_eq!(sum.peers[2].gets.decided, 2);
        let twice = RangeSample { range: 255, gets: 2, puts: 4, read_bytes: 6, written_bytes: 8 };
        assert_eq!(sum.ranges, [range(0), range(7), twice]);
        assert_eq!(sum.state, state(2));
    }

    #[test]
    fn a_second_that_could_not_say_how_things_stood_takes_nothing_away() {
        let mut sum = Sample { state: Some(StateSample::default()), ..Sample::default() };
        sum.absorb(&Sample::default());
        assert!(sum.state.is_some());
    }

    #[test]
    fn ranges_are_the_leading_bits_of_the_ring() {
        assert_eq!(range_of(Token(0)), 0);
        assert_eq!(range_of(Token(1 << 120)), 1);
        assert_eq!(range_of(Token(u128::MAX)), 255);
    }
}
