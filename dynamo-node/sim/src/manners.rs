//! Manners: how the clients of a run behave, and what they think of doing next.

use std::collections::{BTreeMap, VecDeque};

use shared::context::Context;
use shared::level::Durability;

use crate::history::WriteId;
use crate::world::World;

/// What a client wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// The position of the place.
    pub place: usize,
    /// What.
    pub deed: Deed,
    /// Whether only owners count.
    pub strict: Option<bool>,
    /// R, or W.
    pub quorum: Option<u8>,
    /// How long it waits in all, in milliseconds.
    pub patience_ms: u64,
}

/// What is to be done to a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Read it.
    Read {
        /// Whether everything is healed.
        is_last: bool,
    },
    /// Write it.
    Write {
        /// What the writer has seen.
        context: Option<Remembered>,
        /// Whether to delete.
        deletes: bool,
        /// How durably.
        durability: Option<Durability>,
        /// Whether the context was changed on the way, so that it has to be refused.
        is_forged: bool,
    },
}

/// A context, and the writes that its holder saw with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The receipt.
    pub context: Context,
    /// What it was given for.
    pub seen: Vec<WriteId>,
}

/// What a client remembers of each place, the newest first.
pub(crate) type Memory = BTreeMap<usize, VecDeque<Remembered>>;

/// How clients behave in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manners {
    /// How many clients there are.
    pub clients: usize,
    /// How many keys they use, the one in which the last writer wins not counted.
    pub keys: usize,
    /// Longest time between two requests of one client, in milliseconds.
    pub think_ms: u64,
    /// How many requests in a thousand are writes.
    pub writes_per_mille: u64,
    /// How many writes in a thousand are made without having read.
    pub blind_per_mille: u64,
    /// R and W of every request, owners only; `None`: drawn for each.
    pub quorums: Option<(u8, u8)>,
    /// Whether clients write again with the receipt of a write that left one value.
    pub chains: bool,
    /// Whether some writes are buffered only.
    pub buffers: bool,
}

impl Manners {
    /// What a client that remembers this wants to do next with one of so many places.
    pub(crate) fn think_of(&self, world: &mut World, places: usize, memory: Option<&Memory>) -> Errand {
        let place = world.rng.index(places);
        let memory = memory.and_then(|memory| memory.get(&place));
        let writes = world.rng.chance(self.writes_per_mille);
        let deed = if writes { self.write(world, memory) } else { Deed::Read { is_last: false } };
        let rng = &mut world.rng;
        let strict = rng.pick(&[None, None, Some(true), Some(true), Some(false)]);
        let quorum = rng.pick(&[None, None, None, Some(1), Some(2), Some(3)]);
        let patience_ms = rng.between(400, 3_000);
        let Some((r, w)) = self.quorums else {
            return Errand { place, deed, strict, quorum, patience_ms };
        };
        let quorum = Some(if writes { w } else { r });
        Errand { place, deed, strict: Some(true), quorum, patience_ms }
    }

    fn write(&self, world: &mut World, memory: Option<&VecDeque<Remembered>>) -> Deed {
        let rng = &mut world.rng;
        let newest = memory.and_then(|memory| memory.front()).cloned();
        let any = memory.and_then(|memory| memory.get(rng.index(memory.len()))).cloned();
        let is_older = any != newest;
        let (context, uses_older) = match rng.below(10) {
            _ if rng.chance(self.blind_per_mille) => (None, false),
            0..7 => (newest, false),
            _ => (any, is_older),
        };
        let is_forged = context.is_some() && rng.chance(15);
        let buffered = self.buffers && rng.chance(200);
        let deletes = rng.chance(130);
        if uses_older {
            world.sometimes.count("older context used");
        }
        let durability = buffered.then_some(Durability::Buffered);
        Deed::Write { context, deletes, durability, is_forged }
    }
}
