//! Measure: what is worth counting of an operation, told as it happens. Nothing is added up here.

use shared::id::NodeId;
use shared::token::Token;

use crate::row::Row;

/// What kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A get.
    Get,
    /// A put or a delete.
    Put,
}

/// How an operation ended for its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// As it was asked for.
    Done,
    /// Nothing was changed.
    Failed,
    /// It may have been done.
    Unknown,
}

/// One thing that was measured by the coordinator of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// A replica's answer counted.
    Counted {
        /// Towards what.
        kind: Kind,
        /// Whose, the coordinator's own included.
        node: NodeId,
        /// The how-manieth that counted, from 1.
        rank: u8,
        /// Whether it was the one that decided the quorum.
        decided: bool,
        /// Since the operation began, in microseconds.
        after_us: u64,
    },
    /// A client was answered.
    Answered {
        /// What it had asked for.
        kind: Kind,
        /// How it ended.
        ending: Ending,
        /// Where on the ring.
        token: Token,
        /// Which row, for the hottest keys.
        row: Row,
        /// Bytes of values that were read or written.
        bytes: u64,
        /// Since the operation began, in microseconds.
        after_us: u64,
    },
}
