//! Superseded: the ids of requests whose writes were replaced (rule P3).
//!
//! A retried put may have been minted twice, by two coordinators. When one of the twins has been replaced, the other
//! may still arrive, by a hint or a slow message, with a dot that no clock covers. Its request id tells.
//!
//! Age is counted in replacements of the key, never in time: a clock that jumps makes everything look old, or new, at once
//! (invariant E1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::id::RequestId;

/// Most ids that one record keeps: 64 replacements of one key are many while a retry or its twin is under way, and the ids
/// take little more than a KiB.
pub const SUPERSEDED_MAX: usize = 64;

/// Request ids, each with the generation in which it was replaced: the newest [`SUPERSEDED_MAX`].
///
/// The bound is a function of the set alone, and what one part of a union drops the whole would drop too, so that uniting
/// two sets is a join.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Superseded(BTreeMap<RequestId, u64>);

impl Superseded {
    /// Whether a request's write was replaced.
    pub fn contains(&self, request: RequestId) -> bool {
        self.0.contains_key(&request)
    }

    /// How many ids are kept.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The generation after all that are known.
    pub(super) fn next_generation(&self) -> u64 {
        self.0.values().max().map_or(1, |newest| newest.saturating_add(1))
    }

    /// Adds a request whose write was replaced in this generation.
    pub(super) fn insert(&mut self, request: RequestId, generation: u64) {
        let entry = self.0.entry(request).or_insert(generation);
        *entry = generation.max(*entry);
    }

    /// Unites two sets and says how many ids were dropped for want of room.
    pub(super) fn unite(&mut self, other: &Self) -> u64 {
        other.0.iter().for_each(|(&request, &generation)| self.insert(request, generation));
        self.bound()
    }

    /// Brings the set back within its bound and says how many ids were dropped.
    pub(super) fn bound(&mut self) -> u64 {
        let excess = self.0.len().saturating_sub(SUPERSEDED_MAX);
        if excess > 0 {
            let mut oldest_first: Vec<_> = self.0.iter().map(|(&request, &age)| (age, request)).collect();
            oldest_first.sort_unstable();
            for (_, request) in oldest_first.iter().take(excess) {
                self.0.remove(request);
            }
        }
        excess as u64
    }
}
