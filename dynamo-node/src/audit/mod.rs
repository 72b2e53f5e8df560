//! The audit: every administrative change and every refusal, synced to disk and chained by hashes, from the first start on.
//!
//! A request of an administrator is written before anything is done about it, and what came of it before the administrator is
//! told: whatever happens in between, no change is without a line. A request that cannot be written down is not carried
//! out. Refusals are folded, so that no stranger fills the disk.
//!
//! | room | noun |
//! |---|---|
//! | `events` | what stands in a line, made of requests, answers and refusals |
//! | `words` | an administrator's request in words, and in JSON |
//! | `fold` | equal refusals, made into one line |
//! | `keeper` | the thread that writes |
//! | `log` | lines made, chained, synced |
//! | `files` | where they lie, what is found there at a start |
//! | `pages` | reading |
//!
//! Deliberately absent: deleting. Files that are full are only numbered; whoever wants the room archives the oldest.

mod events;
mod files;
mod fold;
mod keeper;
mod log;
mod pages;
mod words;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use dynamo_transport::Identity;
use shared::wire::admin::{Admin, AdminResult};
use shared::wire::audit::{AuditEvent, AuditLine};
use tokio::sync::oneshot;

use files::Files;
use keeper::{Job, Keeper};
use log::Log;

/// What stands in a line.
pub(crate) type Event = AuditEvent<serde_json::Value>;

/// Refusals that wait to be folded; more are only counted.
const REFUSALS_WAITING_MAX: usize = 4096;

/// The audit could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit cannot be written: {0}")]
pub(crate) struct Unwritten(String);

/// Who asks, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Role and name in the certificate, and its serial number; `None`: nobody that is known.
    pub(crate) known: Option<(String, String)>,
    /// The address.
    pub(crate) from: SocketAddr,
}

impl Caller {
    pub(crate) fn new(identity: Option<&Identity>, from: SocketAddr) -> Self {
        Self { known: identity.map(|identity| (identity.to_string(), identity.serial.clone())), from }
    }
}

/// A request that is written down, and waits for its answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    sequence: u64,
    event: Box<Event>,
}

/// Something that was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) caller: Caller,
    /// What was tried, in words.
    pub(crate) what: String,
    /// A stable name.
    pub(crate) code: String,
    /// Why, in words.
    pub(crate) reason: String,
}

/// The audit of a node that runs.
#[derive(Debug)]
pub(crate) struct Audit {
    auditor: Auditor,
    keeper: JoinHandle<()>,
}

/// What hands events in. Cheap to clone; when the last is dropped, what was handed in is still written.
#[derive(Debug, Clone)]
pub(crate) struct Auditor {
    jobs: Sender<Job>,
    backlog: Arc<Backlog>,
    files: Arc<Files>,
}

/// Refusals on their way.
#[derive(Debug, Default)]
struct Backlog {
    waiting: AtomicUsize,
    /// Those that were too many.
    lost: AtomicU64,
}

impl Audit {
    /// Opens the audit in that folder, checks the newest file, and notes this start in words of its own. Waits for the disk.
    pub(crate) fn open(dir: &Path, start: &str) -> io::Result<Self> {
        let files = Arc::new(Files::new(dir.to_owned(), files::FILE_BYTES_MAX));
        let mut log = Log::new(Arc::clone(&files));
        match log.append(vec![events::note(start.to_owned())]) {
            Err(error) if is_full(&error) => {
                // Data can be read all the same, and room be made; until then nothing is changed.
                tracing::error!(%error, "the audit cannot be written: administrators' changes are refused");
            }
            noted => drop(noted?),
        }
        let (jobs, inbox) = mpsc::channel();
        let backlog = Arc::<Backlog>::default();
        let keeper = Keeper::new(log, inbox, Arc::clone(&backlog));
        let keeper = std::thread::Builder::new().name("audit".into()).spawn(move || keeper.keep())?;
        Ok(Self { auditor: Auditor { jobs, backlog, files }, keeper })
    }

    pub(crate) fn auditor(&self) -> Auditor {
        self.auditor.clone()
    }

    /// Writes everything that was handed in, what is still being folded included, and ends. Waits for the disk.
    pub(crate) fn close(self) {
        // A thread that has ended already has nothing left to write.
        let _ = self.auditor.jobs.send(Job::Close);
        if self.keeper.join().is_err() {
            tracing::error!("the audit's thread has died");
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl Auditor {
    /// Writes an administrator's request down. Once this is done it is on the disk.
    pub(crate) async fn asked(
        &self,
        caller: &Caller,
        admin: &Admin,
        state_before: u64,
    ) -> Result<Asked, Unwritten> {
        let event = events::asked(caller, admin, state_before);
        let (written, when_written) = oneshot::channel();
        // Whoever asked may have gone meanwhile.
        self.write(event.clone(), move |sequence| drop(written.send(sequence)));
        let sequence = when_written.await.unwrap_or_else(|_| Err(Unwritten("its thread has died".into())))?;
        Ok(Asked { sequence, event: Box::new(event) })
    }

    /// Writes down what came of it, and then does what is to follow: when `then` runs, it is on the disk, or cannot be.
    pub(crate) fn answered(
        &self,
        asked: Asked,
        result: &AdminResult,
        state_after: u64,
        then: impl FnOnce() + Send + 'static,
    ) {
        self.write(events::answered(asked, result, state_after), move |written| {
            if let Err(error) = written {
                // The change is made: keeping that from its administrator would not unmake it.
                tracing::error!(%error, "an administrator's change is made, and its result is not in the audit");
            }
            then();
        });
    }

    /// Notes a refusal; never waits. Equal ones are folded.
    pub(crate) fn refused(&self, refusal: Refusal) {
        if self.backlog.waiting.fetch_add(1, Relaxed) >= REFUSALS_WAITING_MAX {
            self.backlog.waiting.fetch_sub(1, Relaxed);
            self.uncounted(1);
            return;
        }
        // The thread is gone only when the node ends.
        let _ = self.jobs.send(Job::Refusal(refusal));
    }

    /// So many refusals of which no more is known.
    pub(crate) fn uncounted(&self, count: u64) {
        self.backlog.lost.fetch_add(count, Relaxed);
        let _ = self.jobs.send(Job::Lost);
    }

    /// Lines after that one, at most so many, and as many bytes as fit into an answer.
    pub(crate) async fn read(&self, after: u64, limit: u32) -> io::Result<Vec<AuditLine>> {
        let files = Arc::clone(&self.files);
        let read = tokio::task::spawn_blocking(move || pages::page(&files, after, limit));
        read.await.map_err(io::Error::other)?
    }

    fn write(&self, event: Event, done: impl FnOnce(Result<u64, Unwritten>) + Send + 'static) {
        if let Err(unsent) = self.jobs.send(Job::Write { event: Box::new(event), done: Box::new(done) })
            && let Job::Write { done, .. } = unsent.0
        {
            done(Err(Unwritten("its thread has died".into())));
        }
    }
}

#[cfg(test)]
mod tests;
