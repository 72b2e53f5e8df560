//! Telling: what happens to one machine reaches its node, and what the node asks for is begun.

use dynamo_core::effect::{Effect, Effects, Notice, Reply};
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Envelope};
use dynamo_core::store::Outcome;
use shared::id::Boot;
use shared::wire;
use shared::wire::look::Seen;

use super::{POLL, World};
use crate::event::{Event, Local};
use crate::mutant;
use crate::witness::Witness;
use crate::words;

/// A node that is told the time so often, without wanting it later, spins.
const IDLE_TICKS_MAX: u32 = 2_000;

impl World {
    pub(super) fn local(&mut self, position: usize, life: u64, what: Local) {
        let machine = self.machine(position);
        if machine.life != life || !machine.is_running() {
            return;
        }
        if machine.frozen_until_us > self.now_us {
            let thaw_us = machine.frozen_until_us;
            self.queue.push(thaw_us, Event::Local { machine: position, life, what });
            return;
        }
        self.digest.absorb(position as u64);
        match what {
            Local::Deliver(bytes) => self.deliver(position, &bytes),
            Local::Ask(input) => self.tell(position, *input),
            Local::Wake => self.wake(position),
            Local::Poll => self.poll(position),
            Local::Lane(lane) => self.run_lane(position, lane),
            Local::Read(ticket, query) => {
                let input = match self.machine(position).disk.read(&query) {
                    Ok(found) => Input::Applied(ticket, Outcome::Query(found)),
                    Err(failure) => Input::Failed(ticket, failure),
                };
                self.tell(position, input);
            }
            Local::Written(sync_us) => self.commit_written(position, sync_us),
            Local::Synced => self.commit_synced(position),
            Local::Flush => self.begin_sync(position),
        }
    }

    pub(super) fn deliver(&mut self, position: usize, bytes: &[u8]) {
        self.digest.absorb_bytes(bytes);
        match wire::decode::<Envelope>("envelope", bytes) {
            Ok(mut envelope) => {
                let told = match &envelope.body {
                    Body::Digest(digest) => digest.your_boot,
                    _ => Boot(0),
                };
                mutant::hearing(self.mutant, &mut envelope);
                self.tell(position, Input::Peer(envelope));
                let machine = self.machine_mut(position);
                if machine.node.as_ref().is_some_and(|node| !node.has_left()) {
                    machine.boot_heard = machine.boot_heard.max(told);
                }
            }
            Err(error) => self.misbehaves(position, &format!("sent what is no envelope: {error}")),
        }
    }

    pub(super) fn wake(&mut self, position: usize) {
        let now_us = self.now_us;
        let machine = self.machine_mut(position);
        if machine.wake_us.is_some_and(|wake_us| wake_us <= now_us) {
            machine.wake_us = None;
        }
        let deadline = machine.node.as_ref().and_then(|node| node.deadline());
        if deadline.is_some_and(|deadline| machine.clock.world_us_at(deadline) <= now_us) {
            self.tell(position, Input::Tick);
        } else {
            self.arm(position);
        }
    }

    /// Tells a node one thing that happened, and does what it asks for.
    pub(super) fn tell(&mut self, position: usize, input: Input) {
        let now_us = self.now_us;
        Witness::told(&input, &mut self.sometimes);
        self.trace.line(now_us, Some(position), || format!("<- {}", words::of_input(&input)));
        let mut effects = std::mem::take(&mut self.spare);
        let Some(machine) = self.machines.get_mut(position) else { return };
        let now = machine.now(now_us);
        machine.idle_ticks = if matches!(input, Input::Tick) { machine.idle_ticks + 1 } else { 0 };
        let Some(node) = machine.node.as_mut() else { return };
        node.handle(now, input, &mut effects);
        self.watch(position);
        self.perform(position, effects);
        self.arm(position);
    }

    /// Arranges for a node to be told the time when it wants to be.
    pub(super) fn arm(&mut self, position: usize) {
        let now_us = self.now_us;
        let machine = self.machine_mut(position);
        let Some(deadline) = machine.node.as_ref().and_then(|node| node.deadline()) else { return };
        let at_us = machine.clock.world_us_at(deadline).max(now_us + 1);
        if at_us > now_us + 1 {
            machine.idle_ticks = 0;
        }
        let spins = machine.idle_ticks > IDLE_TICKS_MAX;
        if machine.wake_us.is_none_or(|wake_us| wake_us > at_us) {
            machine.wake_us = Some(at_us);
            let life = machine.life;
            self.arrange(position, life, at_us - now_us, Local::Wake);
        }
        if spins {
            self.misbehaves(position, "spins: its deadline stays in the past");
        }
    }

    pub(super) fn perform(&mut self, position: usize, mut effects: Effects) {
        for effect in effects.drain() {
            self.trace.line(self.now_us, Some(position), || format!("-> {}", words::of_effect(&effect)));
            match effect {
                Effect::Send(envelope) => self.send(position, envelope),
                Effect::Store(ticket, op) => self.store(position, ticket, op),
                Effect::Reply(POLL, Reply::Look(Ok(Seen::Status(status)))) => {
                    let life = self.machine(position).life;
                    self.counters.insert((position, life), status.counters.clone());
                }
                Effect::Reply(call, mut reply) => {
                    mutant::replying(self.mutant, &mut reply);
                    let delay_us = self.rng.between(50, 800);
                    self.queue.push(self.now_us + delay_us, Event::Replied(call, Box::new(reply)));
                }
                Effect::Publish(notice) => self.note(position, &notice),
                // Everybody here knows where everybody is.
                Effect::Introduce(..) | Effect::Measure(_) => {}
            }
        }
        self.spare = effects;
    }

    pub(super) fn note(&mut self, position: usize, notice: &Notice) {
        match notice {
            Notice::Forked { .. } => {
                self.misbehaves(position, "met a state of another lineage; there is only one here");
            }
            &Notice::Liveness { node, liveness } => self.observes(position, node, liveness),
            Notice::Compared => self.says_it_is_compared(position),
            _ => {}
        }
    }

    pub(super) fn misbehaves(&mut self, position: usize, what: &str) {
        let name = &self.machine(position).me.name;
        let what = format!("{name} {what}");
        self.misbehaviour.get_or_insert(what);
    }
}
