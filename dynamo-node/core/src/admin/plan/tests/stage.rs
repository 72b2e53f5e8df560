//! A small cluster on paper: `n1` to `nX`, each in a zone of its own unless told otherwise, all up, evenly laid out.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use shared::id::{ClusterId, Name, NodeId, OperationId};
use shared::quorum::Quorum;
use shared::wire::cluster::TransferLimits;
use shared::wire::look::Liveness;
use shared::wire::plan::{Change, Plan, Share};

use super::super::{Ground, Newcomer, Observed, Target, make};
use crate::membership::load::Load;
use crate::ring::Ring;
use crate::state::{Member, Status};

#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) quorum: Quorum,
    pub(super) ring: Ring,
    pub(super) members: BTreeMap<NodeId, Member>,
    pub(super) left: BTreeMap<NodeId, Name>,
    pub(super) waiting: BTreeMap<NodeId, Newcomer>,
    pub(super) observed: BTreeMap<NodeId, Observed>,
    pub(super) limits: TransferLimits,
    pub(super) moving: Option<OperationId>,
}

impl Stage {
    /// So many members, of Q partitions with N replicas: partition p lies on the p-th node and the next ones.
    pub(super) fn of(nodes: u64, partitions: u64, quorum: (u8, u8, u8)) -> Self {
        let n = u64::from(quorum.0).min(nodes);
        let list = |p: u64| (0..n).map(|at| NodeId((p + at) % nodes + 1)).collect();
        let member = |node| {
            let zone = name(&format!("z{node}"));
            (
                NodeId(node),
                Member {
                    name: called(node),
                    address: address(node),
                    zone,
                    weight: 1,
                    status: Status::Active,
                },
            )
        };
        let observed = Observed { liveness: Liveness::Up, load: None };
        Self {
            quorum: Quorum::new(quorum.0, quorum.1, quorum.2).unwrap(),
            ring: Ring::new((0..partitions).map(list).collect()),
            members: (1..=nodes).map(member).collect(),
            left: BTreeMap::new(),
            waiting: BTreeMap::new(),
            observed: (1..=nodes).map(|node| (NodeId(node), observed)).collect(),
            limits: TransferLimits { bytes_per_second: 0, partitions_at_once: 4, is_paused: false },
            moving: None,
        }
    }

    /// A node that waits, configured for a zone.
    pub(super) fn waits(mut self, node: u64, zone: &str) -> Self {
        self.waiting
            .insert(NodeId(node), Newcomer { name: called(node), address: address(node), zone: name(zone) });
        self
    }

    /// A former member.
    pub(super) fn has_left(mut self, node: u64) -> Self {
        self.left.insert(NodeId(node), called(node));
        self
    }

    pub(super) fn seen(mut self, node: u64, liveness: Liveness) -> Self {
        self.observed.entry(NodeId(node)).or_insert(Observed { liveness, load: None }).liveness = liveness;
        self
    }

    pub(super) fn down(self, node: u64) -> Self {
        self.seen(node, Liveness::Down)
    }

    pub(super) fn reports(mut self, node: u64, stored_bytes: u64, free_bytes: u64) -> Self {
        let unseen = Observed { liveness: Liveness::Up, load: None };
        let load = Some(Load { stored_bytes, free_bytes });
        self.observed.entry(NodeId(node)).or_insert(unseen).load = load;
        self
    }

    pub(super) fn in_zone(mut self, node: u64, zone: &str) -> Self {
        self.members.get_mut(&NodeId(node)).unwrap().zone = name(zone);
        self
    }

    pub(super) fn weighs(mut self, node: u64, weight: u32) -> Self {
        self.members.get_mut(&NodeId(node)).unwrap().weight = weight;
        self
    }

    pub(super) fn ground(&self) -> Ground<'_> {
        Ground {
            cluster: ClusterId(7),
            ring_version: 3,
            quorum: self.quorum,
            ring: &self.ring,
            members: &self.members,
            left: &self.left,
            waiting: &self.waiting,
            observed: &self.observed,
            limits: self.limits,
            moving: self.moving,
        }
    }

    pub(super) fn target(&self, changes: &[Change]) -> Target {
        make(&self.ground(), changes).unwrap()
    }

    pub(super) fn plan(&self, changes: &[Change]) -> Plan {
        self.target(changes).plan
    }
}

pub(super) fn share(plan: &Plan, node: u64) -> &Share {
    plan.shares.iter().find(|share| share.node == NodeId(node)).unwrap()
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn called(node: u64) -> Name {
    name(&format!("n{node}"))
}

fn address(node: u64) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 4000 + u16::try_from(node).unwrap()))
}

pub(super) fn join(node: u64) -> Change {
    Change::Join { node: called(node), weight: 1, zone: None }
}

pub(super) fn leave(node: u64) -> Change {
    Change::Leave { node: called(node) }
}

pub(super) fn replace(node: u64, by: u64) -> Change {
    Change::Replace { node: called(node), by: called(by) }
}

pub(super) fn remove(node: u64) -> Change {
    Change::Remove { node: called(node) }
}

pub(super) fn weigh(node: u64, weight: u32) -> Change {
    Change::Weight { node: called(node), weight }
}

pub(super) fn rezone(node: u64, zone: &str, is_new: bool) -> Change {
    Change::Zone { node: called(node), zone: name(zone), is_new }
}
