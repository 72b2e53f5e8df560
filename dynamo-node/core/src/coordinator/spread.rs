//! Spread: who was sent a write, who has confirmed it, and where its quorum stands; for one list of replicas, or for two
//! while the partition moves (rule P14). Sends nothing itself.

use std::collections::{BTreeMap, BTreeSet};

use shared::error::Failure;
use shared::id::NodeId;

use super::tally::{Tallies, Verdict};
use crate::desk::View;
use crate::hint::is_leaving;
use crate::ring::preference::{PreferenceList, Target};

/// How a write is to be spread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) me: NodeId,
    pub(super) w: u8,
    pub(super) strict: bool,
    pub(super) counts_joiners: bool,
}

/// Where one write has gone.
#[derive(Debug)]
pub(super) struct Spread {
    manner: Manner,
    pub(super) list: PreferenceList,
    tallies: Tallies,
    /// Who was sent the record, and for whom they stand in.
    asked: BTreeMap<NodeId, Option<NodeId>>,
    /// Who has confirmed, for which owner.
    confirmed: BTreeMap<NodeId, NodeId>,
    /// Owners that have the write, or for whom somebody keeps it.
    covered: BTreeSet<NodeId>,
    /// Who answered that the partition is placed otherwise there.
    misplaced: BTreeSet<NodeId>,
}

impl Spread {
    /// Decides who is sent the record: the first reachable nodes, and owners that may still answer. Refuses beforehand what
    /// cannot reach its quorum.
    pub(super) fn choose(view: View<'_>, list: PreferenceList, manner: Manner) -> Result<Self, Failure> {
        let mut targets = targets(view, &list, manner);
        if !list.readers.contains(&manner.me) {
            take_a_place(view, &list, manner, &mut targets)?;
        }
        let mut spread = Self::empty(list, manner);
        for target in targets {
            spread.await_target(target);
        }
        if spread.tallies.verdict() == Verdict::Lost {
            return Err(Failure::QuorumNotMet { needed: manner.w, reached: 0, uncompared: 0 });
        }
        Ok(spread)
    }

    fn empty(list: PreferenceList, manner: Manner) -> Self {
        Self {
            tallies: Tallies::new(&list.lists, manner.w, manner.counts_joiners),
            manner,
            list,
            asked: BTreeMap::new(),
            confirmed: BTreeMap::new(),
            covered: BTreeSet::new(),
            misplaced: BTreeSet::new(),
        }
    }

    /// The partition is placed otherwise by now: what is confirmed counts where it belongs, and new owners are awaited.
    /// Returns whom to send the record to.
    pub(super) fn move_to(&mut self, view: View<'_>, list: PreferenceList) -> Vec<Target> {
        let before = std::mem::replace(self, Self::empty(list, self.manner));
        self.covered = before.covered;
        for (&node, &stands_in_for) in &before.asked {
            if !before.confirmed.contains_key(&node) && before.tallies.awaits(node) {
                self.await_target(Target { node, stands_in_for });
            } else {
                self.asked.insert(node, stands_in_for);
            }
        }
        for (node, owner) in before.confirmed {
            self.tallies.count(node, owner);
            self.confirmed.insert(node, owner);
        }
        let again: Vec<Target> = before.misplaced.iter().filter_map(|node| self.target_of(*node)).collect();
        let new = targets(view, &self.list, self.manner);
        let new: Vec<Target> =
            new.into_iter().filter(|target| !self.asked.contains_key(&target.node)).collect();
        for target in &new {
            self.await_target(*target);
        }
        again.into_iter().chain(new).filter(|target| target.node != self.manner.me).collect()
    }

