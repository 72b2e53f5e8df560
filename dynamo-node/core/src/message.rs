//! Envelope: everything that nodes say to each other.
//!
//! Messages may be lost, doubled, delayed and reordered, and every room takes them so. A node never says what
//! it has not stored: an acknowledgement is sent after the sync that it speaks of.

use std::net::SocketAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::error::Failure;
use shared::id::{Boot, Name, NodeId};
use shared::level::Durability;
use shared::token::PartitionId;
use shared::wire::client::{Request, Response};

use crate::ids::OpId;
use crate::membership::load::Load;
use crate::record::{Record, RecordHash};
use crate::row::Row;
use crate::state::consensus::{Base, Consensus};
use crate::state::{Declared, Edition};
use crate::version::Actor;

/// A message with its ends. The link's certificate has to name `from`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Who says it.
    pub from: NodeId,
    /// Which start of that node.
    pub boot: Boot,
    /// To whom.
    pub to: NodeId,
    /// The version of the declared state that it has stored.
    pub edition: Option<Edition>,
    /// What.
    pub body: Body,
}

/// What nodes say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Take this record: as an owner, or as a hint. Wants [`Body::Stored`] or [`Body::NotStored`].
    Replicate(Replicate),
    /// The record of that operation is stored, at this durability (rule P11).
    Stored {
        /// Of the one who asked.
        op: OpId,
        /// The absent owner for whom it was kept, if it was.
        stands_in_for: Option<NodeId>,
        /// What was reached.
        durability: Durability,
    },
    /// The record of that operation was refused; nothing was stored.
    NotStored {
        /// Of the one who asked.
        op: OpId,
        /// Why, in words.
        reason: String,
    },
    /// That operation was asked under another placement of the partition than is known here (rule P14): nothing was done.
    /// Whichever of the two is behind learns the newer state by gossip, and the question is asked again.
    Misplaced {
        /// Of the one who asked.
        op: OpId,
    },
    /// What do you hold of this row? Wants [`Body::Holding`].
    Read {
        /// Of the one who asks.
        op: OpId,
        /// Which.
        row: Row,
        /// The epoch of the row's partition, as the asker knows it.
        epoch: u64,
        /// The hash of what the asker holds: a replica that holds the same says so without the value (rule P10).
        known: Option<RecordHash>,
    },
    /// The answer to [`Body::Read`].
    Holding {
        /// Of the one who asked.
        op: OpId,
        /// What is held.
        held: Held,
        /// What that answer is worth.
        standing: Standing,
    },
    /// Coordinate this request for a client of mine; you are an owner, or no owner can be reached.
    Forward {
        /// Of the one who forwards.
        op: OpId,
        /// The client's request, under its own id.
        request: Request,
    },
    /// What came of a forwarded request.
    Forwarded {
        /// Of the one who forwarded.
        op: OpId,
        /// For the client.
        response: Response,
    },
    /// Are you there? Wants [`Body::Pong`].
    Ping,
    /// I am.
    Pong,
    /// What I know; you may lack it. One round of gossip.
    Digest(Digest),
    /// What your digest lacked.
    Delta(Delta),
    /// Do you keep hints for me? Wants [`Body::HintsHeld`], and again when the last is delivered.
    AskHints,
    /// So many are kept for you here.
    HintsHeld {
        /// Zero: none, or none any more.
        count: u64,
    },
    /// You are no member any more, by this version of the declared state.
    Farewell {
        /// Which.
        version: u64,
        /// Whether it is for good: the node is a former member. If not, it may wait to be admitted again.
        for_good: bool,
    },
    /// Part of a comparison of replicas.
    Compare(Compare),
    /// Part of the making of a cluster.
    Founding(Founding),
    /// Part of the agreement on a version.
    Consensus(Consensus),
    /// Part of the moving of partitions.
    Transfer(Transfer),
}

/// A record on its way to a replica.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replicate {
    /// Of the one who sends; comes back in the acknowledgement.
    pub op: OpId,
    /// Which row.
    pub row: Row,
    /// The epoch of the row's partition, as the sender knows it.
    pub epoch: u64,
    /// The whole merged record, never the bare write (rule P1).
    pub record: Arc<Record>,
    /// Keep it as a hint for this absent owner; `None`: you are an owner.
    pub stands_in_for: Option<NodeId>,
    /// What has to be reached before it is acknowledged.
    pub durability: Durability,
    /// Whether the record lacks nothing acknowledged, so that a damaged one may be set aside for it.
    pub refills: bool,
}

/// What a replica holds of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Held {
    /// The record whose hash was given.
    Same,
    /// This one.
    Record(Arc<Record>),
    /// Nothing.
    Nothing,
    /// It cannot be read. Never counts.
    Unreadable,
}

/// What a replica's answer is worth (rule P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// An owner that was compared since it started: every answer counts.
    Compared,
    /// An owner that was not compared yet: its "not found" does not count.
    Uncompared,
    /// An owner that lost data and was not refilled yet: none of its answers count.
    LostData,
    /// Not an owner: its "not found" does not count.
    Fallback,
}

