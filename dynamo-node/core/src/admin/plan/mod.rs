//! Plan: what staged changes would do, before anybody commits to them (Dynamo §4.9).
//!
//! Pure functions of what is declared and what the answering node observes ([`Ground`]): [`check()`] says whether changes may
//! be staged, [`make`] what they would do, [`propose()`] which others might do better. Nothing is staged, committed or
//! moved here. Observations give estimates and blockers, and never touch the result or its id: every node names the same
//! plan alike (invariant M2).

mod blockers;
mod check;
mod draft;
mod estimate;
mod ground;
mod misfit;
mod propose;
mod survey;
mod warnings;
mod weights;

#[cfg(test)]
mod tests;

pub(crate) use check::check;
pub(crate) use ground::{Ground, Newcomer, Observed};
pub(crate) use propose::propose;

use std::collections::{BTreeMap, BTreeSet};

use shared::error::Failure;
use shared::id::{NodeId, PlanId};
use shared::wire::plan::{Change, Plan};

use crate::ring::Ring;
use crate::ring::placement::{Placement, rearrange};
use crate::state::Member;
use draft::Draft;
use estimate::Flow;

/// Where changes lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The members when all is done.
    pub(crate) members: BTreeMap<NodeId, Member>,
    /// Who becomes a member, successors included.
    pub(crate) joining: BTreeSet<NodeId>,
    /// Who hands over and goes.
    pub(crate) leaving: BTreeSet<NodeId>,
    /// Who is replaced or removed.
    pub(crate) lost: BTreeSet<NodeId>,
    /// Who is to hold what.
    pub(crate) ring: Ring,
    /// The same for people, with estimates.
    pub(crate) plan: Plan,
}

/// What these changes would do. Of no changes: evens out what is there, if anything.
///
/// # Errors
/// [`Failure::Conflict`] or [`Failure::Refused`] where they do not fit what is declared (any more).
pub(crate) fn make(ground: &Ground<'_>, changes: &[Change]) -> Result<Target, Failure> {
    let draft = Draft::of(ground, changes.iter())
        .and_then(Draft::with_enough_members)
        .map_err(|misfit| misfit.into_failure("nothing was planned"))?;
    let candidates = draft.candidates();
    let n = survey::replicas(ground, candidates.len());
    let placement = rearrange(&draft.inherited(), &candidates, n)
        .map_err(|none| Failure::Refused { reason: format!("{none}: nothing was planned") })?;
    let plan = plan(ground, changes, &draft, &placement);
    let Draft { members, joining, leaving, lost, .. } = draft;
    Ok(Target { members, joining, leaving, lost, ring: placement.ring, plan })
}

fn plan(ground: &Ground<'_>, changes: &[Change], draft: &Draft<'_>, placement: &Placement) -> Plan {
    let (after, n) = (&placement.ring, ground.quorum.n());
    let flow = Flow::between(ground, draft, after);
    let (live_replicas_least, live_replicas_examples) = survey::live_replicas_least(ground, draft, after);
    Plan {
        id: id(ground, draft, after),
        cluster: ground.cluster,
        base_ring_version: ground.ring_version,
        changes: changes.to_vec(),
        shares: flow.shares(ground, draft),
        pairs: flow.pairs(),
        replicas_moved: flow.replicas_moved(),
        replicas_moved_least: flow.replicas_moved_least(),
        time_ms: flow.time_ms(ground.limits.bytes_per_second),
        live_replicas_least,
        live_replicas_examples,
        zoned_before: survey::zoned(ground.ring, ground.members, n),
        zoned_after: survey::zoned(after, &draft.members, n),
        skew_before_permille: survey::skew_permille(ground.ring, &survey::ideals_before(ground)),
        skew_after_permille: survey::skew_permille(after, &placement.ideal_millireplicas),
        blockers: blockers::blockers(ground, draft, &flow),
        warnings: warnings::warnings(ground, draft, &flow),
        moves: flow.moves,
    }
}

/// The first 64 bits of a hash over base, changes and result. Changes count in an order of their own, so that it is the
/// same plan whoever staged first.
fn id(ground: &Ground<'_>, draft: &Draft<'_>, after: &Ring) -> PlanId {
    let named = (ground.cluster, ground.ring_version, &draft.steps, after.lists());
    let hash = blake3::hash(&shared::wire::encode(&named));
    PlanId(u64::from_be_bytes(*hash.as_bytes().first_chunk().expect("a hash has 32 bytes")))
}
