//! Network: what becomes of a message between two machines, as composable rules.
//!
//! A rule concerns messages from one side to another and does one thing. All rules that concern a message are applied to
//! it in the order in which they came; so a lossy, slow, half-cut network is three rules. Reordering is what
//! unequal delays do. Which links stand is `links`.

use crate::rng::Rng;

/// A set of machines, by their position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side(u32);

impl Side {
    /// Every machine.
    pub const ALL: Self = Self(u32::MAX);

    /// These machines.
    pub fn of(machines: impl IntoIterator<Item = usize>) -> Self {
        Self(machines.into_iter().fold(0, |set, machine| set | bit(machine)))
    }

    /// All but these.
    #[must_use]
    pub fn others(self) -> Self {
        Self(!self.0)
    }

    /// Whether a machine is one of them.
    pub fn contains(self, machine: usize) -> bool {
        self.0 & bit(machine) != 0
    }
}

fn bit(machine: usize) -> u32 {
    u32::try_from(machine).ok().and_then(|machine| 1_u32.checked_shl(machine)).unwrap_or(0)
}

/// What a rule does to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// It takes longer, by a random time between these, in microseconds.
    Delay {
        /// At least.
        min_us: u64,
        /// At most.
        max_us: u64,
    },
    /// It is lost so many times in a thousand.
    Lose {
        /// In a thousand.
        per_mille: u64,
    },
    /// It arrives twice so many times in a thousand.
    Double {
        /// In a thousand.
        per_mille: u64,
    },
    /// It never arrives, and no link lasts.
    Cut,
    /// It is held back until this time of the world, in microseconds, and then arrives.
    Clog {
        /// When it is let go.
        until_us: u64,
    },
}

/// What happens to messages from one side to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Who sends.
    pub from: Side,
    /// To whom.
    pub to: Side,
    /// What happens.
    pub what: What,
}

/// Names a rule that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleId(u64);

/// What becomes of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is lost.
    Lost,
    /// It arrives at this time.
    Once(u64),
    /// It arrives at both times.
    Twice(u64, u64),
}

/// The rules in force.
#[derive(Debug, Default)]
pub struct Network {
    rules: Vec<(RuleId, Rule)>,
    added: u64,
}

impl Network {
    /// Puts a rule in force.
    pub fn add(&mut self, rule: Rule) -> RuleId {
        self.added += 1;
        self.rules.push((RuleId(self.added), rule));
        RuleId(self.added)
    }

    /// Takes a rule out of force.
    pub fn remove(&mut self, id: RuleId) {
        self.rules.retain(|(other, _)| *other != id);
    }

    /// Takes all rules out of force but the first, which says how long messages usually take.
    pub fn heal(&mut self) {
        self.rules.retain(|(id, _)| *id == RuleId(1));
    }

    /// Whether nothing at all gets from one machine to another.
    pub fn is_cut(&self, from: usize, to: usize) -> bool {
        self.concerning(from, to).any(|rule| rule.what == What::Cut)
    }

    /// What becomes of a message that is sent now.
    pub fn fate(&self, from: usize, to: usize, now_us: u64, rng: &mut Rng) -> Fate {
        let (mut start_us, mut doubled) = (now_us, false);
        let (mut first_us, mut second_us) = (0, 0);
        for rule in self.concerning(from, to) {
            match rule.what {
                What::Delay { min_us, max_us } => {
                    first_us += rng.between(min_us, max_us);
                    second_us += rng.between(min_us, 4 * max_us);
                }
                What::Lose { per_mille } if rng.chance(per_mille) => return Fate::Lost,
                What::Double { per_mille } => doubled |= rng.chance(per_mille),
                What::Clog { until_us } => start_us = start_us.max(until_us),
                What::Cut => return Fate::Lost,
                What::Lose { .. } => {}
            }
        }
        if doubled {
            Fate::Twice(start_us + first_us, start_us + second_us)
        } else {
            Fate::Once(start_us + first_us)
        }
    }

    fn concerning(&self, from: usize, to: usize) -> impl Iterator<Item = &Rule> {
        let concerns = move |rule: &&Rule| rule.from.contains(from) && rule.to.contains(to);
        self.rules.iter().map(|(_, rule)| rule).filter(concerns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(network: &Network, from: usize, to: usize) -> Fate {
        network.fate(from, to, 1_000, &mut Rng::new(3))
    }

    #[test]
    fn rules_add_up() {
        let mut network = Network::default();
        assert_eq!(fate(&network, 0, 1), Fate::Once(1_000));
        network.add(Rule { from: Side::ALL, to: Side::ALL, what: What::Delay { min_us: 5, max_us: 5 } });
        let clog = Rule { from: Side::of([0]), to: Side::ALL, what: What::Clog { until_us: 9_000 } };
        let clog = network.add(clog);
        assert_eq!(fate(&network, 0, 1), Fate::Once(9_005));
        assert_eq!(fate(&network, 1, 0), Fate::Once(1_005));
        network.remove(clog);
        assert_eq!(fate(&network, 0, 1), Fate::Once(1_005));
    }

    #[test]
    fn a_cut_is_one_way() {
        let mut network = Network::default();
        network.add(Rule { from: Side::ALL, to: Side::ALL, what: What::Delay { min_us: 1, max_us: 2 } });
        network.add(Rule { from: Side::of([0]), to: Side::of([0]).others(), what: What::Cut });
        assert!(network.is_cut(0, 2) && !network.is_cut(2, 0) && !network.is_cut(1, 2));
        assert_eq!(fate(&network, 0, 1), Fate::Lost);
        network.heal();
        assert!(!network.is_cut(0, 2));
    }
}
