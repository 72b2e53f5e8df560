//! The look plane: what a node says of itself. Nothing asked here changes anything.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::error::Failure;
use crate::id::{Boot, ClusterId, Name, NodeId};
use crate::map::ClusterMap;
use crate::wire::audit::AuditLine;
use crate::wire::cluster::{ClusterView, RingView};
use crate::wire::operation::Transfer;
use crate::wire::plan::{Change, Objective, Plan, Proposal};
use crate::wire::telemetry::{Page, Since};

/// What an onlooker may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// Who the node is; answered even while it waits for a cluster.
    Whoami,
    /// The declared state.
    Map,
    /// The node's own view of itself and of the others.
    Status,
    /// Members, waiting nodes, staged changes, operations and limits, as this node knows them.
    Cluster,
    /// Which nodes hold each partition, and in which phase it is.
    Ring,
    /// What a plan would do.
    Plan {
        /// Of these changes on top of what is staged; empty: of what is staged.
        changes: Vec<Change>,
    },
    /// Ways to balance what is there, side by side.
    Propose {
        /// What counts.
        objective: Objective,
        /// At most so many replicas may move; `None`: as many as it takes.
        moves_max: Option<u32>,
    },
    /// The partitions that this node takes in or gives up at this moment.
    Transfers,
    /// What the node measured, second by second; answered even while it waits for a cluster.
    Telemetry(Since),
    /// The node's audit: administrative changes and refusals; answered even while it waits for a cluster.
    Audit {
        /// Lines after the one of this number; zero: from the first that is kept.
        after: u64,
        /// At most so many; fewer if they are long.
        limit: u32,
    },
}

/// What it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    /// To [`Look::Whoami`].
    Whoami(Whoami),
    /// To [`Look::Map`].
    Map(Box<ClusterMap>),
    /// To [`Look::Status`].
    Status(Box<NodeStatus>),
    /// To [`Look::Cluster`].
    Cluster(Box<ClusterView>),
    /// To [`Look::Ring`].
    Ring(Box<RingView>),
    /// To [`Look::Plan`].
    Plan(Box<Plan>),
    /// To [`Look::Propose`], at least two.
    Proposals(Vec<Proposal>),
    /// To [`Look::Transfers`], by partition.
    Transfers(Vec<Transfer>),
    /// To [`Look::Telemetry`].
    Telemetry(Box<Page>),
    /// To [`Look::Audit`], in order; empty: there are no more.
    Audit(Vec<AuditLine>),
}

/// The answer to a [`Look`].
pub type LookResult = Result<Seen, Failure>;

/// Who a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whoami {
    /// Its cluster, by its certificate.
    pub cluster: ClusterId,
    /// Its id, by its certificate.
    pub node: NodeId,
    /// Its name, by its certificate.
    pub name: Name,
    /// Where it says that others reach it.
    pub address: SocketAddr,
    /// Its failure zone, by its configuration.
    pub zone: Name,
    /// Which start of it this is.
    pub boot: Boot,
    /// The version of the declared state that it has; `None`: it waits, with an empty store.
    pub state_version: Option<u64>,
    /// The version of the program.
    pub program: String,
}

/// What one node observes of another. Its own observation, never gossiped as truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Liveness {
    /// It answers.
    Up,
    /// It has missed an answer.
    Suspect,
    /// It has not answered for longer than the bound.
    Down,
}

/// A node's status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Who.
    pub whoami: Whoami,
    /// For how long it has been running, in milliseconds.
    pub uptime_ms: u64,
    /// How it sees every other member.
    pub peers: Vec<PeerStatus>,
    /// How many partitions it holds a replica of.
    pub partitions_owned: u32,
    /// In how many of them its "not found" counts (rule P7).
    pub partitions_compared: u32,
    /// What it keeps, and what it could keep.
    pub store: StoreStatus,
    /// What happened since it started.
    pub counters: Counters,
}

/// How one node sees another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    /// The other.
    pub node: NodeId,
    /// What is observed.
    pub liveness: Liveness,
    /// Since when it has been so, in milliseconds.
    pub since_ms: u64,
    /// How many hints are kept for it here.
    pub hints: u64,
    /// The version of the declared state that it was last heard to have.
    pub state_version: Option<u64>,
}

