//! Phase: where a moving partition stands, and who is asked meanwhile (rule P14).
//!
//! *Old*: the old list. *Joint*: writes need W of the old and W of the new list, reads R of the old. *Handover*: the new
//! list is complete and answers reads; writes still go to both, until enough old owners refuse requests of the joint
//! phase, so that nobody can read the old list any more. Then the partition is where it was going.

use shared::id::NodeId;
use shared::wire::cluster::Phase;

/// A partition's place in one version of the declared state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed<'a> {
    /// The list that it is moving from, or the only one.
    pub current: &'a [NodeId],
    /// The list that it is moving to, once the move has begun.
    pub next: Option<&'a [NodeId]>,
    /// Where it stands.
    pub phase: Phase,
    /// The version in which all this last changed. Requests carry it; an older one is refused.
    pub epoch: u64,
}

impl<'a> Placed<'a> {
    /// Whom readers ask, and who may coordinate, in order.
    pub fn readers(&self) -> &'a [NodeId] {
        match (self.phase, self.next) {
            (Phase::Handover, Some(next)) => next,
            _ => self.current,
        }
    }

    /// The lists of each of which a write needs W.
    pub fn lists(&self) -> impl Iterator<Item = &'a [NodeId]> + use<'a> {
        let next = self.next;
        std::iter::once(self.current).chain(next)
    }

    /// Everybody who takes writes, each once, readers first.
    pub fn holders(&self) -> Vec<NodeId> {
        let mut holders = self.readers().to_vec();
        for &node in self.lists().flatten() {
            if !holders.contains(&node) {
                holders.push(node);
            }
        }
        holders
    }

    /// Whether a node takes writes.
    pub fn is_holder(&self, node: NodeId) -> bool {
        self.lists().any(|list| list.contains(&node))
    }

    /// Whether a node is on the new list only, and not complete yet.
    pub fn is_filling(&self, node: NodeId) -> bool {
        self.phase == Phase::Joint && self.is_holder(node) && !self.current.contains(&node)
    }
}
