//! History: the samples that are kept, bounded in number and in bytes, and pages of them.

use std::collections::VecDeque;

use shared::id::{Boot, NodeId};
use shared::wire::telemetry::{Cursor, PAGE_BYTES_MAX, Packed, Page, Resolution, Start};

/// The last samples of one resolution.
#[derive(Debug)]
pub(super) struct History {
    resolution: Resolution,
    bytes_max: usize,
    /// Ascending by number; numbers may be missing.
    kept: VecDeque<Packed>,
    bytes: usize,
}

impl History {
    /// Keeps as many samples as the resolution says, and fewer if they had more than so many bytes.
    pub(super) fn new(resolution: Resolution, bytes_max: usize) -> Self {
        Self { resolution, bytes_max, kept: VecDeque::new(), bytes: 0 }
    }

    /// Adds the newest.
    pub(super) fn push(&mut self, packed: Packed) {
        let newest = packed.sequence;
        self.bytes += bytes_of(&packed);
        self.kept.push_back(packed);
        let kept = self.resolution.kept();
        while let Some(oldest) = self.kept.front()
            && (oldest.sequence + kept <= newest || self.bytes > self.bytes_max)
        {
            self.bytes -= bytes_of(oldest);
            self.kept.pop_front();
        }
    }

    /// What it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is wanted of it, as far as it fits a page.
    pub(super) fn page(&self, node: NodeId, boot: Boot, start: Start) -> Page {
        let (oldest, newest) = (number(self.kept.front()), number(self.kept.back()));
        let first = self.first(boot, start);
        let mut bytes = 0;
        let fits = |packed: &&Packed| {
            let is_first = bytes == 0;
            bytes += packed.page_bytes();
            is_first || bytes <= PAGE_BYTES_MAX
        };
        let samples: Vec<Packed> = self.kept.iter().skip(first).take_while(fits).cloned().collect();
        let has_more = first + samples.len() < self.kept.len();
        let reached = if samples.is_empty() { newest } else { number(samples.last()) };
        Page { node, boot, resolution: self.resolution, oldest, newest, reached, has_more, samples }
    }

    /// The place of the first that is wanted.
    fn first(&self, ours: Boot, start: Start) -> usize {
        match start {
            Start::Newest(count) => {
                self.kept.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX))
            }
            Start::After(Cursor { boot, sequence }) if boot == ours => {
                self.kept.partition_point(|packed| packed.sequence <= sequence)
            }
            Start::After(_) | Start::Oldest => 0,
            // The wall clock may have been set back: the first that fits, and everything after it.
            Start::Time(ms) => {
                self.kept.iter().position(|packed| packed.wall_ms >= ms).unwrap_or(self.kept.len())
            }
        }
    }
}

fn number(packed: Option<&Packed>) -> u64 {
    packed.map_or(0, |packed| packed.sequence)
}

/// What a sample takes where it is kept.
fn bytes_of(packed: &Packed) -> usize {
    size_of::<Packed>() + packed.body.len()
}

#[cfg(test)]
mod tests {
    use shared::wire;
    use shared::wire::frame::PAYLOAD_BYTES_MAX;
    use shared::wire::look::{LookResult, Seen};
    use shared::wire::telemetry::{Sample, Since};

    use super::*;

    const US: Boot = Boot(4);

    fn packed(sequence: u64, bytes: usize) -> Packed {
        Packed { sequence, wall_ms: sequence * 1_000, body: vec![0; bytes].into() }
    }

    fn page(history: &History, start: Start) -> Page {
        history.page(NodeId(1), US, start)
    }

    fn numbers(page: &Page) -> Vec<u64> {
        page.samples.iter().map(|packed| packed.sequence).collect()
    }

    fn after(boot: Boot, sequence: u64) -> Start {
        Start::After(Cursor { boot, sequence })
    }

    #[test]
    fn fifteen_minutes_of_seconds_and_six_hours_of_tens_are_kept() {
        for (resolution, kept) in [(Resolution::Second, 900), (Resolution::Ten, 2_160)] {
            let mut history = History::new(resolution, usize::MAX);
            (1..=5_000).for_each(|sequence| history.push(packed(sequence, 1)));
            let all = page(&history, Start::Oldest);
            assert_eq!((all.samples.len(), all.oldest, all.newest), (kept, 5_001 - kept as u64, 5_000));
            assert_eq!(history.bytes(), kept * bytes_of(&packed(1, 1)));
        }
    }

