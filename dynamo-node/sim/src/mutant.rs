//! Mutants: deliberately broken clusters, each of which breaks one rule and has to be caught by one check.
//!
//! A check that has never caught anything checks nothing. Each mutant is a hook at the core's edge, on what it
//! stores, sends or is told, so that the core itself needs no switch: what comes out is what a core with that
//! mistake would do.

use std::sync::Arc;

use dynamo_core::effect::Reply;
use dynamo_core::flaws::Flaws;
use dynamo_core::message::{Body, Compare, Envelope, Held, Replicate, Standing};
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{Change, Effected, LaneOp, OpKind, StoreFailure};
use dynamo_core::version::Dot;
use dynamo_core::version::actor::Pen;
use shared::error::Failure;
use shared::id::Boot;
use shared::level::Durability;
use shared::token::PartitionId;

use crate::administrators::Government;
use crate::check::Check;
use crate::contents::Contents;
use crate::fault::Class;
use crate::options::Options;

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
    /// P7: a comparison finds no differences.
    DifferencesHidden,
    /// P3: what may have been written is said to be refused.
    UnknownSaidToBeRefused,
    /// P8: a hint is forgotten when it is sent.
    HintForgottenWhenSent,
    /// P8: what came to a hint since it was sent is forgotten with it.
    ForgetsWhatCameSince,
    /// P15: what a merge changes is left out of the Merkle leaves.
    LeavesForgotten,
    /// P11: what was buffered is said to be synced.
    BufferedSaidToBeSynced,
    /// C4: what cannot be read is taken for absent.
    DamageIsAbsence,
    /// 4.5: the first of the answers is the answer.
    RepliesNotMerged,
    /// M4: a node does not hear of its own later starts.
    BootsForgotten,
    /// M5: a former member is not told that it is none any more.
    LeftUnsaid,
    /// P12: a proposer puts its own wish through, whatever it finds accepted.
    IgnoresAccepted,
    /// P12: an acceptor takes a ballot below the one that it has promised.
    IgnoresBallots,
    /// P14: a new owner counts towards the old list too.
    CountsJoiners,
    /// P14: a new owner calls itself complete at once.
    FillsNothing,
    /// P14: an old copy goes without being compared.
    DropsEarly,
    /// P8: hints for whoever is no owner any more are forgotten.
    ForgetsHintsOfLeavers,
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
        (Self::DifferencesHidden, "differences-hidden", &[Check::CaughtUp]),
        (Self::UnknownSaidToBeRefused, "unknown-said-to-be-refused", &[Check::RefusalKept]),
        (Self::HintForgottenWhenSent, "hint-forgotten-when-sent", &[Check::HintHome]),
        (Self::ForgetsWhatCameSince, "forgets-what-came-since", &[Check::HintHome]),
        (Self::LeavesForgotten, "leaves-forgotten", &[Check::Convergence]),
        (Self::BufferedSaidToBeSynced, "buffered-said-to-be-synced", &[Check::Survival]),
        (Self::DamageIsAbsence, "damage-is-absence", &[Check::Survival]),
        (Self::RepliesNotMerged, "replies-not-merged", &[Check::QuorumRead]),
        (Self::BootsForgotten, "boots-forgotten", &[Check::BootsGrow]),
        (Self::LeftUnsaid, "left-unsaid", &[Check::StaysOut]),
        (Self::IgnoresAccepted, "ignores-accepted", &[Check::OneRing]),
        (Self::IgnoresBallots, "ignores-ballots", &[Check::OneRing]),
        (Self::CountsJoiners, "counts-joiners", &[Check::QuorumRead, Check::NewOwnersWhole]),
        (Self::FillsNothing, "fills-nothing", &[Check::QuorumRead, Check::NewOwnersWhole]),
        (Self::DropsEarly, "drops-early", &[Check::OldCopyLast]),
        (Self::ForgetsHintsOfLeavers, "forgets-hints-of-leavers", &[Check::HintHome]),
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
        (Some(Mutant::ForgetsWhatCameSince), OpKind::ForgetIf { owner, hash }) => {
            *hash = contents.hinted(*owner, &op.row).map_or(*hash, |record| record.hash());
        }
        _ => {}
    }
    let forgets = matches!(op.kind, OpKind::ForgetIf { .. });
    let merges = matches!(op.kind, OpKind::Merge { .. });
    let mut done = run(op, contents, pens);
    if let (Some(Mutant::LeavesForgotten), true, Ok((_, changes))) = (mutant, merges, &mut done) {
        changes.retain(|change| !matches!(change, Change::Leaf { .. }));
    }
    if let (Some(Mutant::PenOutlivesForgetting), true, Some(pen)) = (mutant, forgets, pen) {
        pens.insert(partition, pen);
    }
    done
}

