//! Staged: what an operation changes, made visible to reads and made into rows for the writer.

use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;

use dynamo_core::store::{Change, HintBody, Ticket};
use fjall::Slice;
use shared::level::Durability;

use super::Inner;
use super::layout::{self, Space};
use super::overlay::{LastHint, LastObject, Touched};
use super::sizes::Growth;

/// One operation, applied and to be written.
pub(super) struct Staged {
    pub(super) lane: usize,
    /// Counts the operations of the lane.
    pub(super) generation: u64,
    pub(super) ticket: Ticket,
    pub(super) durability: Durability,
    pub(super) rows: Vec<((Space, Slice), Option<Slice>)>,
    /// What is to be dropped from the overlay once it is committed.
    pub(super) touched: Vec<Touched>,
    /// How the sizes change.
    pub(super) growths: Vec<Growth>,
    /// Whether it is the last step of a sweep: what it leaves is to be flushed, so that the space comes back.
    pub(super) ends_sweep: bool,
}

impl Inner {
    /// Makes changes visible, and turns them into rows for the writer.
    pub(super) fn stage(&self, mut staged: Staged, changes: Vec<Change>) -> Staged {
        let Some(overlay) = self.overlays.get(staged.lane) else { return staged };
        let overlay = || overlay.write().unwrap_or_else(PoisonError::into_inner);
        for change in changes {
            match change {
                Change::Object { row, record, hash, replaces } => {
                    let bytes = layout::encode_record(&record, hash);
                    let growth = Growth::of(row.token(), replaces, Some(layout::record_bytes(bytes.len())));
                    staged.write(Space::Objects, layout::row_key(&row), bytes);
                    staged.grow(self, growth);
                    staged.touched.push(Touched::Object(row.clone()));
                    overlay().put_object(staged.generation, row, LastObject::There(record));
                }
                Change::Gone { row, bytes } => {
                    staged.remove(Space::Objects, layout::row_key(&row));
                    staged.grow(self, Growth::of(row.token(), Some(bytes), None));
                    staged.touched.push(Touched::Object(row.clone()));
                    overlay().put_object(staged.generation, row, LastObject::Gone);
                }
                Change::Leaf { leaf, delta } => match self.leaves.add(leaf, delta) {
                    // A leaf without a row is zero: what was given up leaves nothing behind.
                    0 => staged.remove(Space::Index, layout::leaf_key(leaf)),
                    sum => staged.write(Space::Index, layout::leaf_key(leaf), sum.to_be_bytes().to_vec()),
                },
                Change::Conflict { row, siblings } => {
                    // Comes before the object's own change, so that what is there now is what was there before.
                    self.tally.conflict(self.is_conflict(&row), siblings.is_some());
                    let row = layout::conflict_key(&row);
                    match siblings {
                        Some(count) => staged.write(Space::Index, row, count.to_be_bytes().to_vec()),
                        None => staged.remove(Space::Index, row),
                    }
                }
                Change::Hint { owner, row, body, existed } => {
                    let before = existed.then(|| self.hint_bytes(owner, &row).unwrap_or_default());
                    let key = layout::hint_key(owner, &row);
                    let hint = staged.hint(key, body);
                    self.tally.hint(owner, before, hint.bytes());
                    staged.touched.push(Touched::Hint(owner, row.clone()));
                    overlay().put_hint(staged.generation, owner, row, hint);
                }
                Change::Actor { partition, actor } => {
                    let key = layout::actor_key(self.next_actor.fetch_add(1, Relaxed));
                    staged.write(Space::Index, key, layout::encode_actor(partition, actor, self.boot));
                }
            }
        }
        staged
    }
}

impl Staged {
    /// An operation that has changed nothing yet.
    pub(super) fn new(lane: usize, generation: u64, ticket: Ticket, durability: Durability) -> Self {
        let (rows, touched, growths) = (Vec::new(), Vec::new(), Vec::new());
        Self { lane, generation, ticket, durability, rows, touched, growths, ends_sweep: false }
    }

    fn grow(&mut self, inner: &Inner, growth: Growth) {
        inner.sizes.grow(growth);
        self.growths.push(growth);
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
