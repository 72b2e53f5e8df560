//! Draft: the version that an administrator's wish would make of the one in force, or why it may not.

use std::collections::BTreeMap;

use shared::error::Failure;
use shared::id::{NodeId, OperationId};
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::look::Liveness;
use shared::wire::plan::{Author, Blocker, Change, Staged};

use super::plan::{self, Ground, Newcomer, Observed, Target};
use crate::desk::{Desk, View};
use crate::state::transition::Undertaking;
use crate::state::{ClusterState, Edition};
use crate::time::Now;

/// A version to come, and what its administrator is told when it is in force.
#[derive(Debug)]
pub(crate) struct Drafted {
    pub(crate) next: ClusterState,
    pub(crate) done: Done,
}

/// Most changes that wait at once.
const STAGED_MAX: usize = 1_024;

/// Drafts what is wanted.
pub(crate) fn draft(
    desk: &mut Desk<'_>,
    view: View<'_>,
    author: &Author,
    admin: &Admin,
) -> Result<Drafted, Failure> {
    let mut next = view.state().successor(view.base.hash);
    let version = next.version;
    let done = match admin {
        Admin::Init(_) => {
            let reason = format!("{} belongs to the cluster {} already", desk.me.name, next.name);
            return Err(Failure::Conflict { reason });
        }
        Admin::Stage { changes } => {
            let numbers = stage(desk, view, &mut next, author, changes)?;
            Done::Staged { version, numbers }
        }
        Admin::Clear { numbers } => Done::Cleared { version, numbers: clear(&mut next, numbers)? },
        Admin::Commit(commit) => {
            let operation = commit_to(desk, view, &mut next, author, commit)?;
            Done::Committed { version: next.version, operation }
        }
        Admin::Cancel { operation } => {
            next.cancel(*operation)?;
            Done::Cancelling { version }
        }
        &Admin::Limit { bytes_per_second, partitions_at_once } => {
            if partitions_at_once == Some(0) {
                let reason =
                    "at least 1 partition may be on the move at once; `transfer pause` stops all of \
                              them; nothing was changed"
                        .to_owned();
                return Err(Failure::Refused { reason });
            }
            let limits = &mut next.limits;
            limits.bytes_per_second = bytes_per_second.unwrap_or(limits.bytes_per_second);
            limits.partitions_at_once = partitions_at_once.unwrap_or(limits.partitions_at_once);
            Done::Set { version }
        }
        &Admin::Pause { pause } => {
            next.limits.is_paused = pause;
            Done::Set { version }
        }
    };
    Ok(Drafted { next, done })
}

fn stage(
    desk: &Desk<'_>,
    view: View<'_>,
    next: &mut ClusterState,
    author: &Author,
    changes: &[Change],
) -> Result<Vec<u64>, Failure> {
    if changes.is_empty() || next.staged.len() + changes.len() > STAGED_MAX {
        let reason = format!("between 1 and {STAGED_MAX} changes may be staged; nothing was staged");
        return Err(Failure::Refused { reason });
    }
    let surroundings = Surroundings::of(view, desk.me.node, desk.now);
    let staged: Vec<Change> = next.staged.iter().map(|staged| staged.change.clone()).collect();
    plan::check(&surroundings.ground(view.state()), &staged, changes)?;
    let mut numbers = Vec::new();
    for change in changes {
        next.staged_ever += 1;
        numbers.push(next.staged_ever);
        next.staged.push(Staged {
            number: next.staged_ever,
            change: change.clone(),
            author: author.clone(),
            staged_ms: desk.now.wall.0,
        });
    }
    Ok(numbers)
}

fn clear(next: &mut ClusterState, numbers: &[u64]) -> Result<Vec<u64>, Failure> {
    let is_staged = |number: &u64| next.staged.iter().any(|staged| staged.number == *number);
    if let Some(missing) = numbers.iter().find(|number| !is_staged(number)) {
        let reason = format!("no change number {missing} is staged; nothing was cleared");
        return Err(Failure::Conflict { reason });
    }
    let goes = |staged: &Staged| numbers.is_empty() || numbers.contains(&staged.number);
    let cleared = next.staged.iter().filter(|staged| goes(staged)).map(|staged| staged.number).collect();
    next.staged.retain(|staged| !goes(staged));
    Ok(cleared)
}

