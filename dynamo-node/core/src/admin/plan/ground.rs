//! Ground: what a plan starts from, declared and observed. It looks things up, and decides nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use shared::id::{ClusterId, Name, NodeId, OperationId};
use shared::quorum::Quorum;
use shared::wire::cluster::TransferLimits;
use shared::wire::look::Liveness;

use crate::membership::load::Load;
use crate::ring::Ring;
use crate::state::Member;

/// What a plan starts from: what is declared, and what the answering node observes.
#[derive(Debug, Clone)]
pub(crate) struct Ground<'a> {
    /// The cluster.
    pub(crate) cluster: ClusterId,
    /// The version in which the ring last changed.
    pub(crate) ring_version: u64,
    /// N, R and W.
    pub(crate) quorum: Quorum,
    /// Who holds what now.
    pub(crate) ring: &'a Ring,
    /// Every member.
    pub(crate) members: &'a BTreeMap<NodeId, Member>,
    /// Former members: neither id nor name is used again.
    pub(crate) left: &'a BTreeMap<NodeId, Name>,
    /// Nodes that wait with an empty store and were heard of lately.
    pub(crate) waiting: &'a BTreeMap<NodeId, Newcomer>,
    /// How the answering node sees the others, and itself (which is up).
    pub(crate) observed: &'a BTreeMap<NodeId, Observed>,
    /// How fast transfers may go.
    pub(crate) limits: TransferLimits,
    /// The operation that is under way.
    pub(crate) moving: Option<OperationId>,
}

/// A node that waits to be admitted, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Newcomer {
    /// Its name, by its certificate.
    pub(crate) name: Name,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// Its failure zone, by its configuration.
    pub(crate) zone: Name,
}

/// What is observed of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observed {
    /// Whether it answers.
    pub(crate) liveness: Liveness,
    /// What it last reported to hold.
    pub(crate) load: Option<Load>,
}

impl Ground<'_> {
    /// How a node is seen. One that waits was heard of lately, whoever heard it; a member that was not heard yet is suspect.
    pub(super) fn liveness(&self, node: NodeId) -> Liveness {
        let unheard = if self.waiting.contains_key(&node) { Liveness::Up } else { Liveness::Suspect };
        self.observed.get(&node).map_or(unheard, |observed| observed.liveness)
    }

    /// Whether a node may still answer.
    pub(super) fn is_not_down(&self, node: NodeId) -> bool {
        self.liveness(node) != Liveness::Down
    }

    /// What a node last reported to hold.
    pub(super) fn load(&self, node: NodeId) -> Option<Load> {
        self.observed.get(&node).and_then(|observed| observed.load)
    }

    /// The member of a name.
    pub(super) fn member(&self, name: &Name) -> Option<(NodeId, &Member)> {
        self.members.iter().find(|(_, member)| member.name == *name).map(|(&node, member)| (node, member))
    }

    /// The nodes that wait under a name. Certificates should see to it that there is one at most.
    pub(super) fn newcomers(&self, name: &Name) -> Vec<(NodeId, &Newcomer)> {
        let named = self.waiting.iter().filter(|(_, newcomer)| newcomer.name == *name);
        named.map(|(&node, newcomer)| (node, newcomer)).collect()
    }

    /// What people call a node; its id if nobody has said.
    pub(super) fn name_of(&self, node: NodeId) -> String {
        let waiting = || self.waiting.get(&node).map(|newcomer| &newcomer.name);
        let name = self.members.get(&node).map(|member| &member.name).or_else(waiting);
        name.map_or_else(|| node.to_string(), Name::to_string)
    }
}
