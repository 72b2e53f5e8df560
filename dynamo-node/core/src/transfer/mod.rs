//! Transfer: partitions on the move, as one node takes part in it (Dynamo §4.9, rule P14). As a new owner it fills itself
//! (`fill`); as a former one it gives its copy up (`old_copy`); as either it says how far it is.
//!
//! Nothing of this is kept: after a crash all of it follows from the declared state and from what lies in the store, so that
//! either side may die at any byte. When a partition goes from one phase to the next is `admin/conductor`'s to decide.

mod fill;
mod old_copy;
mod pace;

use std::collections::BTreeMap;

use shared::id::NodeId;
use shared::token::PartitionId;
use shared::wire::operation::{Transfer as Shown, TransferStage};

use crate::anti_entropy::{Course, Equal, Purpose, Want};
use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Progress, Transfer};
use crate::state::ClusterState;
use crate::store::{Query, Swept};
use crate::time::Instant;

use fill::{Fill, Rules};
use old_copy::{OldCopy, Stage};
use pace::Pace;

/// How often this room looks while there is something to do, in milliseconds.
const LOOK_MS: u64 = 100;

/// Everything on the move here.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    fills: BTreeMap<PartitionId, Fill>,
    copies: BTreeMap<PartitionId, OldCopy>,
    /// Former owners that want to be compared with, and what they wait to hear.
    verifications: BTreeMap<(NodeId, PartitionId), (OpId, Option<Instant>)>,
    pace: Pace,
    /// Whether the store was asked what lies in it that others hold, and has not answered.
    is_searching: bool,
    looked: Option<Instant>,
}

impl Transfers {
    /// This node has started: what lies here of partitions that others hold?
    pub(crate) fn search(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        let me = desk.me.node;
        let state = view.state();
        let foreign = |partition: &PartitionId| !state.placed(*partition).is_holder(me);
        let partitions: Vec<PartitionId> = state.partitions.iter().filter(foreign).collect();
        if !partitions.is_empty() {
            let arcs = partitions.iter().map(|&partition| view.arc(partition)).collect();
            self.is_searching = true;
            desk.query(Query::Roots { arcs }, Errand::Leftovers(partitions));
        }
    }

    /// The store has answered: a root that is not zero has something under it.
    pub(crate) fn found(
        &mut self,
        desk: &Desk<'_>,
        view: View<'_>,
        partitions: &[PartitionId],
        roots: &[u128],
    ) {
        self.is_searching = false;
        let something = partitions.iter().zip(roots).filter(|(_, root)| **root != 0);
        for (&partition, _) in something {
            self.note_copy(desk, view, partition);
        }
    }

    /// The store could not answer; it is asked again.
    pub(crate) fn not_found(&mut self, desk: &mut Desk<'_>, view: View<'_>) {
        self.search(desk, view);
    }

    /// Whether everything of a partition was brought here since this node started, and is still here.
    pub(crate) fn is_whole(&self, partition: PartitionId) -> bool {
        self.fills.get(&partition).is_some_and(|fill| fill.is_whole)
    }

    /// Whether what lies here of a partition is everything: it is owned and not being filled, or was owned and is not being
    /// deleted yet.
    pub(crate) fn has_whole_copy(&self, state: &ClusterState, me: NodeId, partition: PartitionId) -> bool {
        let placed = state.placed(partition);
        placed.readers().contains(&me)
            || placed.current.contains(&me)
            || self.copies.get(&partition).is_some_and(|copy| copy.stage == Stage::Verifying)
    }

    /// Another version is in force. `before`: the one until now.
    pub(crate) fn moved(&mut self, desk: &Desk<'_>, view: View<'_>, before: Option<&ClusterState>) {
        let (state, me) = (view.state(), desk.me.node);
        let now = desk.now.monotonic;
        self.fills.retain(|&partition, fill| {
            let placed = state.placed(partition);
            placed.is_filling(me) && placed.epoch == fill.epoch
        });
        self.copies.retain(|&partition, _| !state.placed(partition).is_holder(me));
        for partition in moving(state) {
            let placed = state.placed(partition);
            if placed.is_filling(me) {
                self.fills.entry(partition).or_insert_with(|| Fill::new(placed.epoch, now));
            }
        }
        let Some(before) = before else { return };
        for partition in state.partitions.iter() {
            let was_holder = before.placed(partition).is_holder(me);
            if was_holder && !state.placed(partition).is_holder(me) {
                self.note_copy(desk, view, partition);
            }
        }
    }

