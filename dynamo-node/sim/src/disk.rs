//! Disk: a node's store, with what reads see, what is safe, and what lies between and a crash may forget.
//!
//! It runs the very functions that the real store's lanes run (rule P2). An operation waits in its partition's
//! lane, is run against what was applied so far, and is then in the journal: first *applied*, then *written* (the
//! operating system has it), then *synced*. One commit at a time takes everything that has gathered. Lanes do not wait for
//! each other, and a crash keeps a random prefix of each lane's unsafe entries: harsher than one journal, on purpose.

use std::collections::VecDeque;
use std::sync::Arc;

use dynamo_core::durable::Kept;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{
    Change, Found, LaneOp, OpKind, Outcome, Query, Shelf, StoreFailure, Sweep, Swept, Ticket, answer, run,
    sweep,
};
use shared::id::NodeId;
use shared::level::Durability;
use shared::token::PartitionId;

use crate::contents::Contents;
use crate::mutant::{self, Mutant};
use crate::rng::Rng;

/// How a node stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The process ends: what the operating system has is kept.
    Killed,
    /// The power goes: only what is synced is sure to be kept.
    PowerLost,
}

/// Something told by the disk: a ticket and how durable it is.
pub type Reached = (Ticket, Durability);

/// Rows with their objects.
pub type Objects = Vec<(Row, Arc<Record>)>;

/// One batch of rows on its way to the platter.
#[derive(Debug)]
struct Entry {
    lane: usize,
    ticket: Ticket,
    /// What was asked for; `None`: told already.
    durability: Option<Durability>,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Changes(Vec<Change>),
    Kept(Box<Kept>),
}

/// One node's disk.
#[derive(Debug)]
pub struct Disk {
    /// What reads see.
    pub live: Contents,
    /// What is safe.
    pub durable: Contents,
    /// Who mints, in memory only.
    pub pens: Pens,
    /// How many times slower than usual it is; 1 is usual.
    pub slowness: u64,
    /// Whether there is no room.
    pub is_full: bool,
    lanes: Vec<Lane>,
    journal: Vec<Entry>,
    written: usize,
    committing: Option<usize>,
    mutant: Option<Mutant>,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<(Ticket, Task)>,
    free_at_us: u64,
}

/// What waits in a lane.
#[derive(Debug)]
pub enum Task {
    /// A read-merge-write.
    Run(LaneOp),
    /// A step of removing an old copy.
    Sweep(Sweep),
    /// Nothing, in its turn.
    Barrier(PartitionId),
}

impl Task {
    fn partition(&self) -> PartitionId {
        match self {
            Self::Run(op) => op.partition,
            Self::Sweep(step) => step.partition,
            Self::Barrier(partition) => *partition,
        }
    }

    fn durability(&self) -> Durability {
        match self {
            Self::Run(op) => op.durability,
            Self::Sweep(_) | Self::Barrier(_) => Durability::Synced,
        }
    }

    /// Whether it is done even if there is no room: it makes some.
    fn makes_room(&self) -> bool {
        match self {
            Self::Run(op) => matches!(op.kind, OpKind::ForgetIf { .. }),
            Self::Sweep(_) | Self::Barrier(_) => true,
        }
    }
}

/// What running the next operation of a lane brought.
#[derive(Debug)]
pub struct Executed {
    /// Which.
    pub ticket: Ticket,
    /// What came of it.
    pub result: Result<Outcome, StoreFailure>,
    /// A mutant: said to be synced at once.
    pub synced_at_once: Option<Durability>,
}

impl Disk {
    /// An empty disk with so many lanes.
    pub fn new(lanes: usize, mutant: Option<Mutant>) -> Self {
        let damage_is_absence = mutant == Some(Mutant::DamageIsAbsence);
        let live = Contents::empty(damage_is_absence);
        Self {
            durable: live.clone(),
            live,
            pens: Pens::new(),
            slowness: 1,
            is_full: false,
            lanes: (0..lanes.max(1)).map(|_| Lane::default()).collect(),
            journal: Vec::new(),
            written: 0,
            committing: None,
            mutant,
        }
    }

