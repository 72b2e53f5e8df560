//! State: how things stand at the end of a second, and what was counted since the last.

use std::collections::BTreeMap;

use dynamo_core::time::Instant;
use shared::id::NodeId;
use shared::wire::look::{Counters, Liveness, NodeStatus, PeerStatus};
use shared::wire::operation::{Transfer, TransferStage};
use shared::wire::telemetry::{OtherSample, Sample, StateSample, StoredRange};

/// How many transfers a sample lists.
const TRANSFERS_MAX: usize = 32;

/// How many characters of a reason a sample repeats; whoever wants all of it asks for the status.
const REASON_CHARS_MAX: usize = 200;

/// What the runtime knows of the node when a second is over.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The node's status; its counters are those since the start.
    pub status: NodeStatus,
    /// The version in which the replica lists last changed.
    pub ring_version: u64,
    /// The transfers that it takes part in.
    pub transfers: Vec<Transfer>,
    /// Requests that callers wait for.
    pub calls_under_way: usize,
    /// Messages that were not sent since the start.
    pub envelopes_dropped: u64,
    /// Memory that the process takes, in bytes; where it is kept, that is found out.
    pub resident_bytes: Option<u64>,
    /// What is stored by range of the ring, where that is known.
    pub stored: Vec<StoredRange>,
}

/// What has to be remembered from one second to the next.
#[derive(Debug, Default)]
pub(super) struct States {
    counters: Counters,
    envelopes_dropped: u64,
    /// Since when hints have been kept for whom.
    hints_since: BTreeMap<NodeId, Instant>,
}

impl States {
    /// Fills in what was observed at the end of a sample's second.
    pub(super) fn observe(
        &mut self,
        now: Instant,
        observed: Observed,
        telemetry_bytes: usize,
        sample: &mut Sample,
    ) {
        let Observed { status, ring_version, transfers, calls_under_way, envelopes_dropped, .. } = observed;
        sample.counters = status.counters.since(&self.counters);
        self.counters = status.counters;
        sample.envelopes_dropped = envelopes_dropped.saturating_sub(self.envelopes_dropped);
        self.envelopes_dropped = envelopes_dropped;
        sample.stored = observed.stored;
        let state_version = status.whoami.state_version.unwrap_or(0);
        let mut store = status.store;
        store.refuses_writes = store.refuses_writes.map(cut);
        sample.state = Some(StateSample {
            state_version,
            ring_version,
            others: to_u32(status.peers.len()),
            noted: self.note(now, state_version, &status.peers),
            partitions_owned: status.partitions_owned,
            partitions_compared: status.partitions_compared,
            store,
            transfers_total: to_u32(transfers.len()),
            transfers: brief(transfers),
            calls_under_way: to_u32(calls_under_way),
            resident_bytes: observed.resident_bytes,
            telemetry_bytes: u64::try_from(telemetry_bytes).unwrap_or(u64::MAX),
        });
    }

    /// The others of whom there is something to say.
    fn note(&mut self, now: Instant, state_version: u64, peers: &[PeerStatus]) -> Vec<OtherSample> {
        let has_hints = |node: &NodeId| peers.iter().any(|peer| peer.node == *node && peer.hints > 0);
        self.hints_since.retain(|node, _| has_hints(node));
        let mut noted: Vec<OtherSample> = peers
            .iter()
            .filter(|peer| {
                let is_elsewhere = peer.state_version.is_some_and(|version| version != state_version);
                peer.liveness != Liveness::Up || peer.hints > 0 || is_elsewhere
            })
            .map(|peer| {
                let hints_ms = if peer.hints > 0 {
                    now.since_ms(*self.hints_since.entry(peer.node).or_insert(now))
                } else {
                    0
                };
                let PeerStatus { node, liveness, since_ms, hints, state_version } = *peer;
                OtherSample { node, liveness, since_ms, hints, hints_ms, state_version }
            })
            .collect();
        noted.sort_unstable_by_key(|other| other.node);
        noted
    }
}

/// As many transfers as a sample lists, those that wait for their turn last.
fn brief(mut transfers: Vec<Transfer>) -> Vec<Transfer> {
    transfers.sort_by_key(|transfer| transfer.stage == TransferStage::Queued);
    transfers.truncate(TRANSFERS_MAX);
    for transfer in &mut transfers {
        if let TransferStage::Stalled { reason } = &mut transfer.stage {
            *reason = cut(std::mem::take(reason));
        }
    }
    transfers
}

