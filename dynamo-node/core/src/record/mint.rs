//! Mint: a client's write becomes a sibling with a dot of its own.

use serde::{Deserialize, Serialize};
use shared::id::RequestId;
use shared::map::ConflictPolicy;

use super::{Content, Losses, Record, Sibling};
use crate::time::Timestamp;
use crate::version::actor::Pen;
use crate::version::context::Past;
use crate::version::{Actor, Dot, Stamp};

/// A client's write, with its context opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Write {
    /// The request, the same at every retry.
    pub request: RequestId,
    /// What the writer saw and now replaces; empty: nothing.
    pub past: Past,
    /// What is written.
    pub content: Content,
    /// The bucket's policy now.
    pub policy: ConflictPolicy,
    /// When the value hides.
    pub expires: Option<Timestamp>,
    /// When the client first sent the request, so that twins of one request have one stamp.
    pub wall: Timestamp,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minted {
    /// It has a dot now.
    Fresh {
        /// The dot.
        dot: Dot,
        /// What the change cost.
        losses: Losses,
    },
    /// The record knows the request already: a retry, which is not written twice.
    Duplicate,
}

impl Record {
    /// Adds a write to everything this node holds of the key (rule P1: never to less).
    ///
    /// What the writer saw is replaced; what it did not see stays beside it as a sibling. The pen changes to `fresh`
    /// if the record or the writer has seen more of its actor than it minted: then its own past was lost
    /// (rule P4), and counting on would give a dot twice.
    pub fn mint(&mut self, write: Write, pen: &mut Pen, fresh: Actor) -> Minted {
        if self.knows(write.request) {
            return Minted::Duplicate;
        }
        if self.clock.get(pen.actor).max(write.past.clock.get(pen.actor)) > pen.minted {
            *pen = Pen::new(fresh);
        }
        pen.minted += 1;
        let dot = Dot { actor: pen.actor, counter: pen.minted };
        let stamp = Stamp::mint(write.wall, write.past.stamp);
        let united = self.replace_seen(&write.past);
        self.clock.merge(&write.past.clock);
        self.clock.insert(dot);
        let Write { request, content, policy, expires, .. } = write;
        self.siblings.insert(dot, Sibling { request, stamp, expires, policy, content });
        let superseded_overflow = united + self.superseded.bound();
        let lww = self.settle();
        Minted::Fresh { dot, losses: Losses { lww, superseded_overflow } }
    }

    /// Whether a request's write is here, or was and has been replaced.
    fn knows(&self, request: RequestId) -> bool {
        self.superseded.contains(request) || self.siblings.values().any(|sibling| sibling.request == request)
    }

    /// Drops what the writer saw, and leaves word of it for replicas that hold what is not held here. Says how many request
    /// ids found no room.
    fn replace_seen(&mut self, past: &Past) -> u64 {
        let forgotten = self.superseded.unite(&past.superseded);
        let Self { siblings, superseded, lww_floor, .. } = self;
        let generation = superseded.next_generation();
        siblings.retain(|&dot, sibling| {
            let seen = past.clock.contains(dot);
            if seen {
                superseded.insert(sibling.request, generation);
            }
            if seen && sibling.is_under_lww() {
                *lww_floor = (*lww_floor).max(Some((sibling.stamp, dot)));
            }
            !seen
        });
        past.requests.iter().for_each(|&request| superseded.insert(request, generation));
        *lww_floor = (*lww_floor).max(past.lww);
        forgotten
    }
}
