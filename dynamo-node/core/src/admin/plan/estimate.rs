//! Estimate: which replicas go where, and how many bytes that is, by what the nodes report of themselves.
//!
//! Nodes report bytes altogether, not by partition: a replica counts for the average of its owners' replicas. What nobody
//! reports is not known, and counts for nothing.

use std::collections::BTreeMap;

use shared::id::NodeId;
use shared::token::PartitionId;
use shared::wire::plan::{Move, Pair, Share};

use super::draft::Draft;
use super::ground::Ground;
use crate::ring::Ring;

/// What goes from where to where.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    /// Partitions whose list changes, clockwise.
    pub(super) moves: Vec<Move>,
    tallies: BTreeMap<NodeId, Tally>,
    pairs: BTreeMap<(NodeId, NodeId), (u32, u64)>,
}

/// What a node holds, takes in and gives up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// Replicas held before.
    pub(super) before: u32,
    /// Replicas held after.
    pub(super) after: u32,
    /// Replicas that it takes in.
    pub(super) taken: u32,
    /// Replicas that it gives up.
    pub(super) given: u32,
    /// Bytes of those that it takes in.
    pub(super) bytes_in: u64,
    /// Bytes of those that it gives up.
    pub(super) bytes_out: u64,
}

impl Flow {
    /// From the ring as it is to this one.
    pub(super) fn between(ground: &Ground<'_>, draft: &Draft<'_>, after: &Ring) -> Self {
        let sizes = Sizes::reported(ground);
        let mut flow = Self::default();
        for (partition, (before, after)) in (0..).zip(ground.ring.lists().iter().zip(after.lists())) {
            before.iter().for_each(|&node| flow.tally(node).before += 1);
            after.iter().for_each(|&node| flow.tally(node).after += 1);
            if before != after {
                let partition = PartitionId(partition);
                flow.moves.push(Move { partition, before: before.clone(), after: after.clone() });
                flow.transfer(ground, draft, before, after, sizes.replica_bytes(before));
            }
        }
        flow
    }

    /// One node's part.
    pub(super) fn of(&self, node: NodeId) -> Tally {
        self.tallies.get(&node).copied().unwrap_or_default()
    }

    /// Replicas that get a new place.
    pub(super) fn replicas_moved(&self) -> u32 {
        self.tallies.values().map(|tally| tally.taken).sum()
    }

    /// The fewest that could be moved to these shares (rule P13).
    pub(super) fn replicas_moved_least(&self) -> u32 {
        self.tallies.values().map(|tally| tally.after.saturating_sub(tally.before)).sum()
    }

    /// How long it takes at so many bytes a second for each taker, in milliseconds; `None`: no limit.
    pub(super) fn time_ms(&self, bytes_per_second: u64) -> Option<u64> {
        let most = self.tallies.values().map(|tally| tally.bytes_in).max().unwrap_or(0);
        let ms = (u128::from(most) * 1_000).div_ceil(u128::from(bytes_per_second).max(1));
        (bytes_per_second > 0).then(|| u64::try_from(ms).unwrap_or(u64::MAX))
    }

    /// Who sends to whom.
    pub(super) fn pairs(&self) -> Vec<Pair> {
        let pair = |(&(source, target), &(partitions, bytes)): (&(NodeId, NodeId), &(u32, u64))| Pair {
            source,
            target,
            partitions,
            bytes,
        };
        self.pairs.iter().map(pair).collect()
    }

    /// Every node that is a member before or after, by name.
    pub(super) fn shares(&self, ground: &Ground<'_>, draft: &Draft<'_>) -> Vec<Share> {
        let before = ground.members.iter().filter(|(node, _)| !draft.members.contains_key(node));
        let all = draft.members.iter().chain(before);
        let mut shares: Vec<Share> = all
            .map(|(&node, member)| {
                let tally = self.of(node);
                let weight = |declared: &BTreeMap<NodeId, crate::state::Member>| {
                    declared.get(&node).map_or(0, |member| member.weight)
                };
                let load = ground.load(node);
                Share {
                    node,
                    name: member.name.clone(),
                    zone: member.zone.clone(),
                    weight_before: weight(ground.members),
                    weight_after: weight(&draft.members),
                    replicas_before: tally.before,
                    replicas_after: tally.after,
                    replicas_in: tally.taken,
                    replicas_out: tally.given,
                    bytes_in: tally.bytes_in,
                    bytes_out: tally.bytes_out,
                    disk_peak_bytes: load.map(|load| load.stored_bytes.saturating_add(tally.bytes_in)),
                    disk_free_bytes: load.map(|load| load.free_bytes),
                }
            })
            .collect();
        shares.sort_by(|one, other| one.name.cmp(&other.name));
        shares
    }

