//! Stage door: what the world learns behind the nodes' backs, by listening to what they store, say and are told.
//!
//! The checks use what clients saw. From here come the counts of what happened, the names of tombstones (which
//! carry no value that a client could tell apart), and what a mutant's hook has to know.

use std::collections::BTreeMap;

use dynamo_core::ids::OpId;
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Envelope};
use dynamo_core::record::RecordHash;
use dynamo_core::row::Row;
use dynamo_core::store::{Effected, HintBody, LaneOp, OpKind, Ticket};
use dynamo_core::version::{Dot, VectorClock};
use shared::id::RequestId;

use crate::contents::Contents;
use crate::mutant::Backstage;
use crate::sometimes::Sometimes;

/// What a lane's operation was for.
#[derive(Debug, Clone, Copy)]
enum Purpose {
    Coordinate { request: RequestId, as_owner: bool },
    Forget,
    Other,
}

/// What was overheard.
#[derive(Debug, Default)]
pub struct Witness {
    /// Which request was given which dot.
    pub minted: BTreeMap<Dot, RequestId>,
    purposes: BTreeMap<(usize, Ticket), Purpose>,
    reads: BTreeMap<OpId, Row>,
    /// Whether reads are remembered, for the mutant that needs them.
    pub remembers_reads: bool,
}

impl Witness {
    pub(crate) fn stores(&mut self, at: usize, ticket: Ticket, op: &LaneOp, sometimes: &mut Sometimes) {
        let purpose = match &op.kind {
            OpKind::Coordinate { write, as_owner, absent, .. } => {
                if *as_owner && !absent.is_empty() {
                    sometimes.count("hint marked");
                }
                Purpose::Coordinate { request: write.request, as_owner: *as_owner }
            }
            OpKind::Keep { body, .. } => {
                let full = matches!(body, HintBody::Full(_));
                sometimes.count(if full { "hint kept whole" } else { "hint marked" });
                Purpose::Other
            }
            OpKind::ForgetIf { .. } => Purpose::Forget,
            OpKind::Merge { .. } | OpKind::Refill { .. } => Purpose::Other,
        };
        self.purposes.insert((at, ticket), purpose);
    }

    pub(crate) fn effected(
        &mut self,
        at: usize,
        ticket: Ticket,
        effected: &Effected,
        sometimes: &mut Sometimes,
    ) {
        sometimes.add("superseded ids overflowed", effected.losses.superseded_overflow);
        match (self.purposes.remove(&(at, ticket)), effected.minted) {
            (Some(Purpose::Coordinate { request, as_owner }), Some(dot)) => {
                self.minted.insert(dot, request);
                sometimes.count(if as_owner { "coordinated by an owner" } else { "coordinated by a fallback" });
                if effected.record.as_ref().is_some_and(|record| record.is_conflict()) {
                    sometimes.count("sibling made");
                }
            }
            (Some(Purpose::Coordinate { .. }), None) => sometimes.count("retry recognised"),
            (Some(Purpose::Forget), _) if effected.forgot => sometimes.count("hint delivered and forgotten"),
            (Some(Purpose::Forget), _) => sometimes.count("hint had changed and was kept"),
            _ => {}
        }
    }

    pub(crate) fn said(&mut self, envelope: &Envelope, sometimes: &mut Sometimes) {
        match &envelope.body {
            Body::Forward { .. } => sometimes.count("put forwarded"),
            Body::Replicate(replicate) if replicate.stands_in_for.is_some() => {
                sometimes.count("put rerouted to a fallback");
            }
            Body::NotStored { .. } => sometimes.count("replica refused"),
            Body::Read { op, row, .. } if self.remembers_reads => {
                self.reads.insert(*op, row.clone());
            }
            _ => {}
        }
    }

    pub(crate) fn told(input: &Input, sometimes: &mut Sometimes) {
        match input {
            Input::Failed(..) => sometimes.count("store failed an operation"),
            Input::Peer(Envelope { body: Body::Compare(dynamo_core::message::Compare::Records { .. }), .. }) => {
                sometimes.count("comparison brought records");
            }
            _ => {}
        }
    }
}

/// What a hook on a message to this receiver may look at.
pub(crate) struct Overheard<'a> {
    pub(crate) receiver: &'a Contents,
    pub(crate) witness: &'a Witness,
}

impl Backstage for Overheard<'_> {
    fn clock_at_receiver(&self, row: &Row) -> Option<&VectorClock> {
        self.receiver.objects.get(row).map(|record| &record.clock)
    }

    fn hash_at_receiver(&self, row: &Row) -> Option<RecordHash> {
        self.receiver.objects.get(row).map(|record| record.hash())
    }

    fn row_read(&self, op: OpId) -> Option<&Row> {
        self.witness.reads.get(&op)
    }
}
