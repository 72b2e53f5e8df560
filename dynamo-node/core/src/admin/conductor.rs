//! Conductor: whoever takes the next step of a transition (rule P14). Any member can: the first voter that is up takes it, and
//! where two believe that they are the first, consensus lets one of them.
//!
//! It asks those that take part how far they are, and puts the steps that are due to the vote. It keeps nothing: if it dies,
//! the next one asks anew.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;
use shared::token::PartitionId;
use shared::wire::cluster::Phase;

use crate::desk::{Desk, View};
use crate::message::{Body, Progress, Transfer};
use crate::state::ClusterState;
use crate::state::transition::{Facts, Remainder};
use crate::time::Instant;

/// How often those that take part are asked how far they are, in milliseconds.
const ASK_MS: u64 = 250;

/// How often a step is looked for, in milliseconds: what is done within it goes into one version.
const STEP_MS: u64 = 100;

/// What the others said.
#[derive(Debug, Default)]
pub(crate) struct Conductor {
    /// With the version that they had stored when they said it.
    reports: BTreeMap<NodeId, (u64, Progress)>,
    asked: Option<Instant>,
    stepped: Option<Instant>,
}

impl Conductor {
    /// Whether this node is the one to take the next step.
    pub(crate) fn is_first(view: View<'_>, me: NodeId) -> bool {
        let mut voters = view.state().voters();
        voters.find(|&voter| view.members.is_up(voter)) == Some(me)
    }

    /// A node has said how far it is.
    pub(crate) fn hear(&mut self, view: View<'_>, from: NodeId, progress: Progress) {
        self.reports.insert(from, (view.version_of(from), progress));
    }

    /// What stands still and why, as far as this node was told.
    pub(crate) fn stalled(&self, view: View<'_>) -> Option<String> {
        let told = self.reports.iter().find_map(|(&node, (_, progress))| {
            progress.stalled.as_ref().map(|reason| format!("{}: {reason}", view.state().name_of(node)))
        });
        told.or_else(|| away(view))
    }

    /// Asks, and drafts the step that is due, if one is. `own`: how far this node itself is.
    pub(crate) fn tick(
        &mut self,
        desk: &mut Desk<'_>,
        view: View<'_>,
        own: impl FnOnce() -> Progress,
    ) -> Option<ClusterState> {
        let state = view.state();
        if state.transition.is_none() || !Self::is_first(view, desk.me.node) {
            self.reports.clear();
            self.stepped = None;
            return None;
        }
        let now = desk.now.monotonic;
        if self.asked.is_none_or(|asked| now >= asked.plus_ms(ASK_MS)) {
            self.asked = Some(now);
            for node in taking_part(state).into_iter().filter(|&node| node != desk.me.node) {
                desk.send(node, Body::Transfer(Transfer::Ask));
            }
        }
        if self.stepped.is_some_and(|stepped| now < stepped.plus_ms(STEP_MS)) {
            return None;
        }
        self.stepped = Some(now);
        self.reports.insert(desk.me.node, (state.version, own()));
        self.step(desk, view)
    }

    /// When this room next wants to look.
    pub(crate) fn deadline(&self, state: &ClusterState) -> Option<Instant> {
        state.transition.as_ref()?;
        self.stepped.map(|stepped| stepped.plus_ms(STEP_MS))
    }

    fn step(&self, desk: &Desk<'_>, view: View<'_>) -> Option<ClusterState> {
        let state = view.state();
        let filled: BTreeSet<(NodeId, PartitionId)> = self
            .reports
            .iter()
            .flat_map(|(&node, (_, progress))| progress.filled.iter().map(move |filled| (node, filled)))
            .filter(|(_, (partition, epoch))| state.placed(*partition).epoch == *epoch)
            .map(|(node, (partition, _))| (node, *partition))
            .collect();
        let remainder = |node: NodeId, since: u64| {
            let is_leaving = crate::hint::is_leaving(state, node);
            let report = self.reports.get(&node).filter(|(version, _)| *version >= since);
            match report {
                Some((_, progress)) if progress.hints > 0 && is_leaving => Remainder::Something,
                Some((_, progress)) if progress.copies == 0 => Remainder::Nothing,
                Some((_, progress)) if progress.copies == progress.copies_waiting => {
                    Remainder::WaitsForOthers
                }
                _ => Remainder::Something,
            }
        };
        let facts = Facts {
            is_filled: &|partition, node| filled.contains(&(node, partition)),
            version_of: &|node| view.version_of(node),
            remainder: &remainder,
            is_down: &|node| !view.members.is_not_down(node),
            wall_ms: desk.now.wall.0,
        };
        let mut next = state.successor(view.base.hash);
        next.advance(&facts).then_some(next)
    }
}

/// Whoever has something to report: new owners that are filling, and nodes with copies to give up.
fn taking_part(state: &ClusterState) -> BTreeSet<NodeId> {
    let Some(transition) = &state.transition else { return BTreeSet::new() };
    let joint = transition.moves.values().filter(|moving| moving.phase == Phase::Joint);
    let filling = joint.flat_map(|moving| moving.next.iter().copied());
    filling.chain(transition.dropping.keys().copied()).collect()
}

/// Those without whom it cannot go on, and who are down.
fn away(view: View<'_>) -> Option<String> {
    let state = view.state();
    let transition = state.transition.as_ref()?;
    let down = taking_part(state).into_iter().find(|&node| !view.members.is_not_down(node))?;
    let name = state.name_of(down);
    let is_joiner = !transition.origin.contains_key(&down);
    Some(if is_joiner {
        format!("{name} is down; start it, or take the operation back with `op cancel`")
    } else {
        format!("{name} is down; start it, or if it is lost, cancel and plan `node remove {name}`")
    })
}
