//! Witness: what the world learns behind the nodes' backs, by listening to what they store, say and are told.
//!
//! The checks use what clients saw. From here come the counts of what happened, and the names of tombstones, which
//! carry no value that a client could tell apart.

use std::collections::BTreeMap;

use dynamo_core::input::Input;
use dynamo_core::message::{Body, Envelope};
use dynamo_core::state::consensus::Consensus;
use dynamo_core::store::{Effected, HintBody, LaneOp, OpKind, Ticket};
use dynamo_core::version::Dot;
use shared::id::{NodeId, RequestId};

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
    /// The dots that each request was given.
    pub dots: BTreeMap<RequestId, Vec<Dot>>,
    /// Who was first to ask for votes for a version.
    proposers: BTreeMap<u128, NodeId>,
    /// Which request was given which dot.
    pub minted: BTreeMap<Dot, RequestId>,
    purposes: BTreeMap<(usize, Ticket), Purpose>,
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
                self.dots.entry(request).or_default().push(dot);
                sometimes.count(if as_owner {
                    "coordinated by an owner"
                } else {
                    "coordinated by a fallback"
                });
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

    pub(crate) fn proposed(&mut self, envelope: &Envelope, sometimes: &mut Sometimes) {
        if let Body::Consensus(Consensus::Accept { state, ballot, .. }) = &envelope.body {
            let first = *self.proposers.entry(state.hash()).or_insert(ballot.node);
            if first != ballot.node {
                sometimes.count("proposer finished another's version");
            }
        }
    }

    pub(crate) fn said(envelope: &Envelope, sometimes: &mut Sometimes) {
        match &envelope.body {
            Body::Forward { .. } => sometimes.count("put forwarded"),
            Body::Replicate(replicate) if replicate.stands_in_for.is_some() => {
                sometimes.count("put rerouted to a fallback");
            }
            Body::NotStored { .. } => sometimes.count("replica refused"),
            Body::Misplaced { .. } => sometimes.count("misplaced request refused"),
            _ => {}
        }
    }

    pub(crate) fn told(input: &Input, sometimes: &mut Sometimes) {
        match input {
            Input::Failed(..) => sometimes.count("store failed an operation"),
            Input::Peer(Envelope {
                body: Body::Compare(dynamo_core::message::Compare::Records { .. }),
                ..
            }) => {
                sometimes.count("comparison brought records");
            }
            _ => {}
        }
    }
}
