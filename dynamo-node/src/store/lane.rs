//! Lane: one thread that reads, merges and applies, one operation after the other (rule P2).
//!
//! It never waits for the disk to sync: what it applied goes into its overlay, where reads see it at once, and on to
//! the writer. What it refuses (no room) it refuses before anything is changed.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, Sender};

use dynamo_core::durable::Kept;
use dynamo_core::record::Losses;
use dynamo_core::store::op::Pens;
use dynamo_core::store::{
    Effected, HintBody, LaneOp, OpKind, Outcome, Query, Shelf, StoreFailure, Sweep, Ticket, answer, run,
    sweep,
};
use shared::level::Durability;

use super::Inner;
use super::completion::Completion;
use super::mend::mend;
use super::staged::Staged;
use super::view::View;
use super::writer::Job;

/// What a lane is given to do.
pub(super) enum Task {
    Run(Ticket, LaneOp),
    Sweep(Ticket, Sweep),
    /// Nothing, in its turn: synced when everything before it is.
    Barrier(Ticket),
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
                Task::Sweep(ticket, step) => {
                    generation += 1;
                    self.sweep(ticket, &step, generation, &mut pens);
                }
                Task::Barrier(ticket) => {
                    let staged = Staged::new(self.number, generation, ticket, Durability::Synced);
                    self.send(Job::Write(self.inner.stage(staged, Vec::new())));
                }
                Task::Answer(ticket, query) => self.answer(ticket, &query),
                Task::Keep(ticket, kept) => self.send(Job::Keep(ticket, kept)),
            }
        }
    }

    fn run(&self, ticket: Ticket, op: LaneOp, generation: u64, pens: &mut Pens) {
        let durability = op.durability;
        let mending = self.inner.mended_bytes(&op).map(|bytes| (op.row.clone(), bytes));
        let done = self.admit(op).and_then(|admitted| match admitted {
            Admitted::Op(op) => run(op, &View(&self.inner), pens),
            Admitted::Skipped(effected) => Ok((effected, Vec::new())),
        });
        match done {
            Ok((effected, mut changes)) => {
                if let Some((row, bytes)) = mending {
                    mend(&row, bytes, &mut changes);
                }
                let staged = Staged::new(self.number, generation, ticket, durability);
                let staged = self.inner.stage(staged, changes);
                (self.inner.complete)(Completion::Applied(ticket, Outcome::Lane(effected)));
                self.send(Job::Write(staged));
            }
            Err(failure) => self.fail(ticket, failure),
        }
    }

    fn sweep(&self, ticket: Ticket, step: &Sweep, generation: u64, pens: &mut Pens) {
        match sweep(step, &View(&self.inner), pens) {
            Ok((swept, changes)) => {
                let mut staged = Staged::new(self.number, generation, ticket, Durability::Synced);
                staged.ends_sweep = !swept.more;
                let staged = self.inner.stage(staged, changes);
                (self.inner.complete)(Completion::Applied(ticket, Outcome::Swept(swept)));
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
            Self::Run(ticket, _)
            | Self::Sweep(ticket, _)
            | Self::Barrier(ticket)
            | Self::Answer(ticket, _)
            | Self::Keep(ticket, _) => *ticket,
        }
    }
}
