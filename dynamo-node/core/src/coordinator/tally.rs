//! Tally: pure counting, kept apart from asking. A verdict has three values.

use std::collections::BTreeSet;

use shared::id::NodeId;

/// Whether enough have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not yet, and it may still come.
    Pending,
    /// Yes.
    Reached,
    /// No, and nobody is left who could change that.
    Lost,
}

/// Counts distinct nodes towards a number.
///
/// Invariant: nobody is in two of the three sets.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    needed: u8,
    awaited: BTreeSet<NodeId>,
    counted: BTreeSet<NodeId>,
    discounted: BTreeSet<NodeId>,
}

impl Tally {
    /// Nobody has answered yet, and nobody is awaited.
    pub(crate) fn new(needed: u8) -> Self {
        Self { needed, awaited: BTreeSet::new(), counted: BTreeSet::new(), discounted: BTreeSet::new() }
    }

    /// Awaits a node's answer; whoever has answered is not awaited again.
    pub(crate) fn await_node(&mut self, node: NodeId) {
        if !self.counted.contains(&node) {
            self.discounted.remove(&node);
            self.awaited.insert(node);
        }
    }

    /// A node's answer counts.
    pub(crate) fn count(&mut self, node: NodeId) {
        self.awaited.remove(&node);
        self.discounted.remove(&node);
        self.counted.insert(node);
    }

    /// A node answered and does not count, or will not answer.
    pub(crate) fn discount(&mut self, node: NodeId) {
        if self.awaited.remove(&node) {
            self.discounted.insert(node);
        }
    }

    /// Whether a node's answer is still awaited.
    pub(crate) fn awaits(&self, node: NodeId) -> bool {
        self.awaited.contains(&node)
    }

    /// Whether nobody's answer is awaited.
    pub(crate) fn is_complete(&self) -> bool {
        self.awaited.is_empty()
    }

    /// How many were wanted.
    pub(crate) fn needed(&self) -> u8 {
        self.needed
    }

    /// How many have counted.
    pub(crate) fn reached(&self) -> u8 {
        u8::try_from(self.counted.len()).unwrap_or(u8::MAX)
    }

    /// Where it stands.
    pub(crate) fn verdict(&self) -> Verdict {
        let needed = usize::from(self.needed);
        if self.counted.len() >= needed {
            Verdict::Reached
        } else if self.counted.len() + self.awaited.len() >= needed {
            Verdict::Pending
        } else {
            Verdict::Lost
        }
    }
}

/// A tally for each list of which a quorum is needed: one, or two while the partition moves (rule P14).
///
/// Whoever stands in for an owner counts where that owner would.
#[derive(Debug, Clone)]
pub(crate) struct Tallies {
    lists: Vec<(Vec<NodeId>, Tally)>,
    /// A flaw: everybody counts everywhere.
    counts_joiners: bool,
}

impl Tallies {
    /// Nobody has answered yet, and nobody is awaited.
    pub(crate) fn new(lists: &[Vec<NodeId>], needed: u8, counts_joiners: bool) -> Self {
        let tally = |list: &Vec<NodeId>| (list.clone(), Tally::new(needed));
        Self { lists: lists.iter().map(tally).collect(), counts_joiners }
    }

    /// Awaits the answer of a node, for an owner: itself, or the one it stands in for.
    pub(crate) fn await_node(&mut self, node: NodeId, owner: NodeId) {
        self.of(owner).for_each(|tally| tally.await_node(node));
    }

    /// A node's answer counts, for an owner. True if it did not count before.
    pub(crate) fn count(&mut self, node: NodeId, owner: NodeId) -> bool {
        let before = self.counted();
        self.of(owner).for_each(|tally| tally.count(node));
        self.counted() > before
    }

    /// A node answered and does not count, or will not answer.
    pub(crate) fn discount(&mut self, node: NodeId) {
        self.lists.iter_mut().for_each(|(_, tally)| tally.discount(node));
    }

    /// Whether a node's answer is still awaited.
    pub(crate) fn awaits(&self, node: NodeId) -> bool {
        self.lists.iter().any(|(_, tally)| tally.awaits(node))
    }

    /// How many were wanted of each list.
    pub(crate) fn needed(&self) -> u8 {
        self.lists.first().map_or(0, |(_, tally)| tally.needed())
    }

    /// How many have counted in the list that has fewest.
    pub(crate) fn reached(&self) -> u8 {
        self.lists.iter().map(|(_, tally)| tally.reached()).min().unwrap_or(0)
    }

    /// Where the list stands that stands worst.
    pub(crate) fn verdict(&self) -> Verdict {
        let verdicts: Vec<Verdict> = self.lists.iter().map(|(_, tally)| tally.verdict()).collect();
        if verdicts.contains(&Verdict::Lost) {
            Verdict::Lost
        } else if verdicts.contains(&Verdict::Pending) {
            Verdict::Pending
        } else {
            Verdict::Reached
        }
    }

    fn counted(&self) -> usize {
        self.lists.iter().map(|(_, tally)| usize::from(tally.reached())).sum()
    }

    fn of(&mut self, owner: NodeId) -> impl Iterator<Item = &mut Tally> {
        let everywhere = self.counts_joiners;
        let of = self.lists.iter_mut().filter(move |(list, _)| everywhere || list.contains(&owner));
        of.map(|(_, tally)| tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moving_partition_needs_a_quorum_of_both_lists() {
        let [old, new] = [[1, 2, 3], [1, 4, 5]].map(|list| list.map(NodeId).to_vec());
        let mut tallies = Tallies::new(&[old, new], 2, false);
        for node in 1..=5 {
            tallies.await_node(NodeId(node), NodeId(node));
        }
        tallies.count(NodeId(2), NodeId(2));
        tallies.count(NodeId(3), NodeId(3));
        assert_eq!(
            (tallies.reached(), tallies.verdict()),
            (0, Verdict::Pending),
            "two of the old list alone"
        );
        tallies.count(NodeId(9), NodeId(4));
        assert_eq!(tallies.verdict(), Verdict::Pending, "9 stands in for 4");
        tallies.count(NodeId(1), NodeId(1));
        assert_eq!(tallies.verdict(), Verdict::Reached, "1 is in both");
    }

    #[test]
    fn a_verdict_falls_as_soon_as_it_can() {
        let mut tally = Tally::new(2);
        for node in 1..=3 {
            tally.await_node(NodeId(node));
        }
        assert_eq!(tally.verdict(), Verdict::Pending);
        tally.discount(NodeId(1));
        assert_eq!(tally.verdict(), Verdict::Pending);
        tally.count(NodeId(2));
        tally.count(NodeId(2));
        assert_eq!((tally.reached(), tally.verdict()), (1, Verdict::Pending), "a node counts once");
        tally.discount(NodeId(3));
        assert_eq!(tally.verdict(), Verdict::Lost);
        tally.count(NodeId(3));
        assert_eq!(tally.verdict(), Verdict::Reached, "a late answer counts all the same");
    }
}
