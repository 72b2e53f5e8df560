//! Lane: one thread that reads, merges and applies, one operation after the other (rule P2).
//!
//! It never waits for the disk to sync: what it applied goes into its overlay, where reads see it at once, and on to
//! the writer. What it refuses (no room) it refuses before anything is changed.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, PoisonError};

use dynamo_core::durable::Kept;
use dynamo_core::record::Losses;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{
    Change, Effected, HintBody, LaneOp, OpKind, Outcome, Query, Shelf, StoreFailure, Ticket, answer, run,
};
use fjall::Slice;
use shared::level::Durability;

use super::Inner;
use super::completion::Completion;
use super::layout::{self, Space};
use super::mend::mend;
use super::overlay::{LastHint, Touched};
use super::view::View;
use super::writer::{Job, Staged};

/// What a lane is given to do.
pub(super) enum Task {
    Run(Ticket, LaneOp),
    Answer(Ticket, Query),
    /// Passed on to the writer; the lane only says so if there is no writer any more.
    Keep(Ticket, Box<Kept>),
}

/// A lane's own things.
pub(super) struct Lane {
    pub(super) inner: Arc<Inner>,
    pub(super) number: usize,
    pub(super) tasks: Receiver<Task>,
    pub(super) writer: Sender<Job>,
}

impl Lane {
    /// Works until nobody can give it anything to do any more.
    pub(super) fn work(self) {
        let mut pens = Pens::new();
        let mut generation = 0;
        while let Ok(task) = self.tasks.recv() {
            if let Some(reason) = self.inner.poison.reason() {
                self.fail(task.ticket(), StoreFailure::Broken(reason));
                continue;
            }
            match task {
                Task::Run(ticket, op) => {
                    generation += 1;
                    self.run(ticket, op, generation, &mut pens);
                }
                Task::Answer(ticket, query) => self.answer(ticket, &query),
                Task::Keep(ticket, kept) => self.send(Job::Keep(ticket, kept)),
            }
        }
    }

    fn run(&self, ticket: Ticket, op: LaneOp, generation: u64, pens: &mut Pens) {
        let durability = op.durability;
        let mending = self.inner.is_mending(&op).then(|| op.row.clone());
        let done = self.admit(op).and_then(|admitted| match admitted {
            Admitted::Op(op) => run(op, &View(&self.inner), pens),
            Admitted::Skipped(effected) => Ok((effected, Vec::new())),
        });
        match done {
            Ok((effected, mut changes)) => {
                if let Some(row) = mending {
                    mend(&row, &mut changes);
                }
                let staged = Staged::new(self.number, generation, ticket, durability);
                let staged = self.stage(staged, changes);
                (self.inner.complete)(Completion::Applied(ticket, Outcome::Lane(effected)));
                self.send(Job::Write(staged));
            }
            Err(failure) => self.fail(ticket, failure),
        }
    }

    fn answer(&self, ticket: Ticket, query: &Query) {
        match answer(query, &View(&self.inner)) {
            Ok(found) => (self.inner.complete)(Completion::Applied(ticket, Outcome::Query(found))),
            Err(damaged) => self.fail(ticket, damaged.into()),
        }
    }

    /// Refuses what there is no room for, and takes the marks out that there is no room for: a mark is a help, and
    /// comparison finds what it would have pointed at.
    fn admit(&self, mut op: LaneOp) -> Result<Admitted, StoreFailure> {
        let limits = &self.inner;
        let grows = !matches!(op.kind, OpKind::ForgetIf { .. });
        if let Some(reason) = limits.disk_refusal().filter(|_| grows) {
            return Err(StoreFailure::Full(reason));
        }
        let Some(reason) = limits.hint_refusal() else { return Ok(Admitted::Op(op)) };
        match &mut op.kind {
            OpKind::Keep { body: HintBody::Full(_), .. } | OpKind::Coordinate { as_owner: false, .. } => {
                Err(StoreFailure::Full(reason))
            }
            OpKind::Keep { body: HintBody::Mark, .. } => {
                limits.tally.marks_skipped.fetch_add(1, Relaxed);
                let record = View(limits).object(&op.row)?;
                let losses = Losses::default();
                Ok(Admitted::Skipped(Effected { record, minted: None, forgot: false, losses }))
            }
            OpKind::Coordinate { absent, .. } => {
                limits.tally.marks_skipped.fetch_add(absent.len() as u64, Relaxed);
                absent.clear();
                Ok(Admitted::Op(op))
            }
            OpKind::Merge { .. } | OpKind::Refill { .. } | OpKind::ForgetIf { .. } => Ok(Admitted::Op(op)),
        }
    }

