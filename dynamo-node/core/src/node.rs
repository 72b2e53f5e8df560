//! Node: the switchboard. It routes each input to one room and decides nothing itself.

use crate::config::Config;
use crate::durable::{Durable, Me};
use crate::effect::Effects;
use crate::input::Input;
use crate::time::{Instant, Now};

/// One storage node, as a value: told what happened, it answers with what must now be done.
#[derive(Debug)]
pub struct Node {
    me: Me,
}

impl Node {
    /// A node that starts with what its store kept. `seed` is 256 bits that the runtime drew.
    ///
    /// What has to be done at once (loading counts of hints, say) is pushed to `effects`.
    pub fn new(
        _now: Now,
        me: Me,
        _config: Config,
        _durable: Durable,
        _seed: [u8; 32],
        _effects: &mut Effects,
    ) -> Self {
        Self { me }
    }

    /// Tells the node one thing that happened; pushes what the world must now do.
    pub fn handle(&mut self, _now: Now, _input: Input, _effects: &mut Effects) {}

    /// When the node next wants to be told the time, by [`Input::Tick`].
    pub fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Who this node is.
    pub fn me(&self) -> &Me {
        &self.me
    }
}
