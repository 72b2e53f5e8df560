//! What a node knows of itself when it starts: who it is, and what its store kept.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::id::{Boot, ClusterId, Name, NodeId};

use crate::state::Declared;
use crate::state::consensus::Vote;
use crate::version::Actor;

/// Who a node is: by its certificate, and by its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// Its cluster.
    pub cluster: ClusterId,
    /// Its id.
    pub node: NodeId,
    /// Its name.
    pub name: Name,
    /// Where others reach it.
    pub address: SocketAddr,
    /// Its failure zone.
    pub zone: Name,
}

/// What the store found when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// It was just created.
    Fresh,
    /// It is whole, as far as can be told.
    Intact,
    /// More than what was in flight is missing or unreadable (the journal's tripwire).
    LostData,
}

/// What a node keeps of itself, in one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The newest declared state.
    pub declared: Arc<Declared>,
    /// Whether the store lacks data that it once acknowledged, and was not refilled yet (rule P7). It has to outlive a
    /// restart: a node that is wiped, and crashes before it is refilled, finds a store that looks whole.
    pub lacks_data: bool,
    /// What this node has promised and accepted for the version after it (rule P12).
    pub vote: Option<Vote>,
    /// Whether this node was told that it is no member any more, and how.
    pub farewell: Option<Farewell>,
    /// The start that others have heard of, where that is beyond the store's own count: the next one is above it.
    pub boot: Boot,
}

/// How a node ceased to be a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Farewell {
    /// It has left, or was given up: it serves nothing, at no later start either (invariant M5).
    Left,
    /// The operation that would have made it a full member was taken back: it waits again, and believes nobody who knows less
    /// than this version of the declared state.
    Dismissed {
        /// Which.
        version: u64,
    },
}

impl Kept {
    /// What the store of a member keeps that lacks nothing, and has never voted.
    pub fn of(declared: Arc<Declared>) -> Self {
        Self { declared, lacks_data: false, vote: None, farewell: None, boot: Boot::default() }
    }
}

/// What must survive a restart, as the store kept it.
#[derive(Debug, Clone, PartialEq)]
pub struct Durable {
    /// Which start this is: persisted before the node was made, never taken from a clock.
    pub boot: Boot,
    /// How the store was found.
    pub recovery: Recovery,
    /// What was kept last; `None`: the node belongs to no cluster yet.
    pub kept: Option<Kept>,
    /// Every actor that this node ever minted with, in the order in which it began to.
    pub actors: Vec<Actor>,
}
