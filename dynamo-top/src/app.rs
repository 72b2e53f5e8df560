//! Everything that is known, and how an event changes it. Pure: it is told the time with every event.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use shared::map::ClusterMap;
use shared::wire::look::NodeStatus;

/// Something that happened. Times are milliseconds since the program started.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A node answered, or did not.
    Heard {
        /// When.
        at_ms: u64,
        /// Which node.
        address: SocketAddr,
        /// Its status, or why there is none, in words.
        answer: Result<Box<NodeStatus>, String>,
    },
    /// The declared state was learnt.
    Mapped(Box<ClusterMap>),
    /// Time passed.
    Ticked {
        /// When it is.
        now_ms: u64,
    },
    /// A key was pressed.
    Pressed(Key),
}

/// A key that means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// `q`, or Ctrl-C.
    Quit,
    /// `?`.
    Help,
    /// Esc: back to where one was.
    Back,
}

/// A status, and when it came.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// When, in milliseconds since the program started.
    pub at_ms: u64,
    /// What the node said.
    pub status: NodeStatus,
}

/// One node, as far as it was heard.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Source {
    /// The newest sample.
    pub last: Option<Sample>,
    /// The one before, of the same start of the node: two make a rate.
    pub before: Option<Sample>,
    /// Why the newest look brought nothing; `None`: it did.
    pub trouble: Option<String>,
}

/// Everything that is known.
#[derive(Debug, Clone)]
pub struct App {
    /// The profile's name.
    pub profile: String,
    /// The newest declared state.
    pub map: Option<Box<ClusterMap>>,
    /// Every node that is asked, or was heard.
    pub sources: BTreeMap<SocketAddr, Source>,
    /// When it is, in milliseconds since the program started.
    pub now_ms: u64,
    /// Whether help is shown.
    pub shows_help: bool,
    /// Whether it is over.
    pub is_over: bool,
}

impl App {
    /// Nothing is known but whom to ask.
    pub fn new(profile: String, addresses: &[SocketAddr]) -> Self {
        Self {
            profile,
            map: None,
            sources: addresses.iter().map(|address| (*address, Source::default())).collect(),
            now_ms: 0,
            shows_help: false,
            is_over: false,
        }
    }

    /// Takes in what happened.
    pub fn update(&mut self, event: Event) {
        match event {
            Event::Heard { at_ms, address, answer } => {
                // An answer of somebody who is no member any more may still be on its way.
                if let Some(source) = self.sources.get_mut(&address) {
                    source.hear(at_ms, answer);
                }
                self.now_ms = self.now_ms.max(at_ms);
            }
            Event::Mapped(map) => self.learn(map),
            Event::Ticked { now_ms } => self.now_ms = self.now_ms.max(now_ms),
            Event::Pressed(Key::Quit) => self.is_over = true,
            Event::Pressed(Key::Help) => self.shows_help = !self.shows_help,
            Event::Pressed(Key::Back) => self.shows_help = false,
        }
    }

    /// Everybody to ask.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.sources.keys().copied().collect()
    }

    /// Everybody of whom nothing is known yet.
    pub fn unheard(&self) -> Vec<SocketAddr> {
        let unheard =
            self.sources.iter().filter(|(_, source)| source.last.is_none() && source.trouble.is_none());
        unheard.map(|(address, _)| *address).collect()
    }

    /// The newest version of the declared state that any node says to have.
    pub fn newest_version(&self) -> Option<u64> {
        let samples = self.sources.values().filter_map(|source| source.last.as_ref());
        samples.filter_map(|sample| sample.status.whoami.state_version).max()
    }

    /// The members of the newest state are the nodes there are; who else was asked is asked no more.
    fn learn(&mut self, map: Box<ClusterMap>) {
        if self.map.as_ref().is_some_and(|known| known.cluster == map.cluster && known.version > map.version)
        {
            return;
        }
        let mut known = std::mem::take(&mut self.sources);
        self.sources = map
            .members
            .values()
            .map(|member| (member.address, known.remove(&member.address).unwrap_or_default()))
            .collect();
        self.map = Some(map);
    }
}

impl Source {
    fn hear(&mut self, at_ms: u64, answer: Result<Box<NodeStatus>, String>) {
        match answer {
            Ok(status) => {
                self.trouble = None;
                let is_same_start = |sample: &Sample| sample.status.whoami.boot == status.whoami.boot;
                // Counters begin again with a start, so that a rate across one would be nonsense.
                self.before = self.last.take().filter(is_same_start);
                self.last = Some(Sample { at_ms, status: *status });
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }
}
