//! Shedding: members above their quotas hand replicas straight to members below theirs, the fullest and the emptiest first.
//!
//! Each hand-over is one move and brings two members nearer to their quotas, so nothing can be cheaper. What the zones
//! of the lists do not allow directly is left to the chains.

use std::collections::BTreeSet;

use super::layout::Layout;
use super::queue::Queue;
use super::quota::Quotas;
use super::table::scatter;

/// How many of the emptiest are looked at for one that does not hold a neighbouring partition.
const LOOK_AHEAD: usize = 4;

/// How many places that somebody could take are compared. More would find little better, and take long in large rings.
const OFFERS: usize = 32;

/// Hands over until nothing more can be or so many replicas have moved in all.
pub(super) fn shed(layout: &mut Layout<'_>, quotas: &Quotas, moves_max: usize) {
    let members = layout.members();
    let mut below = Queue::new(members.len(), members.by_zone().len());
    let mut above = BTreeSet::new();
    for member in 0..members.len() {
        queue_below(&mut below, layout, quotas, member);
        if layout.load(member) > quotas.of(member) {
            above.insert((quotas.fullness(member, layout.load(member)), member));
        }
    }
    while let Some((_, giver)) = above.pop_last() {
        // A giver that finds nobody does not come back: the chains look after it.
        let Some(offer) = best_offer(layout, &below, giver) else { continue };
        if layout.moved() + offer.moves > moves_max {
            continue;
        }
        layout.put(offer.place, offer.taker);
        queue_below(&mut below, layout, quotas, offer.taker);
        if layout.load(giver) > quotas.of(giver) {
            above.insert((quotas.fullness(giver, layout.load(giver)), giver));
        }
    }
}

fn queue_below(below: &mut Queue, layout: &Layout<'_>, quotas: &Quotas, member: usize) {
    let (load, zone) = (layout.load(member), layout.members().zone(member));
    below.set(member, zone, (load < quotas.of(member)).then(|| quotas.fullness(member, load)));
    below.set_zone_by_first(zone);
}

/// A place that may pass to a taker. Ordered by what is better: an emptier taker, no neighbours, fewer moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Offer {
    fullness: u64,
    is_near: bool,
    /// 0 or 1: a place that is moving anyway costs nothing.
    moves: usize,
    place: usize,
    taker: usize,
}

/// The best of a few offers of a giver. Looks at its places from somewhere in the middle, so that what is given comes from
/// all over the ring, and stops at one that is as good as can be.
fn best_offer(layout: &Layout<'_>, below: &Queue, giver: usize) -> Option<Offer> {
    let (emptiest, _) = below.zones().next()?;
    let held = layout.held(giver);
    let from = usize::try_from(scatter(giver, held.len()) % (held.len() as u64).max(1)).unwrap_or(0);
    let places = held.iter().cycle().skip(from).take(held.len());
    let mut best: Option<Offer> = None;
    for offer in places.filter_map(|&place| offer(layout, below, giver, place)).take(OFFERS) {
        best = Some(best.map_or(offer, |best| best.min(offer)));
        if offer.fullness == emptiest && !offer.is_near {
            break;
        }
    }
    best
}

/// The best taker of a place: the emptiest one who may.
fn offer(layout: &Layout<'_>, below: &Queue, giver: usize, place: usize) -> Option<Offer> {
    let partition = layout.partition(place);
    let gap = layout.gap(partition, giver);
    let moves = usize::from(layout.is_original(partition, giver));
    below.zones().filter(|&(_, zone)| gap.takes_zone(zone)).find_map(|(_, zone)| {
        let line = below.of_zone(zone).filter(|&(_, member)| gap.lacks(member)).take(LOOK_AHEAD);
        line.map(|(fullness, taker)| {
            let is_near = layout.is_near(partition, taker);
            Offer { fullness, is_near, moves, place, taker }
        })
        .min_by_key(|offer| (offer.fullness, offer.is_near))
    })
}
