//! What administrators declare. Here: the founding of a cluster; and the adoption of a declared state, however it came.

pub(crate) mod founding;
pub(crate) mod plan;

use shared::id::NodeId;

use crate::desk::{Desk, Errand};
use crate::durable::Kept;
use crate::ids::OpId;
use crate::state::Declared;
use crate::store::StoreOp;

/// A declared state that the store is keeping, and what follows when it is synced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Duty {
    /// The state, and whether the store lacks data under it.
    pub(crate) kept: Box<Kept>,
    /// Where it came from.
    pub(crate) origin: Origin,
}

impl Duty {
    /// A state that comes to a node with nothing missing: its cluster is being founded.
    pub(crate) fn founded(declared: Declared, origin: Origin) -> Self {
        Self { kept: Box::new(Kept { declared, lacks_data: false }), origin }
    }

    /// Gives the state to the store.
    pub(crate) fn keep(self, desk: &mut Desk<'_>) {
        desk.store(StoreOp::Keep(self.kept.clone()), Errand::Adopt(self));
    }
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
    /// Gossip.
    Gossip,
    /// This node itself: it lacks data, or does not any more.
    Own,
}
