//! The store's knobs: each with its unit in its name, its default, and why. None of them changes what is promised.

use serde::{Deserialize, Serialize};

const MIB: u64 = 1024 * 1024;

/// How a store uses its machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// How many threads read, merge and apply; from 1 to 8, more are taken for 8.
    ///
    /// Default 2: a merge costs a few microseconds, so that two keep up with the one journal. May change between
    /// starts: nothing on the disk depends on it.
    pub lanes: usize,
    /// How many bytes of hints are kept before further ones are refused.
    ///
    /// Default 8 GiB: hours of writes for an absent neighbour. An acknowledged hint is never evicted (rule P8), so the
    /// limit refuses beforehand.
    pub hint_bytes_max: u64,
    /// The low-water mark: with fewer free bytes on the disk, writes are refused until space comes back.
    ///
    /// Default 1 GiB: room for the journals and one large compaction. The storage engine does not survive a disk that
    /// is truly full, it has to be restarted.
    pub disk_free_bytes_min: u64,
    /// For how long a buffered write may lie unsynced, in milliseconds.
    ///
    /// Default 100: what a power cut may take from writes that were asked to be buffered only.
    pub sync_interval_ms: u64,
    /// How much is kept in memory of what was read from the disk, in bytes.
    ///
    /// Default 128 MiB: the indexes and filters of some ten million keys; raise it to a fifth of the machine's memory
    /// if the node has it to itself.
    pub cache_bytes: u64,
    /// How many bytes are written to memory before they are sorted into tables on the disk.
    ///
    /// Default 32 MiB: up to six times as much is held when the disk lags behind, then writes wait for it.
    pub memtable_bytes: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            lanes: 2,
            hint_bytes_max: 8 * 1024 * MIB,
            disk_free_bytes_min: 1024 * MIB,
            sync_interval_ms: 100,
            cache_bytes: 128 * MIB,
            memtable_bytes: 32 * MIB,
        }
    }
}
