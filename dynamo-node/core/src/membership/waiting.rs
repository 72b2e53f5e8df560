//! Waiting: nodes of this cluster's authority that are no members, and would be (Dynamo §4.8.1).
//!
//! They knock at their seeds, and members tell each other by gossip how long ago; one that has not knocked for a while is
//! forgotten. Knowing of them admits nobody: that is declared.

use std::collections::BTreeMap;

use shared::id::NodeId;

use crate::message::Newcomer;
use crate::time::Instant;

/// After how long a silence a waiting node is not spoken of any more, in milliseconds: some rounds of gossip.
const FORGOTTEN_AFTER_MS: u64 = 15_000;

/// Most waiting nodes that are remembered: their names travel with every digest.
const WAITING_MAX: usize = 256;

/// Who waits, and when it last knocked, here or elsewhere.
#[derive(Debug, Default)]
pub(crate) struct WaitingRoom {
    nodes: BTreeMap<NodeId, (Newcomer, Instant)>,
}

impl WaitingRoom {
    /// A waiting node has knocked so long ago.
    pub(crate) fn heard_of(&mut self, node: NodeId, newcomer: Newcomer, ago_ms: u64, now: Instant) {
        let at = Instant(now.0.saturating_sub(ago_ms.saturating_mul(1_000)));
        self.forget_old(now);
        let is_newer = self.nodes.get(&node).is_none_or(|(_, known)| *known < at);
        let is_fresh = now.since_ms(at) < FORGOTTEN_AFTER_MS;
        let has_room = self.nodes.len() < WAITING_MAX || self.nodes.contains_key(&node);
        if is_newer && is_fresh && has_room {
            self.nodes.insert(node, (newcomer, at));
        }
    }

    /// Who has become a member, or never will, waits no more.
    pub(crate) fn retain(&mut self, waits: impl Fn(NodeId) -> bool) {
        self.nodes.retain(|&node, _| waits(node));
    }

    /// Who waits, and how long ago it knocked, in milliseconds.
    pub(crate) fn iter(&self, now: Instant) -> impl Iterator<Item = (NodeId, &Newcomer, u64)> {
        let ago = move |at: Instant| now.since_ms(at);
        let all = self.nodes.iter().map(move |(&node, (newcomer, at))| (node, newcomer, ago(*at)));
        all.filter(|&(_, _, ago_ms)| ago_ms < FORGOTTEN_AFTER_MS)
    }

    fn forget_old(&mut self, now: Instant) {
        self.nodes.retain(|_, (_, at)| now.since_ms(*at) < FORGOTTEN_AFTER_MS);
    }
}
