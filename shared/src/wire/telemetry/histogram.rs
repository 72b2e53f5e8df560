//! Histogram: how often something took how long, as pairs of a bucket's upper bound and a count.
//!
//! The bounds are those of an HDR histogram from 1 us to 60 s with two significant digits: no time is shown more than
//! 1 % too long, and none too short. They travel with the counts, so that nobody has to know how buckets are laid out to
//! merge two histograms or to read a percentile. Bounds are written as differences: a bucket that was hit takes two to
//! four bytes, one that was not takes none.

use serde::{Deserialize, Serialize};

/// Counts by time. Bounds ascend, and no count is zero.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Steps", into = "Steps")]
pub struct Histogram {
    buckets: Vec<(u32, u64)>,
}

/// A histogram as it travels: how far each upper bound lies above the last, and the count.
type Steps = Vec<(u32, u64)>;

/// Pairs that are no histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bucket {place} of a histogram is empty, or lies where another does")]
pub struct NotAHistogram {
    /// Which pair, from zero.
    pub place: usize,
}

impl Histogram {
    /// Of upper bounds in microseconds, ascending, and counts, none of them zero.
    pub fn new(buckets: Vec<(u32, u64)>) -> Result<Self, NotAHistogram> {
        let mut last = None;
        for (place, &(upper_us, count)) in buckets.iter().enumerate() {
            if count == 0 || last.is_some_and(|last| last >= upper_us) {
                return Err(NotAHistogram { place });
            }
            last = Some(upper_us);
        }
        Ok(Self { buckets })
    }

    /// Each bucket that was hit: its upper bound in microseconds, and how often.
    pub fn buckets(&self) -> &[(u32, u64)] {
        &self.buckets
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How much was counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// The longest time, in microseconds; `None` if nothing was counted.
    pub fn max_us(&self) -> Option<u32> {
        self.buckets.last().map(|&(upper_us, _)| upper_us)
    }

    /// The time that so many of a million did not exceed, in microseconds (999,000: the 99.9th percentile); `None` if
    /// nothing was counted.
    pub fn quantile_us(&self, of_million: u32) -> Option<u32> {
        let wanted = (u128::from(self.count()) * u128::from(of_million)).div_ceil(1_000_000);
        let mut sum = 0;
        for &(upper_us, count) in &self.buckets {
            sum += u128::from(count);
            if sum >= wanted {
                return Some(upper_us);
            }
        }
        self.max_us()
    }

    /// Adds what the other counted.
    pub fn absorb(&mut self, other: &Self) {
        if self.is_empty() {
            self.buckets.clone_from(&other.buckets);
            return;
        }
        let mut merged = Vec::with_capacity(self.buckets.len() + other.buckets.len());
        let (mut ours, mut theirs) = (self.buckets.iter().peekable(), other.buckets.iter().peekable());
        while let Some(&(upper_us, count)) = match (ours.peek(), theirs.peek()) {
            (Some(our), Some(their)) if their.0 < our.0 => theirs.next(),
            (Some(_), _) => ours.next(),
            (None, _) => theirs.next(),
        } {
            match merged.last_mut() {
                Some((last, sum)) if *last == upper_us => *sum = count.saturating_add(*sum),
                _ => merged.push((upper_us, count)),
            }
        }
        self.buckets = merged;
    }

    /// Rounds bounds up so that their leading one and so many bits after it tell them apart: with 5 bits there are 32
    /// buckets for each doubling of time, and no time is shown more than one part in 32 too long.
    pub fn coarsen(&mut self, bits: u32) {
        for (upper_us, _) in &mut self.buckets {
            let bits_below =
                u32::BITS.saturating_sub(upper_us.leading_zeros().saturating_add(1).saturating_add(bits));
            *upper_us |= (1 << bits_below) - 1;
        }
        self.buckets.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 = kept.1.saturating_add(next.1);
            }
            is_same
        });
    }
}

impl TryFrom<Steps> for Histogram {
    type Error = NotAHistogram;

