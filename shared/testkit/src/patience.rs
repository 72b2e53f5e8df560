//! Waiting for a condition. The only place that pauses, and it never pauses for longer than it takes to notice.

use std::thread;
use std::time::{Duration, Instant};

/// How long a program gets for what normally takes less than a second. Generous: it is only reached by a failure.
pub const PATIENCE: Duration = Duration::from_mins(1);

const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// Looks at a condition again and again until it holds: `true`; or until so much time has passed: `false`.
pub fn await_until(deadline: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + deadline;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(BETWEEN_LOOKS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_that_holds_is_seen_even_without_time() {
        assert!(await_until(Duration::ZERO, || true));
    }

    #[test]
    fn a_condition_is_looked_at_until_it_holds() {
        let mut looks = 0;
        assert!(await_until(PATIENCE, || {
            looks += 1;
            looks == 3
        }));
        assert_eq!(looks, 3);
    }

    #[test]
    fn what_never_holds_is_given_up() {
        assert!(!await_until(Duration::ZERO, || false));
    }
}
