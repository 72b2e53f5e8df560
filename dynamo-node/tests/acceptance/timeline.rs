//! The timeline: how long requests took, and what happened meanwhile. Printed for people; nothing is judged by it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long after an event its requests are told apart.
const AFTERMATH: Duration = Duration::from_secs(1);

/// Requests and events, as they come.
#[derive(Debug, Default)]
pub(crate) struct Timeline(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    requests: Vec<(Instant, Duration)>,
    events: Vec<(Instant, String)>,
}

impl Timeline {
    /// A request that began then has ended.
    pub(crate) fn took(&self, began: Instant) {
        let told = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.requests.push((began, began.elapsed()));
    }

    /// Something is about to happen.
    pub(crate) fn happens(&self, what: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).events.push((Instant::now(), what));
    }

    /// All requests, and those that began within a second of each event or were under way then.
    #[expect(clippy::print_stderr, reason = "it is for the person who runs the test")]
    pub(crate) fn print(&self) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        eprintln!("{:>8}  {:<20} {}", "s", "all", summary(told.requests.iter().map(|request| request.1)));
        let start = told.requests.iter().map(|request| request.0).min();
        for (at, what) in &told.events {
            let near = told
                .requests
                .iter()
                .filter(|(began, took)| *began < *at + AFTERMATH && *began + *took >= *at);
            let since = start.map_or(0.0, |start| (*at - start).as_secs_f64());
            eprintln!("{since:>8.1}  {what:<20} {}", summary(near.map(|request| request.1)));
        }
    }
}

fn summary(requests: impl Iterator<Item = Duration>) -> String {
    let mut took: Vec<Duration> = requests.collect();
    took.sort();
    let at = |permille: usize| {
        let took = took.get(took.len().saturating_sub(1) * permille / 1000);
        took.map_or(0, Duration::as_millis)
    };
    format!("{:>6} requests, ms: p50 {}, p99 {}, longest {}", took.len(), at(500), at(990), at(1000))
}
