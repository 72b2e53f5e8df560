//! Chains: where a member above its quota cannot hand a replica straight to one below, others pass theirs on in between.
//!
//! In rounds: find how far everyone is ([`Layers`]), then carry out chains of that length, the shortest there are, until
//! none is left. As the quotas can be met, there is a chain while anyone holds too much.

use super::layers::Layers;
use super::layout::Layout;
use super::quota::Quotas;

/// Carries out chains of at most so many moves each until none is left, or so many replicas have moved in all.
pub(super) fn pass_on(layout: &mut Layout<'_>, quotas: &Quotas, moves_max: usize, chain_max: usize) {
    loop {
        let budget = moves_max.saturating_sub(layout.moved());
        let members = 0..layout.members().len();
        let above: Vec<usize> = members.filter(|&member| layout.load(member) > quotas.of(member)).collect();
        let is_short = |member| layout.load(member) < quotas.of(member);
        let layers = Layers::new(layout, above.clone(), is_short, budget.min(chain_max));
        let Some(layers) = layers else { return };
        let mut round = Round { layers, layout, quotas, left: Vec::new(), began: Vec::new() };
        if !round.carry_out(above, moves_max) {
            return;
        }
    }
}

/// Chains of one length.
struct Round<'r, 'a> {
    layers: Layers,
    layout: &'r mut Layout<'a>,
    quotas: &'r Quotas,
    /// The places that each member has not tried to give yet, once it began.
    left: Vec<Vec<usize>>,
    began: Vec<bool>,
}

impl Round<'_, '_> {
    /// Whether there were any. The fullest give first.
    fn carry_out(&mut self, mut above: Vec<usize>, moves_max: usize) -> bool {
        self.left = vec![Vec::new(); self.layout.members().len()];
        self.began = vec![false; self.layout.members().len()];
        above.sort_by_key(|&member| {
            (std::cmp::Reverse(self.quotas.fullness(member, self.layout.load(member))), member)
        });
        let mut any = false;
        for giver in above {
            while self.layout.load(giver) > self.quotas.of(giver)
                && self.layout.moved() + self.layers.moves() <= moves_max
                && self.give(giver)
            {
                any = true;
            }
        }
        any
    }

    /// A member hands over one place, to somebody who is short or who hands over one itself. Whether it could. As deep as
    /// there are layers.
    fn give(&mut self, giver: usize) -> bool {
        while let Some(place) = self.next_place(giver) {
            let Some(taker) = self.taker(place, giver) else { continue };
            self.layout.put(place, taker);
            return true;
        }
        false
    }

    fn next_place(&mut self, member: usize) -> Option<usize> {
        if let Some(began) = self.began.get_mut(member).filter(|began| !**began) {
            *began = true;
            if let Some(left) = self.left.get_mut(member) {
                left.extend_from_slice(self.layout.held(member));
            }
        }
        self.left.get_mut(member)?.pop()
    }

    /// Somebody who can take a place and keep to its quota, or make room for it.
    fn taker(&mut self, place: usize, giver: usize) -> Option<usize> {
        loop {
            let taker = self.layers.taker(self.layout, place, giver)?;
            let has_room = if self.layers.is_last(taker) {
                self.layout.load(taker) < self.quotas.of(taker)
            } else {
                self.give(taker)
            };
            // Chains of one round may come in each other's way; then the taker is left short, for the next round.
            if has_room && self.layout.gap(self.layout.partition(place), giver).takes(taker) {
                return Some(taker);
            }
            if !has_room {
                self.layers.drop_member(taker, self.layout.members().zone(taker));
            }
        }
    }
}