fn cut(reason: String) -> String {
    match reason.char_indices().nth(REASON_CHARS_MAX) {
        Some((end, _)) => reason.get(..end).unwrap_or_default().to_owned(),
        None => reason,
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Memory that this process takes, in bytes, where the system says so.
pub(super) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kibibytes.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
pub(super) mod tests {
    use shared::id::{Boot, ClusterId, OperationId};
    use shared::token::PartitionId;
    use shared::wire::look::{StoreStatus, Whoami};

    use super::*;

    /// A node of version 5 with these others.
    pub(in crate::telemetry) fn observed(peers: Vec<PeerStatus>) -> Observed {
        let whoami = Whoami {
            cluster: ClusterId(1),
            node: NodeId(1),
            name: "node-1".parse().unwrap(),
            address: "127.0.0.1:1".parse().unwrap(),
            zone: "zone".parse().unwrap(),
            boot: Boot(1),
            state_version: Some(5),
            program: "0".into(),
        };
        let status = NodeStatus {
            whoami,
            uptime_ms: 0,
            peers,
            partitions_owned: 3,
            partitions_compared: 2,
            store: StoreStatus { disk_free_bytes: 9, ..StoreStatus::default() },
            counters: Counters::default(),
        };
        Observed {
            status,
            ring_version: 4,
            transfers: Vec::new(),
            calls_under_way: 6,
            envelopes_dropped: 0,
            resident_bytes: None,
            stored: Vec::new(),
        }
    }

    fn peer(node: u64, liveness: Liveness, hints: u64, state_version: u64) -> PeerStatus {
        PeerStatus { node: NodeId(node), liveness, since_ms: 7, hints, state_version: Some(state_version) }
    }

    fn sampled(states: &mut States, at_ms: u64, observed: Observed) -> Sample {
        let mut sample = Sample::default();
        states.observe(Instant(at_ms * 1_000), observed, 1_234, &mut sample);
        sample
    }

    #[test]
    fn counters_are_what_was_added_since_the_last_second() {
        let mut states = States::default();
        let mut first = observed(Vec::new());
        (first.status.counters.gets, first.envelopes_dropped) = (10, 3);
        let mut second = first.clone();
        (second.status.counters.gets, second.envelopes_dropped) = (14, 3);
        let first = sampled(&mut states, 0, first);
        let second = sampled(&mut states, 1_000, second);
        assert_eq!((first.counters.gets, first.envelopes_dropped), (10, 3));
        assert_eq!((second.counters.gets, second.envelopes_dropped), (4, 0));
        let state = second.state.unwrap();
        assert_eq!((state.state_version, state.ring_version, state.calls_under_way), (5, 4, 6));
        assert_eq!((state.partitions_owned, state.partitions_compared), (3, 2));
        assert_eq!((state.store.disk_free_bytes, state.telemetry_bytes), (9, 1_234));
    }

    #[test]
    fn of_the_others_those_are_noted_of_whom_there_is_something_to_say() {
        let peers = vec![
            peer(9, Liveness::Down, 0, 5),
            peer(2, Liveness::Up, 0, 5),
            peer(3, Liveness::Up, 4, 5),
            peer(4, Liveness::Up, 0, 4),
        ];
        let state = sampled(&mut States::default(), 0, observed(peers)).state.unwrap();
        let noted: Vec<_> =
            state.noted.iter().map(|other| (other.node.0, other.liveness, other.hints)).collect();
        assert_eq!(state.others, 4);
        assert_eq!(noted, [(3, Liveness::Up, 4), (4, Liveness::Up, 0), (9, Liveness::Down, 0)]);
    }

    #[test]
    fn hints_age_while_there_are_any() {
        let mut states = States::default();
        let mut age = |at_ms, hints| {
            let state = sampled(&mut states, at_ms, observed(vec![peer(2, Liveness::Down, hints, 5)])).state;
            state.unwrap().noted[0].hints_ms
        };
        assert_eq!(age(1_000, 3), 0);
        assert_eq!(age(4_000, 1), 3_000);
        assert_eq!(age(5_000, 0), 0);
        assert_eq!(age(6_000, 8), 0);
    }

    #[test]
    fn transfers_that_wait_are_left_out_first_and_reasons_are_cut() {
        let transfer = |number: u32, stage| Transfer {
            partition: PartitionId(number),
            operation: OperationId(1),
            source: None,
            target: NodeId(1),
            stage,
            records: 0,
            bytes: 0,
            bytes_expected: 0,
            stage_ms: 0,
        };
        let mut many = observed(Vec::new());
        many.transfers = (0..100).map(|number| transfer(number, TransferStage::Queued)).collect();
        many.transfers.push(transfer(100, TransferStage::Stalled { reason: "é".repeat(1_000) }));
        let state = sampled(&mut States::default(), 0, many).state.unwrap();
        assert_eq!((state.transfers_total, state.transfers.len()), (101, 32));
        let TransferStage::Stalled { reason } = &state.transfers[0].stage else { panic!("{state:?}") };
        assert_eq!(*reason, "é".repeat(200));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_how_much_memory_the_process_takes() {
        assert!(resident_bytes().unwrap() > 1024 * 1024);
    }
}
