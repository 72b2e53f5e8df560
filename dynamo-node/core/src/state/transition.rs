//! Transition: one change of the ring on its way through the document, partition by partition (rule P14).
//!
//! Pure: it says which step may follow from what is known, never how that is found out. Steps only go forwards; taking a
//! transition back is another way forwards: what was not handed over stays, what was is moved back like anything else.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shared::error::Failure;
use shared::id::{NodeId, OperationId, PlanId};
use shared::token::PartitionId;
use shared::wire::cluster::{Phase, RingChange};
use shared::wire::operation::{Operation, OperationState};
use shared::wire::plan::{Author, Change};

use super::{CHANGES_KEPT, ClusterState, FORMER_LISTS_KEPT, Member, OPERATIONS_KEPT, Status};
use crate::ring::Ring;
use crate::ring::phase::Placed;

/// A partition that moves, or waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// Where to, in order.
    pub next: Vec<NodeId>,
    /// How far; [`Phase::Old`]: not begun.
    pub phase: Phase,
}

/// The change of the ring that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// What people wait for.
    pub operation: OperationId,
    /// The plan that is carried out.
    pub plan: PlanId,
    /// What the plan was made of.
    pub changes: Vec<Change>,
    /// Who committed it.
    pub author: Author,
    /// When, by the committing node's wall clock, in milliseconds since 1970.
    pub started_ms: u64,
    /// The members as they were.
    pub origin: BTreeMap<NodeId, Member>,
    /// The members as they are to be.
    pub target: BTreeMap<NodeId, Member>,
    /// Whether the operator has accepted that writes which only lost members hold are gone.
    pub accepts_loss: bool,
    /// Whether it is being taken back.
    pub is_cancelled: bool,
    /// What is not settled yet.
    pub moves: BTreeMap<PartitionId, Moving>,
    /// What is settled, with the lists before.
    pub settled: BTreeMap<PartitionId, Vec<NodeId>>,
    /// How many partitions were to move.
    pub partitions: u32,
    /// Nodes with copies to give up, and the version since when.
    pub dropping: BTreeMap<NodeId, u64>,
}

/// What is to be carried out.
#[derive(Debug, Clone)]
pub struct Undertaking {
    /// The operation's name.
    pub operation: OperationId,
    /// The plan's.
    pub plan: PlanId,
    /// What it is made of.
    pub changes: Vec<Change>,
    /// Who commits.
    pub author: Author,
    /// By the committing node's wall clock, in milliseconds since 1970.
    pub wall_ms: u64,
    /// The members as they are to be.
    pub target: BTreeMap<NodeId, Member>,
    /// The ring as it is to be.
    pub ring: Ring,
    /// How many replicas get a new place.
    pub replicas_moved: u32,
    /// Whether the operator accepts that writes which only lost members hold are gone.
    pub accepts_loss: bool,
    /// The lost members.
    pub lost: BTreeSet<NodeId>,
}

/// What whoever takes the next step knows of the others.
pub struct Facts<'a> {
    /// Whether a new owner has everything of a partition, in the partition's present epoch.
    pub is_filled: &'a dyn Fn(PartitionId, NodeId) -> bool,
    /// The newest version that a node is known to have stored; zero: unknown.
    pub version_of: &'a dyn Fn(NodeId) -> u64,
    /// What a node still has to give up, by its word since this version.
    pub remainder: &'a dyn Fn(NodeId, u64) -> Remainder,
    /// Whether a node is called down.
    pub is_down: &'a dyn Fn(NodeId) -> bool,
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: u64,
}

/// What a node still has to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remainder {
    /// Nothing.
    Nothing,
    /// Old copies, and all of them wait for owners that are down.
    WaitsForOthers,
    /// Old copies or hints, or it has not said.
    Something,
}

impl ClusterState {
    /// How many old owners of a partition must have stored its phase before the next may be used.
    pub fn fence_of(&self, placed: &Placed<'_>) -> usize {
        self.or_what_is_left(placed, self.fence(placed.current.len()), self.accepts_loss())
    }

