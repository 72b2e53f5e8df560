//! Layout: who holds what while placement works on it, and which member may take which place.
//!
//! Invariants: a list never holds a member twice, and never so many of one zone that it could not span as many zones as
//! there can be. Some places may be empty until they are filled.

use shared::id::NodeId;

use super::super::Ring;
use super::members::{Members, NOBODY};
use super::quota::Quotas;
use super::table::Table;

/// The replica lists, place by place. Place `partition * n + position` is one replica.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    members: &'a Members,
    before: &'a [Vec<NodeId>],
    n: usize,
    /// How many places of a list may lie in a zone that the list has already.
    doubles_max: usize,
    places: Table<usize>,
    /// The places that each member holds.
    held: Vec<Vec<usize>>,
    /// Where each place stands among those of its holder.
    rank: Table<usize>,
    /// How many replicas have a holder that did not hold them before.
    moved: usize,
    /// Whether a member lost its place in a partition, so that taking it back is no move.
    disturbed: Table<bool>,
}

impl<'a> Layout<'a> {
    /// What need not move: every list without those who are no members any more and, where it breaks a rule, without as few
    /// as will mend it, first those who hold too much. A list that had more than N places loses them likewise.
    pub(super) fn keeping(
        members: &'a Members,
        before: &'a Ring,
        n: usize,
        held: &Table<usize>,
        quotas: &Quotas,
    ) -> Self {
        let before = before.lists();
        let mut layout = Self {
            members,
            before,
            n,
            doubles_max: n - n.min(members.by_zone().len()),
            places: Table::filled(NOBODY, before.len() * n),
            held: vec![Vec::new(); members.len()],
            rank: Table::filled(0, before.len() * n),
            moved: 0,
            disturbed: Table::filled(false, before.len()),
        };
        let mut held = held.clone();
        for (partition, list) in before.iter().enumerate() {
            let kept = layout.keep(partition, list, &mut held, quotas);
            for (position, member) in kept.into_iter().enumerate() {
                layout.put(partition * n + position, member);
            }
        }
        layout
    }

    /// A list of N places as it can stay, [`NOBODY`] where somebody is wanted.
    fn keep(
        &mut self,
        partition: usize,
        list: &[NodeId],
        held: &mut Table<usize>,
        quotas: &Quotas,
    ) -> Vec<usize> {
        let mut kept: Vec<usize> = Vec::with_capacity(list.len().max(self.n));
        for &node in list {
            let member = self.members.number(node);
            kept.push(if kept.contains(&member) { NOBODY } else { member });
        }
        while let Some(position) = self.worst(&kept, held, quotas) {
            let Some(member) = kept.get_mut(position) else { break };
            held.set(*member, held.at(*member).saturating_sub(1));
            *member = NOBODY;
            self.disturbed.set(partition, true);
        }
        while kept.len() > self.n {
            let Some(empty) = kept.iter().rposition(|&member| member == NOBODY) else { break };
            kept.remove(empty);
        }
        kept.resize(self.n, NOBODY);
        kept
    }

    /// The position that a list should rather do without, if it breaks a rule: of those that break it, the one whose member
    /// holds most beyond its quota.
    fn worst(&self, list: &[usize], held: &Table<usize>, quotas: &Quotas) -> Option<usize> {
        let too_many = list.iter().filter(|&&member| member != NOBODY).count() > self.n;
        let too_near = doubles(self.members, list, NOBODY) > self.doubles_max;
        if !too_many && !too_near {
            return None;
        }
        let is_double = |member: usize| {
            let zone = self.members.zone(member);
            list.iter().filter(|&&other| other != NOBODY && self.members.zone(other) == zone).count() > 1
        };
        let present = list.iter().copied().enumerate().filter(|&(_, member)| member != NOBODY);
        let breaking = present.filter(|&(_, member)| !too_near || is_double(member));
        breaking
            .max_by_key(|&(position, member)| (quotas.fullness(member, held.at(member)), position))
            .map(|(position, _)| position)
    }

