//! A small cluster for tests: three members, a fourth node that waits, a plan to take it in, and the operation that does.

use shared::id::{Boot, ClusterId, Name, NodeId, OperationId, PlanId};
use shared::quorum::Quorum;
use shared::token::PartitionId;
use shared::wire::cluster::{
    ClusterView, NodeView, PartitionView, Phase, RingChange, RingView, Status, TransferLimits,
};
use shared::wire::look::Liveness;
use shared::wire::operation::{Operation, OperationState, Transfer, TransferStage};
use shared::wire::plan::{Author, Blocker, Change, Move, Pair, Plan, Share, Staged};

/// 2026-11-22T12:00:00Z.
pub(crate) const NOON_MS: u64 = 1_795_348_800_000;

pub(crate) const OPERATION: OperationId = OperationId(0x0123_4567_89ab_cdef);

pub(crate) fn name(number: u64) -> Name {
    format!("node-{number}").parse().unwrap()
}

fn nodes(numbers: &[u64]) -> Vec<NodeId> {
    numbers.iter().copied().map(NodeId).collect()
}

fn author() -> Author {
    Author { name: "alice".into(), serial: "5e".into() }
}

fn join() -> Change {
    Change::Join { node: name(4), weight: 1, zone: None }
}

fn node(number: u64, status: Status, liveness: Option<Liveness>) -> NodeView {
    let is_member = status == Status::Active;
    NodeView {
        node: NodeId(number),
        name: name(number),
        address: ([127, 0, 0, 1], 7400 + u16::try_from(number).unwrap()).into(),
        zone: format!("z{number}").parse().unwrap(),
        weight: u32::from(is_member),
        status,
        liveness,
        since_ms: 61_000,
        replicas: if is_member { 8 } else { 0 },
        first_replicas: if is_member { 2 } else { 0 },
        ideal_millireplicas: if is_member { 8000 } else { 0 },
        state_version: Some(5),
        boot: Some(Boot(2)),
        stored_bytes: is_member.then_some(3 << 20),
        disk_free_bytes: Some(1 << 30),
    }
}

/// Three members of eight partitions, and node-4, which waits and is staged to join.
pub(crate) fn view() -> ClusterView {
    ClusterView {
        cluster: ClusterId(7),
        name: "prod".parse().unwrap(),
        lineage: "0a".into(),
        version: 5,
        ring_version: 3,
        quorum: Quorum::DEFAULT,
        partitions: 8,
        nodes: vec![
            node(1, Status::Active, None),
            node(2, Status::Active, Some(Liveness::Up)),
            node(3, Status::Active, Some(Liveness::Down)),
            node(4, Status::Waiting, Some(Liveness::Up)),
        ],
        staged: vec![Staged { number: 7, change: join(), author: author(), staged_ms: NOON_MS }],
        operations: vec![operation()],
        limits: TransferLimits { bytes_per_second: 32 << 20, partitions_at_once: 4, is_paused: false },
        history: vec![
            change_of_ring(3, Some(OPERATION), 2),
            RingChange { before: Vec::new(), ..change_of_ring(1, None, 24) },
        ],
    }
}

fn change_of_ring(ring_version: u64, operation: Option<OperationId>, replicas_moved: u32) -> RingChange {
    RingChange {
        ring_version,
        at_ms: NOON_MS,
        author: "alice".into(),
        operation,
        changes: operation.map(|_| join()).into_iter().collect(),
        replicas_moved,
        before: [0, 1].map(|partition| (PartitionId(partition), nodes(&[1, 2, 3]))).into(),
    }
}

/// Two partitions go from node-3 to node-4: one is settled, one is joint.
pub(crate) fn operation() -> Operation {
    Operation {
        id: OPERATION,
        plan: PlanId(0xfeed),
        changes: vec![join()],
        author: author(),
        started_ms: NOON_MS,
        ended_ms: None,
        state: OperationState::Running,
        partitions: 2,
        waiting: 0,
        joint: 1,
        handed_over: 0,
        settled: 1,
        dropping: nodes(&[3]),
        stalled: None,
    }
}

/// The ring in the middle of that operation.
pub(crate) fn ring() -> RingView {
    let mut partitions = vec![PartitionView { owners: nodes(&[1, 2, 3]), next: None, phase: Phase::Old }; 8];
    partitions[0].owners = nodes(&[1, 2, 4]);
    partitions[1].next = Some(nodes(&[1, 2, 4]));
    partitions[1].phase = Phase::Joint;
    RingView { ring_version: 3, partitions }
}

/// What node-4 tells of the partition that it takes in.
pub(crate) fn transfer(bytes: u64) -> Transfer {
    Transfer {
        partition: PartitionId(1),
        operation: OPERATION,
        source: Some(NodeId(3)),
        target: NodeId(4),
        stage: TransferStage::Filling,
        records: bytes / 100,
        bytes,
        bytes_expected: 1000,
        stage_ms: 1500,
    }
}

fn share(number: u64, weight: (u32, u32), replicas: (u32, u32), moved: (u32, u32)) -> Share {
    let bytes = |replicas: u32| u64::from(replicas) << 20;
    Share {
        node: NodeId(number),
        name: name(number),
        zone: format!("z{number}").parse().unwrap(),
        weight_before: weight.0,
        weight_after: weight.1,
        replicas_before: replicas.0,
        replicas_after: replicas.1,
        replicas_in: moved.0,
        replicas_out: moved.1,
        bytes_in: bytes(moved.0),
        bytes_out: bytes(moved.1),
        disk_peak_bytes: (number != 3).then(|| bytes(replicas.0 + moved.0)),
        disk_free_bytes: (number != 3).then_some(1 << 30),
    }
}

/// What joining node-4 would do, with a node down.
pub(crate) fn plan() -> Plan {
    let step = |partition: u32, after: &[u64]| Move {
        partition: PartitionId(partition),
        before: nodes(&[1, 2, 3]),
        after: nodes(after),
    };
    Plan {
        id: PlanId(0xfeed),
        cluster: ClusterId(7),
        base_ring_version: 3,
        changes: vec![join()],
        shares: vec![
            share(1, (1, 1), (8, 6), (0, 2)),
            share(2, (1, 1), (8, 6), (0, 2)),
            share(3, (1, 1), (8, 6), (0, 2)),
            share(4, (0, 1), (0, 6), (6, 0)),
        ],
        pairs: (1..=3)
            .map(|source| Pair { source: NodeId(source), target: NodeId(4), partitions: 2, bytes: 2 << 20 })
            .collect(),
        moves: vec![
            step(0, &[1, 2, 4]),
            step(1, &[1, 2, 4]),
            step(2, &[1, 4, 3]),
            step(3, &[1, 4, 3]),
            step(4, &[4, 2, 3]),
            step(5, &[4, 2, 3]),
        ],
        replicas_moved: 6,
        replicas_moved_least: 6,
        time_ms: Some(12_000),
        live_replicas_least: 2,
        live_replicas_examples: vec![PartitionId(0), PartitionId(1)],
        zoned_before: 8,
        zoned_after: 8,
        skew_before_permille: 0,
        skew_after_permille: 0,
        blockers: vec![Blocker {
            node: Some(name(3)),
            code: "unreachable".into(),
            reason: "node-3 has not answered for 1m1s".into(),
            partitions: vec![PartitionId(0), PartitionId(1)],
            may_insist: true,
        }],
        warnings: vec!["two nodes of four are in zone z1".into()],
    }
}
