//! Archive: makes samples of seconds and of tens, keeps them, and hands out pages of them.
//!
//! ```text
//! a second is over ─→ add ─→ complete: how things stand ─→ packed ─→ seconds, tens
//! ```
//!
//! The histories of a node that coordinates 5,000 operations a second in a cluster of five take 31 MiB, in one of
//! a hundred 86 MiB (`telemetry_cost`). They never take more than [`SECONDS_BYTES_MAX`] and [`TENS_BYTES_MAX`]; a node
//! that is so busy that they would looks back less far.

use dynamo_core::time::Instant;
use shared::id::{Boot, NodeId};
use shared::wire::telemetry::{Packed, Page, Resolution, Sample, Since};

use super::history::History;
use super::recorder::Second;
use super::state::{Observed, States};

/// Most bytes of samples of a second.
pub const SECONDS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Most bytes of samples of ten seconds.
pub const TENS_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Most bytes of a sample, so that each fits a page; one that would have more tells less.
const SAMPLE_BYTES_MAX: usize = 512 * 1024;

/// From so many bytes on a sample of a second is rounded.
const FINE_BYTES_MAX: usize = 128 * 1024;

/// Seconds of a sample of ten.
const TEN: u64 = 10;

/// What is kept of a node's telemetry.
#[derive(Debug)]
pub struct Archive {
    node: NodeId,
    boot: Boot,
    states: States,
    /// The sample of the last second, while it is not known how things stand.
    pending: Option<Sample>,
    /// The samples of the ten that runs, added up.
    ten: Option<Sample>,
    seconds: History,
    tens: History,
}

impl Archive {
    /// An archive of a node that starts.
    pub fn new(node: NodeId, boot: Boot) -> Self {
        Self {
            node,
            boot,
            states: States::default(),
            pending: None,
            ten: None,
            seconds: History::new(Resolution::Second, SECONDS_BYTES_MAX),
            tens: History::new(Resolution::Ten, TENS_BYTES_MAX),
        }
    }

    /// A second is over. Its sample waits to be told how things stand, but no longer than until the next is over.
    pub fn add(&mut self, second: Second) {
        self.finish();
        self.pending = Some(second.into_sample());
    }

    /// Says how things stand at the end of the last second; `None`: nobody knows. Does nothing if that was said already.
    pub fn complete(&mut self, now: Instant, observed: Option<Observed>) {
        let telemetry_bytes = self.bytes();
        if let (Some(sample), Some(observed)) = (&mut self.pending, observed) {
            self.states.observe(now, observed, telemetry_bytes, sample);
        }
        self.finish();
    }

    /// A page of what is kept.
    pub fn page(&self, since: Since) -> Page {
        let history = match since.resolution {
            Resolution::Second => &self.seconds,
            Resolution::Ten => &self.tens,
        };
        history.page(self.node, self.boot, since.start)
    }

    /// What both histories take, in bytes.
    pub fn bytes(&self) -> usize {
        self.seconds.bytes() + self.tens.bytes()
    }

    /// The last second's sample is as it will be.
    fn finish(&mut self) {
        let Some(mut sample) = self.pending.take() else { return };
        if !sample.sequence.is_multiple_of(TEN) {
            sample.stored.clear();
        }
        let is_last_of_ten = sample.sequence.is_multiple_of(TEN);
        let number = (sample.sequence - 1) / TEN + 1;
        if self.ten.as_ref().is_some_and(|ten| ten.sequence != number) {
            self.finish_ten();
        }
        match &mut self.ten {
            Some(ten) => ten.absorb(&sample),
            None => self.ten = Some(Sample { sequence: number, ..sample.clone() }),
        }
        if is_last_of_ten {
            self.finish_ten();
        }
        self.seconds.push(pack(sample, FINE_BYTES_MAX));
    }

    fn finish_ten(&mut self) {
        if let Some(ten) = self.ten.take() {
            self.tens.push(pack(ten, 0));
        }
    }
}

