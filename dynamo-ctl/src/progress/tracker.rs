//! The reckoning: from what nodes say now, and said before, to how far each pair of nodes is.
//!
//! Nodes tell of the partitions that they copy at this moment; what is to come and what is done with is read from the ring.
//! A partition that is copied counts for the pair that the plan named: whose copy is given up, and who takes it in,
//! whoever it happens to be read from.

use std::collections::BTreeMap;

use shared::id::{NodeId, OperationId};
use shared::token::PartitionId;
use shared::wire::cluster::{ClusterView, PartitionView, Phase, RingView, Status};
use shared::wire::look::Liveness;
use shared::wire::operation::{Operation, OperationState, Transfer, TransferStage};

use crate::members::name_of;
use crate::progress::rate::Rate;
use crate::progress::report::{PairReport, Report, WHOLE};

/// Whose copy is given up, where that is known, and who takes it in.
type Pair = (Option<NodeId>, NodeId);

/// What was seen of an operation so far.
#[derive(Debug, Default)]
pub struct Tracker {
    parts: BTreeMap<(PartitionId, NodeId), Part>,
    paces: BTreeMap<Pair, Pace>,
    whole: Pace,
    /// Whether the operation was last seen being taken back.
    is_taken_back: bool,
}

/// A partition that a node takes in.
#[derive(Debug, Clone, Default)]
struct Part {
    source: Option<NodeId>,
    bytes: u64,
    bytes_expected: u64,
    is_copied: bool,
    stalled: Option<String>,
}

/// How fast something goes.
#[derive(Debug, Default)]
struct Pace {
    bytes: Rate,
    copied: Rate,
}

/// Parts added up.
#[derive(Debug, Default)]
struct Sum {
    partitions: u32,
    partitions_copied: u32,
    bytes: u64,
    /// In [`WHOLE`]ths of a partition.
    copied: u64,
    stalled: Option<String>,
}

impl Tracker {
    /// Reads from the ring, and from what it was before, what the operation has to copy and what it has. Of one that is
    /// taken back only what has still to move back counts.
    pub fn note_ring(&mut self, operation: &Operation, view: &ClusterView, ring: &RingView) {
        if is_taken_back(operation) && !self.is_taken_back {
            self.parts.clear();
            self.is_taken_back = true;
        }
        let in_history = view.history.iter().find(|change| change.operation == Some(operation.id));
        let change = in_history.filter(|_| !is_taken_back(operation));
        let before: BTreeMap<PartitionId, &Vec<NodeId>> = change
            .map(|change| change.before.iter().map(|(partition, list)| (*partition, list)).collect())
            .unwrap_or_default();
        let is_there = |node: &NodeId| {
            let known = view.nodes.iter().find(|known| known.node == *node);
            known.is_some_and(|known| known.status != Status::Lost && known.liveness != Some(Liveness::Down))
        };
        for (partition, number) in ring.partitions.iter().zip(0..) {
            let id = PartitionId(number);
            let before = before.get(&id).map_or(&partition.owners, |list| *list);
            self.note_partition(id, before, partition, &is_there);
        }
    }

    fn note_partition(
        &mut self,
        id: PartitionId,
        before: &[NodeId],
        now: &PartitionView,
        is_there: &impl Fn(&NodeId) -> bool,
    ) {
        let after = now.next.as_ref().unwrap_or(&now.owners);
        let is_copied = now.next.is_none() || now.phase == Phase::Handover;
        let gone: Vec<NodeId> = before.iter().filter(|node| !after.contains(node)).copied().collect();
        let new = after.iter().filter(|node| !before.contains(node));
        for (place, target) in new.enumerate() {
            let part = self.parts.entry((id, *target)).or_default();
            let given_up = gone.get(place).or(gone.last());
            // Who is lost gives nothing up: then somebody else is read from.
            let source = given_up.filter(|node| is_there(node)).or(before.iter().find(|node| is_there(node)));
            part.source = source.or(given_up).copied();
        }
        let known = self.parts.range_mut((id, NodeId(u64::MIN))..=(id, NodeId(u64::MAX)));
        let mut taken_back = Vec::new();
        for (key, part) in known {
            part.is_copied |= is_copied;
            if !after.contains(&key.1) {
                taken_back.push(*key);
            }
        }
        for key in taken_back {
            self.parts.remove(&key);
        }
    }

    /// Notes what nodes take in at this moment.
    pub fn note_transfers(&mut self, operation: OperationId, transfers: &[Transfer]) {
        self.parts.values_mut().for_each(|part| part.stalled = None);
        for transfer in transfers.iter().filter(|transfer| transfer.operation == operation) {
            if matches!(transfer.stage, TransferStage::Verifying | TransferStage::Dropping) {
                continue;
            }
            let part = self.parts.entry((transfer.partition, transfer.target)).or_default();
            part.source = part.source.or(transfer.source);
            part.bytes = part.bytes.max(transfer.bytes);
            part.bytes_expected = transfer.bytes_expected;
            part.is_copied |= transfer.stage == TransferStage::Filled;
            part.stalled = match &transfer.stage {
                TransferStage::Stalled { reason } => Some(reason.clone()),
                TransferStage::Paused => Some("transfers are paused".to_owned()),
                _ => None,
            };
        }
    }