    fn tally(&mut self, node: NodeId) -> &mut Tally {
        self.tallies.entry(node).or_default()
    }

    /// Pairs those that come with those that go: a successor with whom it replaces, the others in order.
    fn transfer(
        &mut self,
        ground: &Ground<'_>,
        draft: &Draft<'_>,
        before: &[NodeId],
        after: &[NodeId],
        bytes: u64,
    ) {
        let mut going: Vec<NodeId> = before.iter().copied().filter(|node| !after.contains(node)).collect();
        for &node in &going {
            let tally = self.tally(node);
            tally.given += 1;
            tally.bytes_out = tally.bytes_out.saturating_add(bytes);
        }
        going.retain(|node| draft.heirs.get(node).is_none_or(|heir| !after.contains(heir)));
        let mut going = going.into_iter();
        for &target in after.iter().filter(|node| !before.contains(node)) {
            let tally = self.tally(target);
            tally.taken += 1;
            tally.bytes_in = tally.bytes_in.saturating_add(bytes);
            let is_heir = |lost: &NodeId| draft.heirs.get(lost) == Some(&target);
            let gives_up = if before.iter().any(is_heir) { None } else { going.next() };
            if let Some(source) = source(ground, draft, gives_up, before, after) {
                let pair = self.pairs.entry((source, target)).or_default();
                *pair = (pair.0 + 1, pair.1.saturating_add(bytes));
            }
        }
    }
}

/// Who is read from: whoever gives the copy up; if that copy is lost or out of reach, the first old owner that is neither,
/// those that stay before those that go; `None`: every copy is lost.
fn source(
    ground: &Ground<'_>,
    draft: &Draft<'_>,
    gives_up: Option<NodeId>,
    before: &[NodeId],
    after: &[NodeId],
) -> Option<NodeId> {
    let has_copy = |node: &NodeId| !draft.lost.contains(node);
    let is_alive = |node: &NodeId| has_copy(node) && ground.is_not_down(*node);
    let stays = before.iter().filter(|node| after.contains(node));
    let any = stays.chain(before).copied();
    gives_up
        .filter(is_alive)
        .or_else(|| any.clone().find(is_alive))
        .or(gives_up.filter(has_copy))
        .or_else(|| any.clone().find(has_copy))
}

/// How many bytes a replica has, by what its owners report.
struct Sizes {
    /// Bytes of an average replica, by node.
    by_node: BTreeMap<NodeId, u64>,
    /// Of all that report.
    overall: u64,
}

impl Sizes {
    fn reported(ground: &Ground<'_>) -> Self {
        let mut held: BTreeMap<NodeId, u64> = BTreeMap::new();
        ground.ring.lists().iter().flatten().for_each(|&node| *held.entry(node).or_default() += 1);
        let reported: Vec<(NodeId, u64, u64)> = held
            .iter()
            .filter_map(|(&node, &held)| Some((node, held, ground.load(node)?.stored_bytes)))
            .collect();
        let replicas: u64 = reported.iter().map(|(_, held, _)| held).sum();
        let bytes: u128 = reported.iter().map(|&(_, _, stored)| u128::from(stored)).sum();
        Self {
            by_node: reported.iter().map(|&(node, held, stored)| (node, stored / held)).collect(),
            overall: u64::try_from(bytes / u128::from(replicas.max(1))).unwrap_or(u64::MAX),
        }
    }

    fn replica_bytes(&self, owners: &[NodeId]) -> u64 {
        let known = || owners.iter().filter_map(|owner| self.by_node.get(owner));
        let total: u128 = known().map(|&bytes| u128::from(bytes)).sum();
        let count = known().count() as u128;
        let average = total.checked_div(count).map(|bytes| u64::try_from(bytes).unwrap_or(u64::MAX));
        average.unwrap_or(self.overall)
    }
}
