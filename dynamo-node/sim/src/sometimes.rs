//! Sometimes: what happened at all, and how often.
//!
//! A batch of seeds in which one of these never happened has not tested what it was meant to test, and fails.

use std::collections::BTreeMap;
use std::fmt;

use shared::wire::look::Counters;

/// Everything that has to happen somewhere in a batch of the standard swarm.
pub const WANTED: &[&str] = &[
    "absent answer did not count",
    "change committed",
    "change lost to another",
    "change of the ring cancelled",
    "clock jumped",
    "coordinated by a fallback",
    "coordinated by an owner",
    "crash lost unsynced writes",
    "damaged row met",
    "disk was wiped",
    "forged context refused",
    "hint delivered and forgotten",
    "hint kept whole",
    "hint rerouted",
    "join done",
    "leave done",
    "link lost",
    "lost machine came back",
    "message doubled",
    "message lost",
    "misplaced request refused",
    "node frozen",
    "old copy swept",
    "older context used",
    "outcome unknown",
    "proposer finished another's version",
    "put acknowledged with a fallback",
    "put forwarded",
    "put rerouted to a fallback",
    "read checked against acknowledged writes",
    "read repaired a replica",
    "record transferred",
    "remove done",
    "replace done",
    "request retried",
    "retry recognised",
    "sibling made",
    "tombstone read",
    "transfer resumed after a crash",
    "weight done",
];

/// Counts by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sometimes(BTreeMap<&'static str, u64>);

impl Sometimes {
    /// It happened.
    pub fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    /// It happened so many times.
    pub fn add(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    /// What a node counted since it started.
    pub fn add_counters(&mut self, counters: &Counters) {
        self.add("read repaired a replica", counters.read_repairs);
        self.add("absent answer did not count", counters.uncompared_answers);
        self.add("damaged row met", counters.damaged_records);
        self.add("value lost to last-writer-wins", counters.lww_losses);
        self.add("record transferred", counters.transferred_records);
        self.add("old copy swept", counters.swept_records);
        self.add("hint rerouted", counters.hints_rerouted);
    }

    /// Another run's counts beside these.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|(&what, &times)| self.add(what, times));
    }

    /// How often it happened.
    pub fn times(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// What never happened and should have.
    pub fn missing(&self) -> Vec<&'static str> {
        WANTED.iter().copied().filter(|what| self.times(what) == 0).collect()
    }
}

impl fmt::Display for Sometimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(what, times)| writeln!(f, "{times:>12}  {what}"))
    }
}