    /// How far it is at this moment.
    pub fn report(
        &mut self,
        now_ms: u64,
        operation: &Operation,
        view: &ClusterView,
        silent_ms: Option<u64>,
    ) -> Report {
        if operation.state == OperationState::Done {
            self.parts.values_mut().for_each(|part| part.is_copied = true);
        }
        let mut sums: BTreeMap<Pair, Sum> = BTreeMap::new();
        let mut whole = Sum::default();
        for ((_, target), part) in &self.parts {
            sums.entry((part.source, *target)).or_default().add(part);
            whole.add(part);
        }
        let pairs = sums.into_iter().map(|(pair, sum)| {
            let pace = self.paces.entry(pair).or_default();
            pace.note(now_ms, &sum);
            sum.into_report(pair, pace, view)
        });
        let pairs = pairs.collect();
        self.whole.note(now_ms, &whole);
        let moved = moved(operation);
        let by_count = u64::from(moved) * 1000 / u64::from(operation.partitions.max(1));
        let by_bytes = (whole.partitions > 0 && !is_taken_back(operation)).then(|| whole.permille());
        let stalled = stalled(operation, view);
        let time_left_ms = self.whole.copied.left_ms(u64::from(whole.partitions) * WHOLE);
        Report {
            operation: operation.id.to_string(),
            state: operation.state.clone(),
            is_over: operation.state.is_over(),
            partitions: operation.partitions,
            partitions_moved: moved,
            partitions_moving: operation.joint,
            bytes: whole.bytes,
            bytes_per_second: self.whole.bytes.per_second(),
            time_left_ms: time_left_ms.filter(|_| stalled.is_none() && by_bytes.is_some()),
            permille: if operation.state == OperationState::Done {
                1000
            } else {
                by_bytes.unwrap_or(by_count)
            },
            stalled,
            dropping: operation.dropping.iter().map(|node| name_of(view, *node)).collect(),
            silent_ms,
            pairs,
        }
    }
}

/// Partitions with which nothing is to be done any more.
fn moved(operation: &Operation) -> u32 {
    let Operation { partitions, waiting, joint, handed_over, settled, .. } = operation;
    if is_taken_back(operation) {
        return partitions.saturating_sub(waiting + joint + handed_over + settled);
    }
    handed_over + settled
}

fn is_taken_back(operation: &Operation) -> bool {
    matches!(operation.state, OperationState::Cancelling | OperationState::Cancelled)
}

fn stalled(operation: &Operation, view: &ClusterView) -> Option<String> {
    if view.limits.is_paused && !operation.state.is_over() {
        return Some("transfers are paused; `dynamo-ctl transfer resume` lets them go on".to_owned());
    }
    operation.stalled.clone()
}

impl Part {
    /// In [`WHOLE`]ths.
    fn copied(&self) -> u64 {
        if self.is_copied {
            return WHOLE;
        }
        // Expectations are estimates: what has more bytes than expected is not done for that.
        let copied = u128::from(self.bytes) * u128::from(WHOLE);
        let copied = copied.checked_div(self.bytes_expected.into()).unwrap_or(0);
        u64::try_from(copied).unwrap_or(WHOLE).min(WHOLE - 1)
    }
}

impl Sum {
    fn add(&mut self, part: &Part) {
        self.partitions += 1;
        self.partitions_copied += u32::from(part.is_copied);
        self.bytes += part.bytes;
        self.copied += part.copied();
        if self.stalled.is_none() {
            self.stalled.clone_from(&part.stalled);
        }
    }

    fn permille(&self) -> u64 {
        self.copied / (WHOLE / 1000) / u64::from(self.partitions.max(1))
    }

    fn into_report(self, (source, target): Pair, pace: &Pace, view: &ClusterView) -> PairReport {
        PairReport {
            source: source.map_or_else(|| "?".to_owned(), |source| name_of(view, source)),
            target: name_of(view, target),
            partitions: self.partitions,
            partitions_copied: self.partitions_copied,
            bytes: self.bytes,
            bytes_per_second: pace.bytes.per_second(),
            time_left_ms: pace.copied.left_ms(u64::from(self.partitions) * WHOLE),
            permille: self.permille(),
            stalled: self.stalled,
        }
    }
}

impl Pace {
    fn note(&mut self, now_ms: u64, sum: &Sum) {
        self.bytes.note(now_ms, sum.bytes);
        self.copied.note(now_ms, sum.copied);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample::{self, OPERATION, operation, ring, transfer};

    /// Everybody is there.
    fn view() -> ClusterView {
        let mut view = sample::view();
        view.nodes[2].liveness = Some(Liveness::Up);
        view
    }

    fn pairs(report: &Report) -> Vec<(String, u32, u32, u64)> {
        let told = |pair: &PairReport| (pair.name(), pair.partitions_copied, pair.partitions, pair.permille);
        report.pairs.iter().map(told).collect()
    }

    #[test]
    fn what_is_done_and_what_is_to_come_is_read_from_the_ring() {
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation(), &view(), &ring());
        let report = tracker.report(0, &operation(), &view(), None);
        assert_eq!(pairs(&report), [("node-3 -> node-4".to_owned(), 1, 2, 500)]);
        assert_eq!((report.permille, report.partitions_moved), (500, 1));
    }

