//! Filling empty places with whoever is short of its quota.
//!
//! Every member that is short wishes for one place in each of as many parts of the way round, somewhere in it, so that no
//! two members always meet; whoever's wish is due takes the place. So newcomers are spread over the whole ring, neighbouring
//! lists differ, and members that hold a partition together are many.

use super::layout::Layout;
use super::members::NOBODY;
use super::queue::Queue;
use super::quota::Quotas;
use super::table::{Table, scatter};

/// How many of those next in line are looked at, at most, for one that does not hold a neighbouring partition. Never all of a
/// zone: two that can only take turns would each always meet the same nodes of other zones.
const LOOK_AHEAD: usize = 6;

/// Fills every place. Members stay within their quotas as far as the zones of the lists allow on the first try; what is
/// over then is for others to carry on.
pub(super) fn fill(layout: &mut Layout<'_>, quotas: &Quotas) {
    let partitions = partitions_to_fill(layout);
    if partitions.is_empty() {
        return;
    }
    let mut wishes = Wishes::new(layout, quotas, partitions.len());
    for &partition in &partitions {
        for place in empty_places(layout, partition) {
            if let Some(member) = next(layout, &wishes.queue, partition) {
                layout.put(place, member);
                wishes.grant(member, layout.members().zone(member));
            }
        }
    }
    fill_beyond_quotas(layout, quotas, &partitions);
}

/// Whoever is least full takes the places for which nobody is left who is short and fits.
fn fill_beyond_quotas(layout: &mut Layout<'_>, quotas: &Quotas, partitions: &[usize]) {
    let left: Vec<usize> = partitions.iter().flat_map(|&partition| empty_places(layout, partition)).collect();
    if left.is_empty() {
        return;
    }
    let mut queue = Queue::new(layout.members().len(), layout.members().by_zone().len());
    let all: Vec<usize> = (0..layout.members().len()).collect();
    all.iter().for_each(|&member| by_fullness(&mut queue, layout, quotas, member));
    for place in left {
        if let Some(member) = next(layout, &queue, layout.partition(place)) {
            layout.put(place, member);
            by_fullness(&mut queue, layout, quotas, member);
        }
    }
}

fn by_fullness(queue: &mut Queue, layout: &Layout<'_>, quotas: &Quotas, member: usize) {
    let zone = layout.members().zone(member);
    queue.set(member, zone, Some(quotas.fullness(member, layout.load(member))));
    queue.set_zone_by_first(zone);
}

fn partitions_to_fill(layout: &Layout<'_>) -> Vec<usize> {
    (0..layout.partitions()).filter(|&partition| layout.list(partition).contains(&NOBODY)).collect()
}

fn empty_places(layout: &Layout<'_>, partition: usize) -> Vec<usize> {
    let places = (partition * layout.n())..;
    let empty = layout.list(partition).iter().zip(places).filter(|(member, _)| **member == NOBODY);
    empty.map(|(_, place)| place).collect()
}

/// Who takes the next empty place of a list: of the first zone that may, the first who may; of a few in a row rather one
/// that holds no neighbouring partition.
fn next(layout: &Layout<'_>, queue: &Queue, partition: usize) -> Option<usize> {
    let gap = layout.gap(partition, NOBODY);
    queue.zones().filter(|&(_, zone)| gap.takes_zone(zone)).find_map(|(_, zone)| {
        let line = || queue.of_zone(zone).map(|(_, member)| member).filter(|&member| gap.lacks(member));
        let look_ahead = LOOK_AHEAD.min(layout.members().in_zone(zone).saturating_sub(1));
        line().take(look_ahead).find(|&member| !layout.is_near(partition, member)).or_else(|| line().next())
    })
}

/// What members that are short wish for.
#[derive(Debug)]
struct Wishes {
    queue: Queue,
    /// Replicas that each member is short of, and those that it was given.
    short: Table<usize>,
    given: Table<usize>,
    zones_short: Table<usize>,
    zones_given: Table<usize>,
    /// How many lists have empty places.
    lists: usize,
}

impl Wishes {
    fn new(layout: &Layout<'_>, quotas: &Quotas, lists: usize) -> Self {
        let members = layout.members();
        let short = |member| quotas.of(member).saturating_sub(layout.load(member));
        let short: Table<usize> = (0..members.len()).map(short).collect();
        let zone_short = |zone: &Vec<usize>| zone.iter().map(|&member| short.at(member)).sum();
        let mut wishes = Self {
            queue: Queue::new(members.len(), members.by_zone().len()),
            zones_short: members.by_zone().iter().map(zone_short).collect(),
            zones_given: Table::filled(0, members.by_zone().len()),
            given: Table::filled(0, members.len()),
            short,
            lists,
        };
        for member in 0..members.len() {
            wishes.queue_up(member, members.zone(member));
        }
        for zone in 0..members.by_zone().len() {
            wishes.queue_zone(zone);
        }
        wishes
    }

    fn grant(&mut self, member: usize, zone: usize) {
        self.given.set(member, self.given.at(member) + 1);
        self.zones_given.set(zone, self.zones_given.at(zone) + 1);
        self.queue_up(member, zone);
        self.queue_zone(zone);
    }

    /// The k-th wish is due in the k-th of as many parts of the way as the member is short of, anywhere in it.
    fn queue_up(&mut self, member: usize, zone: usize) {
        let (given, short) = (self.given.at(member), self.short.at(member));
        let shaken = scatter(member, given) & 0xffff;
        let due = ((((given as u64) << 16) + shaken) << 20) / (short as u64).max(1);
        self.queue.set(member, zone, (given < short).then_some(due));
    }

    /// The k-th wish of a zone is due before (k + 1) parts; less shaken the more often it must be on a list, so that one that
    /// must be on all of them misses none.
    fn queue_zone(&mut self, zone: usize) {
        let (given, short) = (self.zones_given.at(zone) as u64, self.zones_short.at(zone) as u64);
        let lists = (self.lists as u64).max(1);
        let freedom = (lists.saturating_sub(short) << 15) / lists;
        let shaken = (freedom * (scatter(zone, self.zones_given.at(zone)) & 0xffff)) >> 16;
        let due = ((((given + 1) << 16) + shaken) << 20) / short.max(1);
        self.queue.set_zone(zone, (given < short).then_some(due));
    }
}