    /// How many old owners a new one must have compared itself with, to hold everything that W of them have.
    pub fn sources_of(&self, placed: &Placed<'_>) -> usize {
        let enough = (placed.current.len() + 1).saturating_sub(usize::from(self.quorum.w())).max(1);
        self.or_what_is_left(placed, enough, self.accepts_loss())
    }

    /// Whether enough old owners have stored the present phase of a partition.
    pub fn is_fenced(&self, placed: &Placed<'_>, version_of: impl Fn(NodeId) -> u64) -> bool {
        let behind_it = placed.current.iter().filter(|&&node| version_of(node) >= placed.epoch);
        behind_it.count() >= self.fence_of(placed)
    }

    /// Whether an administrator has given a member up.
    pub fn is_lost(&self, node: NodeId) -> bool {
        self.members.get(&node).is_none_or(|member| member.status == Status::Lost)
    }

    fn accepts_loss(&self) -> bool {
        self.transition.as_ref().is_some_and(|transition| transition.accepts_loss)
    }

    fn or_what_is_left(&self, placed: &Placed<'_>, enough: usize, accepts_loss: bool) -> usize {
        let left = placed.current.iter().filter(|&&node| !self.is_lost(node)).count();
        if accepts_loss { enough.min(left) } else { enough }
    }

    /// Begins a transition. `self` is the version to come.
    pub fn begin(&mut self, what: Undertaking) {
        let origin = self.members.clone();
        let mut moves = BTreeMap::new();
        let mut before = Vec::new();
        for partition in self.partitions.iter() {
            let (was, is) = (self.ring.owners(partition), what.ring.owners(partition));
            if was != is {
                moves.insert(partition, Moving { next: is.to_vec(), phase: Phase::Old });
                before.push((partition, was.to_vec()));
            }
        }
        let mut dropping = BTreeMap::new();
        for (&node, member) in &what.target {
            let joins = !origin.contains_key(&node);
            let status = if joins { Status::Joining } else { Status::Active };
            self.members.insert(node, Member { status, ..member.clone() });
        }
        for (&node, member) in &mut self.members {
            if what.lost.contains(&node) {
                member.status = Status::Lost;
            } else if !what.target.contains_key(&node) {
                member.status = Status::Leaving;
                dropping.insert(node, self.version);
            }
        }
        self.staged.clear();
        self.ring_version = self.version;
        self.remember(RingChange {
            ring_version: self.version,
            at_ms: what.wall_ms,
            author: what.author.name.clone(),
            operation: Some(what.operation),
            changes: what.changes.clone(),
            replicas_moved: what.replicas_moved,
            before,
        });
        self.transition = Some(Transition {
            operation: what.operation,
            plan: what.plan,
            changes: what.changes,
            author: what.author,
            started_ms: what.wall_ms,
            origin,
            target: what.target,
            accepts_loss: what.accepts_loss,
            is_cancelled: false,
            partitions: u32::try_from(moves.len()).unwrap_or(u32::MAX),
            moves,
            settled: BTreeMap::new(),
            dropping,
        });
    }

    /// Begins to take the transition back. `self` is the version to come.
    pub fn cancel(&mut self, operation: OperationId) -> Result<(), Failure> {
        let conflict = |reason: String| Err(Failure::Conflict { reason });
        let Some(transition) = &mut self.transition else {
            return conflict(format!("operation {operation} is not under way; nothing was changed"));
        };
        if transition.operation != operation {
            let other = transition.operation;
            return conflict(format!(
                "operation {operation} is not under way, {other} is; nothing was changed"
            ));
        }
        if transition.is_cancelled {
            return conflict(format!("operation {operation} is being taken back already"));
        }
        transition.is_cancelled = true;
        Ok(())
    }

