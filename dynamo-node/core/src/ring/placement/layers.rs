//! Layers: how far every member is from those that hold too much, in replicas that would have to move and, among equals,
//! in hand-overs. The chains of fewest moves are those that go from layer to layer.
//!
//! A hand-over costs nothing where the place is moving anyway, or where it goes back to a member that held the partition
//! before; else it is one move. (Going back from a place that is moving would even save one. That is counted as nothing:
//! it comes up where zones change, and is worth less than what negative distances cost.)

use super::layout::{Gap, Layout};
use super::members::NOBODY;
use super::table::Table;

/// Members of one distance.
#[derive(Debug)]
struct Layer {
    /// Zone by zone; only those who have not been found to lead nowhere.
    zones: Vec<(usize, Vec<usize>)>,
    /// How many moves it is away.
    moves: usize,
}

/// Members by distance, as far as the nearest that are short of their quotas.
#[derive(Debug)]
pub(super) struct Layers {
    /// The nearest first.
    near_to_far: Vec<Layer>,
    /// The layer of each member; [`NOBODY`]: it is in none, or leads nowhere.
    rank: Table<usize>,
    /// The first layer of every number of moves.
    first: Vec<usize>,
}

impl Layers {
    /// From members that hold too much to the nearest that are short, at most so many moves away; `None`: none are.
    pub(super) fn new(
        layout: &Layout<'_>,
        from: Vec<usize>,
        is_short: impl Fn(usize) -> bool,
        moves_max: usize,
    ) -> Option<Self> {
        let mut search = Search::new(layout, &from);
        let mut layers = Self {
            near_to_far: Vec::new(),
            rank: Table::filled(NOBODY, layout.members().len()),
            first: vec![0],
        };
        let (mut newest, mut moves) = (from, 0);
        // Members that are `moves` moves away, layer by layer.
        let mut equals: Vec<usize> = Vec::new();
        loop {
            let ends = newest.iter().any(|&member| is_short(member));
            if ends {
                newest.retain(|&member| is_short(member));
            }
            layers.push(layout, &newest, moves);
            if ends {
                return Some(layers);
            }
            let next = search.for_nothing(layout, &newest);
            equals.append(&mut newest);
            newest = next;
            if newest.is_empty() && moves < moves_max {
                newest = search.by_a_move(layout, &equals);
                equals.clear();
                moves += 1;
                layers.first.push(layers.near_to_far.len());
            }
            if newest.is_empty() {
                return None;
            }
        }
    }

    fn push(&mut self, layout: &Layout<'_>, members: &[usize], moves: usize) {
        let mut zones = vec![Vec::new(); layout.members().by_zone().len()];
        for &member in members {
            self.rank.set(member, self.near_to_far.len());
            if let Some(zone) = zones.get_mut(layout.members().zone(member)) {
                zone.push(member);
            }
        }
        let zones = zones.into_iter().enumerate().filter(|(_, members)| !members.is_empty());
        self.near_to_far.push(Layer { zones: zones.collect(), moves });
    }

    /// How many moves a chain costs.
    pub(super) fn moves(&self) -> usize {
        self.near_to_far.last().map_or(0, |layer| layer.moves)
    }

    /// Whether a member is at the end.
    pub(super) fn is_last(&self, member: usize) -> bool {
        self.rank.at(member) + 1 == self.near_to_far.len()
    }

    /// A member of the next layer who may take a place from its holder, at the cost of its layer.
    pub(super) fn taker(&self, layout: &Layout<'_>, place: usize, giver: usize) -> Option<usize> {
        let (partition, rank) = (layout.partition(place), self.rank.at(giver));
        let moves = self.near_to_far.get(rank)?.moves;
        let gap = layout.gap(partition, giver);
        let equal = self.near_to_far.get(rank + 1).filter(|layer| layer.moves == moves);
        if !layout.is_original(partition, giver) {
            return equal.and_then(|layer| layer.taker(&gap));
        }
        let mut displaced = layout.displaced(partition).filter(|_| equal.is_some());
        let back = displaced.find(|&member| self.rank.at(member) == rank + 1 && gap.takes(member));
        let further = || self.first.get(moves + 1).and_then(|&rank| self.near_to_far.get(rank));
        back.or_else(|| further()?.taker(&gap))
    }

    /// A member has been found to lead nowhere.
    pub(super) fn drop_member(&mut self, member: usize, zone: usize) {
        let layer = self.near_to_far.get_mut(self.rank.at(member));
        let members = layer.and_then(|layer| layer.zones.iter_mut().find(|(other, _)| *other == zone));
        if let Some((_, members)) = members {
            members.retain(|&other| other != member);
        }
        self.rank.set(member, NOBODY);
    }
}

impl Layer {
    fn taker(&self, gap: &Gap<'_>) -> Option<usize> {
        let zones = self.zones.iter().filter(|(zone, _)| gap.takes_zone(*zone));
        zones.flat_map(|(_, members)| members).copied().find(|&member| gap.lacks(member))
    }
}

/// Who has not been reached yet.
#[derive(Debug)]
struct Search {
    /// Zone by zone, ascending; only zones that have any.
    unreached: Vec<(usize, Vec<usize>)>,
}

impl Search {
    fn new(layout: &Layout<'_>, from: &[usize]) -> Self {
        let mut others = layout.members().by_zone().to_vec();
        others.iter_mut().for_each(|members| members.retain(|member| from.binary_search(member).is_err()));
        let unreached = others.into_iter().enumerate().filter(|(_, members)| !members.is_empty());
        Self { unreached: unreached.collect() }
    }

    /// Everyone who can take over a place that is moving anyway, or take back one that it lost.
    fn for_nothing(&mut self, layout: &Layout<'_>, givers: &[usize]) -> Vec<usize> {
        let mut reached = Vec::new();
        for &giver in givers {
            for &place in layout.held(giver) {
                let partition = layout.partition(place);
                let gap = layout.gap(partition, giver);
                if layout.is_original(partition, giver) {
                    let displaced = layout.displaced(partition);
                    displaced.for_each(|member| self.reach_one(layout, &gap, member, &mut reached));
                } else {
                    self.reach(&gap, &mut reached);
                }
            }
        }
        reached
    }

    /// Everyone to whom one of these could hand a place.
    fn by_a_move(&mut self, layout: &Layout<'_>, givers: &[usize]) -> Vec<usize> {
        let mut reached = Vec::new();
        for &giver in givers {
            for &place in layout.held(giver) {
                self.reach(&layout.gap(layout.partition(place), giver), &mut reached);
            }
        }
        reached
    }

    fn reach(&mut self, gap: &Gap<'_>, reached: &mut Vec<usize>) {
        self.unreached.retain_mut(|(zone, members)| {
            if gap.takes_zone(*zone) {
                reached.extend(members.iter().filter(|&&member| gap.lacks(member)));
                members.retain(|&member| !gap.lacks(member));
            }
            !members.is_empty()
        });
    }

    fn reach_one(&mut self, layout: &Layout<'_>, gap: &Gap<'_>, member: usize, reached: &mut Vec<usize>) {
        let zone = layout.members().zone(member);
        let members = self.unreached.iter_mut().find(|(other, _)| *other == zone);
        let Some((_, members)) = members.filter(|_| gap.takes(member)) else { return };
        if let Ok(at) = members.binary_search(&member) {
            members.remove(at);
            reached.push(member);
        }
    }
}
