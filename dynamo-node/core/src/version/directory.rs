//! Directory: which node each actor belongs to, so that operators read `(node-a, 3)` and not 64 random bits.
//!
//! Names only: nothing that is decided depends on it. Members tell each other by gossip.

use std::collections::{BTreeMap, BTreeSet};

use shared::id::NodeId;

use super::Actor;

/// What is known of whose actors are whose.
#[derive(Debug, Default)]
pub struct ActorDirectory {
    of_node: BTreeMap<NodeId, BTreeSet<Actor>>,
    owners: BTreeMap<Actor, NodeId>,
}

impl ActorDirectory {
    /// Learns an actor of a node.
    pub fn learn(&mut self, node: NodeId, actor: Actor) {
        if self.owners.insert(actor, node).is_none() {
            self.of_node.entry(node).or_default().insert(actor);
        }
    }

    /// The node that an actor belongs to, where it is known.
    pub fn owner_of(&self, actor: Actor) -> Option<NodeId> {
        self.owners.get(&actor).copied()
    }

    /// How many actors of each node are known.
    pub fn counts(&self) -> Vec<(NodeId, u32)> {
        let count = |actors: &BTreeSet<Actor>| u32::try_from(actors.len()).unwrap_or(u32::MAX);
        self.of_node.iter().map(|(&node, actors)| (node, count(actors))).collect()
    }

    /// A hash over all counts: whoever has the same knows the same.
    pub fn tag(&self) -> u64 {
        let mut hasher = blake3::Hasher::new();
        for (node, actors) in &self.of_node {
            hasher.update(&node.0.to_be_bytes()).update(&(actors.len() as u64).to_be_bytes());
        }
        u64::from_be_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes"))
    }

    /// All known actors of a node.
    pub fn of(&self, node: NodeId) -> Vec<Actor> {
        self.of_node.get(&node).map(|actors| actors.iter().copied().collect()).unwrap_or_default()
    }
}
