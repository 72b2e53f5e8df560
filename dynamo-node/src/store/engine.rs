//! The storage engine: fjall, opened the one way that was found to work.
//!
//! fjall 3.1.13 left alone seals memtables from inside its worker pool, whose bounded queue those very workers fill:
//! it can come to a halt and grow without bound. So memtables are never sealed by size (`max_memtable_size` is
//! endless), [`upkeep`](super::upkeep) seals them from a thread of our own, and there are four workers. Only write
//! batches are used: single inserts with long keys, ingestion, `clear` and `remove_weak` each have a trap of their own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use fjall::{AbstractTree, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Slice};

use super::config::StoreConfig;
use super::layout::Space;

/// How many threads flush and compact. With one, or two on two cores, the pool was seen to halt.
const WORKERS: usize = 4;

/// How many sealed memtables of a keyspace may wait to be flushed; at four, a commit blocks until one is.
const SEALED_MAX: usize = 3;

/// The database and its keyspaces.
pub(super) struct Engine {
    database: Database,
    /// In the order of [`Space::ALL`].
    keyspaces: [Keyspace; 3],
}

/// Why the database was not opened.
#[derive(Debug)]
pub(super) enum Unopened {
    /// The operating system refuses: that says nothing about what is in the files.
    Refused(io::Error),
    /// What is in the files makes no sense.
    Unreadable(String),
}

impl From<fjall::Error> for Unopened {
    fn from(error: fjall::Error) -> Self {
        match error {
            fjall::Error::Io(source) | fjall::Error::Storage(fjall::LsmError::Io(source))
                if is_refusal(&source) =>
            {
                Self::Refused(source)
            }
            other => Self::Unreadable(other.to_string()),
        }
    }
}

/// Whether an error comes from the operating system and is no consequence of what was read.
fn is_refusal(error: &io::Error) -> bool {
    error.raw_os_error().is_some()
        && !matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists | io::ErrorKind::InvalidInput
        )
}

/// Rows to write; `None` removes one.
pub(super) type Rows = std::collections::BTreeMap<(Space, Slice), Option<Slice>>;

impl Engine {
    /// Opens or creates the database.
    pub(super) fn open(path: &Path, config: &StoreConfig) -> Result<Self, Unopened> {
        // fjall asserts things about the files that it recovers from; a damaged file must not end in a panic.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::try_open(path, config)));
        match opened {
            Ok(opened) => opened.map_err(Unopened::from),
            Err(_) => {
                Err(Unopened::Unreadable("the storage engine panicked while it read its files".to_owned()))
            }
        }
    }

    fn try_open(path: &Path, config: &StoreConfig) -> fjall::Result<Self> {
        let builder = Database::builder(path).cache_size(config.cache_bytes).worker_threads(WORKERS);
        let database = builder.open()?;
        let options = || KeyspaceCreateOptions::default().max_memtable_size(u64::MAX);
        let [objects, hints, index] = Space::ALL.map(|space| database.keyspace(space.name(), options));
        Ok(Self { keyspaces: [objects?, hints?, index?], database })
    }

    /// A keyspace.
    pub(super) fn space(&self, space: Space) -> &Keyspace {
        let [objects, hints, index] = &self.keyspaces;
        match space {
            Space::Objects => objects,
            Space::Hints => hints,
            Space::Index => index,
        }
    }

    /// Writes rows as one batch, to the operating system or to the disk. May sleep for as long as the disk lags behind.
    pub(super) fn commit(&self, rows: Rows, mode: PersistMode) -> fjall::Result<()> {
        let mut batch = self.database.batch().durability(Some(mode));
        for ((space, key), value) in rows {
            match value {
                Some(value) => batch.insert(self.space(space), key, value),
                None => batch.remove(self.space(space), key),
            }
        }
        batch.commit()
    }

    /// Brings everything committed so far to the disk.
    pub(super) fn sync(&self) -> fjall::Result<()> {
        self.database.persist(PersistMode::SyncData)
    }

    /// Whether the engine still takes writes; it says so only when asked to write.
    pub(super) fn check(&self) -> fjall::Result<()> {
        self.database.persist(PersistMode::Buffer)
    }

    /// What it takes on the disk, in bytes.
    pub(super) fn disk_bytes(&self) -> fjall::Result<u64> {
        self.database.disk_space()
    }

    /// How much lies in memtables that are being written to, in bytes.
    pub(super) fn memtable_bytes(&self) -> u64 {
        self.keyspaces.iter().map(|keyspace| keyspace.tree.active_memtable().size()).sum()
    }

    /// Seals every memtable, so that the workers flush them; a keyspace whose memtable stayed behind would keep the
    /// oldest journal from ever being removed. `false`: too many wait already, ask again later.
    pub(super) fn seal_memtables(&self) -> fjall::Result<bool> {
        if self.keyspaces.iter().any(|keyspace| keyspace.sealed_memtable_count() >= SEALED_MAX) {
            return Ok(false);
        }
        for keyspace in &self.keyspaces {
            keyspace.rotate_memtable()?;
        }
        Ok(true)
    }

    /// How many sealed memtables wait to be flushed, and how many tables there are: what flushing changes.
    pub(super) fn flush_progress(&self) -> (usize, usize) {
        let waiting = self.keyspaces.iter().map(Keyspace::sealed_memtable_count).sum();
        (waiting, self.keyspaces.iter().map(Keyspace::table_count).sum())
    }
}
