//! Completion: what the store tells of an operation that was submitted.

use dynamo_core::store::{Outcome, StoreFailure, Ticket};
use shared::level::Durability;

/// What became of an operation; told from the store's own threads.
#[derive(Debug, Clone, PartialEq)]
pub enum Completion {
    /// Reads see it.
    Applied(Ticket, Outcome),
    /// It has reached this durability. Comes after `Applied`, in the order in which a lane applied.
    Synced(Ticket, Durability),
    /// It was not done, and changed nothing.
    Failed(Ticket, StoreFailure),
    /// The store is of no more use: whatever has not completed never will, and the process has to leave with exit code 5.
    /// Told once.
    Poisoned(String),
}

/// Whom completions are told. Must not block and must not call back into the store's [`close`](super::Store::close).
pub type Complete = Box<dyn Fn(Completion) + Send + Sync>;
