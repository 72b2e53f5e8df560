//! Load: what a node reports of its own store, so that others can plan. An observation, never declared.

use serde::{Deserialize, Serialize};

/// What a node holds, and what room it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Load {
    /// Bytes of records held as an owner.
    pub stored_bytes: u64,
    /// Bytes free on the disk.
    pub free_bytes: u64,
}
