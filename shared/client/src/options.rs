//! What a request may say beyond its key and value. Everything left out is the bucket's, then the cluster's.

use std::time::Duration;

use bytes::Bytes;
use shared::context::Context;
use shared::level::Durability;

/// How to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GetOptions {
    /// Answers to wait for.
    pub r: Option<u8>,
    /// Whether only owners count, never fallbacks.
    pub strict: Option<bool>,
    /// How long it may take in all.
    pub timeout: Option<Duration>,
}

/// How to write a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PutOptions {
    /// What was seen, out of a get or an earlier put. Without it, what is there becomes a sibling.
    pub context: Option<Context>,
    /// Replicas to wait for.
    pub w: Option<u8>,
    /// Whether only owners count, never fallbacks.
    pub strict: Option<bool>,
    /// What counts as written.
    pub durability: Option<Durability>,
    /// After how long the value hides.
    pub time_to_live: Option<Duration>,
    /// How long it may take in all.
    pub timeout: Option<Duration>,
}

/// How to delete.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeleteOptions {
    /// What was seen, out of a get. Without it nothing that is there goes: the tombstone becomes a sibling.
    pub context: Option<Context>,
    /// Replicas to wait for.
    pub w: Option<u8>,
    /// Whether only owners count, never fallbacks.
    pub strict: Option<bool>,
    /// What counts as written.
    pub durability: Option<Durability>,
    /// How long it may take in all.
    pub timeout: Option<Duration>,
}

/// How to read, merge and write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateOptions {
    /// How to read.
    pub get: GetOptions,
    /// How to write; its context is the one that was read.
    pub put: PutOptions,
    /// How often it is tried while others write the same key. 1: once.
    pub rounds_max: u32,
}

impl Default for UpdateOptions {
    fn default() -> Self {
        Self { get: GetOptions::default(), put: PutOptions::default(), rounds_max: 8 }
    }
}

/// Which keys to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeysOptions {
    /// Only keys that begin so.
    pub prefix: Bytes,
    /// How long one page of one partition may take. (All pages together take as long as there are keys.)
    pub timeout: Option<Duration>,
}
