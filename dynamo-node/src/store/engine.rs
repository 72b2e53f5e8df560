//! The storage engine: fjall, opened the one way that was found to work.
//!
//! fjall 3.1.13 left alone seals memtables from inside its worker pool, whose bounded queue those very workers fill:
//! it can come to a halt and grow without bound. So memtables are never sealed by size (`max_memtable_size` is
//! endless), [`upkeep`](super::upkeep) seals them from a thread of our own, and there are four workers. Only write
//! batches are used: single inserts with long keys, ingestion, `clear` and `remove_weak` each have a trap of their own.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use fjall::compaction::Leveled;
use fjall::{AbstractTree, Database, Keyspace, KeyspaceCreateOptions, PersistMode, SeqNo, Slice};

use super::config::StoreConfig;
use super::layout::Space;

/// How many threads flush and compact. With one, or two on two cores, the pool was seen to halt.
const WORKERS: usize = 4;

/// How many sealed memtables of a keyspace may wait to be flushed; at four, a commit blocks until one is.
const SEALED_MAX: usize = 3;

/// As long as the engine makes its tables by itself.
const TABLE_BYTES: u64 = 64 * 1024 * 1024;

/// Up to so many bytes of tables are merged all at once: that takes a second or two.
const WHOLE_BYTES_MAX: u64 = 256 * 1024 * 1024;

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

    /// How many removals of objects lie in tables; not how many in memtables.
    pub(super) fn removals(&self) -> u64 {
        self.space(Space::Objects).tree.tombstone_count()
    }

    /// Merges tables of objects, so that removals meet what they remove and both are gone. Blocks until it is done.
    /// `false`: nothing can be gained now.
    ///
    /// It may forget every version but the newest, since nothing here reads an older one: while the store is open all
    /// reads are of the newest, and an iterator holds the tables that it began with.
    pub(super) fn merge_down(&self) -> fjall::Result<bool> {
        let tree = &self.space(Space::Objects).tree;
        if tree.disk_space() > WHOLE_BYTES_MAX {
            return self.merge_some_down();
        }
        // All at once. Meanwhile the engine's workers wait for its lock as soon as they have anything to compact, so that
        // of a large store the newest level would fill up until writes stop; and it takes as much room as there is.
        tree.major_compact(TABLE_BYTES, SeqNo::MAX)?;
        Ok(true)
    }

    /// The same for a large store: a few tables only, the smallest first, by the engine's own strategy, told that no
    /// level but the last may hold anything. It gives up on a table that reaches beyond all those below it; those have to
    /// wait until more is written, which cuts them up.
    ///
    /// Not `drop_range`: it drops the tables that lie wholly within a range with whatever removals are in them, and older
    /// rows of the same keys, in a table that reaches beyond the range, would be back.
    fn merge_some_down(&self) -> fjall::Result<bool> {
        let tree = &self.space(Space::Objects).tree;
        let before = tree.current_version().id();
        let strategy = Leveled::default().with_l0_threshold(0).with_table_target_size(TABLE_BYTES);
        tree.compact(Arc::new(strategy), SeqNo::MAX)?;
        Ok(tree.current_version().id() != before)
    }

    /// How many sealed memtables wait to be flushed, and how many tables there are: what flushing changes.
    pub(super) fn flush_progress(&self) -> (usize, usize) {
        let waiting = self.keyspaces.iter().map(Keyspace::sealed_memtable_count).sum();
        (waiting, self.keyspaces.iter().map(Keyspace::table_count).sum())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const ROWS: u16 = 1_024;

    /// Keys in order, evenly over all that there may be.
    fn key(number: u16) -> (Space, Slice) {
        (Space::Objects, Slice::from([&(number * 64).to_be_bytes()[..], &[0; 22]].concat()))
    }

    fn commit(engine: &Engine, rows: Rows) {
        engine.commit(rows, PersistMode::Buffer).unwrap();
        assert!(engine.seal_memtables().unwrap());
        let begun = Instant::now();
        while engine.flush_progress().0 > 0 {
            assert!(begun.elapsed() < Duration::from_mins(1), "nothing is flushed");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn removed_rows_are_merged_away_a_few_tables_at_a_time_and_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let engine = Engine::open(dir.path(), &StoreConfig::default()).unwrap();
        let value = Some(Slice::from(vec![7; 4 * 1024]));
        commit(&engine, (0..ROWS).map(|number| (key(number), value.clone())).collect());
        let is_removed = |number: &u16| (256..768).contains(number);
        commit(&engine, (0..ROWS).filter(is_removed).map(|number| (key(number), None)).collect());
        let before = engine.space(Space::Objects).disk_space();

        let begun = Instant::now();
        while engine.removals() > 0 {
            // The workers may have the tables for a moment.
            engine.merge_some_down().unwrap();
            assert!(begun.elapsed() < Duration::from_mins(1), "removals are left");
        }
        assert!(!engine.merge_some_down().unwrap(), "there is nothing left to do");
        assert!(engine.space(Space::Objects).disk_space() < before * 5 / 8);
        for number in 0..ROWS {
            let (space, key) = key(number);
            assert_eq!(engine.space(space).get(key).unwrap().is_none(), is_removed(&number), "{number}");
        }
    }
}
