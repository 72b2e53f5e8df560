//! Operations, which live in the cluster, and the transfers that they are made of (Dynamo §4.9).

use serde::{Deserialize, Serialize};

use crate::id::{NodeId, OperationId, PlanId};
use crate::token::PartitionId;
use crate::wire::plan::{Author, Change};

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationState {
    /// Partitions move, or wait for their turn.
    Running,
    /// It is being taken back.
    Cancelling,
    /// Everything is in its new place, and old copies are gone.
    Done,
    /// It was taken back: every partition that was not handed over is where it was.
    Cancelled,
}

impl OperationState {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// Long work that the cluster carries out, whoever started it and whatever became of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its name.
    pub id: OperationId,
    /// The plan that it carries out.
    pub plan: PlanId,
    /// What that plan was made of.
    pub changes: Vec<Change>,
    /// Who committed it.
    pub author: Author,
    /// When, by the clock of the node that was asked, in milliseconds since 1970.
    pub started_ms: u64,
    /// When it ended, by the clock of the node that saw it, in milliseconds since 1970.
    pub ended_ms: Option<u64>,
    /// Where it stands.
    pub state: OperationState,
    /// Partitions that are to move.
    pub partitions: u32,
    /// Of those: not begun.
    pub waiting: u32,
    /// New owners are being filled; old ones still answer.
    pub joint: u32,
    /// New owners answer; old copies are still there.
    pub handed_over: u32,
    /// Done with.
    pub settled: u32,
    /// Nodes that still have old copies to give up.
    pub dropping: Vec<NodeId>,
    /// Why it does not move on, where that is known.
    pub stalled: Option<String>,
}

/// What one node does for an operation with one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Which.
    pub partition: PartitionId,
    /// For which operation.
    pub operation: OperationId,
    /// Who is read from at this moment, or gives the copy up.
    pub source: Option<NodeId>,
    /// Who takes it in; who answers this.
    pub target: NodeId,
    /// How far it is.
    pub stage: TransferStage,
    /// Records taken in or given up.
    pub records: u64,
    /// Bytes taken in or given up.
    pub bytes: u64,
    /// Bytes that there are, by the reports of the other owners; an estimate.
    pub bytes_expected: u64,
    /// For how long it has been in this stage, in milliseconds.
    pub stage_ms: u64,
}

/// How far a transfer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferStage {
    /// It waits for its turn among the others.
    Queued,
    /// It waits until enough old owners refuse requests of the old phase.
    Fencing,
    /// Records are taken in.
    Filling,
    /// Transfers are paused.
    Paused,
    /// It does not move.
    Stalled {
        /// Why.
        reason: String,
    },
    /// Everything is here; the cluster has still to hand over.
    Filled,
    /// An old copy: its new owners compare once more before it goes.
    Verifying,
    /// An old copy is being deleted.
    Dropping,
}
