//! A queue of members by urgency, zone by zone, so that a list that may not take some zones passes over them at once.

use std::collections::BTreeSet;

use super::table::Table;

/// Members in the order of their keys, and zones in the order of theirs; least first.
#[derive(Debug)]
pub(super) struct Queue {
    zones: BTreeSet<(u64, usize)>,
    zone_keys: Table<u64>,
    members: Vec<BTreeSet<(u64, usize)>>,
    member_keys: Table<u64>,
}

impl Queue {
    /// An empty one.
    pub(super) fn new(members: usize, zones: usize) -> Self {
        Self {
            zones: BTreeSet::new(),
            zone_keys: Table::filled(0, zones),
            members: vec![BTreeSet::new(); zones],
            member_keys: Table::filled(0, members),
        }
    }

    /// Places a member; `None` takes it out.
    pub(super) fn set(&mut self, member: usize, zone: usize, key: Option<u64>) {
        let Some(members) = self.members.get_mut(zone) else { return };
        members.remove(&(self.member_keys.at(member), member));
        if let Some(key) = key {
            self.member_keys.set(member, key);
            members.insert((key, member));
        }
    }

    /// Places a zone; `None` takes it out.
    pub(super) fn set_zone(&mut self, zone: usize, key: Option<u64>) {
        self.zones.remove(&(self.zone_keys.at(zone), zone));
        if let Some(key) = key {
            self.zone_keys.set(zone, key);
            self.zones.insert((key, zone));
        }
    }

    /// Places a zone where its first member stands; takes it out if it has none.
    pub(super) fn set_zone_by_first(&mut self, zone: usize) {
        let first = self.of_zone(zone).next().map(|(key, _)| key);
        self.set_zone(zone, first);
    }

    /// The zones, each with its key.
    pub(super) fn zones(&self) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.zones.iter().copied()
    }

    /// The members of a zone, each with its key.
    pub(super) fn of_zone(&self, zone: usize) -> impl Iterator<Item = (u64, usize)> + '_ {
        self.members.get(zone).into_iter().flatten().copied()
    }
}
