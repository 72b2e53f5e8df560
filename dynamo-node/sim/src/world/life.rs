//! Life: how a machine starts, stops, freezes and loses its disk, and what its node counted meanwhile.

use dynamo_core::durable::Recovery;
use dynamo_core::input::Input;
use dynamo_core::node::Node;
use shared::id::Boot;
use shared::wire::look::Look;

use super::{POLL, POLL_US, World};
use crate::disk::Stop;
use crate::event::Local;
use crate::mutant::{self, Mutant};

impl World {
    /// Starts a machine's node with what its disk kept.
    pub fn start(&mut self, position: usize) {
        if self.machine(position).is_running() || self.machine(position).is_destroyed {
            return;
        }
        self.write_down_others(position);
        let drawn = self.rng.draw_seed();
        let (config, mutant, now_us) = (self.setup.config.clone(), self.mutant, self.now_us);
        let partitions = self.declared.state.partitions;
        let mut effects = std::mem::take(&mut self.spare);
        let machine = self.machine_mut(position);
        let first = *machine.first_seed.get_or_insert(drawn);
        let seed = if mutant == Some(Mutant::SeedReused) { first } else { drawn };
        machine.life += 1;
        machine.wake_us = None;
        machine.boot_heard = Boot(0);
        let durable = machine.durable();
        machine.recovery = Recovery::Intact;
        if mutant == Some(Mutant::ActorReused) {
            machine.disk.pens = mutant::pens_from_disk(&machine.disk.live, |row| partitions.of(row.token()));
        }
        let now = machine.now(now_us);
        let node = Node::new(now, machine.me.clone(), config, durable, seed, &mut effects);
        machine.node = Some(Box::new(node));
        let life = machine.life;
        self.arrange(position, life, POLL_US, Local::Poll);
        self.trace.line(now_us, Some(position), || "starts".to_owned());
        self.starts(position);
        self.perform(position, effects);
        self.arm(position);
        self.look_at_links();
    }

    /// Stops a machine's node without a word.
    pub fn stop(&mut self, position: usize, how: Stop) {
        let Self { machines, rng, .. } = self;
        let Some(machine) = machines.get_mut(position).filter(|machine| machine.is_running()) else { return };
        machine.node = None;
        machine.life += 1;
        machine.frozen_until_us = 0;
        let forgotten = machine.disk.stop(how, rng);
        if forgotten > 0 {
            self.sometimes.count("crash lost unsynced writes");
        }
        self.trace
            .line(self.now_us, Some(position), || format!("{how:?}, {forgotten} unsafe writes forgotten"));
        self.look_at_links();
    }

    /// Empties the disk of a machine whose node does not run. It will start as if it had never been.
    pub fn wipe(&mut self, position: usize) {
        let answers = {
            let (state, me) = (self.in_force(), self.machine(position).me.node);
            state.answered_by(me).next().is_some()
        };
        let machine = self.machine_mut(position);
        machine.disk.wipe();
        machine.boot = Boot(0);
        machine.edition = None;
        machine.was_wiped = true;
        machine.lacks_data |= answers;
        machine.recovery = Recovery::Fresh;
        self.sometimes.count("disk was wiped");
        self.trace.line(self.now_us, Some(position), || "the disk is wiped".to_owned());
    }

    /// A machine is lost for good, with its disk.
    pub fn destroy(&mut self, position: usize) {
        self.stop(position, Stop::PowerLost);
        let machine = self.machine_mut(position);
        machine.is_destroyed = true;
        machine.was_lost = true;
        self.sometimes.count("machine lost for good");
        self.trace.line(self.now_us, Some(position), || "is lost for good".to_owned());
    }

    /// A machine that was lost for good is found again, and started.
    pub fn find_again(&mut self, position: usize) {
        self.machine_mut(position).is_destroyed = false;
        self.sometimes.count("lost machine came back");
        self.start(position);
    }

    /// Stops a machine's process for so many microseconds.
    pub fn freeze(&mut self, position: usize, for_us: u64) {
        let until_us = self.now_us + for_us;
        self.machine_mut(position).frozen_until_us = until_us;
        self.sometimes.count("node frozen");
        self.trace.line(self.now_us, Some(position), || format!("frozen for {} ms", for_us / 1_000));
    }

    /// Asks a node what it has counted so far, now and again for as long as it lives.
    pub(super) fn poll(&mut self, position: usize) {
        let life = self.machine(position).life;
        self.arrange(position, life, POLL_US, Local::Poll);
        self.tell(position, Input::Look(POLL, Look::Status));
    }

    /// Adds up what the nodes have counted in all their lives.
    pub fn collect_counters(&mut self) {
        for counters in std::mem::take(&mut self.counters).values() {
            self.sometimes.add_counters(counters);
        }
    }
}
