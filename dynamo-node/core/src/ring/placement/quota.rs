//! Quotas: how many replicas each member should hold.
//!
//! A member's ideal is its weighted share of Q*N replicas, as far as distinctness permits: it holds at most one replica of
//! a partition, so at most Q; where there are N zones or more, so does a zone; where there are fewer, every zone holds
//! at least one. What one of them may not hold the others share by weight. Quotas that keep these bounds can
//! always be met exactly: give every partition the same fraction of every member, and that flow can be made whole.

use super::members::Members;
use super::table::Table;

/// What each member should hold.
#[derive(Debug)]
pub(super) struct Quotas {
    /// In whole replicas; they add up to Q*N.
    pub(super) replicas: Table<usize>,
    /// The ideal that they were rounded from, in thousandths of a replica.
    pub(super) ideal_millireplicas: Vec<u64>,
}

/// Replicas for a unit of weight, as an exact fraction.
#[derive(Debug, Clone, Copy)]
struct Level {
    replicas: u128,
    weight: u128,
}

/// The least and the most replicas that a zone can hold.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    least: u128,
    most: u128,
}

/// A member's ideal: whole replicas, and what is left over them.
#[derive(Debug, Clone, Copy)]
struct Ideal {
    whole: usize,
    /// In units of 2^-40 replica.
    rest: u128,
    millireplicas: u64,
}

impl Quotas {
    /// The quotas of members that hold so many replicas now, of so many partitions. Rounding favours whoever holds more
    /// than its whole part already: those replicas need not move.
    pub(super) fn new(members: &Members, partitions: usize, n: usize, held: &Table<usize>) -> Self {
        let cap = partitions as u128;
        let bounds: Vec<Bounds> = members
            .by_zone()
            .iter()
            .map(|zone| bounds(zone.len(), members.by_zone().len(), n, cap))
            .collect();
        let levels = levels(members, &bounds, cap, n as u128 * cap);
        let ideals: Vec<Ideal> = members
            .weights()
            .iter()
            .enumerate()
            .map(|(member, &weight)| ideal(weight, levels.get(members.zone(member)).copied(), cap))
            .collect();
        let ideal_millireplicas = ideals.iter().map(|ideal| ideal.millireplicas).collect();
        Self { replicas: round(members, &bounds, &ideals, held, n * partitions), ideal_millireplicas }
    }

    /// A member's quota.
    pub(super) fn of(&self, member: usize) -> usize {
        self.replicas.at(member)
    }

    /// How full a member is that holds so much, in units of 2^-32 of its quota.
    pub(super) fn fullness(&self, member: usize, held: usize) -> u64 {
        ((held as u64) << 32) / (self.of(member) as u64).max(1)
    }
}

/// What a zone of so many members can hold, of so many zones.
fn bounds(members: usize, zones: usize, n: usize, cap: u128) -> Bounds {
    if zones >= n {
        return Bounds { least: 0, most: cap };
    }
    // Every list spans all zones, so each of the others takes a place at least.
    let places = members.min(n - zones + 1);
    Bounds { least: cap, most: places as u128 * cap }
}

/// The level of every zone: one for all, but for zones that it would press out of their bounds.
fn levels(members: &Members, bounds: &[Bounds], cap: u128, total: u128) -> Vec<Level> {
    let weights: Vec<Vec<u128>> = members.by_zone().iter().map(|zone| weights(members, zone)).collect();
    let mut fixed: Vec<Option<u128>> = vec![None; bounds.len()];
    let level = loop {
        let free = weights.iter().zip(&fixed).filter(|(_, fixed)| fixed.is_none());
        let free: Vec<u128> = free.flat_map(|(weights, _)| weights).copied().collect();
        let left = total.saturating_sub(fixed.iter().flatten().sum());
        let level = fill(free, cap, left);
        if !fix(&mut fixed, &weights, bounds, cap, level) {
            break level;
        }
    };
    let of_zone = |(weights, fixed): (&Vec<u128>, &Option<u128>)| {
        fixed.map_or(level, |total| fill(weights.clone(), cap, total))
    };
    weights.iter().zip(&fixed).map(of_zone).collect()
}