    fn try_from(mut steps: Steps) -> Result<Self, NotAHistogram> {
        let mut last = 0_u32;
        for (place, (upper_us, _)) in steps.iter_mut().enumerate() {
            last = last.checked_add(*upper_us).ok_or(NotAHistogram { place })?;
            *upper_us = last;
        }
        Self::new(steps)
    }
}

impl From<Histogram> for Steps {
    fn from(histogram: Histogram) -> Self {
        let mut last = 0;
        let mut steps = histogram.buckets;
        for (upper_us, _) in &mut steps {
            (last, *upper_us) = (*upper_us, *upper_us - last);
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::wire;

    fn histogram(pairs: &BTreeMap<u32, u64>) -> Histogram {
        Histogram::new(pairs.iter().map(|(&upper_us, &count)| (upper_us, count)).collect()).unwrap()
    }

    fn pairs() -> impl Strategy<Value = BTreeMap<u32, u64>> {
        prop::collection::btree_map(0..70_000_000_u32, 1..1_000_u64, 0..50)
    }

    #[test]
    fn percentiles_are_upper_bounds_of_the_bucket_that_holds_them() {
        let histogram = Histogram::new(vec![(10, 90), (20, 9), (500, 1)]).unwrap();
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.quantile_us(0), Some(10));
        assert_eq!(histogram.quantile_us(500_000), Some(10));
        assert_eq!(histogram.quantile_us(900_000), Some(10));
        assert_eq!(histogram.quantile_us(900_001), Some(20));
        assert_eq!(histogram.quantile_us(990_000), Some(20));
        assert_eq!(histogram.quantile_us(999_000), Some(500));
        assert_eq!(histogram.max_us(), Some(500));
        assert_eq!(Histogram::default().quantile_us(500_000), None);
    }

    #[test]
    fn buckets_that_are_empty_doubled_or_out_of_order_are_refused() {
        for bad in [vec![(1, 0)], vec![(5, 1), (5, 1)], vec![(5, 1), (4, 1)]] {
            assert!(Histogram::new(bad.clone()).is_err(), "{bad:?}");
        }
        let beyond = wire::encode(&vec![(u32::MAX, 1_u64), (1, 1)]);
        assert!(wire::decode::<Histogram>("histogram", &beyond).is_err());
    }

    proptest! {
        #[test]
        fn what_travels_arrives(pairs in pairs()) {
            let sent = histogram(&pairs);
            let read: Histogram = wire::decode("histogram", &wire::encode(&sent)).unwrap();
            prop_assert_eq!(read, sent);
        }

        #[test]
        fn absorbing_adds_bucket_by_bucket(one in pairs(), other in pairs()) {
            let mut sum = histogram(&one);
            sum.absorb(&histogram(&other));
            let mut wanted = one;
            other.into_iter().for_each(|(upper_us, count)| *wanted.entry(upper_us).or_default() += count);
            prop_assert_eq!(sum, histogram(&wanted));
        }

        #[test]
        fn coarsening_loses_no_count_and_shows_nothing_shorter_or_much_longer(pairs in pairs(), bits in 3..=5_u32) {
            let fine = histogram(&pairs);
            let mut coarse = fine.clone();
            coarse.coarsen(bits);
            prop_assert_eq!(Histogram::new(coarse.buckets().to_vec()), Ok(coarse.clone()));
            prop_assert_eq!(coarse.count(), fine.count());
            for of_million in [1, 500_000, 990_000, 999_000, 1_000_000] {
                let (fine, coarse) = (fine.quantile_us(of_million), coarse.quantile_us(of_million));
                let (Some(fine), Some(coarse)) = (fine, coarse) else { continue };
                prop_assert!(coarse >= fine && coarse - fine <= fine >> bits, "{} and {}", fine, coarse);
            }
            let mut again = coarse.clone();
            again.coarsen(bits);
            prop_assert_eq!(again, coarse);
        }
    }
}
