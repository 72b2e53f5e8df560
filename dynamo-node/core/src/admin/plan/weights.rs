//! Weights: other shares for the same members, by what they hold, and the changes that would say so.
//!
//! Weights are whole and relative. What is worked out here is finer (millionths), and made whole at the end.

use std::collections::BTreeMap;

use shared::id::{Name, NodeId};
use shared::wire::plan::Change;

use super::draft::{Draft, WEIGHT_MAX};
use super::ground::Ground;

const MICRO: u64 = 1_000_000;

/// A weight for every member, in millionths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Weights(BTreeMap<NodeId, u64>);

impl Weights {
    /// Those that the members are to have as staged.
    pub(super) fn staged(draft: &Draft<'_>) -> Self {
        Self(draft.members.iter().map(|(&node, member)| (node, micro(member.weight))).collect())
    }

    /// Those that the same members have now: nothing for nodes that join, the successor's for whom it replaces.
    pub(super) fn now(ground: &Ground<'_>, draft: &Draft<'_>) -> Self {
        let inherits = |node| draft.heirs.values().any(|&heir| heir == node);
        let now = |(&node, member): (&NodeId, &crate::state::Member)| {
            let before = ground.members.get(&node).map_or(0, |before| before.weight);
            (node, micro(if inherits(node) { member.weight } else { before }))
        };
        Self(draft.members.iter().map(now).collect())
    }

    /// So many of so many steps from these to those.
    pub(super) fn towards(&self, other: &Self, step: u64, steps: u64) -> Self {
        let between = |(&node, &from): (&NodeId, &u64)| {
            let to = other.0.get(&node).copied().unwrap_or(from);
            (node, (from * (steps - step) + to * step) / steps)
        };
        Self(self.0.iter().map(between).collect())
    }

    /// By what each node holds now, of those that stay and whose weight nobody has staged: so that they give up no more than
    /// those that come or change take in.
    pub(super) fn as_held(&self, ground: &Ground<'_>, draft: &Draft<'_>, staged: &[Change]) -> Option<Self> {
        let is_said =
            |name| staged.iter().any(|change| matches!(change, Change::Weight { node, .. } if node == name));
        let mut held: BTreeMap<NodeId, u64> = BTreeMap::new();
        ground.ring.lists().iter().flatten().for_each(|&node| *held.entry(node).or_default() += 1);
        held.retain(|node, _| ground.members.get(node).is_some_and(|member| !is_said(&member.name)));
        held.retain(|node, _| draft.members.contains_key(node));
        let weights: u64 = held.keys().filter_map(|node| self.0.get(node)).sum();
        let replicas: u64 = held.values().sum();
        let mut wanted = self.clone();
        for (node, held) in held {
            let weight = u128::from(weights) * u128::from(held) / u128::from(replicas.max(1));
            wanted.0.insert(node, u64::try_from(weight).ok().filter(|&weight| weight > 0)?);
        }
        Some(wanted)
    }

    /// By the room on the disks: what is stored and what is free. `None`: somebody has not reported, or these weights are
    /// within a tenth of it.
    pub(super) fn by_disk(&self, ground: &Ground<'_>) -> Option<Self> {
        let room = |&node: &NodeId| {
            let load = ground.load(node)?;
            Some((node, load.stored_bytes.saturating_add(load.free_bytes)))
        };
        let rooms: BTreeMap<NodeId, u64> = self.0.keys().map(room).collect::<Option<_>>()?;
        let most = rooms.values().copied().max().filter(|&most| most > 0)?;
        // In hundredths of the largest: disks that are sold as the same size differ by less.
        let hundredths = |room: u64| (u128::from(room) * 100 / u128::from(most)).max(1);
        let rooms: BTreeMap<NodeId, u128> =
            rooms.into_iter().map(|(node, room)| (node, hundredths(room))).collect();
        let (weights, all) =
            (self.0.values().map(|&weight| u128::from(weight)).sum::<u128>(), rooms.values().sum::<u128>());
        let share = |room: u128| u64::try_from(weights * room / all).unwrap_or(u64::MAX);
        let wanted = Self(rooms.into_iter().map(|(node, room)| (node, share(room))).collect());
        let ratios = self.0.iter().filter_map(|(node, &weight)| ratio(*wanted.0.get(node)?, weight));
        differ(ratios).then_some(wanted)
    }

