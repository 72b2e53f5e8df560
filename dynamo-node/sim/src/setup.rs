//! Setup: the cluster that a run begins with.

use std::collections::BTreeMap;

use dynamo_core::config::Config;
use dynamo_core::durable::Me;
use dynamo_core::ring::placement::{Candidate, place};
use dynamo_core::state::{Declared, First, Member, Status};
use dynamo_core::version::context::Secret;
use shared::id::{BucketId, ClusterId};
use shared::level::Durability;
use shared::map::{Bucket, ConflictPolicy};
use shared::quorum::Quorum;
use shared::token::Partitions;

use crate::machine::name;
use crate::rng::Rng;

/// The bucket that keeps siblings.
pub const SIBLINGS: BucketId = BucketId(0x51b1);

/// The bucket in which the last writer wins.
pub const LWW: BucketId = BucketId(0x1a57);

/// What a cluster is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// How many members there are at the beginning.
    pub nodes: usize,
    /// How many machines more wait, empty, to become members.
    pub spares: usize,
    /// Q.
    pub partitions: u32,
    /// N, and the cluster's R and W.
    pub quorum: Quorum,
    /// Whether only owners count unless a request says otherwise.
    pub strict: bool,
    /// How many lanes each disk has.
    pub lanes: usize,
    /// How long a message takes at most when nothing is wrong, in microseconds.
    pub delay_max_us: u64,
    /// How many times slower than a good one each disk is.
    pub disk_slowness: u64,
    /// How nodes behave in time.
    pub config: Config,
    /// Whether the nodes start as members; if not, they wait to be founded.
    pub founded: bool,
}

impl Setup {
    /// Three replicas, quorums of two, timers short enough that a run of some seconds sees everything.
    pub fn of(nodes: usize) -> Self {
        Self {
            nodes,
            spares: 0,
            partitions: 8,
            quorum: Quorum::DEFAULT,
            strict: false,
            lanes: 3,
            delay_max_us: 900,
            disk_slowness: 1,
            config: quick(),
            founded: true,
        }
    }

    /// The first declared state of these nodes.
    pub fn declare(&self, cluster: ClusterId, members: &[Me], rng: &mut Rng) -> Declared {
        let candidate = |me: &Me| Candidate { node: me.node, zone: me.zone.clone(), weight: 1 };
        let candidates: Vec<Candidate> = members.iter().map(candidate).collect();
        let partitions = Partitions::new(self.partitions).expect("a power of two, and enough of them");
        let ring = place(&candidates, partitions, self.quorum.n()).expect("at least N nodes");
        let lww = Bucket { conflict_policy: ConflictPolicy::Lww, ..Bucket::plain(name("lww")) };
        let buckets = BTreeMap::from([(SIBLINGS, Bucket::plain(name("default"))), (LWW, lww)]);
        let member = |me: &Me| Member {
            name: me.name.clone(),
            address: me.address,
            zone: me.zone.clone(),
            weight: 1,
            status: Status::Active,
        };
        let state = First {
            cluster,
            name: name("sim"),
            lineage: rng.draw(),
            members: members.iter().map(|me| (me.node, member(me))).collect(),
            partitions,
            ring,
            quorum: self.quorum,
            strict: self.strict,
            durability: Durability::Synced,
            value_bytes_max: 1 << 20,
            buckets,
        };
        Declared { state: state.into(), secret: Secret(rng.draw_seed()) }
    }
}

/// Timers of a cluster in a hurry.
fn quick() -> Config {
    Config {
        ping_interval_ms: 150,
        suspect_after_ms: 500,
        down_after_ms: 1_500,
        gossip_interval_ms: 500,
        reroute_after_ms: 120,
        hint_after_ms: 500,
        repair_linger_ms: 300,
        forward_after_ms: 150,
        retry_after_ms: 500,
        compare_page_rows: 4,
        handoff_window: 3,
        ..Config::default()
    }
}
