//! Mutants: deliberately broken clusters, each of which breaks one rule and has to be caught by one check.
//!
//! A check that has never caught anything checks nothing. Each mutant is a hook at the core's edge, on what it
//! stores, sends or is told, so that the core itself needs no switch: what comes out is what a core with that
//! mistake would do.

use std::sync::Arc;

use dynamo_core::message::{Body, Compare, Envelope, Held, Replicate, Standing};
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{Change, Effected, LaneOp, OpKind, StoreFailure};
use dynamo_core::version::actor::Pen;
use dynamo_core::version::{Dot, VectorClock};
use shared::level::Durability;
use shared::token::PartitionId;

use crate::check::Check;
use crate::contents::Contents;

/// A mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// P2, D2: the store says synced as soon as it has applied.
    SyncedTooEarly,
    /// P1, C1: a start counts on with the actor that the disk remembers, from the count that the disk remembers.
    ActorReused,
    /// P1: every start of a node has the same randomness.
    SeedReused,
    /// P1: a pen outlives the forgetting of what it wrote.
    PenOutlivesForgetting,
    /// P1: a bare write is shipped under the whole record's clock.
    BareWriteShipped,
    /// 4.4 as the paper has it: what one coordinator wrote before counts as seen by its next writer.
    PlainVectors,
    /// P2, C2: the lane puts what came in the place of what it has.
    MergeOverwrites,
    /// P3: a retry has another request id.
    RetryRenamed,
    /// P4: a context that claims what nobody saw is believed.
    ForgedContextBelieved,
    /// P7: absence always counts.
    AbsenceAlwaysCounts,
    /// P8: a hint is forgotten when it is sent.
    HintForgottenWhenSent,
    /// P8: what came to a hint since it was sent is forgotten with it.
    ForgetsWhatCameSince,
    /// P10: what has the same clock is taken for the same.
    ClocksAsDigests,
    /// P11: what was buffered is said to be synced.
    BufferedSaidToBeSynced,
    /// C4: what cannot be read is taken for absent.
    DamageIsAbsence,
    /// 4.5: the first of the answers is the answer.
    RepliesNotMerged,
}

impl Mutant {
    /// All of them, with their names and the checks that are meant to catch them.
    pub const ALL: &'static [(Self, &'static str, &'static [Check])] = &[
        (Self::SyncedTooEarly, "synced-too-early", &[Check::Survival]),
        (Self::ActorReused, "actor-reused", &[Check::OneDotOneWrite, Check::Survival]),
        (Self::SeedReused, "seed-reused", &[Check::OneDotOneWrite, Check::Survival]),
        (Self::PenOutlivesForgetting, "pen-outlives-forgetting", &[Check::Survival]),
        (Self::BareWriteShipped, "bare-write-shipped", &[Check::Survival]),
        (Self::PlainVectors, "plain-vectors", &[Check::Survival]),
        (Self::MergeOverwrites, "merge-overwrites", &[Check::Survival]),
        (Self::RetryRenamed, "retry-renamed", &[Check::FalseSibling]),
        (Self::ForgedContextBelieved, "forged-context-believed", &[Check::Survival]),
        (Self::AbsenceAlwaysCounts, "absence-always-counts", &[Check::QuorumRead]),
        (Self::HintForgottenWhenSent, "hint-forgotten-when-sent", &[Check::Survival, Check::Convergence]),
        (Self::ForgetsWhatCameSince, "forgets-what-came-since", &[Check::Survival]),
        (Self::ClocksAsDigests, "clocks-as-digests", &[Check::Convergence]),
        (Self::BufferedSaidToBeSynced, "buffered-said-to-be-synced", &[Check::Survival]),
        (Self::DamageIsAbsence, "damage-is-absence", &[Check::Survival]),
        (Self::RepliesNotMerged, "replies-not-merged", &[Check::QuorumRead]),
    ];

    /// The mutant of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(mutant, _, _)| *mutant)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(mutant, _, _)| *mutant == self).map_or("", |(_, name, _)| name)
    }
}

type Done = Result<(Effected, Vec<Change>), StoreFailure>;

/// Runs a lane's operation as the mutant would, if there is one.
pub(crate) fn run(
    mutant: Option<Mutant>,
    mut op: LaneOp,
    contents: &mut Contents,
    pens: &mut Pens,
    run: impl FnOnce(LaneOp, &Contents, &mut Pens) -> Done,
) -> Done {
    let partition = op.partition;
    let pen = pens.get(&partition).copied();
    match (mutant, &mut op.kind) {
        (Some(Mutant::PlainVectors), OpKind::Coordinate { write, .. }) => {
            if let Some(Pen { actor, minted: counter @ 1.. }) = pen {
                write.past.clock.insert(Dot { actor, counter });
            }
        }
        (Some(Mutant::MergeOverwrites), OpKind::Merge { record }) => overwrite(contents, &op.row, record),
        (Some(Mutant::ForgetsWhatCameSince), OpKind::ForgetIf { owner, .. }) => {
            contents.forget_hint(*owner, &op.row);
        }
        _ => {}
    }
    let forgets = matches!(op.kind, OpKind::ForgetIf { .. });
    let done = run(op, contents, pens);
    if let (Some(Mutant::PenOutlivesForgetting), true, Some(pen)) = (mutant, forgets, pen) {
        pens.insert(partition, pen);
    }
    done
}

/// Makes what is there of a row what a record says, as if nothing had been there.
fn overwrite(contents: &mut Contents, row: &Row, record: &Arc<Record>) {
    let emptied = Change::Leaf {
        leaf: dynamo_core::store::change::leaf_of(row.token()),
        delta: contents.objects.get(row).map_or(0, |before| {
            dynamo_core::store::change::leaf_share(row, before.hash()).wrapping_neg()
        }),
    };
    if contents.objects.get(row) != Some(record) {
        contents.apply(&emptied);
        contents.objects.remove(row);
    }
}

