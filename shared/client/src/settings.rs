//! How patient a client is, with the reasons.

use std::time::Duration;

/// Limits of a client's requests, and of the links below them.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a request may take in all, unless its options say otherwise.
    pub timeout: Duration,
    /// After so long without an answer (or a third of what is left, if that is less) the next node is asked as well.
    /// The first is still listened to.
    pub attempt_max: Duration,
    /// A node to which no connection stands after so long has the next one asked as well; it is dialled on.
    pub dial_max: Duration,
    /// A node that was asked and from which not even a packet came for so long has the next one asked as well. A node
    /// that serves many is heard all the time, unless it was killed or frozen, or the way to it is cut.
    pub quiet_max: Duration,
    /// How often the whole list of nodes for a key is gone through before the last failure stands. 1: once.
    pub rounds_max: u32,
    /// The first pause between two rounds; doubled with each.
    pub pause_min: Duration,
    /// A node that could not be reached is asked after the others for so long; doubled with each failure.
    pub avoid_min: Duration,
    /// The longest that a node is avoided.
    pub avoid_max: Duration,
    /// The links themselves.
    pub link: dynamo_transport::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(10),
            attempt_max: Duration::from_secs(1),
            dial_max: Duration::from_millis(250),
            quiet_max: Duration::from_millis(250),
            rounds_max: 4,
            pause_min: Duration::from_millis(100),
            avoid_min: Duration::from_millis(500),
            avoid_max: Duration::from_secs(15),
            link: dynamo_transport::Settings {
                // A person waits: nodes that are up answer a handshake within a round trip or two.
                handshake_timeout: Duration::from_secs(3),
                ..dynamo_transport::Settings::default()
            },
        }
    }
}

/// How long one node may take, counted from when it is its turn, before the next is asked as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// Until a connection stands.
    pub(crate) to_dial: Duration,
    /// Between two packets of any kind, once the request was sent.
    pub(crate) in_silence: Duration,
    /// In all.
    pub(crate) to_answer: Duration,
}

impl Settings {
    /// How long one node may take before the next is asked as well, with so much time left.
    pub(crate) fn patience(&self, left: Duration) -> Patience {
        let to_answer = self.attempt_max.min(left / 3);
        Patience {
            to_dial: self.dial_max.min(to_answer),
            in_silence: self.quiet_max.min(to_answer),
            to_answer,
        }
    }

    /// The pause before a round, counted from 1.
    pub(crate) fn pause_before(&self, round: u32) -> Duration {
        self.pause_min.saturating_mul(1 << round.saturating_sub(2).min(8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_gets_a_third_of_what_is_left_and_no_more_than_its_bound() {
        let settings = Settings::default();
        let ms = Duration::from_millis;
        let patience = |left| {
            let Patience { to_dial, in_silence, to_answer } = settings.patience(left);
            (to_dial, in_silence, to_answer)
        };
        assert_eq!(patience(ms(10_000)), (ms(250), ms(250), ms(1000)));
        assert_eq!(patience(ms(300)), (ms(100), ms(100), ms(100)));
    }

    #[test]
    fn pauses_double() {
        let settings = Settings::default();
        let pauses: Vec<u128> = (2..5).map(|round| settings.pause_before(round).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400]);
    }
}