    /// Goes on with everything; returns the comparisons that are wanted.
    pub(crate) fn tick(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        is_under_way: impl Fn(Want) -> bool,
    ) -> Vec<Want> {
        self.looked = Some(desk.now.monotonic);
        let state = view.state();
        let mut wants = self.fill(desk, view, &is_under_way);
        wants.extend(self.verify(desk.now.monotonic, state, desk.me.node, &is_under_way));
        for (&partition, copy) in &mut self.copies {
            copy.go_on(desk, view, partition, &state.placed(partition));
        }
        wants
    }

    /// Whether anything moves here.
    pub(crate) fn is_active(&self) -> bool {
        !(self.fills.is_empty() && self.copies.is_empty() && self.verifications.is_empty())
    }

    /// When this room next wants to look.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.looked.filter(|_| self.is_active()).map(|looked| looked.plus_ms(LOOK_MS))
    }

    /// Whether a comparison is of no more use, as what it was for is not under way any more.
    pub(crate) fn is_useless(&self, want: Want) -> bool {
        match want.purpose {
            Purpose::CatchUp => false,
            Purpose::Fill => {
                let fill = self.fills.get(&want.partition);
                fill.is_none_or(|fill| fill.is_whole || fill.epoch != want.epoch)
            }
            Purpose::Verify => !self.verifications.contains_key(&(want.peer, want.partition)),
        }
    }

    /// Whether more records may be asked for.
    pub(crate) fn may_go(&mut self, now: Instant, state: &ClusterState) -> bool {
        !state.limits.is_paused && self.pace.may_go(now, state.limits.bytes_per_second)
    }

    /// A comparison took records in.
    pub(crate) fn took(
        &mut self,
        desk: &mut Desk<'_>,
        partition: PartitionId,
        purpose: Purpose,
        course: Course,
    ) {
        self.pace.spend(course.bytes);
        desk.counters.transferred_records += course.records;
        desk.counters.transferred_bytes += course.bytes;
        if let Some(fill) = self.fills.get_mut(&partition).filter(|_| purpose == Purpose::Fill) {
            fill.took(course);
        }
    }

    /// A comparison has come to its end.
    pub(crate) fn compared(&mut self, desk: &mut Desk<'_>, equal: Equal) {
        let Equal { partition, peer, purpose, epoch } = equal;
        match purpose {
            Purpose::CatchUp => {}
            Purpose::Fill => {
                if let Some(fill) = self.fills.get_mut(&partition).filter(|fill| fill.epoch == epoch) {
                    fill.compared_with(peer);
                }
            }
            Purpose::Verify => {
                if let Some((op, _)) = self.verifications.remove(&(peer, partition)) {
                    desk.send(peer, Body::Transfer(Transfer::Verified { op }));
                }
            }
        }
    }

    /// A former owner wants to be compared with before its copy goes. Refused by silence as long as this node believes that
    /// the other holds the partition, or that it does not hold it itself.
    pub(crate) fn verify_for(
        &mut self,
        desk: &Desk<'_>,
        view: View<'_>,
        from: NodeId,
        op: OpId,
        partition: PartitionId,
    ) {
        let placed = view.state().placed(partition);
        if placed.is_holder(desk.me.node) && !placed.is_holder(from) {
            self.verifications.entry((from, partition)).or_insert((op, None)).0 = op;
        }
    }

    /// An owner has everything that lies here of an old copy.
    pub(crate) fn verified(&mut self, from: NodeId, op: OpId) {
        for copy in self.copies.values_mut() {
            if copy.verified(from, op) {
                break;
            }
        }
    }

    /// The store has deleted a part of an old copy; or could not.
    pub(crate) fn swept(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        partition: PartitionId,
        swept: Option<Swept>,
    ) {
        // No copy: this node holds the partition again, and goes no further.
        let Some(copy) = self.copies.get_mut(&partition) else { return };
        match swept {
            Some(swept) => copy.swept(desk, view, partition, swept),
            None => copy.failed(desk.now.monotonic),
        }
        self.copies.retain(|_, copy| copy.stage != Stage::Gone);
    }

    /// How far this node is. `hints`: what it keeps for others.
    pub(crate) fn progress(&self, view: View<'_>, hints: u64) -> Progress {
        let waits = |(partition, copy): &(&PartitionId, &OldCopy)| {
            let owners = view.state().placed(**partition).holders();
            copy.stage == Stage::Verifying && owners.iter().any(|&owner| !view.members.is_not_down(owner))
        };
        let whole = self.fills.iter().filter(|(_, fill)| fill.is_whole);
        let stalled = self.fills.iter().find_map(|(partition, fill)| match &fill.stage {
            TransferStage::Stalled { reason } => Some(format!("partition {partition}: {reason}")),
            _ => None,
        });
        Progress {
            filled: whole.map(|(&partition, fill)| (partition, fill.epoch)).collect(),
            copies: u32::try_from(self.copies.len()).unwrap_or(u32::MAX) + u32::from(self.is_searching),
            copies_waiting: u32::try_from(self.copies.iter().filter(waits).count()).unwrap_or(u32::MAX),
            hints,
            stalled,
        }
    }

    /// What an operator may see of it, by partition. `expected`: bytes of a partition, by the reports of the others.
    pub(crate) fn show(&self, view: View<'_>, me: NodeId, now: Instant, expected: u64) -> Vec<Shown> {
        let operation = view.state().transition.as_ref().map(|transition| transition.operation);
        let operation = operation.unwrap_or(shared::id::OperationId(0));
        let fills = self.fills.iter().map(|(&partition, fill)| Shown {
            partition,
            operation,
            source: fill.source,
            target: me,
            stage: fill.stage.clone(),
            records: fill.taken.records,
            bytes: fill.taken.bytes,
            bytes_expected: expected.max(fill.taken.bytes),
            stage_ms: now.since_ms(fill.since),
        });
        let copies = self.copies.iter().map(|(&partition, copy)| Shown {
            partition,
            operation,
            source: Some(me),
            target: view.state().placed(partition).readers().first().copied().unwrap_or(me),
            stage: match copy.stage {
                Stage::Verifying => TransferStage::Verifying,
                Stage::Dropping | Stage::Gone => TransferStage::Dropping,
            },
            records: copy.rows,
            bytes: copy.bytes,
            bytes_expected: expected.max(copy.bytes),
            stage_ms: now.since_ms(copy.since),
        });
        fills.chain(copies).collect()
    }

    fn note_copy(&mut self, desk: &Desk<'_>, view: View<'_>, partition: PartitionId) {
        let placed = view.state().placed(partition);
        if !placed.is_holder(desk.me.node) {
            let now = desk.now.monotonic;
            self.copies.entry(partition).or_insert_with(|| OldCopy::new(placed.epoch, now));
        }
    }

    fn fill(&mut self, desk: &Desk<'_>, view: View<'_>, is_under_way: &impl Fn(Want) -> bool) -> Vec<Want> {
        let state = view.state();
        let rules = Rules {
            now: desk.now.monotonic,
            is_paused: state.limits.is_paused,
            fills_nothing: desk.config.flaws.fills_nothing,
            skips_fence: desk.config.flaws.skips_fence,
        };
        let mut at_once = desk.config.fills_at_once;
        let mut wants = Vec::new();
        for (&partition, fill) in self.fills.iter_mut().filter(|(_, fill)| !fill.is_whole) {
            if at_once == 0 {
                fill.queue(rules.now);
                continue;
            }
            let placed = state.placed(partition);
            wants.extend(fill.go_on(view, partition, &placed, rules, is_under_way));
            // Those that wait for others take no turn.
            at_once -= usize::from(fill.stage == TransferStage::Filling);
        }
        wants
    }

    fn verify(
        &mut self,
        now: Instant,
        state: &ClusterState,
        me: NodeId,
        is_under_way: &impl Fn(Want) -> bool,
    ) -> Vec<Want> {
        self.verifications.retain(|(from, partition), _| {
            let placed = state.placed(*partition);
            placed.is_holder(me) && !placed.is_holder(*from)
        });
        let mut wants = Vec::new();
        for (&(peer, partition), (_, tried)) in &mut self.verifications {
            let epoch = state.placed(partition).epoch;
            let want = Want { peer, partition, purpose: Purpose::Verify, epoch };
            let may_be_tried = tried.is_none_or(|tried| now >= tried.plus_ms(5 * LOOK_MS));
            if may_be_tried && !is_under_way(want) {
                *tried = Some(now);
                wants.push(want);
            }
        }
        wants
    }
}

fn moving(state: &ClusterState) -> impl Iterator<Item = PartitionId> + '_ {
    state.transition.iter().flat_map(|transition| transition.moves.keys().copied())
}