    /// Takes whatever steps are due. `self` is the version to come; `false`: none is.
    pub fn advance(&mut self, facts: &Facts<'_>) -> bool {
        let Some(mut transition) = self.transition.take() else { return false };
        let mut steps = self.settle(&mut transition, facts);
        if transition.is_cancelled {
            steps |= self.turn_back(&mut transition, facts);
        }
        steps |= self.hand_over(&mut transition, facts);
        steps |= self.start_more(&mut transition);
        let before = transition.dropping.len();
        let members = &self.members;
        // Who leaves is waited for, down or not: it may hold what nobody else does. Who stays has a copy too many, no more;
        // if that cannot go because one of its owners is down, it goes later.
        let is_cancelled = transition.is_cancelled;
        let is_leaving = |node: &NodeId| {
            !is_cancelled && members.get(node).is_some_and(|member| member.status == Status::Leaving)
        };
        transition.dropping.retain(|&node, &mut since| match (facts.remainder)(node, since) {
            Remainder::Nothing => false,
            Remainder::WaitsForOthers => is_leaving(&node),
            Remainder::Something => is_leaving(&node) || !(facts.is_down)(node),
        });
        steps |= transition.dropping.len() != before;
        if transition.moves.is_empty() && transition.dropping.is_empty() {
            self.conclude(&transition, facts.wall_ms);
            return true;
        }
        self.transition = Some(transition);
        steps
    }

    /// Handed over, and enough old owners refuse the joint phase: nobody can read the old list any more.
    fn settle(&mut self, transition: &mut Transition, facts: &Facts<'_>) -> bool {
        let mut settled = Vec::new();
        for (&partition, moving) in &transition.moves {
            let placed = self.placed_in(partition, moving);
            let behind_it = placed.current.iter().filter(|&&node| (facts.version_of)(node) >= placed.epoch);
            let fence = self.fence(placed.current.len());
            let fence = self.or_what_is_left(&placed, fence, transition.accepts_loss);
            if moving.phase == Phase::Handover && behind_it.count() >= fence {
                settled.push(partition);
            }
        }
        for &partition in &settled {
            let Some(moving) = transition.moves.remove(&partition) else { continue };
            let before = self.ring.replace(partition, moving.next.clone());
            self.epochs.insert(partition, self.version);
            self.ring_version = self.version;
            for node in before.iter().filter(|node| !moving.next.contains(node)) {
                if !self.is_lost(*node) {
                    transition.dropping.insert(*node, self.version);
                }
            }
            let first = transition.settled.entry(partition).or_insert_with(|| before.clone());
            if transition.is_cancelled && *first == moving.next {
                transition.settled.remove(&partition);
            }
        }
        !settled.is_empty()
    }

    /// All new owners have everything: they answer from now on.
    fn hand_over(&mut self, transition: &mut Transition, facts: &Facts<'_>) -> bool {
        let mut steps = false;
        for (&partition, moving) in &mut transition.moves {
            let current = self.ring.owners(partition);
            let is_whole = |node: &NodeId| current.contains(node) || (facts.is_filled)(partition, *node);
            if moving.phase == Phase::Joint && moving.next.iter().all(is_whole) {
                moving.phase = Phase::Handover;
                self.epochs.insert(partition, self.version);
                steps = true;
            }
        }
        steps
    }

    /// What was not handed over stays where it is; what was goes back, unless somebody who would have to take it in again is
    /// down: then it stays where it is as well.
    fn turn_back(&mut self, transition: &mut Transition, facts: &Facts<'_>) -> bool {
        let mut steps = false;
        let ring = &self.ring;
        transition.settled.retain(|&partition, first| {
            let has = |node: &NodeId| ring.owners(partition).contains(node);
            let can_go_back = first.iter().all(|node| has(node) || !(facts.is_down)(*node));
            steps |= !can_go_back;
            can_go_back
        });
        let goes_back = |partition: &PartitionId, moving: &Moving| {
            transition.settled.get(partition).is_some_and(|first| *first == moving.next)
        };
        let stays: Vec<PartitionId> = transition
            .moves
            .iter()
            .filter(|(partition, moving)| moving.phase != Phase::Handover && !goes_back(partition, moving))
            .map(|(&partition, _)| partition)
            .collect();
        for partition in stays {
            let Some(moving) = transition.moves.remove(&partition) else { continue };
            if moving.phase == Phase::Joint {
                self.epochs.insert(partition, self.version);
                let current = self.ring.owners(partition);
                let joiners = moving.next.iter().filter(|node| !current.contains(node));
                transition.dropping.extend(joiners.map(|&node| (node, self.version)));
            }
            steps = true;
        }
        for (&partition, first) in &transition.settled {
            transition.moves.entry(partition).or_insert_with(|| {
                steps = true;
                Moving { next: first.clone(), phase: Phase::Old }
            });
        }
        steps
    }

