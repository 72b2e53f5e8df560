//! Proposer: brings one version to a decision. It finishes what it finds accepted before it may propose its own.
//!
//! One proposal at a time in a node. Who wanted it is told what came of it: that it was decided, that another version was,
//! or that no majority answered.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;

use super::{Answer, Ballot, Base, Consensus};
use crate::desk::Desk;
use crate::ids::OpId;
use crate::message::Body;
use crate::state::ClusterState;
use crate::time::Instant;

/// How often what was not answered is said again, in milliseconds.
const AGAIN_MS: u64 = 300;

/// How long a proposal is tried for, in milliseconds: an administrator waits for it.
const PATIENCE_MS: u64 = 8_000;

/// How long an outbid proposer waits at least, and at most, before it tries again, in milliseconds. Drawn anew each time, so
/// that two proposers do not outbid each other for ever.
const BACKOFF_MS: (u64, usize) = (20, 150);

/// What came of a proposal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// This version is decided. `is_own`: it is the one that was wanted.
    Decided { state: Box<ClusterState>, is_own: bool },
    /// Another version is in force by now.
    Overtaken,
    /// Too few voters have answered; nothing is known to be decided. These were silent.
    NoMajority { silent: Vec<NodeId>, needed: usize, voters: usize },
}

/// A proposal under way.
#[derive(Debug)]
pub(crate) struct Proposer {
    op: OpId,
    base: Base,
    voters: BTreeSet<NodeId>,
    needed: usize,
    ballot: Ballot,
    wanted: Box<ClusterState>,
    stage: Stage,
    again_at: Instant,
    until: Instant,
}

#[derive(Debug)]
enum Stage {
    /// Promises, with what each had accepted.
    Preparing { promises: BTreeMap<NodeId, Option<(Ballot, Box<ClusterState>)>> },
    /// Votes for this version.
    Accepting { state: Box<ClusterState>, accepted: BTreeSet<NodeId> },
    /// Outbid; begun again at the next waking.
    BackingOff,
}

impl Proposer {
    /// Begins. `above`: the highest ballot that this node knows of.
    pub(crate) fn begin(
        desk: &mut Desk<'_>,
        base: Base,
        voters: BTreeSet<NodeId>,
        needed: usize,
        above: Option<Ballot>,
        wanted: ClusterState,
    ) -> Self {
        let now = desk.now.monotonic;
        let ballot = Ballot { round: 0, node: desk.me.node, life: desk.ids.life() };
        let mut proposer = Self {
            op: desk.ids.operation(),
            base,
            voters,
            needed,
            ballot,
            wanted: Box::new(wanted),
            stage: Stage::BackingOff,
            again_at: now,
            until: now.plus_ms(PATIENCE_MS),
        };
        proposer.prepare(desk, above.map_or(0, |above| above.round));
        proposer
    }

    /// When it next wants to look.
    pub(crate) fn deadline(&self) -> Instant {
        self.again_at.min(self.until)
    }

    /// An acceptor has answered.
    pub(crate) fn hear(&mut self, desk: &mut Desk<'_>, from: NodeId, answer: Answer) -> Option<Verdict> {
        if !self.voters.contains(&from) {
            return None;
        }
        match answer {
            Answer::Promise { op, accepted } if op == self.op => {
                if let Stage::Preparing { promises } = &mut self.stage {
                    promises.insert(from, accepted);
                    self.propose(desk);
                }
                None
            }
            Answer::Accepted { op } if op == self.op => {
                let Stage::Accepting { state, accepted } = &mut self.stage else { return None };
                accepted.insert(from);
                if accepted.len() < self.needed {
                    return None;
                }
                let is_own = *state == self.wanted;
                Some(Verdict::Decided { state: state.clone(), is_own })
            }
            Answer::Outbid { op, promised } if op == self.op => {
                self.back_off(desk, promised);
                None
            }
            Answer::OtherBase { op, edition } if op == self.op => edition
                .filter(|theirs| theirs.version > self.base.edition.version)
                .map(|_| Verdict::Overtaken),
            _ => None,
        }
    }

    /// Says again what was not answered; gives up after a while, or when another version is in force.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, base: Base) -> Option<Verdict> {
        let now = desk.now.monotonic;
        if base != self.base {
            return Some(Verdict::Overtaken);
        }
        if now >= self.until {
            let silent = self.voters.iter().copied().filter(|node| !self.has_answered(*node));
            let (needed, voters) = (self.needed, self.voters.len());
            return Some(Verdict::NoMajority { silent: silent.collect(), needed, voters });
        }
        if now >= self.again_at {
            if matches!(self.stage, Stage::BackingOff) {
                self.prepare(desk, self.ballot.round);
            } else {
                self.say(desk);
            }
        }
        None
    }

    fn has_answered(&self, node: NodeId) -> bool {
        match &self.stage {
            Stage::Preparing { promises } => promises.contains_key(&node),
            Stage::Accepting { accepted, .. } => accepted.contains(&node),
            Stage::BackingOff => false,
        }
    }

    /// Under a new name, so that an answer to an earlier ballot is not taken for one to this.
    fn prepare(&mut self, desk: &mut Desk<'_>, above: u64) {
        self.op = desk.ids.operation();
        self.ballot.round = above.saturating_add(1);
        self.stage = Stage::Preparing { promises: BTreeMap::new() };
        self.say(desk);
    }

    /// With a majority of promises: what was accepted under the highest ballot may be decided already, and is finished.
    fn propose(&mut self, desk: &mut Desk<'_>) {
        let Stage::Preparing { promises } = &self.stage else { return };
        if promises.len() < self.needed {
            return;
        }
        let found = promises.values().flatten().max_by_key(|(ballot, _)| *ballot);
        let state = match found {
            Some((_, found)) if !desk.config.flaws.ignores_accepted => found.clone(),
            _ => self.wanted.clone(),
        };
        self.stage = Stage::Accepting { state, accepted: BTreeSet::new() };
        self.say(desk);
    }

    fn back_off(&mut self, desk: &mut Desk<'_>, promised: Ballot) {
        self.ballot.round = self.ballot.round.max(promised.round);
        self.stage = Stage::BackingOff;
        let (least_ms, spread_ms) = BACKOFF_MS;
        let wait_ms = least_ms + desk.entropy.draw_below(spread_ms) as u64;
        self.again_at = desk.now.monotonic.plus_ms(wait_ms);
    }

    fn say(&mut self, desk: &mut Desk<'_>) {
        self.again_at = desk.now.monotonic.plus_ms(AGAIN_MS);
        let (op, base, ballot) = (self.op, self.base, self.ballot);
        for &voter in self.voters.iter().filter(|&&voter| !self.has_answered(voter)) {
            let said = match &self.stage {
                Stage::Preparing { .. } => Consensus::Prepare { op, base, ballot },
                Stage::Accepting { state, .. } => {
                    Consensus::Accept { op, base, ballot, state: state.clone() }
                }
                Stage::BackingOff => continue,
            };
            desk.send(voter, Body::Consensus(said));
        }
    }
}
