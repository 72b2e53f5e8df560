//! Live: what is counted in the second that runs. Each second gets one of its own.

use dynamo_core::measure::{Ending, Kind};
use hdrhistogram::Histogram as Hdr;
use shared::id::NodeId;
use shared::quorum::Quorum;
use shared::token::Token;
use shared::wire::telemetry::{
    AnswerSample, Histogram, OperationSample, PeerSample, RANGES, RangeSample, Sample, range_of,
};

/// Longest time that is told apart, in microseconds. Requests end earlier; what takes longer is counted here.
const LONGEST_US: u64 = 60_000_000;

/// Significant decimal digits of a time.
const DIGITS: u8 = 2;

/// How many peers are told apart in a second. A node coordinates for its own partitions, whose other owners are far
/// fewer unless the cluster has hundreds of nodes; a bound is needed since each takes up to 20 KiB.
pub(super) const PEERS_MAX: usize = 64;

/// Times, counted. What never has any takes no room.
#[derive(Debug, Default)]
struct Times(Option<Hdr<u32>>);

impl Times {
    fn record(&mut self, after_us: u64) {
        self.0.get_or_insert_with(empty).saturating_record(after_us.clamp(1, LONGEST_US));
    }

    fn into_sample(self) -> Histogram {
        let Some(counted) = self.0 else { return Histogram::default() };
        let upper_us = |bound| u32::try_from(bound).unwrap_or(u32::MAX);
        let buckets = counted
            .iter_recorded()
            .map(|bucket| (upper_us(bucket.value_iterated_to()), bucket.count_since_last_iteration()));
        Histogram::new(buckets.collect())
            .expect("recorded buckets are not empty, and are visited in ascending order")
    }
}

fn empty() -> Hdr<u32> {
    let empty = Hdr::new_with_bounds(1, LONGEST_US, DIGITS);
    empty.expect("1 us to a minute with two digits is a range that can be counted")
}

#[derive(Debug, Default)]
struct Operation {
    done: u64,
    failed: u64,
    unknown: u64,
    bytes: u64,
    latencies: Times,
    in_vain: Times,
    /// By rank, the first first; no more than replicas can be.
    ranks: Vec<Times>,
}

impl Operation {
    fn counted(&mut self, rank: u8, after_us: u64) {
        let place = usize::from(rank.clamp(1, Quorum::N_MAX)) - 1;
        if self.ranks.len() <= place {
            self.ranks.resize_with(place + 1, Times::default);
        }
        if let Some(times) = self.ranks.get_mut(place) {
            times.record(after_us);
        }
    }

    fn answered(&mut self, ending: Ending, bytes: u64, after_us: u64) {
        self.bytes += bytes;
        match ending {
            Ending::Done => {
                self.done += 1;
                return self.latencies.record(after_us);
            }
            Ending::Failed => self.failed += 1,
            Ending::Unknown => self.unknown += 1,
        }
        self.in_vain.record(after_us);
    }

    fn into_sample(self) -> OperationSample {
        OperationSample {
            done: self.done,
            failed: self.failed,
            unknown: self.unknown,
            bytes: self.bytes,
            latencies: self.latencies.into_sample(),
            in_vain: self.in_vain.into_sample(),
            ranks: self.ranks.into_iter().map(Times::into_sample).collect(),
        }
    }
}

#[derive(Debug, Default)]
struct Answers {
    times: Times,
    decided: u64,
}

impl Answers {
    fn into_sample(self) -> AnswerSample {
        AnswerSample { latencies: self.times.into_sample(), decided: self.decided }
    }
}

#[derive(Debug)]
struct Peer {
    node: NodeId,
    gets: Answers,
    puts: Answers,
}

#[derive(Debug, Clone, Copy, Default)]
struct Range {
    gets: u64,
    puts: u64,
    read_bytes: u64,
    written_bytes: u64,
}

/// What is counted in the second that runs.
#[derive(Debug)]
pub(super) struct Live {
    gets: Operation,
    puts: Operation,
    /// Found by going through them: there are as many as partitions of one node have owners.
    peers: Vec<Peer>,
    peers_left_out: u64,
    ranges: Box<[Range; RANGES]>,
}

impl Live {
    pub(super) fn new() -> Self {
        Self {
            gets: Operation::default(),
            puts: Operation::default(),
            peers: Vec::new(),
            peers_left_out: 0,
            ranges: Box::new([Range::default(); RANGES]),
        }
    }

    /// A replica's answer counted.
    pub(super) fn counted(&mut self, kind: Kind, node: NodeId, rank: u8, decided: bool, after_us: u64) {
        let operation = match kind {
            Kind::Get => &mut self.gets,
            Kind::Put => &mut self.puts,
        };
        operation.counted(rank, after_us);
        let Some(peer) = self.peer(node) else {
            self.peers_left_out += 1;
            return;
        };
        let answers = match kind {
            Kind::Get => &mut peer.gets,
            Kind::Put => &mut peer.puts,
        };
        answers.times.record(after_us);
        answers.decided += u64::from(decided);
    }

    /// A client was answered.
    pub(super) fn answered(&mut self, kind: Kind, ending: Ending, token: Token, bytes: u64, after_us: u64) {
        let operation = match kind {
            Kind::Get => &mut self.gets,
            Kind::Put => &mut self.puts,
        };
        operation.answered(ending, bytes, after_us);
        let Some(range) = self.ranges.get_mut(usize::from(range_of(token))) else { return };
        let (operations, moved_bytes) = match kind {
            Kind::Get => (&mut range.gets, &mut range.read_bytes),
            Kind::Put => (&mut range.puts, &mut range.written_bytes),
        };
        *operations += 1;
        *moved_bytes += bytes;
    }

