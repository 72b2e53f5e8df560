//! Folding: the first refusal of its kind is a line at once; equal ones after it are counted, and their number is a line
//! when the window is over. Only so many kinds are told apart in a window, so that whoever changes a little each time fills
//! no disk either.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::{Event, Refusal, events};

/// For how long equal refusals are counted together.
pub(super) const WINDOW: Duration = Duration::from_mins(5);

/// Kinds of refusals that are told apart in one window: with their numbers, at most twice as many lines and one.
pub(super) const KINDS_MAX: usize = 32;

/// Refusals of one kind: of the same caller (whatever its port), for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    known: Option<(String, String)>,
    from: IpAddr,
    what: String,
    reason: String,
}

/// What is being counted.
#[derive(Debug, Default)]
pub(super) struct Folds {
    since: Option<Instant>,
    /// One of each kind, and how many came after the one that is a line already.
    kinds: BTreeMap<Kind, (Refusal, u64)>,
    others: u64,
}

impl Folds {
    /// A refusal; the line that it is worth, if it is the first of its kind.
    pub(super) fn note(&mut self, refusal: Refusal, now: Instant) -> Option<Event> {
        self.since.get_or_insert(now);
        let kind = Kind {
            known: refusal.caller.known.clone(),
            from: refusal.caller.from.ip(),
            what: refusal.what.clone(),
            reason: refusal.reason.clone(),
        };
        if let Some((_, more)) = self.kinds.get_mut(&kind) {
            *more += 1;
            return None;
        }
        if self.kinds.len() >= KINDS_MAX {
            self.others += 1;
            return None;
        }
        self.kinds.insert(kind, (refusal.clone(), 0));
        let from = refusal.caller.from.to_string();
        Some(events::refused(refusal, from, None))
    }

    /// Refusals of which only the number is known.
    pub(super) fn note_others(&mut self, count: u64, now: Instant) {
        if count > 0 {
            self.since.get_or_insert(now);
            self.others += count;
        }
    }

    /// When the window is over; `None`: nothing is being counted.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + WINDOW)
    }

    /// The numbers, if the window is over; another begins with the next refusal.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Event> {
        if self.deadline().is_some_and(|deadline| now >= deadline) { self.unfold() } else { Vec::new() }
    }

    /// The numbers as they are.
    pub(super) fn unfold(&mut self) -> Vec<Event> {
        let Self { kinds, others, .. } = std::mem::take(self);
        let counted = kinds.into_iter().filter(|(_, (_, more))| *more > 0);
        let lines = counted.map(|(kind, (refusal, more))| {
            // The ports are another each time.
            events::refused(refusal, kind.from.to_string(), Some(more))
        });
        lines.chain((others > 0).then(|| events::refused_many(others))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Caller;
    use super::*;

    fn refusal(port: u16, reason: &str) -> Refusal {
        Refusal {
            caller: Caller { known: None, from: ([127, 0, 0, 1], port).into() },
            what: "connect".into(),
            code: "not-admitted".into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn equal_refusals_are_a_line_and_a_number() {
        let (mut folds, now) = (Folds::default(), Instant::now());
        assert_eq!(folds.deadline(), None);
        let first = folds.note(refusal(1, "expired"), now).unwrap();
        assert_eq!((first.from.as_deref(), first.times), (Some("127.0.0.1:1"), None));
        assert!((2..100).all(|port| folds.note(refusal(port, "expired"), now).is_none()));
        assert!(folds.note(refusal(2, "role"), now).is_some());
        assert_eq!(folds.due(now), []);
        let lines = folds.due(now + WINDOW);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!((lines[0].from.as_deref(), lines[0].times), (Some("127.0.0.1"), Some(98)));
        assert_eq!(folds.deadline(), None);
        assert!(folds.note(refusal(1, "expired"), now + WINDOW).is_some(), "a new window begins");
    }

    #[test]
    fn a_flood_of_refusals_that_differ_is_bounded_and_none_is_forgotten() {
        let (mut folds, now) = (Folds::default(), Instant::now());
        let at_once = (0..10_000).filter_map(|n| folds.note(refusal(1, &n.to_string()), now)).count();
        folds.note_others(5, now);
        let lines = folds.due(now + WINDOW);
        assert_eq!((at_once, lines.len()), (KINDS_MAX, 1));
        assert_eq!(lines[0].times, Some(10_005 - KINDS_MAX as u64));
    }
}
