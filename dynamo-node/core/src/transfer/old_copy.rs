//! Old copy: what lies here of a partition that others hold by now. It goes last (rule P14): all its owners compare
//! themselves with it once more first, since a write may have reached no other old owner but this one.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;
use shared::token::PartitionId;

use crate::desk::{Desk, Errand, View};
use crate::ids::OpId;
use crate::message::{Body, Transfer};
use crate::ring::phase::Placed;
use crate::row::Row;
use crate::store::{StoreOp, Sweep, Swept};
use crate::time::Instant;

/// How often owners that have not answered are asked again, in milliseconds.
const ASK_AGAIN_MS: u64 = 1_000;

/// One old copy.
#[derive(Debug)]
pub(super) struct OldCopy {
    epoch: u64,
    asked: BTreeMap<OpId, NodeId>,
    asked_at: Option<Instant>,
    verified: BTreeSet<NodeId>,
    pub(super) stage: Stage,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    pub(super) since: Instant,
}

/// How far it is on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Its owners compare themselves with it.
    Verifying,
    /// It is being deleted.
    Dropping,
    /// It is gone.
    Gone,
}

impl OldCopy {
    pub(super) fn new(epoch: u64, now: Instant) -> Self {
        Self {
            epoch,
            asked: BTreeMap::new(),
            asked_at: None,
            verified: BTreeSet::new(),
            stage: Stage::Verifying,
            rows: 0,
            bytes: 0,
            since: now,
        }
    }

    /// Asks those owners that have not verified; begins to delete when all have.
    pub(super) fn go_on(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        partition: PartitionId,
        placed: &Placed<'_>,
    ) {
        if placed.epoch != self.epoch {
            // Others own it now: they have to be asked.
            let (stage, rows, bytes) = (self.stage, self.rows, self.bytes);
            *self = Self { stage, rows, bytes, ..Self::new(placed.epoch, desk.now.monotonic) };
        }
        if self.stage != Stage::Verifying {
            return;
        }
        let owners = placed.holders();
        let is_verified = owners.iter().all(|owner| self.verified.contains(owner));
        if is_verified || desk.config.flaws.drops_early {
            self.stage = Stage::Dropping;
            self.since = desk.now.monotonic;
            return step(desk, view, partition, None);
        }
        let now = desk.now.monotonic;
        if self.asked_at.is_some_and(|asked| now < asked.plus_ms(ASK_AGAIN_MS)) {
            return;
        }
        self.asked_at = Some(now);
        for owner in owners.into_iter().filter(|owner| !self.verified.contains(owner)) {
            let asked = self.asked.iter().find(|(_, asked)| **asked == owner).map(|(&op, _)| op);
            let op = asked.unwrap_or_else(|| desk.ids.operation());
            self.asked.insert(op, owner);
            desk.send(owner, Body::Transfer(Transfer::Verify { op, partition }));
        }
    }

    /// An owner has everything that lies here. True if it was asked for that.
    pub(super) fn verified(&mut self, from: NodeId, op: OpId) -> bool {
        let was_asked = self.asked.get(&op) == Some(&from);
        if was_asked {
            self.verified.insert(from);
        }
        was_asked
    }

    /// The store has deleted a part of it.
    pub(super) fn swept(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        partition: PartitionId,
        swept: Swept,
    ) {
        self.rows += swept.rows;
        self.bytes += swept.bytes;
        desk.counters.swept_records += swept.rows;
        if swept.more {
            step(desk, view, partition, swept.next);
        } else {
            self.stage = Stage::Gone;
        }
    }

    /// The store could not: it is begun again at the next look.
    pub(super) fn failed(&mut self, now: Instant) {
        self.stage = Stage::Verifying;
        self.asked_at = Some(now);
    }
}

fn step(desk: &mut Desk<'_>, view: View<'_>, partition: PartitionId, after: Option<Row>) {
    let sweep = Sweep { partition, arc: view.arc(partition), after, rows_max: desk.config.sweep_rows };
    desk.store(StoreOp::Sweep(sweep), Errand::Sweep(partition));
}
