//! The keeper: the one thread that writes. What is there is written and synced together; then everybody is told.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Instant;

use super::fold::Folds;
use super::log::Log;
use super::{Backlog, Event, Refusal, Unwritten};

/// Most jobs that are done with one sync.
const BATCH_MAX: usize = 256;

/// Told what became of an event: its line's number, once it is on the disk.
pub(super) type Done = Box<dyn FnOnce(Result<u64, Unwritten>) + Send>;

/// What is to be done.
pub(super) enum Job {
    /// Write this.
    Write { event: Box<Event>, done: Done },
    /// Count this, or write it if it is the first of its kind.
    Refusal(Refusal),
    /// The backlog says how many refusals were lost.
    Lost,
    /// Write everything and end.
    Close,
}

pub(super) struct Keeper {
    log: Log,
    inbox: Receiver<Job>,
    backlog: Arc<Backlog>,
    folds: Folds,
    is_closing: bool,
    complained: String,
}

impl Keeper {
    pub(super) fn new(log: Log, inbox: Receiver<Job>, backlog: Arc<Backlog>) -> Self {
        Self { log, inbox, backlog, folds: Folds::default(), is_closing: false, complained: String::new() }
    }

    /// Until it is told to end, or nobody is left who could tell it anything.
    pub(super) fn keep(mut self) {
        while !self.is_closing {
            let jobs = self.next();
            self.work(jobs);
        }
    }

    /// What there is to do; nothing, when a window of refusals is over.
    fn next(&mut self) -> Vec<Job> {
        let first = match self.folds.deadline() {
            None => self.inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(deadline) => self.inbox.recv_timeout(deadline.saturating_duration_since(Instant::now())),
        };
        match first {
            Ok(first) => {
                let mut jobs = vec![first];
                jobs.extend(self.inbox.try_iter().take(BATCH_MAX));
                jobs
            }
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            Err(RecvTimeoutError::Disconnected) => vec![Job::Close],
        }
    }

    fn work(&mut self, jobs: Vec<Job>) {
        let now = Instant::now();
        let (mut events, mut waiting) = (Vec::new(), Vec::new());
        for job in jobs {
            match job {
                Job::Write { event, done } => {
                    waiting.push((events.len(), done));
                    events.push(*event);
                }
                Job::Refusal(refusal) => {
                    self.backlog.waiting.fetch_sub(1, Relaxed);
                    events.extend(self.folds.note(refusal, now));
                }
                Job::Lost => self.folds.note_others(self.backlog.lost.swap(0, Relaxed), now),
                Job::Close => self.is_closing = true,
            }
        }
        events.extend(if self.is_closing { self.folds.unfold() } else { self.folds.due(now) });
        let written = if events.is_empty() { Ok(Vec::new()) } else { self.append(events) };
        for (place, done) in waiting {
            let sequence = |numbers: &Vec<u64>| numbers.get(place).copied().unwrap_or_default();
            done(written.as_ref().map(sequence).map_err(Clone::clone));
        }
    }

    fn append(&mut self, events: Vec<Event>) -> Result<Vec<u64>, Unwritten> {
        match self.log.append(events) {
            Ok(numbers) => {
                self.complained.clear();
                Ok(numbers)
            }
            Err(error) => {
                let words = error.to_string();
                if words != self.complained {
                    tracing::error!(%error, "the audit cannot be written");
                    self.complained.clone_from(&words);
                }
                Err(Unwritten(words))
            }
        }
    }
}