/// Packs a sample; rounds its histograms if it would have more than `fine_bytes_max`, and leaves out those of peers if
/// even that does not make it fit a page.
fn pack(mut sample: Sample, fine_bytes_max: usize) -> Packed {
    if fine_bytes_max > 0 {
        let fine = Packed::new(&sample);
        if fine.body.len() <= fine_bytes_max {
            return fine;
        }
    }
    sample.coarsen();
    let coarse = Packed::new(&sample);
    if coarse.body.len() <= SAMPLE_BYTES_MAX {
        return coarse;
    }
    let answers =
        sample.peers.drain(..).map(|peer| peer.gets.latencies.count() + peer.puts.latencies.count());
    sample.peers_left_out += answers.sum::<u64>();
    Packed::new(&sample)
}

#[cfg(test)]
mod tests {
    use shared::wire::telemetry::{AnswerSample, Histogram, PeerSample, Start, StoredRange};

    use super::super::recorder::Recorder;
    use super::super::recorder::tests::{WALL_MS, answered, at_ms};
    use super::super::state::tests::observed;
    use super::*;

    /// A node's telemetry without its threads.
    struct Telemetry {
        recorder: Recorder,
        archive: Archive,
    }

    impl Telemetry {
        fn new() -> Self {
            Self { recorder: Recorder::new(at_ms(0)), archive: Archive::new(NodeId(1), Boot(2)) }
        }

        /// A second is over, and it is known how things stand.
        fn end(&mut self, at: u64, observed: Option<Observed>) {
            self.archive.add(self.recorder.roll(at_ms(at)).unwrap());
            self.archive.complete(at_ms(at).monotonic, observed);
        }

        /// One second ends after the other, with one put in each.
        fn run(&mut self, seconds: std::ops::Range<u64>) {
            for second in seconds {
                self.recorder.measure(&answered("cart", 100 + second));
                self.end((second + 1) * 1_000 + 3, Some(observed(Vec::new())));
            }
        }

        /// What is kept, in its order.
        fn kept(&self, resolution: Resolution) -> Vec<Sample> {
            self.archive.page(Since { resolution, start: Start::Oldest }).unpack().unwrap()
        }
    }

    fn numbers(samples: &[Sample]) -> Vec<u64> {
        samples.iter().map(|sample| sample.sequence).collect()
    }

    #[test]
    fn a_sample_is_kept_once_it_is_known_how_things_stand_or_the_next_second_is_over() {
        let mut telemetry = Telemetry::new();
        telemetry.archive.add(telemetry.recorder.roll(at_ms(1_000)).unwrap());
        assert!(telemetry.kept(Resolution::Second).is_empty());
        telemetry.archive.add(telemetry.recorder.roll(at_ms(2_000)).unwrap());
        assert_eq!(numbers(&telemetry.kept(Resolution::Second)), [1]);
        telemetry.archive.complete(at_ms(2_000).monotonic, Some(observed(Vec::new())));
        telemetry.archive.complete(at_ms(2_000).monotonic, None);
        let kept = telemetry.kept(Resolution::Second);
        assert_eq!(numbers(&kept), [1, 2]);
        assert_eq!((kept[0].state.is_some(), kept[1].state.is_some()), (false, true));
    }

    #[test]
    fn ten_seconds_are_added_up() {
        let mut telemetry = Telemetry::new();
        telemetry.run(0..9);
        assert!(telemetry.kept(Resolution::Ten).is_empty());
        telemetry.run(9..25);
        let tens = telemetry.kept(Resolution::Ten);
        assert_eq!(numbers(&tens), [1, 2]);
        assert_eq!((tens[1].seconds, tens[1].puts.done, tens[1].wall_ms), (10, 10, WALL_MS + 10_000));
        let seconds = telemetry.kept(Resolution::Second);
        assert_eq!(tens[1].puts.bytes, seconds[10..20].iter().map(|second| second.puts.bytes).sum::<u64>());
        assert_eq!((tens[1].puts.latencies.count(), tens[1].gap_seconds), (10, 0));
    }