    /// Who was asked, this node included.
    pub(super) fn targets(&self) -> impl Iterator<Item = Target> + '_ {
        self.asked.iter().map(|(&node, &stands_in_for)| Target { node, stands_in_for })
    }

    /// For whom this node stands in.
    pub(super) fn own_ward(&self) -> Option<NodeId> {
        self.asked.get(&self.manner.me).copied().flatten()
    }

    /// Whether somebody was asked to stand in for an owner.
    pub(super) fn is_stood_for(&self, owner: NodeId) -> bool {
        self.asked.values().any(|ward| *ward == Some(owner))
    }

    /// Somebody keeps it for an owner, or knows that it has it.
    pub(super) fn cover(&mut self, owner: NodeId) {
        self.covered.insert(owner);
    }

    /// Owners that nobody has confirmed for.
    pub(super) fn uncovered(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.list.holders.iter().copied().filter(|owner| !self.covered.contains(owner))
    }

    /// A node has it, as the owner or for one. True if that counted.
    pub(super) fn confirm(&mut self, from: NodeId, stands_in_for: Option<NodeId>) -> bool {
        let Some(&ward) = self.asked.get(&from) else { return false };
        self.misplaced.remove(&from);
        let is_owner = self.list.holders.contains(&from);
        let owner = if is_owner { Some(from) } else { stands_in_for.or(ward) };
        let Some(owner) = owner else { return false };
        self.covered.insert(owner);
        if !is_owner && self.manner.strict {
            return false;
        }
        self.confirmed.insert(from, owner);
        self.tallies.count(from, owner)
    }

    /// How many of those that confirmed stand in for others.
    pub(super) fn fallbacks(&self) -> usize {
        self.confirmed.iter().filter(|(node, owner)| node != owner).count()
    }

    /// A node will not confirm.
    pub(super) fn discount(&mut self, node: NodeId) {
        self.misplaced.remove(&node);
        self.tallies.discount(node);
    }

    /// A node places the partition otherwise: it is asked again. False if it was not asked.
    pub(super) fn misplace(&mut self, node: NodeId) -> bool {
        let is_asked = self.asked.contains_key(&node) && !self.confirmed.contains_key(&node);
        is_asked && self.misplaced.insert(node)
    }

    /// Those that are to be asked again; taken out.
    pub(super) fn take_misplaced(&mut self) -> Vec<Target> {
        let misplaced = std::mem::take(&mut self.misplaced);
        misplaced.into_iter().filter_map(|node| self.target_of(node)).collect()
    }

    /// Further fallbacks, one for each owner that has not confirmed and will not soon.
    pub(super) fn more_fallbacks(&mut self, view: View<'_>, is_slow: bool) -> Vec<Target> {
        if self.manner.strict || self.tallies.verdict() == Verdict::Reached {
            return Vec::new();
        }
        let wants = |owner: &NodeId| {
            !self.covered.contains(owner)
                && !self.is_stood_for(*owner)
                && (is_slow || !self.tallies.awaits(*owner))
        };
        let owners: Vec<NodeId> = self.list.holders.iter().copied().filter(wants).collect();
        let is_free = |node: &NodeId| !self.asked.contains_key(node) && view.members.is_up(*node);
        let fallbacks = self.list.fallbacks(&view.state().ring).filter(is_free);
        let pair = |(owner, node)| Target { node, stands_in_for: Some(owner) };
        let more: Vec<Target> = owners.into_iter().zip(fallbacks).map(pair).collect();
        for target in &more {
            self.await_target(*target);
        }
        more
    }

    /// How many have confirmed, in the list that has fewest.
    pub(super) fn reached(&self) -> u8 {
        self.tallies.reached()
    }

    /// How many are wanted of each list.
    pub(super) fn needed(&self) -> u8 {
        self.tallies.needed()
    }

    /// Where the quorum stands.
    pub(super) fn verdict(&self) -> Verdict {
        self.tallies.verdict()
    }

    fn target_of(&self, node: NodeId) -> Option<Target> {
        self.asked.get(&node).map(|&stands_in_for| Target { node, stands_in_for })
    }

    fn await_target(&mut self, target: Target) {
        let Target { node, stands_in_for } = target;
        self.asked.insert(node, stands_in_for);
        self.tallies.await_node(node, stands_in_for.unwrap_or(node));
    }
}

fn targets(view: View<'_>, list: &PreferenceList, manner: Manner) -> Vec<Target> {
    let mut targets: Vec<Target> = if manner.strict {
        Vec::new()
    } else {
        list.sloppy_targets(&list.holders, &view.state().ring, |node| view.members.is_up(node))
    };
    for &node in list.holders.iter().filter(|&&owner| view.members.is_not_down(owner)) {
        if !targets.iter().any(|target| target.node == node) {
            targets.push(Target { node, stands_in_for: None });
        }
    }
    targets
}

/// A coordinator that no reader's list has stands in for an absent owner itself: a fallback mints, since no owner can be
/// reached.
fn take_a_place(
    view: View<'_>,
    list: &PreferenceList,
    manner: Manner,
    targets: &mut [Target],
) -> Result<(), Failure> {
    let refused = Failure::QuorumNotMet { needed: manner.w, reached: 0, uncompared: 0 };
    // A new owner coordinates only once it is complete, an old one no more, and who leaves keeps nothing for others.
    let is_barred = list.holders.contains(&manner.me) || is_leaving(view.state(), manner.me);
    if manner.strict || is_barred || list.readers.iter().any(|&owner| view.members.is_up(owner)) {
        return Err(refused);
    }
    if !targets.iter().any(|target| target.node == manner.me) {
        let last = targets.iter().rposition(|target| target.stands_in_for.is_some());
        let place = last.and_then(|last| targets.get_mut(last)).ok_or(refused)?;
        place.node = manner.me;
    }
    Ok(())
}
