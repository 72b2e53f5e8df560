//! Replica: what this node does for another node's operation: keep a record, or say what it holds.
//!
//! An acknowledgement goes out after the sync, with the level that was reached (rule P11). Nothing is queued for
//! later: what cannot be stored is refused at once, and the coordinator finds another way.

use shared::id::NodeId;
use shared::level::Durability;

use crate::desk::{Desk, Errand, View};
use crate::hint::is_leaving;
use crate::ids::OpId;
use crate::message::{Body, Held, Replicate, Standing};
use crate::record::RecordHash;
use crate::row::Row;
use crate::store::{Found, HintBody, LaneOp, OpKind, Outcome, Query, StoreFailure};

/// What is owed to another node when the store is done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Duty {
    /// An acknowledgement.
    Store { to: NodeId, op: OpId, stands_in_for: Option<NodeId> },
    /// What is held of a row.
    Read { to: NodeId, op: OpId, known: Option<RecordHash>, standing: Standing },
}

/// Takes a record in, as an owner or for an absent one.
pub(crate) fn take(desk: &mut Desk<'_>, view: View<'_>, from: NodeId, asked: Replicate) {
    let Replicate { op, row, epoch, record, stands_in_for, durability, refills } = asked;
    let partition = view.partition_of(&row);
    let is_holder = view.is_holder(&row, desk.me.node);
    // Rule P14: an older phase is refused. Of a newer one this node will hear; as a holder it may serve it meanwhile.
    let ours = view.placed(&row).epoch;
    let is_stale = epoch < ours && !desk.config.flaws.skips_fence;
    if is_stale || (epoch > ours && !is_holder && stands_in_for.is_none()) {
        desk.counters.misplaced_requests += 1;
        return desk.send(from, Body::Misplaced { op });
    }
    let kind = match stands_in_for {
        Some(_) if !is_holder && is_leaving(view.state(), desk.me.node) => {
            let reason = format!("{} is leaving, and keeps nothing for others", desk.me.name);
            return desk.send(from, Body::NotStored { op, reason });
        }
        // Whoever owns the row takes the record as an owner, whatever the sender believed.
        Some(owner) if !is_holder => {
            desk.counters.hints_kept += 1;
            OpKind::Keep { owner, body: HintBody::Full(record) }
        }
        None if !is_holder => {
            let reason = format!("{} does not own this row", desk.me.name);
            return desk.send(from, Body::NotStored { op, reason });
        }
        _ if refills => OpKind::Refill { record },
        _ => OpKind::Merge { record },
    };
    let errand = Errand::Replica(Duty::Store { to: from, op, stands_in_for });
    desk.lane(LaneOp { row, partition, durability, kind }, errand);
}

/// What another node's get asks.
pub(crate) struct Asked {
    pub(crate) op: OpId,
    pub(crate) row: Row,
    pub(crate) epoch: u64,
    pub(crate) known: Option<RecordHash>,
}

/// Looks up what is held of a row, for another node's get. An older phase than this node's is refused (rule P14).
pub(crate) fn read(desk: &mut Desk<'_>, view: View<'_>, from: NodeId, asked: Asked) {
    let Asked { op, row, epoch, known } = asked;
    let placed = view.placed(&row);
    let is_stale = epoch < placed.epoch && !desk.config.flaws.skips_fence;
    // It is asked as a reader and does not know it yet: it will in a moment.
    let is_early = epoch > placed.epoch && !placed.readers().contains(&desk.me.node);
    if is_stale || is_early {
        desk.counters.misplaced_requests += 1;
        return desk.send(from, Body::Misplaced { op });
    }
    let standing = standing(view, &row, desk.me.node);
    desk.query(Query::Held { row }, Errand::Replica(Duty::Read { to: from, op, known, standing }));
}

/// What this node's own answer for a row is worth.
pub(crate) fn standing(view: View<'_>, row: &Row, me: NodeId) -> Standing {
    if view.placed(row).readers().contains(&me) {
        view.members.caught_up.standing(view.partition_of(row))
    } else {
        Standing::Fallback
    }
}

/// The store has read or applied.
pub(crate) fn applied(desk: &mut Desk<'_>, duty: &Duty, outcome: Outcome) {
    match (duty, outcome) {
        (&Duty::Read { to, op, known, standing }, Outcome::Query(Found::Held(record))) => {
            let held = match record {
                Some(record) if known == Some(record.hash()) => Held::Same,
                Some(record) => Held::Record(record),
                None => Held::Nothing,
            };
            desk.send(to, Body::Holding { op, held, standing });
        }
        (Duty::Store { .. }, Outcome::Lane(effected)) => {
            desk.counters.lww_losses += effected.losses.lww;
            desk.counters.superseded_overflow += effected.losses.superseded_overflow;
        }
        _ => {}
    }
}

/// The store has synced: now it may be said.
pub(crate) fn synced(desk: &mut Desk<'_>, duty: &Duty, durability: Durability) {
    if let &Duty::Store { to, op, stands_in_for } = duty {
        desk.send(to, Body::Stored { op, stands_in_for, durability });
    }
}

/// The store has failed: that is said too.
pub(crate) fn failed(desk: &mut Desk<'_>, duty: &Duty, failure: &StoreFailure) {
    match *duty {
        Duty::Store { to, op, .. } => desk.send(to, Body::NotStored { op, reason: failure.to_string() }),
        Duty::Read { to, op, standing, .. } => {
            desk.send(to, Body::Holding { op, held: Held::Unreadable, standing });
        }
    }
}
