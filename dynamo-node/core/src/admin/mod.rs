//! What administrators declare. Here: the founding of a cluster; and the adoption of a declared state, however it came.

pub(crate) mod founding;

use shared::id::NodeId;

use crate::ids::OpId;
use crate::state::Declared;

/// A declared state that the store is keeping, and what follows when it is synced.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Duty {
    /// The state.
    pub(crate) declared: Box<Declared>,
    /// Where it came from.
    pub(crate) origin: Origin,
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
}
