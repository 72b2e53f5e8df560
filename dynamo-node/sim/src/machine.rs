//! Machine: one node with its clock and its disk, running or not.

use std::net::{Ipv4Addr, SocketAddr};

use dynamo_core::durable::{Durable, Me, Recovery};
use dynamo_core::node::Node;
use dynamo_core::state::Edition;
use dynamo_core::time::Now;
use shared::id::{Boot, ClusterId, Name, NodeId};

use crate::clock::Clock;
use crate::disk::Disk;
use crate::world::Snapshot;

/// One machine.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says what has happened to it, independently of the others"
)]
pub struct Machine {
    /// Who its node is.
    pub me: Me,
    /// The node, while it runs.
    pub node: Option<Box<Node>>,
    /// Counts starts for the world, which is told the truth even where a wiped disk is not.
    pub life: u64,
    /// The last start, as its disk counts.
    pub boot: Boot,
    /// How its store was found, or will be.
    pub recovery: Recovery,
    /// Its disk.
    pub disk: Disk,
    /// Whether it lacks what a disk before this one had acknowledged, as far as the world knows.
    pub lacks_data: bool,
    /// What every other machine held when this one's node started.
    pub(crate) held_by_others: Vec<(usize, Snapshot)>,
    /// Whether its disk was ever replaced by an empty one.
    pub was_wiped: bool,
    /// Whether it is lost for good, and never starts again.
    pub is_destroyed: bool,
    /// Whether it was given up for lost once, whatever became of it since.
    pub was_lost: bool,
    /// The newest declared state that was in force here.
    pub edition: Option<Edition>,
    /// The highest start of it that another node has told it of, in this life.
    pub boot_heard: Boot,
    /// Its clocks.
    pub clock: Clock,
    /// Until when its process is stopped (and then continued), in microseconds of the world.
    pub frozen_until_us: u64,
    /// When it will next be told the time, in microseconds of the world.
    pub wake_us: Option<u64>,
    /// How often it was told the time without having moved on.
    pub idle_ticks: u32,
    /// The randomness of its first start, for the mutant that uses it again.
    pub first_seed: Option<[u8; 32]>,
}

impl Machine {
    /// A machine whose node has not started.
    pub fn new(me: Me, disk: Disk, clock: Clock) -> Self {
        Self {
            me,
            node: None,
            life: 0,
            boot: Boot(0),
            recovery: Recovery::Fresh,
            disk,
            lacks_data: false,
            held_by_others: Vec::new(),
            was_wiped: false,
            is_destroyed: false,
            was_lost: false,
            edition: None,
            boot_heard: Boot(0),
            clock,
            frozen_until_us: 0,
            wake_us: None,
            idle_ticks: 0,
            first_seed: None,
        }
    }

    /// Whether its node runs, frozen or not.
    pub fn is_running(&self) -> bool {
        self.node.is_some()
    }

    /// What its clocks show.
    pub fn now(&self, world_us: u64) -> Now {
        self.clock.read(world_us)
    }

    /// What its disk kept for the next start.
    pub fn durable(&mut self) -> Durable {
        self.boot = self.boot.next();
        Durable {
            boot: self.boot,
            recovery: self.recovery,
            kept: self.disk.durable.kept.clone(),
            actors: self.disk.durable.actors.iter().map(|&(_, actor)| actor).collect(),
        }
    }
}

/// Who the node at a position is.
pub fn me_at(position: usize, cluster: ClusterId, node: NodeId) -> Me {
    let port = u16::try_from(position).map_or(u16::MAX, |position| 7_001 + position);
    Me {
        cluster,
        node,
        name: name(&format!("n{}", position + 1)),
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        zone: name(&format!("z{}", position + 1)),
    }
}

/// A name out of a text that is one.
pub fn name(text: &str) -> Name {
    text.parse().expect("a plain name")
}
