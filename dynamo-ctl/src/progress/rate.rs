//! How fast a number grows, over the last moments, and when it will be where it should.

use std::collections::VecDeque;

/// Growth is measured over so long: shorter is nervous, longer is slow to see that something stands still.
const WINDOW_MS: u64 = 15_000;

/// Samples of a growing number.
#[derive(Debug, Clone, Default)]
pub struct Rate {
    /// When and how much, the oldest first. Invariant: both only grow.
    samples: VecDeque<(u64, u64)>,
}

impl Rate {
    /// At that time it is so much. What seems to have shrunk has not grown.
    pub fn note(&mut self, now_ms: u64, value: u64) {
        let value = self.samples.back().map_or(value, |(_, before)| value.max(*before));
        self.samples.push_back((now_ms, value));
        // One sample from before the window stays: growth is measured from there.
        while self.samples.get(1).is_some_and(|(then, _)| then + WINDOW_MS <= now_ms) {
            self.samples.pop_front();
        }
    }

    /// By how much it grows in a second; `None`: that cannot be said of a single moment.
    pub fn per_second(&self) -> Option<u64> {
        let ((first_ms, first), (last_ms, last)) = (self.samples.front()?, self.samples.back()?);
        let passed_ms = last_ms.checked_sub(*first_ms).filter(|passed| *passed > 0)?;
        Some(in_64_bits(u128::from(last - first) * 1000 / u128::from(passed_ms)))
    }

    /// How long until it is so much; `None`: not at this pace.
    pub fn left_ms(&self, end: u64) -> Option<u64> {
        let ((first_ms, first), (last_ms, last)) = (self.samples.front()?, self.samples.back()?);
        let (grown, left) = (last - first, end.saturating_sub(*last));
        if left == 0 {
            return Some(0);
        }
        let passed_ms = last_ms.saturating_sub(*first_ms);
        (u128::from(left) * u128::from(passed_ms)).checked_div(u128::from(grown)).map(in_64_bits)
    }
}

fn in_64_bits(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_measured_over_the_last_moments() {
        let mut rate = Rate::default();
        assert_eq!((rate.per_second(), rate.left_ms(10)), (None, None));
        rate.note(0, 100);
        assert_eq!((rate.per_second(), rate.left_ms(200)), (None, None), "one moment is no growth");
        rate.note(1000, 150);
        assert_eq!((rate.per_second(), rate.left_ms(200)), (Some(50), Some(1000)));
        assert_eq!(rate.left_ms(120), Some(0), "it is there already");
    }

    #[test]
    fn what_stands_still_never_arrives() {
        let mut rate = Rate::default();
        for second in 0..40 {
            rate.note(second * 1000, 100 + second.min(5));
        }
        assert_eq!((rate.per_second(), rate.left_ms(200)), (Some(0), None));
    }

    #[test]
    fn what_seems_to_shrink_has_not_grown() {
        let mut rate = Rate::default();
        rate.note(0, 100);
        rate.note(1000, 50);
        assert_eq!(rate.per_second(), Some(0));
    }
}
