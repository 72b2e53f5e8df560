//! Linking: when links rise and fall, and who is told.

use dynamo_core::input::Input;
use shared::id::NodeId;

use super::World;
use crate::event::Event;
use crate::links::{Lives, Pair, Turn};

impl World {
    /// To be called whenever a link may have become possible or impossible.
    pub fn look_at_links(&mut self) {
        for pair in Pair::all(self.machines.len()) {
            let possible = self.possible(pair);
            match self.links.turn(pair, possible, &mut self.rng) {
                Some(Turn::Rise(in_us)) => self.queue.push(self.now_us + in_us, Event::Rise(pair)),
                Some(Turn::Fall(in_us)) => self.queue.push(self.now_us + in_us, Event::Fall(pair)),
                None => {}
            }
        }
    }

    pub(super) fn possible(&self, Pair { low, high }: Pair) -> Option<Lives> {
        let (one, other) = (self.machine(low), self.machine(high));
        let is_cut = self.network.is_cut(low, high) || self.network.is_cut(high, low);
        (one.is_running() && other.is_running() && !is_cut).then_some((one.life, other.life))
    }

    pub(super) fn rise(&mut self, pair: Pair) {
        let possible = self.possible(pair);
        if let Some(replaced) = self.links.rise(pair, possible) {
            if let Some(lives) = replaced {
                self.tell_link(pair, lives, Input::Unlinked);
            }
            if let Some(lives) = possible {
                self.tell_link(pair, lives, Input::Linked);
            }
        }
        self.look_at_links();
    }

    pub(super) fn fall(&mut self, pair: Pair) {
        if let Some(lives) = self.links.fall(pair, self.possible(pair)) {
            self.sometimes.count("link lost");
            self.tell_link(pair, lives, Input::Unlinked);
        }
        self.look_at_links();
    }

    pub(super) fn tell_link(&mut self, pair: Pair, lives: Lives, input: impl Fn(NodeId) -> Input) {
        for (at, life, other) in [(pair.low, lives.0, pair.high), (pair.high, lives.1, pair.low)] {
            if self.machine(at).life == life {
                let input = input(self.machine(other).me.node);
                self.tell(at, input);
            }
        }
    }
}