    fn peer(&mut self, node: NodeId) -> Option<&mut Peer> {
        let known = self.peers.iter().position(|peer| peer.node == node);
        if known.is_none() && self.peers.len() < PEERS_MAX {
            self.peers.push(Peer { node, gets: Answers::default(), puts: Answers::default() });
            return self.peers.last_mut();
        }
        self.peers.get_mut(known?)
    }

    /// Fills in what was counted.
    pub(super) fn fill(self, sample: &mut Sample) {
        sample.gets = self.gets.into_sample();
        sample.puts = self.puts.into_sample();
        sample.peers = self.peers.into_iter().map(Peer::into_sample).collect();
        sample.peers.sort_unstable_by_key(|peer| peer.node);
        sample.peers_left_out = self.peers_left_out;
        let ranges = (0..=u8::MAX).zip(self.ranges.iter()).filter(|(_, range)| range.gets + range.puts > 0);
        sample.ranges = ranges.map(|(number, range)| range.to_sample(number)).collect();
    }
}

impl Peer {
    fn into_sample(self) -> PeerSample {
        PeerSample { node: self.node, gets: self.gets.into_sample(), puts: self.puts.into_sample() }
    }
}

impl Range {
    fn to_sample(self, range: u8) -> RangeSample {
        let Self { gets, puts, read_bytes, written_bytes } = self;
        RangeSample { range, gets, puts, read_bytes, written_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(live: Live) -> Sample {
        let mut sample = Sample::default();
        live.fill(&mut sample);
        sample
    }

    #[test]
    fn times_are_told_apart_within_one_percent_from_a_microsecond_to_a_minute() {
        for after_us in [1, 2, 99, 255, 256, 1_001, 123_456, 9_999_999, 59_999_999] {
            let mut times = Times::default();
            times.record(after_us);
            let shown = u64::from(times.into_sample().max_us().unwrap());
            assert!(shown >= after_us && (shown - after_us) * 100 <= after_us, "{shown} for {after_us}");
        }
        let mut times = Times::default();
        times.record(0);
        times.record(u64::MAX);
        let bounds: Vec<u32> = times.into_sample().buckets().iter().map(|bucket| bucket.0).collect();
        assert_eq!(bounds[0], 1);
        assert!((60_000_000..60_600_000).contains(&bounds[1]), "{bounds:?}");
    }

    #[test]
    fn answers_are_counted_by_rank_and_by_peer_and_by_who_decided() {
        let mut live = Live::new();
        for (node, rank, decided, after_us) in
            [(1, 1, false, 10), (2, 2, true, 20), (3, 3, false, 30), (2, 1, false, 5)]
        {
            live.counted(Kind::Put, NodeId(node), rank, decided, after_us);
        }
        let sample = filled(live);
        let ranks: Vec<u64> = sample.puts.ranks.iter().map(Histogram::count).collect();
        assert_eq!(ranks, [2, 1, 1]);
        assert!(sample.gets.ranks.is_empty());
        let of_peer = |peer: &PeerSample| (peer.node.0, peer.puts.latencies.count(), peer.puts.decided);
        let peers: Vec<_> = sample.peers.iter().map(of_peer).collect();
        assert_eq!(peers, [(1, 1, 0), (2, 2, 1), (3, 1, 0)]);
    }

    #[test]
    fn endings_are_counted_apart_and_only_what_was_done_makes_the_latency() {
        let mut live = Live::new();
        let token = Token(5 << 120);
        live.answered(Kind::Get, Ending::Done, token, 100, 10);
        live.answered(Kind::Get, Ending::Failed, token, 0, 5_000_000);
        live.answered(Kind::Get, Ending::Unknown, token, 0, 5_000_000);
        live.answered(Kind::Put, Ending::Done, token, 7, 20);
        let sample = filled(live);
        assert_eq!((sample.gets.done, sample.gets.failed, sample.gets.unknown), (1, 1, 1));
        assert_eq!((sample.gets.count(), sample.gets.bytes), (3, 100));
        assert_eq!(sample.gets.latencies.buckets(), [(10, 1)]);
        assert_eq!(sample.gets.in_vain.count(), 2);
        let range = RangeSample { range: 5, gets: 3, puts: 1, read_bytes: 100, written_bytes: 7 };
        assert_eq!(sample.ranges, [range]);
    }

    #[test]
    fn peers_beyond_the_bound_are_counted_together() {
        let mut live = Live::new();
        let many = u64::try_from(PEERS_MAX).unwrap() + 5;
        for node in 0..many {
            live.counted(Kind::Get, NodeId(node), 1, true, 10);
        }
        let sample = filled(live);
        assert_eq!((sample.peers.len(), sample.peers_left_out), (PEERS_MAX, 5));
        assert_eq!(sample.gets.ranks[0].count(), many);
    }

    #[test]
    fn what_was_not_counted_takes_no_room() {
        assert_eq!(filled(Live::new()), Sample::default());
    }

    #[test]
    fn a_rank_that_no_cluster_has_is_counted_with_the_highest() {
        let mut live = Live::new();
        live.counted(Kind::Get, NodeId(1), 0, false, 1);
        live.counted(Kind::Get, NodeId(1), u8::MAX, false, 1);
        let ranks = filled(live).gets.ranks;
        assert_eq!((ranks.len(), ranks[0].count(), ranks[15].count()), (16, 1, 1));
    }
}
