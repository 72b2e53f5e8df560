//! Pace: how many bytes a second transfers may take in here. A bucket that fills with time and may go into debt once: what
//! is on its way is let in, and the next request waits for it to be paid.

use crate::time::Instant;

/// The bucket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Pace {
    balance_bytes: i64,
    filled: Option<Instant>,
}

impl Pace {
    /// Whether more may be asked for now. The bucket holds what a second brings.
    pub(super) fn may_go(&mut self, now: Instant, bytes_per_second: u64) -> bool {
        if bytes_per_second == 0 {
            return true;
        }
        let most = i64::try_from(bytes_per_second).unwrap_or(i64::MAX);
        let elapsed_ms = self.filled.map_or(1_000, |filled| now.since_ms(filled).min(600_000));
        let brought = most.saturating_mul(i64::try_from(elapsed_ms).unwrap_or(i64::MAX)) / 1_000;
        if brought > 0 || self.filled.is_none() {
            self.balance_bytes = self.balance_bytes.saturating_add(brought).min(most);
            self.filled = Some(now);
        }
        self.balance_bytes > 0
    }

    /// So much came in.
    pub(super) fn spend(&mut self, bytes: u64) {
        self.balance_bytes = self.balance_bytes.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_in_is_paid_for_before_more_is_asked_for() {
        let mut pace = Pace::default();
        let at = |ms: u64| Instant(1_000_000).plus_ms(ms);
        assert!(pace.may_go(at(0), 1_000));
        pace.spend(3_000);
        assert!(!pace.may_go(at(1_000), 1_000), "two seconds' worth is owed");
        assert!(!pace.may_go(at(2_000), 1_000));
        assert!(pace.may_go(at(2_100), 1_000));
        assert!(pace.may_go(at(2_100), 0), "zero is no limit");
    }
}