/// What a node knows of what is gossiped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The declared state: version and hash; `None`: it waits for one.
    pub state: Option<Base>,
    /// The lines that its state branched off.
    pub ancestors: Vec<Edition>,
    /// The actors that it knows.
    pub actors: ActorsKnown,
    /// Who says it: a node without a state knows nobody, and nobody knows it.
    pub sender: Newcomer,
    /// The highest start of the addressee that it has heard of: one that was wiped counts on from there (invariant M4).
    pub your_boot: Boot,
    /// Waiting nodes that it has heard of lately, and how long ago, in milliseconds.
    pub waiting: Vec<(NodeId, Newcomer, u64)>,
}

/// How a node that may be no member describes itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newcomer {
    /// Its name.
    pub name: Name,
    /// Where it can be reached.
    pub address: SocketAddr,
    /// Its failure zone, by its configuration.
    pub zone: Name,
    /// What it holds, and what room it has; `None`: it does not know yet.
    pub load: Option<Load>,
}

/// The actors that a node knows, said briefly as long as that is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActorsKnown {
    /// A hash over all counts.
    Tag(u64),
    /// How many of each node; said when tags differ.
    Counts(Vec<(NodeId, u32)>),
}

/// What another node's digest lacked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delta {
    /// A newer declared state.
    pub declared: Option<Arc<Declared>>,
    /// All known actors of the members of whom the digest had another number.
    pub actors: Vec<(NodeId, Vec<Actor>)>,
}

/// How moving partitions are talked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transfer {
    /// How far are you? Wants [`Transfer::Progress`].
    Ask,
    /// So far.
    Progress(Progress),
    /// An old copy of this partition is here, and is to go: compare yourself with it once more. Wants [`Transfer::Verified`].
    Verify {
        /// Of the one who has the copy.
        op: OpId,
        /// Which.
        partition: PartitionId,
    },
    /// Everything in it is here, synced.
    Verified {
        /// Of the one who asked.
        op: OpId,
    },
}

/// What a node has done of a transition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Partitions of which everything is here, with the epoch in which that was found.
    pub filled: Vec<(PartitionId, u64)>,
    /// Old copies that are still here.
    pub copies: u32,
    /// Of those: that wait for an owner that this node sees down.
    pub copies_waiting: u32,
    /// Hints for others that are still here.
    pub hints: u64,
    /// Why this node does not get on, where that is known.
    pub stalled: Option<String>,
}

/// The conversation of one comparison: roots, then leaves, then hashes, then records.
///
/// The one who asks learns what it lacks; it tells the other nothing but hashes. Each side asks for itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Compare {
    /// Whose roots differ from these? Wants [`Compare::Differ`].
    Roots {
        /// Of the one who asks.
        op: OpId,
        /// Partitions with the asker's roots.
        roots: Vec<(PartitionId, u128)>,
    },
    /// These.
    Differ {
        /// Of the one who asked.
        op: OpId,
        /// Out of those that were asked for.
        partitions: Vec<PartitionId>,
        /// Whether the one who answers lost data and was not refilled yet: being its equal then proves nothing.
        lacks_data: bool,
        /// Those of which it has no whole copy: they were not compared.
        absent: Vec<PartitionId>,
    },
    /// Which rows lie in leaves that differ from mine? Wants [`Compare::Rows`].
    Leaves {
        /// Of the one who asks.
        op: OpId,
        /// Of which partition.
        partition: PartitionId,
        /// The asker's leaves, in order.
        leaves: Vec<u128>,
        /// Only rows after this one.
        after: Option<Row>,
    },
    /// These, and where to go on.
    Rows {
        /// Of the one who asked.
        op: OpId,
        /// With the hashes of their records.
        rows: Vec<(Row, RecordHash)>,
        /// More rows come after this one.
        next: Option<Row>,
    },
    /// Give me these. Wants [`Compare::Records`].
    Fetch {
        /// Of the one who asks.
        op: OpId,
        /// Which.
        rows: Vec<Row>,
    },
    /// Here they are.
    Records {
        /// Of the one who asked.
        op: OpId,
        /// Those that are held.
        records: Vec<(Row, Arc<Record>)>,
    },
    /// It cannot be answered now.
    Unable {
        /// Of the one who asked.
        op: OpId,
        /// Why.
        reason: String,
    },
}

/// How a first declared state is agreed on by nodes that have none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Founding {
    /// Do you wait with an empty store? Wants [`Founding::Waiting`] or [`Founding::Refused`].
    Ask {
        /// Of the founder.
        op: OpId,
        /// Where the founder can be reached.
        address: SocketAddr,
    },
    /// Yes, and no other founder is promised.
    Waiting {
        /// Of the founder.
        op: OpId,
    },
    /// Adopt this; all have said that they wait. Wants [`Founding::Adopted`] or [`Founding::Refused`].
    Adopt {
        /// Of the founder.
        op: OpId,
        /// The first version.
        declared: Box<Declared>,
    },
    /// It is stored, synced.
    Adopted {
        /// Of the founder.
        op: OpId,
    },
    /// No.
    Refused {
        /// Of the founder.
        op: OpId,
        /// Why.
        failure: Failure,
    },
}

impl Compare {
    /// The question that it asks or answers.
    pub(crate) fn op(&self) -> OpId {
        match self {
            Self::Roots { op, .. }
            | Self::Differ { op, .. }
            | Self::Leaves { op, .. }
            | Self::Rows { op, .. }
            | Self::Fetch { op, .. }
            | Self::Records { op, .. }
            | Self::Unable { op, .. } => *op,
        }
    }
}