    #[test]
    fn what_is_older_goes_even_if_nothing_was_kept_in_between() {
        let mut history = History::new(Resolution::Second, usize::MAX);
        for sequence in [1, 2, 500, 1_000, 1_001] {
            history.push(packed(sequence, 1));
        }
        assert_eq!(numbers(&page(&history, Start::Oldest)), [500, 1_000, 1_001]);
    }

    #[test]
    fn no_more_bytes_are_kept_than_may_be() {
        let mut history = History::new(Resolution::Second, 10_000);
        for sequence in 1..=100 {
            history.push(packed(sequence, 1_000));
            assert!(history.bytes() <= 10_000);
        }
        let all = page(&history, Start::Oldest);
        assert_eq!((all.samples.len(), all.newest), (9, 100));
    }

    #[test]
    fn an_onlooker_pages_through_what_is_there_and_then_follows() {
        let mut history = History::new(Resolution::Second, usize::MAX);
        (1..=5).for_each(|sequence| history.push(packed(sequence, 400_000)));
        let first = page(&history, Start::Oldest);
        assert_eq!((numbers(&first), first.has_more, first.reached), (vec![1, 2], true, 2));
        let second = page(&history, first.next().start);
        assert_eq!((numbers(&second), second.has_more), (vec![3, 4], true));
        let third = page(&history, second.next().start);
        assert_eq!((numbers(&third), third.has_more), (vec![5], false));
        let Since { resolution, start } = third.next();
        assert_eq!(resolution, Resolution::Second);
        let nothing_new = page(&history, start);
        assert_eq!((numbers(&nothing_new), nothing_new.next().start), (vec![], start));
        history.push(packed(9, 1));
        let gap = page(&history, start);
        assert_eq!((numbers(&gap), gap.reached), (vec![9], 9));
    }

    #[test]
    fn a_page_fits_its_bound_and_a_sample_that_does_not_comes_alone() {
        let mut history = History::new(Resolution::Second, usize::MAX);
        (1..=900).for_each(|sequence| history.push(packed(sequence, 9_999)));
        let mut start = Start::Oldest;
        let mut read = 0;
        while read < 900 {
            let page = page(&history, start);
            start = page.next().start;
            read += page.samples.len();
            let answer: LookResult = Ok(Seen::Telemetry(Box::new(page)));
            assert!(wire::encode(&answer).len() <= 1024 * 1024);
        }
        history.push(packed(901, PAGE_BYTES_MAX));
        let large = page(&history, after(US, 900));
        assert_eq!(numbers(&large), [901]);
        assert!(wire::encode(&Ok::<_, ()>(Seen::Telemetry(Box::new(large)))).len() <= PAYLOAD_BYTES_MAX);
    }

    #[test]
    fn the_newest_some_and_those_since_a_time_are_found() {
        let mut history = History::new(Resolution::Second, usize::MAX);
        assert_eq!(
            (numbers(&page(&history, Start::Newest(3))), page(&history, Start::Oldest).reached),
            (vec![], 0)
        );
        (1..=10).for_each(|sequence| history.push(packed(sequence, 1)));
        assert_eq!(numbers(&page(&history, Start::Newest(3))), [8, 9, 10]);
        assert_eq!(page(&history, Start::Newest(u32::MAX)).samples.len(), 10);
        assert_eq!(numbers(&page(&history, Start::Time(8_001))), [9, 10]);
        assert_eq!(numbers(&page(&history, Start::Time(u64::MAX))), [] as [u64; 0]);
    }

    #[test]
    fn a_cursor_of_an_earlier_start_begins_anew_and_one_of_the_future_finds_nothing() {
        let mut history = History::new(Resolution::Second, usize::MAX);
        (1..=3).for_each(|sequence| history.push(packed(sequence, 1)));
        assert_eq!(numbers(&page(&history, after(Boot(3), 2))), [1, 2, 3]);
        let future = page(&history, after(US, u64::MAX));
        assert_eq!((numbers(&future), future.reached), (vec![], 3));
    }

    #[test]
    fn what_is_packed_is_what_is_unpacked() {
        let sample = Sample { sequence: 8, wall_ms: 3, peers_left_out: 2, ..Sample::default() };
        let mut history = History::new(Resolution::Ten, usize::MAX);
        history.push(Packed::new(&sample));
        let page = page(&history, Start::Oldest);
        assert_eq!(page.unpack().unwrap(), [sample]);
    }
}