    /// Makes changes visible, and turns them into rows for the writer.
    fn stage(&self, mut staged: Staged, changes: Vec<Change>) -> Staged {
        let inner = &self.inner;
        // Asked before the object is replaced.
        let was_conflict = changes.iter().any(|change| match change {
            Change::Conflict { row, .. } => inner.is_conflict(row),
            _ => false,
        });
        let Some(overlay) = inner.overlays.get(self.number) else { return staged };
        for change in changes {
            match change {
                Change::Object { row, record, hash, existed } => {
                    staged.write(Space::Objects, layout::row_key(&row), layout::encode_record(&record, hash));
                    if !existed {
                        inner.tally.records.fetch_add(1, Relaxed);
                        staged.records_added += 1;
                    }
                    staged.touched.push(Touched::Object(row.clone()));
                    let mut overlay = overlay.write().unwrap_or_else(PoisonError::into_inner);
                    overlay.put_object(staged.generation, row, record);
                }
                Change::Leaf { leaf, delta } => {
                    let value = inner.leaves.add(leaf, delta);
                    staged.write(Space::Index, layout::leaf_key(leaf), value.to_be_bytes().to_vec());
                }
                Change::Conflict { row, siblings } => {
                    inner.tally.conflict(was_conflict, siblings.is_some());
                    let row = layout::conflict_key(&row);
                    match siblings {
                        Some(count) => staged.write(Space::Index, row, count.to_be_bytes().to_vec()),
                        None => staged.remove(Space::Index, row),
                    }
                }
                Change::Hint { owner, row, body, existed } => {
                    let before = existed.then(|| inner.hint_bytes(owner, &row).unwrap_or_default());
                    let key = layout::hint_key(owner, &row);
                    let hint = staged.hint(key, body);
                    inner.tally.hint(owner, before, hint.bytes());
                    staged.touched.push(Touched::Hint(owner, row.clone()));
                    let mut overlay = overlay.write().unwrap_or_else(PoisonError::into_inner);
                    overlay.put_hint(staged.generation, owner, row, hint);
                }
                Change::Actor { partition, actor } => {
                    let key = layout::actor_key(inner.next_actor.fetch_add(1, Relaxed));
                    staged.write(Space::Index, key, layout::encode_actor(partition, actor, inner.boot));
                }
            }
        }
        staged
    }

    /// Nobody takes it: the writer has failed, told so itself, and the process is about to leave.
    fn send(&self, job: Job) {
        if let Err(unsent) = self.writer.send(job)
            && let Job::Keep(ticket, _) = unsent.0
        {
            self.fail(ticket, StoreFailure::Broken("the store has no writer any more".to_owned()));
        }
    }

    fn fail(&self, ticket: Ticket, failure: StoreFailure) {
        (self.inner.complete)(Completion::Failed(ticket, failure));
    }
}

/// An operation that there is room for, or what it comes to without.
enum Admitted {
    Op(LaneOp),
    Skipped(Effected),
}

impl Task {
    fn ticket(&self) -> Ticket {
        match self {
            Self::Run(ticket, _) | Self::Answer(ticket, _) | Self::Keep(ticket, _) => *ticket,
        }
    }
}

impl Staged {
    fn new(lane: usize, generation: u64, ticket: Ticket, durability: Durability) -> Self {
        let (rows, touched) = (Vec::new(), Vec::new());
        Self { lane, generation, ticket, durability, rows, touched, records_added: 0 }
    }

    fn write(&mut self, space: Space, key: Vec<u8>, value: Vec<u8>) {
        self.rows.push(((space, Slice::from(key)), Some(Slice::from(value))));
    }

    /// Writes a hint, or forgets it.
    fn hint(&mut self, key: Vec<u8>, body: Option<HintBody>) -> LastHint {
        let Some(body) = body else {
            self.remove(Space::Hints, key);
            return LastHint::Forgotten;
        };
        let bytes = layout::encode_hint(&body);
        let length = bytes.len() as u64;
        self.write(Space::Hints, key, bytes);
        LastHint::Kept(body, length)
    }

    fn remove(&mut self, space: Space, key: Vec<u8>) {
        self.rows.push(((space, Slice::from(key)), None));
    }
}
