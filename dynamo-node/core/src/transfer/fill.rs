//! Fill: this node as a new owner of one partition, until it holds everything that was ever acknowledged (rule P14).
//!
//! Writes come to it from the beginning. What was there before it gets by comparing itself with the old owners, but only
//! after enough of them refuse requests of the old phase: a comparison that began before could miss a write that only old
//! owners were asked for.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;
use shared::token::PartitionId;
use shared::wire::operation::TransferStage;

use crate::anti_entropy::{Course, Purpose, Want};
use crate::desk::View;
use crate::ring::phase::Placed;
use crate::time::Instant;

/// After how long a source that had no answer for us is asked again, in milliseconds.
const TRY_AGAIN_MS: u64 = 500;

/// One partition that is taken in.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) epoch: u64,
    /// Old owners that this node was compared with since the fence.
    compared: BTreeSet<NodeId>,
    tried: BTreeMap<NodeId, Instant>,
    pub(super) is_whole: bool,
    pub(super) source: Option<NodeId>,
    pub(super) taken: Course,
    pub(super) stage: TransferStage,
    pub(super) since: Instant,
}

/// What a fill goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) now: Instant,
    pub(super) is_paused: bool,
    pub(super) fills_nothing: bool,
    pub(super) skips_fence: bool,
}

impl Fill {
    pub(super) fn new(epoch: u64, now: Instant) -> Self {
        Self {
            epoch,
            compared: BTreeSet::new(),
            tried: BTreeMap::new(),
            is_whole: false,
            source: None,
            taken: Course { records: 0, bytes: 0 },
            stage: TransferStage::Queued,
            since: now,
        }
    }

    /// An old owner was compared with, from after the fence to the end.
    pub(super) fn compared_with(&mut self, peer: NodeId) {
        self.compared.insert(peer);
    }

    /// Records came in.
    pub(super) fn took(&mut self, course: Course) {
        self.taken.records += course.records;
        self.taken.bytes += course.bytes;
    }

    /// It is not its turn.
    pub(super) fn queue(&mut self, now: Instant) {
        self.turn(TransferStage::Queued, now);
    }

    /// Finds out how far it is, and whom to compare with next. `is_under_way`: whether a comparison runs already.
    pub(super) fn go_on(
        &mut self,
        view: View<'_>,
        partition: PartitionId,
        placed: &Placed<'_>,
        rules: Rules,
        is_under_way: impl Fn(Want) -> bool,
    ) -> Option<Want> {
        let state = view.state();
        let now = rules.now;
        if rules.is_paused {
            self.turn(TransferStage::Paused, now);
            return None;
        }
        if !rules.skips_fence && !state.is_fenced(placed, |node| view.version_of(node)) {
            self.turn(TransferStage::Fencing, now);
            return None;
        }
        let is_source = |node: &&NodeId| !state.is_lost(**node) && view.members.is_not_down(**node);
        let sources: Vec<NodeId> = placed.current.iter().filter(is_source).copied().collect();
        let lacking: Vec<NodeId> =
            sources.iter().copied().filter(|source| !self.compared.contains(source)).collect();
        let enough = state.sources_of(placed);
        if (lacking.is_empty() && self.compared.len() >= enough) || rules.fills_nothing {
            self.is_whole = true;
            self.source = None;
            self.turn(TransferStage::Filled, now);
            return None;
        }
        if lacking.is_empty() {
            let reason = format!(
                "{} of the {enough} old owners that are needed answer",
                sources.len().min(self.compared.len())
            );
            self.turn(TransferStage::Stalled { reason }, now);
            return None;
        }
        let want = |peer| Want { peer, partition, purpose: Purpose::Fill, epoch: placed.epoch };
        if let Some(source) = lacking.iter().copied().find(|&source| is_under_way(want(source))) {
            self.source = Some(source);
            self.turn(TransferStage::Filling, now);
            return None;
        }
        let may_be_tried =
            |source: &NodeId| self.tried.get(source).is_none_or(|tried| now >= tried.plus_ms(TRY_AGAIN_MS));
        let next = lacking.into_iter().find(may_be_tried)?;
        self.tried.insert(next, now);
        self.source = Some(next);
        self.turn(TransferStage::Filling, now);
        Some(want(next))
    }

    fn turn(&mut self, stage: TransferStage, now: Instant) {
        if self.stage != stage {
            self.stage = stage;
            self.since = now;
        }
    }
}