/// Makes what is there of a row what a record says, as if nothing had been there.
fn overwrite(contents: &mut Contents, row: &Row, record: &Arc<Record>) {
    let emptied = Change::Leaf {
        leaf: dynamo_core::store::change::leaf_of(row.token()),
        delta: contents
            .objects
            .get(row)
            .map_or(0, |before| dynamo_core::store::change::leaf_share(row, before.hash()).wrapping_neg()),
    };
    if contents.objects.get(row) != Some(record) {
        contents.apply(&emptied);
        contents.objects.remove(row);
    }
}

/// What a start counts on from: the last actor of each partition, and the count that the disk remembers of it.
pub(crate) fn pens_from_disk(contents: &Contents, partition_of: impl Fn(&Row) -> PartitionId) -> Pens {
    let mut pens: Pens =
        contents.actors.iter().map(|&(partition, actor)| (partition, Pen::new(actor))).collect();
    for (row, record) in &contents.objects {
        if let Some(pen) = pens.get_mut(&partition_of(row)) {
            pen.minted = pen.minted.max(record.clock.get(pen.actor));
        }
    }
    pens
}

/// Changes what a node says, as the mutant would.
pub(crate) fn sending(mutant: Mutant, envelope: &mut Envelope) {
    match (mutant, &mut envelope.body) {
        (Mutant::BareWriteShipped, Body::Replicate(Replicate { record, .. })) => keep_newest(record),
        (Mutant::LeftUnsaid, body @ Body::Farewell { .. }) => *body = Body::Ping,
        (Mutant::AbsenceAlwaysCounts, Body::Holding { standing, .. }) => *standing = Standing::Compared,
        (Mutant::DifferencesHidden, Body::Compare(Compare::Differ { partitions, .. })) => partitions.clear(),
        (Mutant::RepliesNotMerged, Body::Holding { held, .. }) => {
            if matches!(held, Held::Record(_)) {
                *held = Held::Same;
            }
        }
        _ => {}
    }
}

/// Changes what a node hears, as the mutant would.
pub(crate) fn hearing(mutant: Option<Mutant>, envelope: &mut Envelope) {
    if let (Some(Mutant::BootsForgotten), Body::Digest(digest)) = (mutant, &mut envelope.body) {
        digest.your_boot = Boot(0);
    }
}

/// Changes what a replica is told to store, as the mutant would.
pub(crate) fn storing(mutant: Mutant, op: &mut LaneOp) {
    if mutant == Mutant::BufferedSaidToBeSynced {
        op.durability = Durability::Buffered;
    }
}

/// Changes what a client is told, as the mutant would.
pub(crate) fn replying(mutant: Option<Mutant>, reply: &mut Reply) {
    if let (Some(Mutant::UnknownSaidToBeRefused), Reply::Client(response)) = (mutant, reply)
        && let Err(Failure::OutcomeUnknown { needed, reached }) = response.result
    {
        response.result = Err(Failure::QuorumNotMet { needed, reached, uncompared: 0 });
    }
}

/// Changes what a node is told of how durable something is, as the mutant would.
pub(crate) fn reached(mutant: Option<Mutant>, durability: Durability) -> Durability {
    if mutant == Some(Mutant::BufferedSaidToBeSynced) { Durability::Synced } else { durability }
}

fn keep_newest(record: &mut Arc<Record>) {
    let newest = record.siblings.iter().max_by_key(|(dot, sibling)| (sibling.stamp, **dot));
    let Some((&newest, _)) = newest else { return };
    if record.siblings.len() > 1 {
        Arc::make_mut(record).siblings.retain(|&dot, _| dot == newest);
    }
}

