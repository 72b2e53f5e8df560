//! What a caller may be told went wrong: in words, with a stable code, with whether asking again helps, and with
//! what is known of the outcome.

use serde::{Deserialize, Serialize};

use crate::quorum::NotAQuorum;

/// Why a node did not do what it was asked to do. Crosses the wire; variants are only ever added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The request itself cannot be understood.
    #[error("the request is malformed: {reason}")]
    Malformed {
        /// What the decoder said.
        reason: String,
    },
    /// The certificate's role may not do this.
    #[error("not authorised: {reason}")]
    NotAuthorised {
        /// Which role was presented, and which is wanted.
        reason: String,
    },
    /// The node has no cluster state yet.
    #[error("node {node} waits with an empty store: it belongs to no cluster yet")]
    Waiting {
        /// The node's name.
        node: String,
    },
    /// No bucket has this id.
    #[error("no such bucket")]
    UnknownBucket,
    /// The value is longer than the cluster allows.
    #[error("a value of {bytes} bytes; this cluster allows {max}")]
    ValueTooLong {
        /// How many bytes were given.
        bytes: u64,
        /// How many are allowed.
        max: u64,
    },
    /// r or w is zero or above N.
    #[error("{name} is out of range: {name}={given}, and it lies between 1 and N={max}")]
    BadQuorum {
        /// `r` or `w`.
        name: String,
        /// What was asked for.
        given: u8,
        /// N.
        max: u8,
    },
    /// The context was not sealed by this cluster, or was changed.
    #[error("the context was not sealed by this cluster, or it was changed since")]
    ContextForged,
    /// The context is of another key or bucket.
    #[error("the context belongs to another key or bucket")]
    ContextForeign,
    /// Too few replicas; nothing was written.
    #[error("quorum not met: {reached} of the {needed} wanted replicas answered{}", uncounted(*.uncompared))]
    QuorumNotMet {
        /// R or W.
        needed: u8,
        /// How many counted.
        reached: u8,
        /// How many answered without being allowed to count: they were not compared with other owners since
        /// they started, or they lost data (rule P7).
        uncompared: u8,
    },
    /// The deadline passed or replicas were lost in the middle: the write may or may not survive.
    #[error("outcome unknown: {reached} of the {needed} wanted replicas confirmed before the request ended")]
    OutcomeUnknown {
        /// W.
        needed: u8,
        /// How many confirmed.
        reached: u8,
    },
    /// The deadline passed and nothing was changed (a read).
    #[error("the deadline passed: {reached} of the {needed} wanted replicas answered in time{}", uncounted(*.uncompared))]
    DeadlinePassed {
        /// R.
        needed: u8,
        /// How many answered.
        reached: u8,
        /// As in [`Failure::QuorumNotMet`].
        uncompared: u8,
    },
    /// The coordinator's own store failed; nothing was written there.
    #[error("the store of {node} failed: {reason}")]
    StoreFailed {
        /// The node's name.
        node: String,
        /// What the store said.
        reason: String,
    },
    /// The disk is nearly full, or the hint store is: refused before anything was written (rule P8).
    #[error("{node} takes no more writes: {reason}")]
    Full {
        /// The node's name.
        node: String,
        /// Which limit is reached.
        reason: String,
    },
    /// More requests are under way than the node takes.
    #[error("{node} has too many requests under way")]
    Busy {
        /// The node's name.
        node: String,
    },
    /// The node is draining or stopping.
    #[error("{node} is stopping")]
    Stopping {
        /// The node's name.
        node: String,
    },
    /// An administrator's change does not fit what is there.
    #[error("{reason}")]
    Conflict {
        /// What is in the way.
        reason: String,
    },
    /// An administrator's change is not allowed.
    #[error("{reason}")]
    Refused {
        /// Why.
        reason: String,
    },
    /// A partition's keys cannot be listed now.
    #[error("partition {partition} has no compared owner that can be reached")]
    PartitionUnreachable {
        /// Which one.
        partition: u32,
    },
    /// A change of the cluster needs a majority of its voters, and too few have answered.
    #[error(
        "no majority: {needed} of the {voters} voting members must agree, and there was no answer from {silent};          the outcome is unknown until a majority is back"
    )]
    NoMajority {
        /// How many must agree.
        needed: u32,
        /// How many have a vote.
        voters: u32,
        /// Who was silent, by name.
        silent: String,
    },
    /// A plan has blockers.
    #[error("not committed: {}", .reasons.join("; "))]
    Blocked {
        /// Each with its node, where it is one's.
        reasons: Vec<String>,
    },
    /// The node was removed from its cluster.
    #[error("{node} is no member of the cluster any more: it serves nothing")]
    Left {
        /// The node's name.
        node: String,
    },
}

fn uncounted(uncompared: u8) -> String {
    match uncompared {
        0 => String::new(),
        1 => "; one more answer does not count, as its replica was not compared since it started".to_owned(),
        n => {
            format!("; {n} more answers do not count, as their replicas were not compared since they started")
        }
    }
}

/// What is known of a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was changed.
    Unchanged,
    /// It may have been done, in part or in whole.
    Unknown,
}

impl Failure {
    /// A stable name for scripts and for `explain`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::NotAuthorised { .. } => "not-authorised",
            Self::Waiting { .. } => "waiting",
            Self::UnknownBucket => "unknown-bucket",
            Self::ValueTooLong { .. } => "value-too-long",
            Self::BadQuorum { .. } => "bad-quorum",
            Self::ContextForged => "context-forged",
            Self::ContextForeign => "context-foreign",
            Self::QuorumNotMet { .. } => "quorum-not-met",
            Self::OutcomeUnknown { .. } => "outcome-unknown",
            Self::DeadlinePassed { .. } => "deadline-passed",
            Self::StoreFailed { .. } => "store-failed",
            Self::Full { .. } => "full",
            Self::Busy { .. } => "busy",
            Self::Stopping { .. } => "stopping",
            Self::Conflict { .. } => "conflict",
            Self::Refused { .. } => "refused",
            Self::PartitionUnreachable { .. } => "partition-unreachable",
            Self::NoMajority { .. } => "no-majority",
            Self::Blocked { .. } => "blocked",
            Self::Left { .. } => "left",
        }
    }

    /// What became of the request.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::OutcomeUnknown { .. } | Self::NoMajority { .. } => Outcome::Unknown,
            _ => Outcome::Unchanged,
        }
    }

    /// Whether the same request may succeed at another node, or here a little later.
    pub fn is_worth_retrying(&self) -> bool {
        matches!(
            self,
            Self::Waiting { .. }
                | Self::QuorumNotMet { .. }
                | Self::OutcomeUnknown { .. }
                | Self::StoreFailed { .. }
                | Self::Full { .. }
                | Self::Busy { .. }
                | Self::Stopping { .. }
                | Self::PartitionUnreachable { .. }
                | Self::Left { .. }
        )
    }
}

impl From<NotAQuorum> for Failure {
    fn from(wrong: NotAQuorum) -> Self {
        Self::BadQuorum { name: wrong.name.to_owned(), given: wrong.given, max: wrong.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_says_when_only_uncompared_replicas_were_left() {
        let failure = Failure::QuorumNotMet { needed: 2, reached: 1, uncompared: 1 };
        assert!(failure.to_string().contains("one more answer does not count"), "{failure}");
    }

    #[test]
    fn only_a_write_cut_short_has_an_unknown_outcome() {
        assert_eq!(Failure::OutcomeUnknown { needed: 2, reached: 1 }.outcome(), Outcome::Unknown);
        assert_eq!(Failure::UnknownBucket.outcome(), Outcome::Unchanged);
    }
}
