//! Superseded: the ids of requests whose writes were replaced (rule P3).
//!
//! A retried put may have been minted twice, by two coordinators. When one of the twins has been replaced, the other
//! may still arrive, by a hint or a slow message, with a dot that no clock covers. Its request id tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::id::RequestId;

use crate::version::Stamp;

/// Most ids that one record keeps. A retry ends with its request's deadline, so that a twin can only be late by
/// what its message or hint waits; 64 replaced writes of one key in that time are many.
pub const SUPERSEDED_MAX: usize = 64;

/// How many ids stay however old they are: a clock that jumped ahead makes everything look old at once (invariant E1), and
/// a twin is late by few replacements if it is late at all.
pub const SUPERSEDED_KEPT_ALWAYS: usize = 16;

/// How long an id beyond those is kept after its write was replaced, measured in the record's own stamps, in milliseconds:
/// an hour covers the hints of an ordinary outage.
pub const SUPERSEDED_WINDOW_MS: u64 = 60 * 60 * 1_000;

/// Request ids with the stamp of what replaced them: the newest [`SUPERSEDED_MAX`], of which those beyond the newest
/// [`SUPERSEDED_KEPT_ALWAYS`] are within the window.
///
/// The bounds are functions of the set alone, and whatever one part of a union drops the whole would drop too, so that
/// uniting two sets is a join.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Superseded(BTreeMap<RequestId, Stamp>);

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

    /// Adds a request whose write was replaced by one with this stamp.
    pub(super) fn insert(&mut self, request: RequestId, replaced: Stamp) {
        let entry = self.0.entry(request).or_insert(replaced);
        *entry = replaced.max(*entry);
    }

    /// Unites two sets and says how many ids were dropped for want of room, before their window was over.
    pub(super) fn unite(&mut self, other: &Self) -> u64 {
        other.0.iter().for_each(|(&request, &stamp)| self.insert(request, stamp));
        self.bound()
    }

    /// Brings the set back within its bounds and says how many ids were dropped for want of room.
    pub(super) fn bound(&mut self) -> u64 {
        if self.0.len() <= SUPERSEDED_KEPT_ALWAYS {
            return 0;
        }
        let mut newest_first: Vec<_> = self.0.iter().map(|(&request, &stamp)| (stamp, request)).collect();
        newest_first.sort_unstable_by(|left, right| right.cmp(left));
        let newest_ms = newest_first.first().map_or(0, |(stamp, _)| stamp.wall.0);
        let oldest_ms = newest_ms.saturating_sub(SUPERSEDED_WINDOW_MS);
        for (stamp, request) in newest_first.iter().skip(SUPERSEDED_KEPT_ALWAYS) {
            if stamp.wall.0 < oldest_ms {
                self.0.remove(request);
            }
        }
        let excess = self.0.len().saturating_sub(SUPERSEDED_MAX);
        for (_, request) in newest_first.iter().skip(SUPERSEDED_MAX) {
            self.0.remove(request);
        }
        excess as u64
    }
}