impl Mutant {
    /// The rules that the core breaks for it.
    fn flaws(self) -> Flaws {
        let mut flaws = Flaws::default();
        match self {
            Self::IgnoresAccepted => flaws.ignores_accepted = true,
            Self::IgnoresBallots => flaws.ignores_ballots = true,
            Self::CountsJoiners => flaws.counts_joiners = true,
            Self::FillsNothing => flaws.fills_nothing = true,
            Self::DropsEarly => flaws.drops_early = true,
            Self::ForgetsHintsOfLeavers => flaws.forgets_hints_of_leavers = true,
            _ => {}
        }
        flaws
    }

    /// Whether it shows only where the ring changes.
    fn needs_administrators(self) -> bool {
        self.flaws() != Flaws::default() || self == Self::LeftUnsaid
    }

    /// Sets the stage on which its mistake shows: the misfortunes that bring it out, busy clients on few keys.
    pub(crate) fn stage(self, options: &mut Options) {
        options.classes = self.classes().to_vec();
        options.often = 8;
        options.manners.clients = 5;
        options.manners.think_ms = 40;
        options.manners.buffers = false;
        options.government = None;
        options.setup.spares = 0;
        options.setup.config.flaws = self.flaws();
        if self.needs_administrators() {
            options.setup.spares = 2;
            options.government =
                Some(Government { administrators: 2, loses: self == Self::LeftUnsaid, think_ms: 300 });
            options.duration_us = 12_000_000;
        }
        if self.needs_fallbacks() {
            options.setup.nodes = 5;
            options.manners.keys = 1;
            options.duration_us = 20_000_000;
        }
        match self {
            Self::SyncedTooEarly | Self::BufferedSaidToBeSynced => options.setup.disk_slowness = 30,
            Self::ActorReused => {
                options.setup.disk_slowness = 30;
                options.manners.keys = 10;
            }
            Self::AbsenceAlwaysCounts => {
                options.setup.nodes = 5;
                options.setup.delay_max_us = 50_000;
                options.manners.quorums = Some((1, 3));
                options.manners.keys = 6;
                options.manners.think_ms = 20;
                options.manners.clients = 12;
            }
            // What was written before the forgetting has to live on beside what comes after it.
            Self::PenOutlivesForgetting => {
                options.manners.blind_per_mille = 1_000;
                options.manners.think_ms = 300;
            }
            Self::ForgetsWhatCameSince => options.setup.delay_max_us = 200_000,
            _ => {}
        }
    }

    fn classes(self) -> &'static [Class] {
        match self {
            Self::SyncedTooEarly | Self::BufferedSaidToBeSynced => &[Class::Blackout],
            Self::ActorReused => &[Class::PowerCut],
            Self::SeedReused => &[Class::PowerCut, Class::Kill],
            Self::PenOutlivesForgetting => &[Class::OwnersAway],
            Self::HintForgottenWhenSent => &[Class::OwnersAway, Class::Loss],
            Self::ForgetsWhatCameSince => &[Class::OneWay, Class::Split],
            Self::AbsenceAlwaysCounts => &[Class::Wipe],
            Self::DamageIsAbsence => &[Class::Damage],
            Self::DifferencesHidden => &[Class::Kill, Class::Wipe],
            Self::UnknownSaidToBeRefused => &[Class::Split, Class::Loss, Class::OneWay],
            Self::BootsForgotten => &[Class::Wipe, Class::Kill],
            Self::IgnoresAccepted | Self::IgnoresBallots => {
                &[Class::Split, Class::OneWay, Class::Clog, Class::Kill]
            }
            Self::CountsJoiners | Self::FillsNothing | Self::DropsEarly => {
                &[Class::Split, Class::OneWay, Class::Loss, Class::Kill]
            }
            Self::ForgetsHintsOfLeavers => &[Class::OwnersAway, Class::Split, Class::Kill],
            Self::RetryRenamed => &[Class::Loss, Class::SlowNetwork],
            Self::LeavesForgotten | Self::RepliesNotMerged => &[Class::Loss, Class::Split],
            Self::PlainVectors
            | Self::BareWriteShipped
            | Self::MergeOverwrites
            | Self::ForgedContextBelieved
            | Self::LeftUnsaid => &[],
        }
    }

    fn needs_fallbacks(self) -> bool {
        matches!(self, Self::PenOutlivesForgetting | Self::HintForgottenWhenSent | Self::ForgetsWhatCameSince)
    }
}