    /// Puts a task into its lane; says which lane, and when to [`Self::execute`] its next.
    pub fn submit(&mut self, ticket: Ticket, task: Task, now_us: u64, rng: &mut Rng) -> (usize, u64) {
        let at = task.partition().0 as usize % self.lanes.len();
        let delay_us = rng.between(5, 60) * self.slowness;
        let lane = self.lanes.get_mut(at).expect("a lane for every remainder");
        lane.waiting.push_back((ticket, task));
        lane.free_at_us = lane.free_at_us.max(now_us) + delay_us;
        (at, lane.free_at_us)
    }

    /// How long a read takes, in microseconds.
    pub fn read_us(&self, rng: &mut Rng) -> u64 {
        rng.between(5, 100) * self.slowness
    }

    /// How long a commit takes, in microseconds: until it is written, and from then until it is synced.
    pub fn commit_us(&self, rng: &mut Rng) -> (u64, u64) {
        (rng.between(20, 100) * self.slowness, rng.between(200, 3_000) * self.slowness)
    }

    /// The hint that the next operation of a lane may forget: for whom, of which row, and what it says.
    pub fn about_to_forget(&self, lane: usize) -> Option<(NodeId, Row, Option<Arc<Record>>)> {
        let (_, Task::Run(op)) = self.lanes.get(lane)?.waiting.front()? else { return None };
        let OpKind::ForgetIf { owner, .. } = op.kind else { return None };
        Some((owner, op.row.clone(), self.live.hinted(owner, &op.row)))
    }

    /// The objects of an old copy that the next operation of a lane is about to remove: those from where it goes on.
    pub fn about_to_sweep(&self, lane: usize) -> Option<(PartitionId, Objects)> {
        let (_, Task::Sweep(step)) = self.lanes.get(lane)?.waiting.front()? else { return None };
        let limit = step.rows_max.max(1);
        let gone = self.live.objects(step.arc.first, step.arc.last, step.after.as_ref(), limit);
        Some((step.partition, gone.unwrap_or_default()))
    }

    /// Runs the next operation of a lane.
    pub fn execute(&mut self, lane: usize) -> Option<Executed> {
        let (ticket, task) = self.lanes.get_mut(lane)?.waiting.pop_front()?;
        if self.is_full && !task.makes_room() {
            let result = Err(StoreFailure::Full("the disk is full".to_owned()));
            return Some(Executed { ticket, result, synced_at_once: None });
        }
        let durability = task.durability();
        let mut synced_at_once = None;
        let result = self.run(task).map(|(outcome, changes)| {
            changes.iter().for_each(|change| self.live.apply(change));
            synced_at_once = (self.mutant == Some(Mutant::SyncedTooEarly)).then_some(durability);
            let durability = synced_at_once.is_none().then_some(durability);
            self.journal.push(Entry { lane, ticket, durability, rows: Rows::Changes(changes) });
            outcome
        });
        Some(Executed { ticket, result, synced_at_once })
    }

    fn run(&mut self, task: Task) -> Result<(Outcome, Vec<Change>), StoreFailure> {
        match task {
            Task::Run(op) => {
                let done = mutant::run(self.mutant, op, &mut self.live, &mut self.pens, run);
                done.map(|(effected, changes)| (Outcome::Lane(effected), changes))
            }
            Task::Sweep(step) => {
                let done = sweep(&step, &self.live, &mut self.pens);
                done.map(|(swept, changes)| (Outcome::Swept(swept), changes))
            }
            Task::Barrier(_) => Ok((Outcome::Swept(Swept::default()), Vec::new())),
        }
    }

    /// Answers a query from what was applied so far.
    pub fn read(&self, query: &Query) -> Result<Found, StoreFailure> {
        answer(query, &self.live).map_err(StoreFailure::from)
    }

    /// Puts what a node keeps of itself into the journal.
    pub fn keep(&mut self, ticket: Ticket, kept: Box<Kept>) {
        let lane = self.lanes.len();
        self.live.kept = Some((*kept).clone());
        let durability = Some(Durability::Synced);
        self.journal.push(Entry { lane, ticket, durability, rows: Rows::Kept(kept) });
    }

