//! Members by number: nodes and zones counted from zero in the order of their identities, so that the order in which
//! candidates are named cannot matter.

use std::collections::BTreeSet;

use shared::id::{Name, NodeId};

use super::table::Table;
use super::{Candidate, NoPlacement};

/// No member: an empty place, or nobody found.
pub(super) const NOBODY: usize = usize::MAX;

/// Who may hold replicas.
#[derive(Debug)]
pub(super) struct Members {
    /// Ascending, each once.
    nodes: Vec<NodeId>,
    weights: Vec<u32>,
    zones: Table<usize>,
    by_zone: Vec<Vec<usize>>,
}

impl Members {
    /// Numbers them; refuses those that cannot carry a ring.
    pub(super) fn new(candidates: &[Candidate], n: u8) -> Result<Self, NoPlacement> {
        let mut sorted: Vec<&Candidate> = candidates.iter().collect();
        sorted.sort_by_key(|candidate| (candidate.node, &candidate.zone, candidate.weight));
        sorted.dedup_by_key(|candidate| candidate.node);
        if sorted.len() < usize::from(n) {
            return Err(NoPlacement::TooFewNodes { n, nodes: sorted.len() });
        }
        if let Some(idle) = sorted.iter().find(|candidate| candidate.weight == 0) {
            return Err(NoPlacement::NoWeight(idle.node));
        }
        let names: BTreeSet<&Name> = sorted.iter().map(|candidate| &candidate.zone).collect();
        let names: Vec<&Name> = names.into_iter().collect();
        let number = |candidate: &&Candidate| names.binary_search(&&candidate.zone).unwrap_or(0);
        let zones: Table<usize> = sorted.iter().map(number).collect();
        let mut by_zone = vec![Vec::new(); names.len()];
        for (member, zone) in zones.iter().enumerate() {
            if let Some(members) = by_zone.get_mut(zone) {
                members.push(member);
            }
        }
        let nodes = sorted.iter().map(|candidate| candidate.node).collect();
        let weights = sorted.iter().map(|candidate| candidate.weight).collect();
        Ok(Self { nodes, weights, zones, by_zone })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Their identities, in order.
    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// Their weights, in order.
    pub(super) fn weights(&self) -> &[u32] {
        &self.weights
    }

    /// The members of every zone.
    pub(super) fn by_zone(&self) -> &[Vec<usize>] {
        &self.by_zone
    }

    /// How many members a zone has.
    pub(super) fn in_zone(&self, zone: usize) -> usize {
        self.by_zone.get(zone).map_or(0, Vec::len)
    }

    /// A member's zone.
    pub(super) fn zone(&self, member: usize) -> usize {
        self.zones.at(member)
    }

    /// A member's number; [`NOBODY`] if it is none.
    pub(super) fn number(&self, node: NodeId) -> usize {
        self.nodes.binary_search(&node).unwrap_or(NOBODY)
    }

    /// A member's identity.
    pub(super) fn node(&self, member: usize) -> Option<NodeId> {
        self.nodes.get(member).copied()
    }
}