    #[test]
    fn a_sleep_is_a_gap_and_no_row_of_zeros() {
        let mut telemetry = Telemetry::new();
        telemetry.run(0..4);
        telemetry.recorder.measure(&answered("cart", 100));
        // Asleep from the middle of the fifth second to the middle of the 38th.
        telemetry.end(37_500, Some(observed(Vec::new())));
        telemetry.run(37..41);
        let seconds = telemetry.kept(Resolution::Second);
        assert_eq!(numbers(&seconds), [1, 2, 3, 4, 5, 38, 39, 40, 41]);
        assert_eq!((seconds[4].gap_seconds, seconds[5].gap_seconds, seconds[6].gap_seconds), (0, 32, 0));
        let tens = telemetry.kept(Resolution::Ten);
        assert_eq!(numbers(&tens), [1, 4]);
        assert_eq!((tens[0].seconds, tens[0].puts.done, tens[0].gap_seconds), (5, 5, 0));
        assert_eq!((tens[1].seconds, tens[1].puts.done, tens[1].gap_seconds), (3, 3, 32));
    }

    #[test]
    fn what_is_stored_is_kept_once_in_ten_seconds_and_stands_in_the_sample_of_ten() {
        let mut telemetry = Telemetry::new();
        for second in 1..=20 {
            let mut observed = observed(Vec::new());
            observed.stored = vec![StoredRange { range: 3, records: second, bytes: 100 * second }];
            telemetry.end(second * 1_000, Some(observed));
        }
        let records = |sample: &Sample| sample.stored.first().map(|stored| stored.records);
        let of_tens: Vec<_> = telemetry.kept(Resolution::Ten).iter().map(records).collect();
        let of_seconds: Vec<_> = telemetry.kept(Resolution::Second).iter().filter_map(records).collect();
        assert_eq!((of_tens, of_seconds), (vec![Some(10), Some(20)], vec![10, 20]));
    }

    #[test]
    fn a_second_is_gone_after_fifteen_minutes_and_its_ten_is_still_there() {
        let mut telemetry = Telemetry::new();
        telemetry.run(0..1_000);
        let page = |resolution| telemetry.archive.page(Since { resolution, start: Start::Oldest });
        let (seconds, tens) = (page(Resolution::Second), page(Resolution::Ten));
        assert_eq!((seconds.oldest, seconds.newest), (101, 1_000));
        assert_eq!((tens.oldest, tens.newest), (1, 100));
        let packed = [&seconds, &tens].into_iter().flat_map(|page| &page.samples);
        let bodies: usize = packed.map(|packed| packed.body.len()).sum();
        assert!(telemetry.archive.bytes() >= bodies, "{} of {bodies}", telemetry.archive.bytes());
    }

    #[test]
    fn a_sample_never_outgrows_its_page() {
        let upper_us = |n: u32| n * 50_000;
        let all = || Histogram::new((1..1_340).map(|n| (upper_us(n), 1_000_000)).collect()).unwrap();
        let peer = |node| {
            let answers = AnswerSample { latencies: all(), decided: 1 };
            PeerSample { node: NodeId(node), gets: answers.clone(), puts: answers }
        };
        let mut sample = Sample { peers: (0..4).map(peer).collect(), ..Sample::default() };
        let before = Packed::new(&sample).body.len();
        let coarse = pack(sample.clone(), 1_000);
        assert!(coarse.body.len() < before / 2, "{} of {before}", coarse.body.len());
        assert_eq!(coarse.unpack().unwrap().peers.len(), 4);

        sample.peers = (0..2_000).map(peer).collect();
        let least = pack(sample, FINE_BYTES_MAX);
        assert!(least.body.len() <= SAMPLE_BYTES_MAX, "{}", least.body.len());
        let least = least.unpack().unwrap();
        assert_eq!(least.peers, []);
        assert_eq!(least.peers_left_out, 2_000 * 2 * all().count());
    }
}
