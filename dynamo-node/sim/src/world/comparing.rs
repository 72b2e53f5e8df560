//! Comparing: when a node says that its "not found" counts now, the world looks behind the scenes whether it may (rule P7).
//!
//! At its start the clocks of what the other owners held, safely, were written down. By the time it calls itself compared
//! it must hold all that enough of them held then: N-W of them, one more if its own disk had been wiped.
//! What it holds need not be safe yet: if it is lost again, so is the standing.

use std::collections::BTreeMap;
use std::sync::Arc;

use dynamo_core::row::Row;
use dynamo_core::version::VectorClock;
use shared::token::PartitionId;

use super::World;

/// What another machine held at some time, safely: its rows with their clocks.
pub(crate) type Snapshot = BTreeMap<Row, VectorClock>;

impl World {
    /// Writes down what all other machines hold.
    pub(super) fn write_down_others(&mut self, position: usize) {
        let clocks = |at: usize| -> Snapshot {
            let objects = &self.machine(at).disk.durable.objects;
            objects.iter().map(|(row, record)| (row.clone(), record.clock.clone())).collect()
        };
        let others = (0..self.machines.len()).filter(|&other| other != position);
        let held_by_others = others.map(|other| (other, clocks(other))).collect();
        self.machine_mut(position).held_by_others = held_by_others;
    }

    /// A node says that it was compared in all partitions that it owns.
    pub(super) fn says_it_is_compared(&mut self, position: usize) {
        let machine = self.machine(position);
        let Some(declared) = machine.node.as_ref().and_then(|node| node.declared()).map(Arc::clone) else {
            return;
        };
        let state = &declared.state;
        let mut needed = state.quorum.n() - state.quorum.w();
        if machine.lacks_data {
            needed = (needed + 1).min(state.quorum.n() - 1);
        }
        let wrong = state.answered_by(machine.me.node).find(|&partition| {
            let caught_up = |(other, snapshot): &&(usize, Snapshot)| {
                let is_owner = state.placed(partition).readers().contains(&self.machine(*other).me.node);
                is_owner && self.holds_all_of(position, partition, snapshot)
            };
            machine.held_by_others.iter().filter(caught_up).count() < usize::from(needed)
        });
        if let Some(partition) = wrong.filter(|_| !self.was_damaged) {
            let what = format!(
                "{} calls itself compared in partition {partition}, and is not: {}",
                machine.me.name,
                self.lacks(position, partition)
            );
            self.behind.get_or_insert(what);
        }
        self.machine_mut(position).lacks_data = false;
    }

    /// What of others a machine lacks in a partition, in words.
    fn lacks(&self, position: usize, partition: PartitionId) -> String {
        let partitions = self.declared.state.partitions;
        let held = &self.machine(position).disk.live.objects;
        let lacking = self.machine(position).held_by_others.iter().flat_map(|(other, snapshot)| {
            let of_partition = snapshot.iter().filter(|(row, _)| partitions.of(row.token()) == partition);
            let lacks = |(row, clock): &(&Row, &VectorClock)| {
                !held.get(row).is_some_and(|record| record.clock.descends(clock))
            };
            of_partition.filter(lacks).map(|(row, clock)| {
                let ours = held.get(row).map(|record| &record.clock);
                format!("{row:?} was {clock:?} at {}, and is {ours:?}", self.machine(*other).me.name)
            })
        });
        lacking.collect::<Vec<_>>().join("; ")
    }

    fn holds_all_of(&self, position: usize, partition: PartitionId, snapshot: &Snapshot) -> bool {
        let partitions = self.declared.state.partitions;
        let held = &self.machine(position).disk.live.objects;
        let of_partition = snapshot.iter().filter(|(row, _)| partitions.of(row.token()) == partition);
        let holds = |row: &Row, clock| held.get(row).is_some_and(|record| record.clock.descends(clock));
        of_partition.into_iter().all(|(row, clock)| holds(row, clock))
    }
}
