//! Post: a message on its way: through the codec, over a link, by the rules of the network.

use dynamo_core::message::{Body, Envelope};
use dynamo_core::store::Ticket;
use shared::wire;

use super::World;
use crate::check::Check;
use crate::event::Local;
use crate::links::Pair;
use crate::mutant::{self, Mutant};
use crate::network::Fate;
use crate::witness::Witness;

impl World {
    pub(super) fn send(&mut self, from: usize, mut envelope: Envelope) {
        if envelope.from != self.machine(from).me.node || envelope.boot < self.machine(from).boot {
            self.misbehaves(from, "speaks under another's name or boot");
        }
        let Some(to) = self.position_of(envelope.to).filter(|&to| to != from) else {
            return self.misbehaves(from, "speaks to itself or to nobody");
        };
        if envelope.boot < self.machine(from).boot_heard {
            let name = &self.machine(from).me.name;
            let what = format!(
                "{name} speaks as {:?}, and was told of {:?}",
                envelope.boot,
                self.machine(from).boot_heard
            );
            self.breaks(Check::BootsGrow, what);
        }
        self.witness.proposed(&envelope, &mut self.sometimes);
        Witness::said(&envelope, &mut self.sometimes);
        self.mutate(from, &mut envelope);
        let Some(life) = self.receiving_life(from, to) else { return };
        let bytes = wire::encode(&envelope);
        match self.network.fate(from, to, self.now_us, &mut self.rng) {
            Fate::Lost => self.sometimes.count("message lost"),
            Fate::Once(at_us) => self.arrange(to, life, at_us - self.now_us, Local::Deliver(bytes)),
            Fate::Twice(first_us, second_us) => {
                self.sometimes.count("message doubled");
                self.arrange(to, life, first_us - self.now_us, Local::Deliver(bytes.clone()));
                self.arrange(to, life, second_us - self.now_us, Local::Deliver(bytes));
            }
        }
    }

    /// The life at the other end of the link that stands from this life of the sender, if one does.
    pub(super) fn receiving_life(&self, from: usize, to: usize) -> Option<u64> {
        let pair = Pair::of(from, to);
        let (low, high) = self.links.standing(pair)?;
        let (mine, theirs) = if from == pair.low { (low, high) } else { (high, low) };
        (mine == self.machine(from).life).then_some(theirs)
    }

    pub(super) fn mutate(&mut self, from: usize, envelope: &mut Envelope) {
        let Some(mutant) = self.mutant else { return };
        if mutant == Mutant::HintForgottenWhenSent
            && let Body::Replicate(replicate) = &envelope.body
            && replicate.stands_in_for.is_none()
        {
            let (owner, row) = (envelope.to, replicate.row.clone());
            let disk = &mut self.machine_mut(from).disk;
            let hint = disk.live.hinted(owner, &row);
            disk.live.forget_hint(owner, &row);
            disk.durable.forget_hint(owner, &row);
            if let Some(record) = hint {
                self.hint_forgotten(from, Ticket(0), owner, &row, &record);
            }
        }
        mutant::sending(mutant, envelope);
    }
}