    fn start_more(&mut self, transition: &mut Transition) -> bool {
        let in_motion = transition.moves.values().filter(|moving| moving.phase != Phase::Old).count();
        let room = (self.limits.partitions_at_once.max(1) as usize).saturating_sub(in_motion);
        if self.limits.is_paused {
            return false;
        }
        let mut steps = false;
        let waiting = transition.moves.iter_mut().filter(|(_, moving)| moving.phase == Phase::Old);
        for (&partition, moving) in waiting.take(room) {
            moving.phase = Phase::Joint;
            self.epochs.insert(partition, self.version);
            steps = true;
        }
        steps
    }

    fn conclude(&mut self, transition: &Transition, wall_ms: u64) {
        let mut after = if transition.is_cancelled { &transition.origin } else { &transition.target }.clone();
        if transition.is_cancelled {
            // What could not be moved back stays, and with it who holds it.
            let lists = self.ring.lists();
            let holds = |node: NodeId| lists.iter().any(|list| list.contains(&node));
            for (&node, member) in &transition.target {
                if !after.contains_key(&node) && holds(node) {
                    after.insert(node, member.clone());
                }
            }
        } else {
            for (&node, member) in self.members.iter().filter(|(node, _)| !after.contains_key(node)) {
                self.left.insert(node, member.name.clone());
            }
        }
        let active =
            |(&node, member): (&NodeId, &Member)| (node, Member { status: Status::Active, ..member.clone() });
        self.members = after.iter().map(active).collect();
        self.ring_version = self.version;
        if transition.is_cancelled {
            self.history.retain(|change| change.operation != Some(transition.operation));
        }
        let mut operation = transition.describe();
        operation.ended_ms = Some(wall_ms);
        operation.state =
            if transition.is_cancelled { OperationState::Cancelled } else { OperationState::Done };
        self.operations.insert(0, operation);
        self.operations.truncate(OPERATIONS_KEPT);
    }

    /// Where a partition of a transition stands that was taken out of the document for the moment.
    fn placed_in<'a>(&'a self, partition: PartitionId, moving: &'a Moving) -> Placed<'a> {
        let next = (moving.phase != Phase::Old).then_some(moving.next.as_slice());
        let epoch = self.epochs.get(&partition).copied().unwrap_or(1);
        Placed { current: self.ring.owners(partition), next, phase: moving.phase, epoch }
    }

    fn remember(&mut self, change: RingChange) {
        self.history.insert(0, change);
        self.history.truncate(CHANGES_KEPT);
        let mut lists = 0;
        for change in &mut self.history {
            lists += change.before.len();
            if lists > FORMER_LISTS_KEPT {
                change.before.clear();
            }
        }
    }
}

impl Transition {
    /// It, as operators see it.
    pub fn describe(&self) -> Operation {
        let in_phase = |phase| {
            let count = self.moves.values().filter(|moving| moving.phase == phase).count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        Operation {
            id: self.operation,
            plan: self.plan,
            changes: self.changes.clone(),
            author: self.author.clone(),
            started_ms: self.started_ms,
            ended_ms: None,
            state: if self.is_cancelled { OperationState::Cancelling } else { OperationState::Running },
            partitions: self.partitions,
            waiting: in_phase(Phase::Old),
            joint: in_phase(Phase::Joint),
            handed_over: in_phase(Phase::Handover),
            settled: u32::try_from(self.settled.len()).unwrap_or(u32::MAX),
            dropping: self.dropping.keys().copied().collect(),
            stalled: None,
        }
    }
}
