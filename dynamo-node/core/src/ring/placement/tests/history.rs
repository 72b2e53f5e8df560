//! Histories: real sequences of joins, leaves, replacements, weight and zone changes, from a founded ring on.

use proptest::prelude::*;
use shared::id::NodeId;
use shared::token::Partitions;

use super::super::{Candidate, Placement, place, rearrange};
use crate::ring::Ring;

/// One thing that an administrator does. Members are chosen by a number, modulo how many there are.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Join { zone: u8, weight: u32 },
    Leave(usize),
    Replace(usize),
    Weight(usize, u32),
    Zone(usize, u8),
    ZoneLost(usize),
}

/// A founded cluster and what happens to it.
#[derive(Debug, Clone)]
pub(super) struct History {
    pub(super) n: u8,
    pub(super) partitions: Partitions,
    pub(super) founders: Vec<Candidate>,
    pub(super) steps: Vec<Step>,
}

/// A change of the ring: from which, by whom, to which.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) before: Ring,
    pub(super) members_before: Vec<Candidate>,
    pub(super) members: Vec<Candidate>,
    pub(super) after: Placement,
}

pub(super) fn candidate(node: u64, zone: u8, weight: u32) -> Candidate {
    Candidate { node: NodeId(node), zone: zone_name(zone), weight }
}

fn zone_name(zone: u8) -> shared::id::Name {
    format!("z{zone}").parse().unwrap()
}

/// Histories of rings of 2 to the power of so many partitions, at most.
pub(super) fn histories(
    zones: u8,
    log_partitions: std::ops::RangeInclusive<u32>,
) -> impl Strategy<Value = History> {
    let step = prop_oneof![
        3 => (0..zones, 1..5_u32).prop_map(|(zone, weight)| Step::Join { zone, weight }),
        2 => any::<usize>().prop_map(Step::Leave),
        1 => any::<usize>().prop_map(Step::Replace),
        1 => (any::<usize>(), 1..7_u32).prop_map(|(member, weight)| Step::Weight(member, weight)),
        1 => (any::<usize>(), 0..zones).prop_map(|(member, zone)| Step::Zone(member, zone)),
        1 => any::<usize>().prop_map(Step::ZoneLost),
    ];
    let founders = proptest::collection::vec((0..zones, 1..5_u32), 4..10);
    let steps = proptest::collection::vec(step, 1..8);
    (1..5_u8, log_partitions, founders, steps).prop_map(|(n, log_partitions, founders, steps)| History {
        n,
        partitions: Partitions::new(1 << log_partitions).unwrap(),
        founders: founders
            .iter()
            .zip(1..)
            .map(|(&(zone, weight), node)| candidate(node, zone, weight))
            .collect(),
        steps,
    })
}

impl History {
    /// The ring it starts from.
    pub(super) fn founded(&self) -> Ring {
        place(&self.founders, self.partitions, self.n).unwrap()
    }

    /// Carries it out; steps that would leave too few are left out.
    pub(super) fn changes(&self) -> Vec<Change> {
        let mut members_before = self.founders.clone();
        let mut before = self.founded();
        let mut changes = Vec::new();
        for (step, number) in self.steps.iter().zip(100..) {
            let members = after(&members_before, step, number);
            if members.len() < usize::from(self.n) {
                continue;
            }
            let after = rearrange(&before, &members, self.n).unwrap();
            let ring = after.ring.clone();
            changes.push(Change { before, members_before, members: members.clone(), after });
            (before, members_before) = (ring, members);
        }
        changes
    }
}

fn after(members: &[Candidate], step: &Step, newcomer: u64) -> Vec<Candidate> {
    let mut members = members.to_vec();
    let count = members.len();
    match *step {
        Step::Join { zone, weight } => members.push(candidate(newcomer, zone, weight)),
        Step::Leave(member) => drop(members.remove(member % count)),
        Step::Replace(member) => members[member % count].node = NodeId(newcomer),
        Step::Weight(member, weight) => members[member % count].weight = weight,
        Step::Zone(member, zone) => members[member % count].zone = zone_name(zone),
        Step::ZoneLost(member) => {
            let zone = members[member % count].zone.clone();
            members.retain(|member| member.zone != zone);
        }
    }
    members
}