fn commit_to(
    desk: &mut Desk<'_>,
    view: View<'_>,
    next: &mut ClusterState,
    author: &Author,
    commit: &Commit,
) -> Result<OperationId, Failure> {
    let state = view.state();
    if let Some(transition) = &state.transition {
        let reason = format!(
            "operation {} is under way, and there is one at a time; nothing was committed: wait for it, or cancel it",
            transition.operation
        );
        return Err(Failure::Conflict { reason });
    }
    let surroundings = Surroundings::of(view, desk.me.node, desk.now);
    let ground = surroundings.ground(state);
    let staged: Vec<Change> = state.staged.iter().map(|staged| staged.change.clone()).collect();
    let changes = commit.without_majority.clone().unwrap_or(staged);
    let Target { members, lost, ring, plan, .. } = plan::make(&ground, &changes)?;
    if plan.id != commit.plan {
        let reason = format!(
            "plan {} is stale: what is staged, or the ring, has changed since (it would be plan {} now, of ring version {}); \
             nothing was committed: look at it again",
            commit.plan, plan.id, plan.base_ring_version
        );
        return Err(Failure::Conflict { reason });
    }
    refuse_blockers(&plan.blockers, commit.insist)?;
    if plan.moves.is_empty() && changes.is_empty() {
        let reason = "nothing is staged, and the ring is balanced: there is nothing to commit".to_owned();
        return Err(Failure::Refused { reason });
    }
    if commit.without_majority.is_some() {
        next.ancestors.push(Edition { lineage: state.lineage, version: state.version });
        next.lineage = desk.entropy.draw_u64();
    }
    let operation = OperationId(desk.entropy.draw_u64());
    next.begin(Undertaking {
        operation,
        plan: plan.id,
        changes,
        author: author.clone(),
        wall_ms: desk.now.wall.0,
        target: members,
        ring,
        replicas_moved: plan.replicas_moved,
        accepts_loss: commit.insist,
        lost,
    });
    Ok(operation)
}

fn refuse_blockers(blockers: &[Blocker], insists: bool) -> Result<(), Failure> {
    let in_the_way: Vec<String> = blockers
        .iter()
        .filter(|blocker| !(insists && blocker.may_insist))
        .map(|blocker| match &blocker.node {
            Some(node) => format!("{node}: {}", blocker.reason),
            None => blocker.reason.clone(),
        })
        .collect();
    if in_the_way.is_empty() {
        return Ok(());
    }
    Err(Failure::Blocked { reasons: in_the_way })
}

/// What this node sees around it, as plans want it.
pub(crate) struct Surroundings {
    waiting: BTreeMap<NodeId, Newcomer>,
    observed: BTreeMap<NodeId, Observed>,
}

impl Surroundings {
    /// What is seen now.
    pub(crate) fn of(view: View<'_>, me: NodeId, now: Now) -> Self {
        let members = view.members;
        let load = |node| members.loads.get(&node).copied();
        let mut observed: BTreeMap<NodeId, Observed> = members
            .liveness
            .iter()
            .map(|seen| (seen.node, Observed { liveness: seen.liveness, load: load(seen.node) }))
            .collect();
        observed.insert(me, Observed { liveness: Liveness::Up, load: load(me) });
        let mut waiting = BTreeMap::new();
        for (node, newcomer, _) in members.waiting.iter(now.monotonic) {
            observed.insert(node, Observed { liveness: Liveness::Up, load: newcomer.load });
            let (name, address, zone) = (newcomer.name.clone(), newcomer.address, newcomer.zone.clone());
            waiting.insert(node, Newcomer { name, address, zone });
        }
        Self { waiting, observed }
    }

    /// What plans start from.
    pub(crate) fn ground<'a>(&'a self, state: &'a ClusterState) -> Ground<'a> {
        Ground {
            cluster: state.cluster,
            ring_version: state.ring_version,
            quorum: state.quorum,
            ring: &state.ring,
            members: &state.members,
            left: &state.left,
            waiting: &self.waiting,
            observed: &self.observed,
            limits: state.limits,
            moving: state.transition.as_ref().map(|transition| transition.operation),
        }
    }
}