    #[test]
    fn who_is_lost_sends_nothing() {
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation(), &sample::view(), &ring());
        let report = tracker.report(0, &operation(), &view(), None);
        assert_eq!(pairs(&report), [("node-1 -> node-4".to_owned(), 1, 2, 500)]);
    }

    #[test]
    fn bytes_move_the_bar_and_their_pace_tells_the_time_left() {
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation(), &view(), &ring());
        tracker.note_transfers(OPERATION, &[transfer(200)]);
        tracker.report(0, &operation(), &view(), None);
        // Whoever it happens to be read from: it counts for the pair of the plan.
        let from_another = Transfer { source: Some(NodeId(1)), ..transfer(600) };
        tracker.note_transfers(OPERATION, &[from_another]);
        let report = tracker.report(1000, &operation(), &view(), None);
        assert_eq!(pairs(&report), [("node-3 -> node-4".to_owned(), 1, 2, 800)]);
        assert_eq!(report.pairs[0].bytes_per_second, Some(400));
        assert_eq!(report.pairs[0].time_left_ms, Some(1000));
        insta::assert_snapshot!(report.lines().join("\n"));
    }

    #[test]
    fn an_expectation_that_was_too_low_is_no_end() {
        let mut tracker = Tracker::default();
        tracker.note_transfers(OPERATION, &[transfer(5000)]);
        let report = tracker.report(0, &operation(), &view(), None);
        assert_eq!(pairs(&report), [("node-3 -> node-4".to_owned(), 0, 1, 999)]);
        let filled = Transfer { stage: TransferStage::Filled, ..transfer(5000) };
        tracker.note_transfers(OPERATION, &[filled]);
        assert_eq!(tracker.report(0, &operation(), &view(), None).permille, 1000);
    }

    #[test]
    fn old_copies_and_other_operations_are_not_copied() {
        let mut tracker = Tracker::default();
        let dropping = Transfer { stage: TransferStage::Dropping, ..transfer(10) };
        let other = Transfer { operation: OperationId(9), ..transfer(10) };
        tracker.note_transfers(OPERATION, &[dropping, other]);
        let report = tracker.report(0, &operation(), &view(), None);
        assert_eq!(report.pairs, []);
        assert_eq!(report.permille, 500, "then it is counted in partitions");
    }

    #[test]
    fn what_is_taken_back_is_not_waited_for() {
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation(), &view(), &ring());
        let mut back = ring();
        back.partitions[1] = PartitionView { next: None, phase: Phase::Old, ..back.partitions[1].clone() };
        tracker.note_ring(&operation(), &view(), &back);
        let report = tracker.report(0, &operation(), &view(), None);
        assert_eq!(pairs(&report), [("node-3 -> node-4".to_owned(), 1, 1, 1000)]);
    }

    #[test]
    fn while_it_is_taken_back_what_moves_back_is_counted() {
        let mut operation = operation();
        (operation.state, operation.joint, operation.settled) = (OperationState::Cancelling, 0, 1);
        let mut back = ring();
        back.partitions[0].next = Some([1, 2, 3].map(NodeId).into());
        back.partitions[1].next = None;
        let mut tracker = Tracker::default();
        tracker.note_ring(&operation, &view(), &back);
        let report = tracker.report(0, &operation, &view(), None);
        assert_eq!(pairs(&report), [("node-4 -> node-3".to_owned(), 0, 1, 0)]);
        assert_eq!((report.partitions_moved, report.permille), (1, 500));
        back.partitions[0] = back.partitions[2].clone();
        tracker.note_ring(&operation, &view(), &back);
        let report = tracker.report(1000, &operation, &view(), None);
        assert_eq!(pairs(&report), [("node-4 -> node-3".to_owned(), 1, 1, 1000)]);
    }

    #[test]
    fn a_stall_is_named_as_long_as_it_lasts() {
        let mut tracker = Tracker::default();
        let reason = "node-3 does not answer".to_owned();
        let stalled = Transfer { stage: TransferStage::Stalled { reason }, ..transfer(10) };
        tracker.note_transfers(OPERATION, &[stalled]);
        let report = tracker.report(0, &operation(), &view(), Some(9000));
        assert_eq!(report.pairs[0].stalled.as_deref(), Some("node-3 does not answer"));
        assert!(report.text().ends_with("nobody answers for 9s"), "{}", report.text());
        tracker.note_transfers(OPERATION, &[transfer(10)]);
        assert_eq!(tracker.report(0, &operation(), &view(), None).pairs[0].stalled, None);
        let mut paused = view();
        paused.limits.is_paused = true;
        let report = tracker.report(0, &operation(), &paused, None);
        assert!(report.stalled.unwrap().contains("transfer resume"));
    }
}