    /// Who may hold replicas.
    pub(super) fn members(&self) -> &'a Members {
        self.members
    }

    /// N.
    pub(super) fn n(&self) -> usize {
        self.n
    }

    /// Q.
    pub(super) fn partitions(&self) -> usize {
        self.before.len()
    }

    /// Replicas that have a new place.
    pub(super) fn moved(&self) -> usize {
        self.moved
    }

    /// A partition's list, [`NOBODY`] where a place is empty.
    pub(super) fn list(&self, partition: usize) -> &[usize] {
        self.places.run(partition * self.n, self.n)
    }

    /// The partition of a place.
    pub(super) fn partition(&self, place: usize) -> usize {
        place / self.n.max(1)
    }

    /// The places that a member holds.
    pub(super) fn held(&self, member: usize) -> &[usize] {
        self.held.get(member).map_or(&[], Vec::as_slice)
    }

    /// How many replicas a member holds.
    pub(super) fn load(&self, member: usize) -> usize {
        self.held(member).len()
    }

    /// Whether a member held a partition before.
    pub(super) fn is_original(&self, partition: usize, member: usize) -> bool {
        let list = self.before.get(partition);
        list.zip(self.members.node(member)).is_some_and(|(list, node)| list.contains(&node))
    }

    /// Members that held a partition before and do not now.
    pub(super) fn displaced(&self, partition: usize) -> impl Iterator<Item = usize> + '_ {
        let before = if self.disturbed.at(partition) { self.before.get(partition) } else { None };
        let numbers = before.into_iter().flatten().map(|&node| self.members.number(node));
        numbers.filter(move |member| *member != NOBODY && !self.list(partition).contains(member))
    }

    /// Whether a member holds one of the partitions next to this one, so that walking on from here meets nobody new.
    pub(super) fn is_near(&self, partition: usize, member: usize) -> bool {
        let count = self.partitions();
        let neighbours = [(partition + 1) % count, (partition + count - 1) % count];
        neighbours.iter().any(|&neighbour| self.list(neighbour).contains(&member))
    }

    /// A list with a place free: an empty one, or the one of a member who would leave ([`NOBODY`]: none would).
    pub(super) fn gap(&self, partition: usize, leaving: usize) -> Gap<'_> {
        let list = self.list(partition);
        let room = self.doubles_max > 0 && doubles(self.members, list, leaving) < self.doubles_max;
        Gap { members: self.members, list, leaving, room }
    }

    /// Gives a place to a member, in place of whoever holds it.
    pub(super) fn put(&mut self, place: usize, member: usize) {
        self.vacate(place);
        let Some(held) = self.held.get_mut(member) else { return };
        self.rank.set(place, held.len());
        held.push(place);
        self.places.set(place, member);
        if !self.is_original(self.partition(place), member) {
            self.moved += 1;
        }
    }

    /// Puts members that stay on a list into the order in which they were on it before: one may have given up its place and
    /// taken another's.
    pub(super) fn restore_orders(&mut self) {
        for partition in 0..self.partitions() {
            let restored = self.restored(partition);
            if restored != self.list(partition) {
                let places = partition * self.n..;
                places.clone().take(self.n).for_each(|place| self.vacate(place));
                places.zip(restored).for_each(|(place, member)| self.put(place, member));
            }
        }
    }

    fn restored(&self, partition: usize) -> Vec<usize> {
        let mut list = self.list(partition).to_vec();
        let stays = |member: &usize| self.is_original(partition, *member);
        let places = self.before.get(partition).filter(|_| self.disturbed.at(partition));
        let mut in_order = Vec::with_capacity(self.n);
        for member in places.into_iter().flatten().map(|&node| self.members.number(node)) {
            if list.contains(&member) && !in_order.contains(&member) {
                in_order.push(member);
            }
        }
        if !in_order.is_empty() {
            list.iter_mut()
                .filter(|member| stays(member))
                .zip(in_order)
                .for_each(|(place, member)| *place = member);
        }
        list
    }

    fn vacate(&mut self, place: usize) {
        let member = self.places.at(place);
        let Some(held) = self.held.get_mut(member) else { return };
        let rank = self.rank.at(place);
        if rank < held.len() {
            held.swap_remove(rank);
        }
        if let Some(&last) = held.get(rank) {
            self.rank.set(last, rank);
        }
        self.places.set(place, NOBODY);
        if self.is_original(self.partition(place), member) {
            self.disturbed.set(self.partition(place), true);
        } else {
            self.moved -= 1;
        }
    }
}

/// A list with a place free.
#[derive(Debug)]
pub(super) struct Gap<'a> {
    members: &'a Members,
    list: &'a [usize],
    leaving: usize,
    /// Whether a zone may be there once more.
    room: bool,
}

impl Gap<'_> {
    /// Whether somebody of this zone may take the place.
    pub(super) fn takes_zone(&self, zone: usize) -> bool {
        self.room || !present(self.list, self.leaving).any(|member| self.members.zone(member) == zone)
    }

    /// Whether a member of a zone that may take the place may do so itself.
    pub(super) fn lacks(&self, member: usize) -> bool {
        !self.list.contains(&member)
    }

    /// Whether this member may take the place.
    pub(super) fn takes(&self, member: usize) -> bool {
        self.lacks(member) && self.takes_zone(self.members.zone(member))
    }
}

/// How many places of a list lie in a zone that an earlier place has already.
fn doubles(members: &Members, list: &[usize], leaving: usize) -> usize {
    let is_double = |&(position, member): &(usize, usize)| {
        let zone = members.zone(member);
        let earlier = list.get(..position).unwrap_or_default();
        present(earlier, leaving).any(|other| members.zone(other) == zone)
    };
    let present =
        list.iter().copied().enumerate().filter(|&(_, member)| member != NOBODY && member != leaving);
    present.filter(is_double).count()
}

/// The members of a list but for one.
fn present(list: &[usize], leaving: usize) -> impl Iterator<Item = usize> + '_ {
    list.iter().copied().filter(move |&member| member != NOBODY && member != leaving)
}
