//! The admin plane: what changes the cluster.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::id::{Name, NodeId};
use crate::level::Durability;
use crate::quorum::Quorum;
use crate::token::Partitions;

/// What an administrator may ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Admin {
    /// Creates the first declared state out of waiting nodes with empty stores.
    Init(Init),
}

/// What the first declared state is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Init {
    /// What people will call the cluster.
    pub name: Name,
    /// N, and the cluster's R and W.
    pub quorum: Quorum,
    /// Q, for good.
    pub partitions: Partitions,
    /// Whether only owners count unless a bucket or a request says otherwise.
    pub strict: bool,
    /// What counts as written unless a bucket or a request says otherwise.
    pub durability: Durability,
    /// Longest value, in bytes.
    pub value_bytes_max: u64,
    /// The buckets to create; `default` is always among them.
    pub buckets: Vec<Name>,
    /// Every first member, the node that is asked included.
    pub members: Vec<InitMember>,
}

/// A first member, as it described itself ([`crate::wire::look::Whoami`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitMember {
    /// Its id.
    pub node: NodeId,
    /// Its name.
    pub name: Name,
    /// Where the others reach it.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
    /// Its share of the ring relative to the others'; at least 1.
    pub weight: u32,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Done {
    /// Every member has adopted the first declared state.
    Initialised {
        /// The version of it: 1.
        version: u64,
    },
}

/// The answer to an [`Admin`].
pub type AdminResult = Result<Done, Failure>;