    /// By what the nodes report to store: those whose replicas are heavier than the average get fewer of them. `None`: too
    /// few have reported, or their loads are within a tenth of their weights.
    pub(super) fn by_load(&self, ground: &Ground<'_>, draft: &Draft<'_>) -> Option<Self> {
        let mut held: BTreeMap<NodeId, u64> = BTreeMap::new();
        ground.ring.lists().iter().flatten().for_each(|&node| *held.entry(node).or_default() += 1);
        let staying = held.into_iter().filter(|(node, _)| draft.members.contains_key(node));
        let reports: Vec<(NodeId, u64, u64)> = staying
            .map(|(node, held)| Some((node, held, ground.load(node)?.stored_bytes)))
            .collect::<Option<_>>()?;
        let loads = reports.iter().filter_map(|(node, _, stored)| ratio(*stored, *self.0.get(node)?));
        let replicas: u128 = reports.iter().map(|&(_, held, _)| u128::from(held)).sum();
        let bytes: u128 = reports.iter().map(|&(_, _, stored)| u128::from(stored)).sum();
        if bytes == 0 || !differ(loads) {
            return None;
        }
        let mut wanted = self.clone();
        for (node, held, stored) in reports {
            let weight = wanted.0.entry(node).or_default();
            let (before, stored) = (u128::from(*weight), u128::from(stored).max(1));
            let even = before.saturating_mul(bytes).saturating_mul(u128::from(held))
                / replicas.saturating_mul(stored).max(1);
            // A report is of one moment: never more than double or halve a share by it.
            *weight = u64::try_from(even.clamp(before / 2, before * 2)).unwrap_or(*weight);
        }
        Some(wanted)
    }

    /// The same shares, in numbers ten times as large: nothing moves, and later weights can differ by less.
    pub(super) fn finer(&self) -> Option<Self> {
        let finer = Self(self.0.iter().map(|(&node, weight)| (node, weight * 10)).collect());
        finer.0.values().all(|&weight| weight <= micro(WEIGHT_MAX)).then_some(finer)
    }

    /// The changes that give these weights along with what is staged. Weights that are staged already give way; a successor's
    /// cannot be changed along with its coming, and then all keep their scale.
    pub(super) fn changes(&self, ground: &Ground<'_>, draft: &Draft<'_>, staged: &[Change]) -> Vec<Change> {
        let whole = self.whole(draft.heirs.is_empty());
        let weight_of = |name: &Name| {
            let (node, _) = draft.members.iter().find(|(_, member)| member.name == *name)?;
            whole.get(node).copied()
        };
        let kept = staged.iter().filter(|change| !matches!(change, Change::Weight { .. }));
        let kept = kept.map(|change| match change {
            Change::Join { node, weight, zone } => Change::Join {
                node: node.clone(),
                weight: weight_of(node).unwrap_or(*weight),
                zone: zone.clone(),
            },
            other => other.clone(),
        });
        let stays = ground.members.iter().filter(|(node, _)| draft.members.contains_key(node));
        let weighed = stays.filter_map(|(node, member)| {
            let weight = whole.get(node).copied().filter(|&weight| weight != member.weight)?;
            Some(Change::Weight { node: member.name.clone(), weight })
        });
        kept.chain(weighed).collect()
    }

    /// In whole numbers: as they are if they are whole; otherwise by a common factor that makes the greatest the greatest
    /// there is, in lowest terms.
    fn whole(&self, may_scale: bool) -> BTreeMap<NodeId, u32> {
        let most = self.0.values().copied().max().unwrap_or(0).max(1);
        let is_whole =
            self.0.values().all(|weight| weight % MICRO == 0 && *weight > 0) && most <= micro(WEIGHT_MAX);
        let (unit, max) = if is_whole || !may_scale { (MICRO, 1) } else { (most, WEIGHT_MAX) };
        let whole = |weight: u64| {
            let whole = (u128::from(weight) * u128::from(max) + u128::from(unit) / 2) / u128::from(unit);
            u32::try_from(whole).unwrap_or(WEIGHT_MAX).clamp(1, WEIGHT_MAX)
        };
        let mut weights: BTreeMap<NodeId, u32> =
            self.0.iter().map(|(&node, &weight)| (node, whole(weight))).collect();
        if max > 1 {
            let divisor = weights.values().copied().fold(0, greatest_common_divisor).max(1);
            weights.values_mut().for_each(|weight| *weight /= divisor);
        }
        weights
    }
}

fn micro(weight: u32) -> u64 {
    u64::from(weight) * MICRO
}

/// One over the other, in millionths.
fn ratio(one: u64, other: u64) -> Option<u128> {
    (u128::from(one) * u128::from(MICRO)).checked_div(u128::from(other))
}

/// Whether the largest is more than a tenth above the smallest.
fn differ(values: impl Iterator<Item = u128> + Clone) -> bool {
    let least = values.clone().min().unwrap_or(0);
    values.max().unwrap_or(0) > least + least / 10
}

fn greatest_common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}
