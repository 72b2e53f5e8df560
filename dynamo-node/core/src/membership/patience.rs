//! Patience: for how long a probe may go unanswered on one link, by what that link usually does.
//!
//! The mean and the mean deviation of answers are followed as TCP follows its round trips (RFC 6298); a link that is slow, or
//! uneven, is given more time, within bounds that the configuration sets.

use crate::config::Config;

/// What one link usually does, in microseconds; `None` until an answer was timed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Patience {
    usual: Option<(u64, u64)>,
}

/// How much of a link's own unevenness is allowed for, in mean deviations.
const DEVIATIONS: u64 = 8;

/// How far above the configured time a slow link may stretch it.
const STRETCH_MAX: u64 = 4;

impl Patience {
    /// A probe was answered.
    pub(crate) fn answered_after(&mut self, after_us: u64) {
        self.usual = Some(match self.usual {
            None => (after_us, after_us / 2),
            Some((mean_us, deviation_us)) => {
                let off_us = mean_us.abs_diff(after_us);
                ((mean_us * 7 + after_us) / 8, (deviation_us * 3 + off_us) / 4)
            }
        });
    }

    /// After how long a silence the node is suspected, in milliseconds: the configured time, stretched on slow links.
    pub(crate) fn suspect_after_ms(&self, config: &Config) -> u64 {
        let (mean_us, deviation_us) = self.usual.unwrap_or_default();
        let usual_ms = (mean_us + DEVIATIONS * deviation_us) / 1_000;
        let least_ms = config.suspect_after_ms;
        (config.ping_interval_ms * 2 + usual_ms).clamp(least_ms, least_ms.saturating_mul(STRETCH_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_link_is_given_more_time_and_a_fast_one_the_configured() {
        let config = Config::default();
        let mut fast = Patience::default();
        let mut slow = Patience::default();
        for answer in 0..50 {
            fast.answered_after(300);
            slow.answered_after(if answer % 2 == 0 { 150_000 } else { 600_000 });
        }
        assert_eq!(fast.suspect_after_ms(&config), config.suspect_after_ms);
        assert!(slow.suspect_after_ms(&config) > 2 * config.suspect_after_ms);
        slow.answered_after(u64::MAX / 16);
        assert!(slow.suspect_after_ms(&config) <= STRETCH_MAX * config.suspect_after_ms, "there is a bound");
    }
}
