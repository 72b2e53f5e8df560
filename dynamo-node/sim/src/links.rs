//! Links: which machines have a connection to each other, as the transport would tell their nodes.
//!
//! A link stands between two lives: when either machine stops, or nothing has come through for long, it is lost, and what
//! was on it with it. It rises again when both run and nothing is cut between them.

use std::collections::BTreeMap;

use crate::rng::Rng;

/// Two machines, the smaller position first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The smaller position.
    pub low: usize,
    /// The greater.
    pub high: usize,
}

impl Pair {
    /// The pair of two different machines.
    pub fn of(one: usize, other: usize) -> Self {
        Self { low: one.min(other), high: one.max(other) }
    }

    /// All pairs of so many machines.
    pub fn all(machines: usize) -> impl Iterator<Item = Self> {
        (0..machines).flat_map(move |low| (low + 1..machines).map(move |high| Self { low, high }))
    }
}

/// The lives between which a link stands, in the order of its pair.
pub type Lives = (u64, u64);

#[derive(Debug, Clone, Copy, Default)]
struct Link {
    standing: Option<Lives>,
    rising: bool,
    falling: bool,
}

/// What is to happen to a link, and in how many microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is dialled.
    Rise(u64),
    /// Its silence is noticed.
    Fall(u64),
}

/// Every link.
#[derive(Debug, Default)]
pub struct Links(BTreeMap<Pair, Link>);

impl Links {
    /// The lives between which a link stands, if it does.
    pub fn standing(&self, pair: Pair) -> Option<Lives> {
        self.0.get(&pair).and_then(|link| link.standing)
    }

    /// What is to happen to a link that could stand between these lives (`None`: it could not), if it is not under way.
    pub fn turn(&mut self, pair: Pair, possible: Option<Lives>, rng: &mut Rng) -> Option<Turn> {
        let link = self.0.entry(pair).or_default();
        match possible {
            Some(lives) if link.standing != Some(lives) && !link.rising => {
                link.rising = true;
                Some(Turn::Rise(rng.between(5_000, 150_000)))
            }
            None if link.standing.is_some() && !link.falling => {
                link.falling = true;
                // Either the other end said goodbye, or the idle timeout has to tell.
                let soon = rng.chance(500);
                Some(Turn::Fall(if soon {
                    rng.between(100, 20_000)
                } else {
                    rng.between(300_000, 2_000_000)
                }))
            }
            _ => None,
        }
    }

    /// The dial is through: the lives of a link that this one replaces, if it stands now between these.
    pub fn rise(&mut self, pair: Pair, possible: Option<Lives>) -> Option<Option<Lives>> {
        let link = self.0.entry(pair).or_default();
        link.rising = false;
        let replaced = link.standing;
        if possible.is_none() || replaced == possible {
            return None;
        }
        link.standing = possible;
        Some(replaced)
    }

    /// The silence is noticed: the lives between which the link stood, if it is lost now.
    pub fn fall(&mut self, pair: Pair, possible: Option<Lives>) -> Option<Lives> {
        let link = self.0.entry(pair).or_default();
        link.falling = false;
        if possible.is_some() { None } else { link.standing.take() }
    }
}