/// What a start counts on from: the last actor of each partition, and the count that the disk remembers of it.
pub(crate) fn pens_from_disk(contents: &Contents, partition_of: impl Fn(&Row) -> PartitionId) -> Pens {
    let mut pens: Pens = contents.actors.iter().map(|&(partition, actor)| (partition, Pen::new(actor))).collect();
    for (row, record) in &contents.objects {
        if let Some(pen) = pens.get_mut(&partition_of(row)) {
            pen.minted = pen.minted.max(record.clock.get(pen.actor));
        }
    }
    pens
}

/// What the hooks on messages may look at: what a machine holds of a row, and which row an operation reads.
pub(crate) trait Backstage {
    /// The clock of what the receiver holds of a row.
    fn clock_at_receiver(&self, row: &Row) -> Option<&VectorClock>;
    /// The hash of it.
    fn hash_at_receiver(&self, row: &Row) -> Option<dynamo_core::record::RecordHash>;
    /// The row that the receiver asked about with this operation.
    fn row_read(&self, op: dynamo_core::ids::OpId) -> Option<&Row>;
}

/// Changes what a node says, as the mutant would.
pub(crate) fn sending(mutant: Mutant, envelope: &mut Envelope, backstage: &impl Backstage) {
    match (mutant, &mut envelope.body) {
        (Mutant::BareWriteShipped, Body::Replicate(Replicate { record, .. })) => keep_newest(record),
        (Mutant::AbsenceAlwaysCounts, Body::Holding { standing, .. }) => *standing = Standing::Compared,
        (Mutant::RepliesNotMerged, Body::Holding { held, .. }) => {
            if matches!(held, Held::Record(_)) {
                *held = Held::Same;
            }
        }
        (Mutant::ClocksAsDigests, Body::Holding { op, held, .. }) => {
            let mine = backstage.row_read(*op).and_then(|row| backstage.clock_at_receiver(row));
            if matches!(held, Held::Record(record) if Some(&record.clock) == mine) {
                *held = Held::Same;
            }
        }
        _ => {}
    }
}

/// Changes what a replica is told to store, as the mutant would.
pub(crate) fn storing(mutant: Mutant, op: &mut LaneOp) {
    if mutant == Mutant::BufferedSaidToBeSynced {
        op.durability = Durability::Buffered;
    }
}

/// Changes what a node is told of how durable something is, as the mutant would.
pub(crate) fn reached(mutant: Option<Mutant>, durability: Durability) -> Durability {
    if mutant == Some(Mutant::BufferedSaidToBeSynced) { Durability::Synced } else { durability }
}

/// The rows that a comparison would not mend, were clocks taken for digests.
pub(crate) fn hide_equal_clocks(envelope: &mut Envelope, backstage: &impl Backstage, sender: &Contents) {
    let Body::Compare(Compare::Rows { rows, .. }) = &mut envelope.body else { return };
    for (row, hash) in rows {
        let theirs = sender.objects.get(row).map(|record| &record.clock);
        if theirs.is_some() && theirs == backstage.clock_at_receiver(row) {
            *hash = backstage.hash_at_receiver(row).unwrap_or(*hash);
        }
    }
}

fn keep_newest(record: &mut Arc<Record>) {
    let newest = record.siblings.iter().max_by_key(|(dot, sibling)| (sibling.stamp, **dot));
    let Some((&newest, _)) = newest else { return };
    if record.siblings.len() > 1 {
        Arc::make_mut(record).siblings.retain(|&dot, _| dot == newest);
    }
}

impl Mutant {
    /// The misfortunes that bring it out.
    pub(crate) fn classes(self) -> &'static [crate::fault::Class] {
        use crate::fault::Class;
        match self {
            Self::SyncedTooEarly | Self::BufferedSaidToBeSynced => &[Class::Blackout, Class::SlowDisk],
            Self::ActorReused => &[Class::PowerCut, Class::Blackout, Class::SlowDisk],
            Self::SeedReused => &[Class::PowerCut, Class::Kill],
            Self::PenOutlivesForgetting => &[Class::Split, Class::OneWay],
            Self::HintForgottenWhenSent | Self::ForgetsWhatCameSince => {
                &[Class::Split, Class::Loss, Class::Wipe, Class::SlowNetwork]
            }
            Self::AbsenceAlwaysCounts => &[Class::Wipe, Class::Split],
            Self::DamageIsAbsence => &[Class::Damage],
            Self::RetryRenamed => &[Class::Loss, Class::SlowNetwork],
            Self::ClocksAsDigests | Self::RepliesNotMerged => &[Class::Loss, Class::Split],
            Self::PlainVectors | Self::BareWriteShipped | Self::MergeOverwrites | Self::ForgedContextBelieved => {
                &[]
            }
        }
    }

    /// The misfortunes that would hide it.
    pub(crate) fn classes_without(self) -> &'static [crate::fault::Class] {
        use crate::fault::Class;
        match self {
            // A write that only one more replica holds is not owed any more once a disk is wiped.
            Self::SyncedTooEarly | Self::BufferedSaidToBeSynced => &[Class::Wipe],
            _ => &[],
        }
    }

    /// How many nodes it takes.
    pub(crate) fn nodes_min(self) -> usize {
        match self {
            Self::PenOutlivesForgetting
            | Self::HintForgottenWhenSent
            | Self::ForgetsWhatCameSince => 5,
            _ => 3,
        }
    }
}
