//! Settings of one request: its own, else its bucket's, else the cluster's, in that order.

use shared::error::Failure;
use shared::id::BucketId;
use shared::level::Durability;
use shared::map::{Bucket, ConflictPolicy};
use shared::quorum::Quorum;

use crate::state::ClusterState;

/// What a request goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) quorum: Quorum,
    pub(super) strict: bool,
    pub(super) durability: Durability,
    pub(super) policy: ConflictPolicy,
}

/// What a request says itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Own {
    pub(super) r: Option<u8>,
    pub(super) w: Option<u8>,
    pub(super) strict: Option<bool>,
    pub(super) durability: Option<Durability>,
}

impl Settings {
    /// Resolves them; r or w out of range and an unknown bucket are refused.
    pub(super) fn of(state: &ClusterState, bucket: BucketId, own: Own) -> Result<Self, Failure> {
        let bucket: &Bucket = state.buckets.get(&bucket).ok_or(Failure::UnknownBucket)?;
        let quorum = state.quorum.with(own.r.or(bucket.r), own.w.or(bucket.w))?;
        Ok(Self {
            quorum,
            strict: own.strict.or(bucket.strict).unwrap_or(state.strict),
            durability: own.durability.or(bucket.durability).unwrap_or(state.durability),
            policy: bucket.conflict_policy,
        })
    }
}