/// Fixes the zones that stand outside their bounds at this level on the side where more is outside; the level then moves
/// away from them, so that they stay outside. Whether there were any.
fn fix(
    fixed: &mut [Option<u128>],
    weights: &[Vec<u128>],
    bounds: &[Bounds],
    cap: u128,
    level: Level,
) -> bool {
    let held = |weights: &Vec<u128>| -> u128 {
        weights.iter().map(|weight| (weight * level.replicas).min(cap * level.weight)).sum()
    };
    let held: Vec<u128> = weights.iter().map(held).collect();
    let (mut below, mut above) = (0, 0);
    for ((held, bounds), _) in held.iter().zip(bounds).zip(&*fixed).filter(|(_, fixed)| fixed.is_none()) {
        below += (bounds.least * level.weight).saturating_sub(*held);
        above += held.saturating_sub(bounds.most * level.weight);
    }
    for ((held, bounds), fixed) in held.iter().zip(bounds).zip(fixed.iter_mut()) {
        if fixed.is_none() && below >= above && *held < bounds.least * level.weight {
            *fixed = Some(bounds.least);
        } else if fixed.is_none() && above >= below && *held > bounds.most * level.weight {
            *fixed = Some(bounds.most);
        }
    }
    below > 0 || above > 0
}

/// The level at which members of these weights hold so much together, none above the cap.
fn fill(mut weights: Vec<u128>, cap: u128, total: u128) -> Level {
    weights.sort_unstable_by(|one, other| other.cmp(one));
    let mut level = Level { replicas: total, weight: weights.iter().sum() };
    for weight in weights {
        if weight * level.replicas <= cap * level.weight {
            break;
        }
        level = Level { replicas: level.replicas.saturating_sub(cap), weight: level.weight - weight };
    }
    Level { weight: level.weight.max(1), ..level }
}

fn weights(members: &Members, zone: &[usize]) -> Vec<u128> {
    let weight = |&member: &usize| members.weights().get(member).copied().map(u128::from);
    zone.iter().filter_map(weight).collect()
}

fn ideal(weight: u32, level: Option<Level>, cap: u128) -> Ideal {
    let Level { replicas, weight: unit } = level.unwrap_or(Level { replicas: 0, weight: 1 });
    let share = (u128::from(weight) * replicas).min(cap * unit);
    Ideal {
        whole: usize::try_from(share / unit).unwrap_or(usize::MAX),
        rest: ((share % unit) << 40) / unit,
        millireplicas: u64::try_from((share * 1000 + unit / 2) / unit).unwrap_or(u64::MAX),
    }
}

/// Whole replicas that add up: some members get one more than their whole part, within their zones' bounds.
fn round(
    members: &Members,
    bounds: &[Bounds],
    ideals: &[Ideal],
    held: &Table<usize>,
    total: usize,
) -> Table<usize> {
    let mut quotas: Table<usize> = ideals.iter().map(|ideal| ideal.whole).collect();
    let mut zones: Table<u128> = Table::filled(0, bounds.len());
    for (member, quota) in quotas.iter().enumerate() {
        let zone = members.zone(member);
        zones.set(zone, zones.at(zone) + quota as u128);
    }
    let mut left = total.saturating_sub(quotas.iter().sum());
    let mut raised: Table<bool> = Table::filled(false, members.len());
    let mut order: Vec<(usize, &Ideal)> =
        ideals.iter().enumerate().filter(|(_, ideal)| ideal.rest > 0).collect();
    order.sort_by_key(|&(member, ideal)| {
        (held.at(member) <= ideal.whole, std::cmp::Reverse(ideal.rest), member)
    });
    for needs_it in [true, false] {
        for &(member, ideal) in &order {
            let zone = members.zone(member);
            let Some(bounds) = bounds.get(zone) else { continue };
            let most = if needs_it { bounds.least } else { bounds.most };
            if left > 0 && !raised.at(member) && zones.at(zone) < most {
                raised.set(member, true);
                quotas.set(member, ideal.whole + 1);
                zones.set(zone, zones.at(zone) + 1);
                left -= 1;
            }
        }
    }
    quotas
}