    /// Begins a commit of everything in the journal, unless one is under way or there is nothing to commit.
    pub fn begin_commit(&mut self) -> bool {
        let begins = self.committing.is_none() && self.journal.len() > self.written;
        if begins {
            self.committing = Some(self.journal.len());
        }
        begins
    }

    /// The commit under way has reached the operating system: what it has reached by that, and whether anybody wants
    /// it synced. If nobody does, the commit is over.
    pub fn written(&mut self) -> (Vec<Reached>, bool) {
        self.written = self.committing.unwrap_or(self.written);
        let mut wants_sync = false;
        let mut reached = Vec::new();
        for entry in self.journal.iter_mut().take(self.written) {
            match entry.durability {
                Some(Durability::Buffered) => {
                    entry.durability = None;
                    reached.push((entry.ticket, Durability::Buffered));
                }
                Some(Durability::Synced) => wants_sync = true,
                None => {}
            }
        }
        if !wants_sync {
            self.committing = None;
        }
        (reached, wants_sync)
    }

    /// Syncs what only waited in the operating system's buffer, unless a commit is under way and will do so.
    pub fn flush(&mut self) -> Option<Vec<Reached>> {
        (self.committing.is_none() && self.written > 0).then(|| self.synced())
    }

    /// Everything written is on the platter now: what that has reached.
    pub fn synced(&mut self) -> Vec<Reached> {
        let safe: Vec<Entry> = self.journal.drain(..self.written).collect();
        self.written = 0;
        self.committing = None;
        let mut reached = Vec::new();
        for entry in safe {
            keep(&mut self.durable, &entry.rows);
            reached.extend(entry.durability.map(|durability| (entry.ticket, durability)));
        }
        reached
    }

    /// The node stops. Says how many unsafe entries were forgotten.
    pub fn stop(&mut self, how: Stop, rng: &mut Rng) -> usize {
        let safe = if how == Stop::Killed { self.written } else { 0 };
        let mut left: Vec<usize> =
            self.unsafe_entries_by_lane(safe).into_iter().map(|count| pick_prefix(count, rng)).collect();
        let mut forgotten = 0;
        for (position, entry) in std::mem::take(&mut self.journal).into_iter().enumerate() {
            let kept = position < safe || left.get_mut(entry.lane).is_some_and(take_one);
            if kept {
                keep(&mut self.durable, &entry.rows);
            } else {
                forgotten += 1;
            }
        }
        self.forget_memory();
        forgotten
    }

    /// Everything on it is gone.
    pub fn wipe(&mut self) {
        let damage_is_absence = self.durable.damage_is_absence;
        self.durable = Contents::empty(damage_is_absence);
        self.journal.clear();
        self.forget_memory();
    }

    /// Whether nothing is under way.
    pub fn is_quiet(&self) -> bool {
        self.journal.is_empty() && self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }

    /// What is held of a row as an owner.
    pub fn object(&self, row: &Row) -> Option<&Record> {
        self.live.objects.get(row).map(AsRef::as_ref)
    }

    fn forget_memory(&mut self) {
        let damaged = std::mem::take(&mut self.live.damaged);
        self.live = self.durable.clone();
        self.live.damaged = damaged;
        self.pens.clear();
        self.written = 0;
        self.committing = None;
        for lane in &mut self.lanes {
            *lane = Lane::default();
        }
    }

    fn unsafe_entries_by_lane(&self, safe: usize) -> Vec<u64> {
        let mut counts = vec![0; self.lanes.len() + 1];
        for entry in self.journal.iter().skip(safe) {
            if let Some(count) = counts.get_mut(entry.lane) {
                *count += 1;
            }
        }
        counts
    }
}

fn pick_prefix(count: u64, rng: &mut Rng) -> usize {
    usize::try_from(rng.between(0, count)).unwrap_or(0)
}

fn take_one(left: &mut usize) -> bool {
    let takes = *left > 0;
    *left -= usize::from(takes);
    takes
}

fn keep(durable: &mut Contents, rows: &Rows) {
    match rows {
        Rows::Changes(changes) => changes.iter().for_each(|change| durable.apply(change)),
        Rows::Kept(kept) => durable.kept = Some((**kept).clone()),
    }
}
