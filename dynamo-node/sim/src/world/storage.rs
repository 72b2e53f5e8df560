//! Storage: a node's operations in its disk's lanes, and what is told of them when.

use dynamo_core::input::Input;
use dynamo_core::record::{Record, RecordHash};
use dynamo_core::row::Row;
use dynamo_core::store::{Effected, OpKind, Outcome, StoreOp, Ticket};
use shared::id::NodeId;
use shared::wire::cluster::Phase;

use super::World;
use crate::disk::{Reached, Task};
use crate::event::Local;
use crate::mutant;

impl World {
    pub(super) fn store(&mut self, position: usize, ticket: Ticket, op: StoreOp) {
        let life = self.machine(position).life;
        let (now_us, mutant) = (self.now_us, self.mutant);
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position) else { return };
        match op {
            StoreOp::Lane(mut op) => {
                self.witness.stores(position, ticket, &op, &mut self.sometimes);
                if let Some(mutant) = mutant {
                    mutant::storing(mutant, &mut op);
                }
                let forgets = match &op.kind {
                    OpKind::ForgetIf { owner, hash } => Some((op.row.clone(), *owner, *hash)),
                    _ => None,
                };
                let (lane, at_us) = machine.disk.submit(ticket, Task::Run(op), now_us, rng);
                if let Some((row, owner, hash)) = forgets {
                    self.about_to_forget(position, ticket, &row, owner, hash);
                }
                self.arrange(position, life, at_us - now_us, Local::Lane(lane));
            }
            StoreOp::Sweep(step) => {
                let (lane, at_us) = machine.disk.submit(ticket, Task::Sweep(step), now_us, rng);
                self.arrange(position, life, at_us - now_us, Local::Lane(lane));
            }
            StoreOp::Barrier { partition, .. } => {
                let (lane, at_us) = machine.disk.submit(ticket, Task::Barrier(partition), now_us, rng);
                self.arrange(position, life, at_us - now_us, Local::Lane(lane));
            }
            StoreOp::Query(query) => {
                let in_us = machine.disk.read_us(rng);
                self.arrange(position, life, in_us, Local::Read(ticket, Box::new(query)));
            }
            StoreOp::Keep(kept) => {
                machine.disk.keep(ticket, kept);
                self.begin_commit(position);
            }
        }
    }

    pub(super) fn run_lane(&mut self, position: usize, lane: usize) {
        let hint = self.machine(position).disk.about_to_forget(lane);
        self.about_to_sweep(position, lane);
        let Some(executed) = self.machine_mut(position).disk.execute(lane) else { return };
        if let (Some((owner, row, Some(record))), Ok(Outcome::Lane(Effected { forgot: true, .. }))) =
            (hint, &executed.result)
        {
            self.hint_forgotten(position, executed.ticket, owner, &row, &record);
        }
        let ticket = executed.ticket;
        match executed.result {
            Ok(outcome) => {
                if let Outcome::Lane(effected) = &outcome {
                    self.witness.effected(position, ticket, effected, &mut self.sometimes);
                }
                self.begin_commit(position);
                self.tell(position, Input::Applied(ticket, outcome));
                if let Some(durability) = executed.synced_at_once {
                    self.tell(position, Input::Synced(ticket, durability));
                }
            }
            Err(failure) => self.tell(position, Input::Failed(ticket, failure)),
        }
    }

    /// A hint was forgotten here: its owner must hold what it held, safely; or W of the present owners, where it is none any
    /// more, or where whoever kept it could not wait. Unless disks were replaced since.
    pub(super) fn hint_forgotten(
        &mut self,
        at: usize,
        ticket: Ticket,
        owner: NodeId,
        row: &Row,
        record: &Record,
    ) {
        let was_rerouted = self.rerouted.remove(&(at, ticket));
        let Some(home) = self.position_of(owner).filter(|&home| !self.machine(home).was_wiped) else {
            return;
        };
        if was_rerouted || self.holds_safely(home, row, record) {
            return;
        }
        let what =
            format!("{} lacks of {row:?} what a forgotten hint for it held", self.machine(home).me.name);
        self.hint_lost.get_or_insert(what);
    }

    /// A hint is to be forgotten: whether the present owners, as its keeper knows them now, have what it holds.
    fn about_to_forget(&mut self, at: usize, ticket: Ticket, row: &Row, owner: NodeId, hash: RecordHash) {
        let machine = self.machine(at);
        let hint = machine.disk.live.hinted(owner, row).filter(|hint| hint.hash() == hash);
        let own = machine.node.as_ref().and_then(|node| node.declared()).map(|own| &own.state);
        let (Some(record), Some(state)) = (hint, own) else { return };
        let has = |node: &&NodeId| {
            let position = self.position_of(**node);
            position.is_some_and(|at| self.machine(at).was_wiped || self.holds_safely(at, row, &record))
        };
        let placed = state.placed(state.partitions.of(row.token()));
        let w = usize::from(state.quorum.w());
        let enough = |list: &[NodeId]| list.iter().filter(has).count() >= w;
        // What the old owners took before they heard of a move, the new ones fill themselves with after the fence.
        let fills = placed.phase == Phase::Joint && enough(placed.current);
        if state.ring_version > 1 && (fills || placed.lists().all(enough)) {
            self.rerouted.insert((at, ticket));
        }
    }

    /// Whether a machine's disk has everything of a record, safely.
    pub(super) fn holds_safely(&self, position: usize, row: &Row, record: &Record) -> bool {
        let kept = self.machine(position).disk.durable.objects.get(row);
        let mut merged = kept.map(|kept| Record::clone(kept)).unwrap_or_default();
        merged.merge(record);
        kept.is_some_and(|kept| merged == **kept)
    }

    pub(super) fn begin_commit(&mut self, position: usize) {
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position) else { return };
        let life = machine.life;
        if machine.disk.begin_commit() {
            let (write_us, sync_us) = machine.disk.commit_us(rng);
            self.arrange(position, life, write_us, Local::Written(sync_us));
        }
    }

    pub(super) fn commit_written(&mut self, position: usize, sync_us: u64) {
        let machine = self.machine_mut(position);
        let life = machine.life;
        let (reached, wants_sync) = machine.disk.written();
        if wants_sync {
            self.arrange(position, life, sync_us, Local::Synced);
        } else {
            self.arrange(position, life, 700_000, Local::Flush);
        }
        self.tell_reached(position, reached);
        if !wants_sync {
            self.begin_commit(position);
        }
    }

    /// What only waited in the operating system's buffer is synced on a timer.
    pub(super) fn begin_sync(&mut self, position: usize) {
        let machine = self.machine_mut(position);
        if let Some(reached) = machine.disk.flush() {
            self.tell_reached(position, reached);
        }
    }

    pub(super) fn commit_synced(&mut self, position: usize) {
        let reached = self.machine_mut(position).disk.synced();
        self.tell_reached(position, reached);
        self.begin_commit(position);
    }

    pub(super) fn tell_reached(&mut self, position: usize, reached: Vec<Reached>) {
        for (ticket, durability) in reached {
            let durability = mutant::reached(self.mutant, durability);
            self.tell(position, Input::Synced(ticket, durability));
        }
    }
}
