//! Caught up: whose "not found" counts (rule P7).
//!
//! A replica that has just started may have missed writes that were acknowledged by others. Absence is evidence only from
//! one who would know: one that has since been compared with enough other owners, and for whom no reachable
//! member keeps hints. After lost data none of its answers count until then. Being compared needs no serving peer, so
//! that a cluster which was wholly down comes back by itself.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;
use shared::token::PartitionId;

use crate::message::Standing;
use crate::state::ClusterState;
use crate::time::Instant;

/// What a start has learned of what it may have missed.
#[derive(Debug, Default)]
pub(crate) struct CaughtUp {
    lost_data: bool,
    /// Partitions owned here, with the owners they were compared with since the start; taken out when they count.
    waiting: BTreeMap<PartitionId, BTreeSet<NodeId>>,
    /// Partitions that this node answers for.
    answered: BTreeSet<PartitionId>,
    /// Members that have said, since this start, that they keep no hints for this node.
    hintless: BTreeSet<NodeId>,
    /// When the others were last asked for hints.
    asked: Option<Instant>,
}

impl CaughtUp {
    /// Begins a start on a declared state: nothing is compared yet.
    pub(crate) fn begin(&mut self, state: &ClusterState, me: NodeId, lost_data: bool) {
        self.lost_data = lost_data;
        self.answered = state.answered_by(me).collect();
        self.waiting = self.answered.iter().map(|&partition| (partition, BTreeSet::new())).collect();
        self.hintless.clear();
    }

    /// Begins with a cluster that was founded this moment: there is nothing that could have been missed.
    pub(crate) fn begin_founded(&mut self, state: &ClusterState, me: NodeId) {
        self.begin(state, me, false);
        self.waiting.clear();
    }

    /// Another version is in force: this node may answer for other partitions. One that was filled here since the start
    /// counts at once; one that was filled before it, or not at all, has to be compared first.
    pub(crate) fn moved(
        &mut self,
        state: &ClusterState,
        me: NodeId,
        is_filled: impl Fn(PartitionId) -> bool,
    ) {
        let answered: BTreeSet<PartitionId> = state.answered_by(me).collect();
        self.waiting.retain(|partition, _| answered.contains(partition));
        for (&partition, compared) in &mut self.waiting {
            // A former owner gets no writes any more: having been compared with it says nothing.
            compared.retain(|peer| state.placed(partition).readers().contains(peer));
        }
        for &partition in answered.difference(&self.answered) {
            if !is_filled(partition) {
                self.waiting.insert(partition, BTreeSet::new());
            }
        }
        self.answered = answered;
    }

    /// Whether the store lacks data that it once acknowledged, and was not refilled yet.
    pub(crate) fn lacks_data(&self) -> bool {
        self.lost_data && !self.waiting.is_empty()
    }

    /// How many partitions are owned here.
    pub(crate) fn owned(&self) -> u32 {
        u32::try_from(self.answered.len()).unwrap_or(u32::MAX)
    }

    /// In how many of them "not found" counts.
    pub(crate) fn compared(&self) -> u32 {
        let compared = self.answered.len().saturating_sub(self.waiting.len());
        u32::try_from(compared).unwrap_or(u32::MAX)
    }

    /// What this node's answers are worth in a partition that it owns.
    pub(crate) fn standing(&self, partition: PartitionId) -> Standing {
        match (self.waiting.contains_key(&partition), self.lost_data) {
            (false, _) => Standing::Compared,
            (true, false) => Standing::Uncompared,
            (true, true) => Standing::LostData,
        }
    }

    /// The partitions that still want a comparison with this owner, clockwise.
    pub(crate) fn wanting<'a>(
        &'a self,
        peer: NodeId,
        state: &'a ClusterState,
    ) -> impl Iterator<Item = PartitionId> + 'a {
        let wants = move |(partition, compared): &(&PartitionId, &BTreeSet<NodeId>)| {
            let readers = state.placed(**partition).readers();
            readers.contains(&peer)
                && !compared.contains(&peer)
                && compared.len() < self.needed(state, readers.len())
        };
        self.waiting.iter().filter(wants).map(|(&partition, _)| partition)
    }

    /// A partition was compared with another owner, and everything it lacked is synced.
    pub(crate) fn compared_with(&mut self, partition: PartitionId, peer: NodeId) {
        if let Some(compared) = self.waiting.get_mut(&partition) {
            compared.insert(peer);
        }
    }

    /// A member keeps no hints for this node, or none any more.
    pub(crate) fn no_hints_at(&mut self, member: NodeId) {
        self.hintless.insert(member);
    }

    /// Whether this member still has to say that it keeps no hints for this node.
    pub(crate) fn asks_hints_of(&self, member: NodeId) -> bool {
        !self.waiting.is_empty() && !self.hintless.contains(&member)
    }

    /// Whether it is time to ask again for hints; an answer may have been lost.
    pub(super) fn is_time_to_ask(&mut self, now: Instant, retry_after_ms: u64) -> bool {
        let is_time = self.asked.is_none_or(|asked| now >= asked.plus_ms(retry_after_ms));
        if is_time && !self.waiting.is_empty() {
            self.asked = Some(now);
        }
        is_time && !self.waiting.is_empty()
    }

    /// When it is next time to ask.
    pub(crate) fn deadline(&self, retry_after_ms: u64) -> Option<Instant> {
        self.asked.filter(|_| !self.waiting.is_empty()).map(|asked| asked.plus_ms(retry_after_ms))
    }

    /// Counts what may be counted now. True if that was the last of it.
    pub(crate) fn settle(
        &mut self,
        state: &ClusterState,
        mut reachable: impl Iterator<Item = NodeId>,
    ) -> bool {
        if self.waiting.is_empty() || !reachable.all(|member| self.hintless.contains(&member)) {
            return false;
        }
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|&partition, compared| {
            compared.len() < self.needed(state, state.placed(partition).readers().len())
        });
        self.waiting = waiting;
        self.waiting.is_empty()
    }

    /// With how many others a partition of so many owners must be compared.
    ///
    /// An acknowledged write is held by W owners. A node that lost nothing may be none of them: of its N-1 fellows at
    /// least W then hold it, and any N-W of them include one. A node that lost data may have been one of them: W-1
    /// fellows hold it, and it takes one more.
    fn needed(&self, state: &ClusterState, owners: usize) -> usize {
        let others_without_it = owners.saturating_sub(usize::from(state.quorum.w()));
        (others_without_it + usize::from(self.lost_data)).min(owners.saturating_sub(1))
    }
}
