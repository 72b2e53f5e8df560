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

#[cfg(test)]
mod tests {
    use super::*;

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
