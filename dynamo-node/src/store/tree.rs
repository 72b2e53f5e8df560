//! The Merkle leaves (rule P15), all of them in memory: 2^18 sums are 4 MiB.
//!
//! A lane adds to the leaves of its own rows, so that the row of a changed leaf is written blind, with its new value,
//! in the object's batch. Any thread may read. Inner nodes are not kept: a root is the sum of its leaves.

use std::sync::{PoisonError, RwLock};

use dynamo_core::store::change::LEAVES;

/// In how many runs the leaves are locked: as many as there can be lanes, so that two lanes never wait for one another.
pub(super) const RUNS: usize = 8;

const RUN_LEAVES: usize = LEAVES as usize / RUNS;

/// Every leaf.
pub(super) struct Leaves(Vec<RwLock<Box<[u128]>>>);

impl Leaves {
    /// All zero: nothing is stored.
    pub(super) fn empty() -> Self {
        Self((0..RUNS).map(|_| RwLock::new(vec![0; RUN_LEAVES].into())).collect())
    }

    /// The value of a leaf; zero if there is no such leaf.
    pub(super) fn get(&self, leaf: u32) -> u128 {
        let (run, at) = place(leaf);
        let run = self.0.get(run).map(|run| run.read().unwrap_or_else(PoisonError::into_inner));
        run.and_then(|run| run.get(at).copied()).unwrap_or_default()
    }

    /// Adds to a leaf, mod 2^128, and says what it is now.
    pub(super) fn add(&self, leaf: u32, delta: u128) -> u128 {
        let (run, at) = place(leaf);
        let run = self.0.get(run).map(|run| run.write().unwrap_or_else(PoisonError::into_inner));
        let Some(mut run) = run else { return 0 };
        let Some(value) = run.get_mut(at) else { return 0 };
        *value = value.wrapping_add(delta);
        *value
    }
}

fn place(leaf: u32) -> (usize, usize) {
    let leaf = leaf as usize;
    (leaf / RUN_LEAVES, leaf % RUN_LEAVES)
}
