//! Vector clock: which writes of a key have been seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Actor, Dot};

/// How two clocks stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The left has seen less.
    Before,
    /// The left has seen more.
    After,
    /// Both have seen the same.
    Equal,
    /// Each has seen something that the other has not.
    Concurrent,
}

/// Dynamo §4.4: a list of (actor, counter) pairs. An entry (x, n) claims all dots of x up to n for that key.
///
/// Strictly this is a version vector, since it counts updates of one key and not events of a process; the paper's word
/// is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct VectorClock(BTreeMap<Actor, u64>);

impl VectorClock {
    /// Whether nothing has been seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many actors have an entry.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The entries, ordered by actor.
    pub fn iter(&self) -> impl Iterator<Item = Dot> + '_ {
        self.0.iter().map(|(&actor, &counter)| Dot { actor, counter })
    }

    /// How many writes of an actor have been seen.
    pub fn get(&self, actor: Actor) -> u64 {
        self.0.get(&actor).copied().unwrap_or(0)
    }

    /// Whether a write has been seen.
    pub fn contains(&self, dot: Dot) -> bool {
        dot.counter <= self.get(dot.actor)
    }

    /// Marks a write, and with it all earlier ones of its actor, as seen.
    pub fn insert(&mut self, dot: Dot) {
        let entry = self.0.entry(dot.actor).or_default();
        *entry = dot.counter.max(*entry);
    }

    /// Sees everything that the other has seen: the least upper bound.
    pub fn merge(&mut self, other: &Self) {
        for dot in other.iter() {
            self.insert(dot);
        }
    }

    /// Whether everything that the other has seen has been seen here.
    pub fn descends(&self, other: &Self) -> bool {
        other.iter().all(|dot| self.contains(dot))
    }

    /// How this clock stands to another.
    pub fn compare(&self, other: &Self) -> Order {
        match (self.descends(other), other.descends(self)) {
            (true, true) => Order::Equal,
            (true, false) => Order::After,
            (false, true) => Order::Before,
            (false, false) => Order::Concurrent,
        }
    }
}

impl FromIterator<Dot> for VectorClock {
    fn from_iter<I: IntoIterator<Item = Dot>>(dots: I) -> Self {
        let mut clock = Self::default();
        dots.into_iter().for_each(|dot| clock.insert(dot));
        clock
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(entries: &[(u64, u64)]) -> VectorClock {
        entries.iter().map(|&(actor, counter)| Dot { actor: Actor(actor), counter }).collect()
    }

    #[test]
    fn clocks_are_ordered_by_what_they_have_seen() {
        for (left, right, order) in [
            (clock(&[]), clock(&[]), Order::Equal),
            (clock(&[(1, 1)]), clock(&[]), Order::After),
            (clock(&[(1, 1)]), clock(&[(1, 2)]), Order::Before),
            (clock(&[(1, 2), (2, 1)]), clock(&[(1, 2)]), Order::After),
            (clock(&[(1, 2)]), clock(&[(2, 1)]), Order::Concurrent),
            (clock(&[(1, 2), (2, 1)]), clock(&[(1, 1), (2, 2)]), Order::Concurrent),
        ] {
            assert_eq!(left.compare(&right), order, "{left:?} {right:?}");
        }
    }

    #[test]
    fn an_entry_claims_all_earlier_dots_of_its_actor() {
        let seen = clock(&[(1, 3)]);
        assert!(seen.contains(Dot { actor: Actor(1), counter: 2 }));
        assert!(!seen.contains(Dot { actor: Actor(1), counter: 4 }));
        assert!(!seen.contains(Dot { actor: Actor(2), counter: 1 }));
    }
}