/// A node's store.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StoreStatus {
    /// Records held as an owner, tombstones included.
    pub records: u64,
    /// Bytes of these records, without their keys: what would travel if all of them moved.
    pub stored_bytes: u64,
    /// Keys that have siblings.
    pub conflicts: u64,
    /// Hints held for others.
    pub hints: u64,
    /// Bytes that the store takes on the disk.
    pub disk_used_bytes: u64,
    /// Bytes that are free on that disk.
    pub disk_free_bytes: u64,
    /// Why writes are refused, where they are.
    pub refuses_writes: Option<String>,
}

/// Counts since the node started. Only ever grows in fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counters {
    /// Gets coordinated.
    pub gets: u64,
    /// Puts and deletes coordinated.
    pub puts: u64,
    /// Requests that failed.
    pub failures: u64,
    /// Requests refused as malformed, oversized, out of range, forged or foreign.
    pub refused_requests: u64,
    /// Connections refused: no certificate, another authority, a wrong role, expired.
    pub refused_connections: u64,
    /// Streams closed because they carried what is no frame.
    pub malformed_frames: u64,
    /// Puts that left a key with siblings.
    pub siblings_made: u64,
    /// Stale replicas that a get sent the newest record to.
    pub read_repairs: u64,
    /// Hints taken in for others.
    pub hints_kept: u64,
    /// Hints delivered to their owner, confirmed and forgotten.
    pub hints_delivered: u64,
    /// Puts coordinated here as a fallback, no owner being reachable.
    pub fallback_puts: u64,
    /// Retries recognised by their request id, and not written twice.
    pub duplicate_requests: u64,
    /// Values lost to last-writer-wins.
    pub lww_losses: u64,
    /// Superseded request ids forgotten before the hint window was over.
    pub superseded_overflow: u64,
    /// Damaged records met.
    pub damaged_records: u64,
    /// Answers from replicas that were not allowed to count (rule P7).
    pub uncompared_answers: u64,
    /// Requests of other nodes refused because they were of an older phase of a moving partition (rule P14).
    pub misplaced_requests: u64,
    /// Records taken in by transfers.
    pub transferred_records: u64,
    /// Bytes of values taken in by transfers.
    pub transferred_bytes: u64,
    /// Records of old copies given up.
    pub swept_records: u64,
    /// Hints delivered to present owners, their own being one no more.
    pub hints_rerouted: u64,
}

impl Counters {
    /// What was counted since an earlier reading of the same start of the node.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        self.combine(earlier, u64::saturating_sub)
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        self.combine(other, u64::saturating_add)
    }

    fn combine(&self, other: &Self, with: impl Fn(u64, u64) -> u64) -> Self {
        // Every field by name: one that is added and forgotten here does not compile.
        Self {
            gets: with(self.gets, other.gets),
            puts: with(self.puts, other.puts),
            failures: with(self.failures, other.failures),
            refused_requests: with(self.refused_requests, other.refused_requests),
            refused_connections: with(self.refused_connections, other.refused_connections),
            malformed_frames: with(self.malformed_frames, other.malformed_frames),
            siblings_made: with(self.siblings_made, other.siblings_made),
            read_repairs: with(self.read_repairs, other.read_repairs),
            hints_kept: with(self.hints_kept, other.hints_kept),
            hints_delivered: with(self.hints_delivered, other.hints_delivered),
            fallback_puts: with(self.fallback_puts, other.fallback_puts),
            duplicate_requests: with(self.duplicate_requests, other.duplicate_requests),
            lww_losses: with(self.lww_losses, other.lww_losses),
            superseded_overflow: with(self.superseded_overflow, other.superseded_overflow),
            damaged_records: with(self.damaged_records, other.damaged_records),
            uncompared_answers: with(self.uncompared_answers, other.uncompared_answers),
            misplaced_requests: with(self.misplaced_requests, other.misplaced_requests),
            transferred_records: with(self.transferred_records, other.transferred_records),
            transferred_bytes: with(self.transferred_bytes, other.transferred_bytes),
            swept_records: with(self.swept_records, other.swept_records),
            hints_rerouted: with(self.hints_rerouted, other.hints_rerouted),
        }
    }
}
