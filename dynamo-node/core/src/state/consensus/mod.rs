//! Consensus: one decree for each version of the declared state, agreed on by a majority of the voters of its base (rule P12).
//!
//! Paxos in its plainest form: a proposer prepares a ballot, finishes what it finds accepted, else proposes its own; an
//! acceptor stores what it promises and accepts before it says so (`acceptor`, `proposer`). Reading and writing data
//! never wait for it. How the outcome travels is gossip.

pub(crate) mod acceptor;
pub(crate) mod proposer;

use serde::{Deserialize, Serialize};
use shared::id::NodeId;

use super::{ClusterState, Edition};
use crate::ids::OpId;

/// Orders proposals. Unique for ever: a proposer that starts anew has another `life`, so that it cannot say two things
/// under one ballot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ballot {
    /// Above whatever the proposer has heard of.
    pub round: u64,
    /// Who proposes.
    pub node: NodeId,
    /// In which of its lives.
    pub life: u64,
}

/// The version that a decree follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Which.
    pub edition: Edition,
    /// Its hash.
    pub hash: u128,
}

/// What an acceptor has promised and accepted for the version after the one that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The version that it has.
    pub base: Base,
    /// It takes nothing below this.
    pub promised: Ballot,
    /// What it accepted last.
    pub accepted: Option<(Ballot, Box<ClusterState>)>,
}

/// What proposers and acceptors say to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Consensus {
    /// Promise to take nothing below this ballot, and say what you have accepted.
    Prepare {
        /// Of the proposer.
        op: OpId,
        /// For the version after this one.
        base: Base,
        /// The ballot.
        ballot: Ballot,
    },
    /// Accept this.
    Accept {
        /// Of the proposer.
        op: OpId,
        /// The version that it follows.
        base: Base,
        /// Under this ballot.
        ballot: Ballot,
        /// The next version.
        state: Box<ClusterState>,
    },
    /// To either.
    Answer(Answer),
}

/// What an acceptor says. All but refusals are stored before they are said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Consensus::Prepare`].
    Promise {
        /// Of the proposer.
        op: OpId,
        /// What was accepted under a lower ballot.
        accepted: Option<(Ballot, Box<ClusterState>)>,
    },
    /// To [`Consensus::Accept`].
    Accepted {
        /// Of the proposer.
        op: OpId,
    },
    /// A higher ballot is promised.
    Outbid {
        /// Of the proposer.
        op: OpId,
        /// That one.
        promised: Ballot,
    },
    /// This node has another version than the base. Gossip brings whoever is behind on.
    OtherBase {
        /// Of the proposer.
        op: OpId,
        /// What it has.
        edition: Option<Edition>,
    },
}
