//! Members, as this node sees them: whether they answer, and what their answers are worth.
//!
//! Who belongs is declared (`state`) and never inferred from what is observed here (Dynamo §4.8.1).

pub(crate) mod caught_up;
pub(crate) mod liveness;
pub mod load;
mod patience;
pub(crate) mod waiting;

pub(crate) use caught_up::CaughtUp;
pub(crate) use liveness::LivenessTable;
pub(crate) use waiting::WaitingRoom;

use std::collections::BTreeMap;

use shared::id::NodeId;

use load::Load;

use crate::desk::Desk;
use crate::message::Body;

/// What this node observes of all members, itself included.
#[derive(Debug)]
pub(crate) struct Members {
    pub(crate) me: NodeId,
    pub(crate) liveness: LivenessTable,
    pub(crate) caught_up: CaughtUp,
    pub(crate) waiting: WaitingRoom,
    /// What the others report of their stores, and this node of its own.
    pub(crate) loads: BTreeMap<NodeId, Load>,
}

impl Members {
    /// Whether a node is counted on to answer; one always reaches oneself.
    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        node == self.me || self.liveness.is_up(node)
    }

    /// Asks every member that answers whether it keeps hints for this node, as long as that matters (rule P7).
    pub(crate) fn ask_hints(&mut self, desk: &mut Desk<'_>) {
        if self.caught_up.is_time_to_ask(desk.now.monotonic, desk.config.retry_after_ms) {
            for member in self.liveness.up().filter(|&member| self.caught_up.asks_hints_of(member)) {
                desk.send(member, Body::AskHints);
            }
        }
    }

    /// Whether a node may still answer.
    pub(crate) fn is_not_down(&self, node: NodeId) -> bool {
        node == self.me || self.liveness.is_not_down(node)
    }
}
