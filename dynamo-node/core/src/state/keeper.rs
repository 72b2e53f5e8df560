//! Keeper: the one row that a node keeps of itself, and what follows when the store has it.
//!
//! What is submitted goes to the disk whole and in order, so each change is made on what was submitted last, never on what
//! is in force: an adoption that is on its way must not be undone by a vote that follows it.

use std::sync::Arc;

use shared::id::NodeId;

use crate::desk::{Desk, Errand};
use crate::durable::{Farewell, Kept};
use crate::ids::OpId;
use crate::store::StoreOp;

use super::Declared;
use super::consensus::Answer;

/// What follows when the row is synced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Duty {
    /// A declared state is in force.
    Adopt {
        /// Which.
        declared: Arc<Declared>,
        /// Where it came from.
        origin: Origin,
    },
    /// A vote may be told.
    Vote {
        /// To whom.
        to: NodeId,
        /// What.
        answer: Answer,
    },
    /// Nothing.
    Nothing,
}

/// Where a declared state came from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Origin {
    /// This node founds the cluster.
    Founder,
    /// A founder, who wants to hear that it is adopted.
    Founded {
        /// Who.
        founder: NodeId,
        /// Under which of its operations.
        op: OpId,
    },
    /// Gossip, or a vote that this node has won itself.
    Decided,
}

/// The row as it was last given to the store; `None`: none yet.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    submitted: Option<Kept>,
}

impl Keeper {
    /// Begins with what the store kept.
    pub(crate) fn new(kept: Option<Kept>) -> Self {
        Self { submitted: kept }
    }

    /// What was submitted last. Who was dismissed waits again, as if it had never belonged.
    pub(crate) fn submitted(&self) -> Option<&Kept> {
        self.submitted.as_ref().filter(|kept| !matches!(kept.farewell, Some(Farewell::Dismissed { .. })))
    }

    /// Below which version nobody is believed: who was dismissed may meet others who have not heard of it.
    pub(crate) fn dismissed_at(&self) -> Option<u64> {
        match self.submitted.as_ref()?.farewell? {
            Farewell::Dismissed { version } => Some(version),
            Farewell::Left => None,
        }
    }

    /// Gives a declared state to the store. Votes on versions before it are of no more use.
    pub(crate) fn adopt(
        &mut self,
        desk: &mut Desk<'_>,
        declared: Arc<Declared>,
        lacks_data: bool,
        origin: Origin,
    ) {
        let boot = self.submitted.as_ref().map_or(desk.boot, |kept| kept.boot.max(desk.boot));
        let declared_too = Arc::clone(&declared);
        let kept = Kept { declared: declared_too, lacks_data, vote: None, farewell: None, boot };
        self.submit(desk, kept, Duty::Adopt { declared, origin });
    }

    /// Gives a change of the row to the store. Without a declared state there is no row, and nothing to change.
    pub(crate) fn change(&mut self, desk: &mut Desk<'_>, change: impl FnOnce(&mut Kept), duty: Duty) {
        if let Some(mut kept) = self.submitted.clone() {
            change(&mut kept);
            self.submit(desk, kept, duty);
        }
    }

    fn submit(&mut self, desk: &mut Desk<'_>, kept: Kept, duty: Duty) {
        desk.store(StoreOp::Keep(Box::new(kept.clone())), Errand::Keep(Box::new(duty)));
        self.submitted = Some(kept);
    }
}
