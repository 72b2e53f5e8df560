//! The cluster as one node knows it, put into the operators' words.

use std::collections::BTreeMap;

use shared::id::{Name, NodeId};
use shared::token::PartitionId;
use shared::wire::cluster::{ClusterView, NodeView, PartitionView, RingView, Status as Shown};
use shared::wire::operation::Operation;

use crate::admin::conductor::Conductor;
use crate::desk::{Desk, View};
use crate::membership::liveness::Seen;
use crate::state::{ClusterState, Member, Status};

/// Everything but the ring's lists.
pub(super) fn show(desk: &Desk<'_>, view: View<'_>, conductor: &Conductor) -> ClusterView {
    let state = view.state();
    ClusterView {
        cluster: state.cluster,
        name: state.name.clone(),
        lineage: format!("{:016x}", state.lineage),
        version: state.version,
        ring_version: state.ring_version,
        quorum: state.quorum,
        partitions: state.partitions.count(),
        nodes: nodes(desk, view),
        staged: state.staged.clone(),
        operations: operations(view, conductor),
        limits: state.limits,
        history: state.history.clone(),
    }
}

/// The ring's lists.
pub(super) fn ring(state: &ClusterState) -> RingView {
    let show = |partition: PartitionId| {
        let placed = state.placed(partition);
        let transition = state.transition.as_ref();
        let going = transition.and_then(|transition| transition.moves.get(&partition));
        PartitionView {
            owners: placed.readers().to_vec(),
            next: going.map(|moving| moving.next.clone()),
            phase: placed.phase,
        }
    };
    RingView { ring_version: state.ring_version, partitions: state.partitions.iter().map(show).collect() }
}

/// What one replica of a partition weighs on average, by what its owners report.
pub(super) fn bytes_per_partition(view: View<'_>) -> u64 {
    let state = view.state();
    let mut replicas: BTreeMap<NodeId, u64> = BTreeMap::new();
    state.ring.lists().iter().flatten().for_each(|&node| *replicas.entry(node).or_default() += 1);
    let known = view.members.loads.iter().filter_map(|(node, load)| {
        let held = replicas.get(node).copied().filter(|&held| held > 0)?;
        Some((load.stored_bytes, held))
    });
    let (bytes, held) = known.fold((0_u64, 0_u64), |(all, held), (bytes, of)| {
        (all.saturating_add(bytes), held.saturating_add(of))
    });
    bytes.checked_div(held).unwrap_or(0)
}

fn operations(view: View<'_>, conductor: &Conductor) -> Vec<Operation> {
    let state = view.state();
    let running = state.transition.as_ref().map(|transition| Operation {
        stalled: if state.limits.is_paused {
            Some("transfers are paused; `transfer resume` lets them go on".to_owned())
        } else {
            conductor.stalled(view)
        },
        ..transition.describe()
    });
    running.into_iter().chain(state.operations.iter().cloned()).collect()
}

fn nodes(desk: &Desk<'_>, view: View<'_>) -> Vec<NodeView> {
    let state = view.state();
    let seen: BTreeMap<NodeId, Seen> = view.members.liveness.iter().map(|seen| (seen.node, seen)).collect();
    let mut held: BTreeMap<NodeId, (u32, u32)> = BTreeMap::new();
    for partition in state.partitions.iter() {
        for (place, &node) in state.placed(partition).readers().iter().enumerate() {
            let (all, first) = held.entry(node).or_default();
            *all += 1;
            *first += u32::from(place == 0);
        }
    }
    let weights: u64 = state.members.values().map(|member| u64::from(member.weight)).sum();
    let slots = u64::from(state.partitions.count()) * u64::from(state.quorum.n());
    let member = |(&node, member): (&NodeId, &Member)| {
        let (replicas, first_replicas) = held.get(&node).copied().unwrap_or_default();
        let seen = seen.get(&node);
        let load = view.members.loads.get(&node);
        let ideal = (slots * 1_000 * u64::from(member.weight)).checked_div(weights).unwrap_or(0);
        NodeView {
            node,
            name: member.name.clone(),
            address: member.address,
            zone: member.zone.clone(),
            weight: member.weight,
            status: status(member.status),
            liveness: seen.map(|seen| seen.liveness),
            since_ms: seen.map_or(0, |seen| desk.now.monotonic.since_ms(seen.since)),
            replicas,
            first_replicas,
            ideal_millireplicas: ideal.min(u64::from(state.partitions.count()) * 1_000),
            state_version: match seen {
                Some(seen) => seen.edition.map(|edition| edition.version),
                None => Some(state.version),
            },
            boot: seen.map_or(Some(desk.boot), |seen| Some(seen.boot)),
            stored_bytes: load.map(|load| load.stored_bytes),
            disk_free_bytes: load.map(|load| load.free_bytes),
        }
    };
    let mut nodes: Vec<NodeView> = state.members.iter().map(member).collect();
    nodes.extend(strangers(desk, view));
    nodes.sort_by(|one, other| (&one.name, one.node).cmp(&(&other.name, other.node)));
    nodes
}

/// Who waits, and who has left.
fn strangers(desk: &Desk<'_>, view: View<'_>) -> Vec<NodeView> {
    let bare = |node: NodeId, name: Name, status: Shown| NodeView {
        node,
        name,
        address: std::net::SocketAddr::from(([0, 0, 0, 0], 0)),
        zone: "none".parse().expect("a plain word is a name"),
        weight: 0,
        status,
        liveness: None,
        since_ms: 0,
        replicas: 0,
        first_replicas: 0,
        ideal_millireplicas: 0,
        state_version: None,
        boot: None,
        stored_bytes: None,
        disk_free_bytes: None,
    };
    let waiting = view.members.waiting.iter(desk.now.monotonic).map(|(node, newcomer, ago_ms)| NodeView {
        address: newcomer.address,
        zone: newcomer.zone.clone(),
        since_ms: ago_ms,
        stored_bytes: newcomer.load.map(|load| load.stored_bytes),
        disk_free_bytes: newcomer.load.map(|load| load.free_bytes),
        ..bare(node, newcomer.name.clone(), Shown::Waiting)
    });
    let left = view.state().left.iter().map(|(&node, name)| bare(node, name.clone(), Shown::Left));
    waiting.chain(left).collect()
}

fn status(status: Status) -> Shown {
    match status {
        Status::Joining => Shown::Joining,
        Status::Active => Shown::Active,
        Status::Leaving => Shown::Leaving,
        Status::Lost => Shown::Lost,
    }
}
