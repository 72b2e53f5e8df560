//! Gossip at size: how long a new version of the declared state takes to be everywhere, and what gossip costs when there is
//! nothing new. `cargo run -p dynamo-sim --example gossip -- 10 100 1000`
//!
//! One process of plain nodes, without clients, disks that fail or links that break. *By pairs alone*: nothing but digests and
//! deltas is delivered, so that only the random pair of each round spreads the news; *by everything*: probes are
//! delivered as well, and every message says which version its sender has.
//!
//! Measured, in seconds, which are rounds, and bytes a node sends a second in peace:
//!
//! | nodes | by pairs alone | by everything | gossip B/s | probes B/s |
//! |---|---|---|---|---|
//! | 10 | 4.0 s | 0.02 s | 90 | 1,192 |
//! | 100 | 7.0 s | 0.02 s | 89 | 13,407 |
//! | 1,000 | 9.0 s | under 0.1 s | 91 | 18,008 |
//!
//! Probes are bounded by `Config::probes_max` a round, and time is looked at every 20 ms.

#![expect(clippy::indexing_slicing, reason = "positions are those of the nodes that were made")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dynamo_core::config::Config;
use dynamo_core::durable::{Durable, Kept, Me, Recovery};
use dynamo_core::effect::{Effect, Effects};
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Delta, Envelope};
use dynamo_core::node::Node;
use dynamo_core::state::Declared;
use dynamo_core::store::{Outcome, StoreOp, answer};
use dynamo_core::time::{Instant, Now, Timestamp};
use dynamo_sim::contents::Contents;
use dynamo_sim::rng::Rng;
use dynamo_sim::setup::Setup;
use shared::id::{Boot, ClusterId, NodeId};
use shared::wire;

/// How long peace is measured, after as long has passed for everything to settle, in microseconds.
const PEACE_US: u64 = 5_000_000;

/// When it is given up, in microseconds.
const PATIENCE_US: u64 = 60_000_000;

/// What was found out.
struct Measured {
    spread_us: u64,
    gossip_bytes: u64,
    probe_bytes: u64,
}

struct Town {
    now_us: u64,
    rng: Rng,
    nodes: Vec<Node>,
    positions: BTreeMap<NodeId, usize>,
    queue: BinaryHeap<Reverse<(u64, u64, usize)>>,
    inputs: BTreeMap<u64, Input>,
    wakes: Vec<u64>,
    arranged: u64,
    store: Contents,
    pairs_alone: bool,
    gossip_bytes: u64,
    probe_bytes: u64,
}

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10, 100] } else { sizes };
    say("nodes  pairs alone  everything  gossip B/s  probes B/s");
    for size in sizes {
        let (alone, all) = (measure(size, true), measure(size, false));
        let per_second = |bytes: u64| bytes / (size as u64) / (PEACE_US / 1_000_000);
        let seconds = |us: u64| format!("{}.{:02} s", us / 1_000_000, us / 10_000 % 100);
        say(&format!(
            "{size:>5}  {:>11}  {:>10}  {:>10}  {:>10}",
            seconds(alone.spread_us),
            seconds(all.spread_us),
            per_second(all.gossip_bytes),
            per_second(all.probe_bytes)
        ));
    }
}

#[expect(clippy::print_stdout, reason = "it prints what it measures")]
fn say(line: &str) {
    println!("{line}");
}

fn measure(size: usize, pairs_alone: bool) -> Measured {
    let mut town = Town::new(size, pairs_alone);
    town.pass(PEACE_US);
    (town.gossip_bytes, town.probe_bytes) = (0, 0);
    town.pass(PEACE_US);
    let (gossip_bytes, probe_bytes) = (town.gossip_bytes, town.probe_bytes);
    let began_us = town.now_us;
    town.tell_news();
    while !town.is_everywhere() && town.now_us < began_us + PATIENCE_US {
        town.pass(20_000);
    }
    Measured { spread_us: town.now_us - began_us, gossip_bytes, probe_bytes }
}

impl Town {
    fn new(size: usize, pairs_alone: bool) -> Self {
        let mut rng = Rng::new(size as u64);
        let cluster = ClusterId(1);
        let me = |position: usize, node: NodeId| Me {
            cluster,
            node,
            name: format!("n{position}").parse().expect("a plain name"),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(position).unwrap_or(0))),
            zone: format!("z{}", position % 3).parse().expect("a plain name"),
        };
        let all: Vec<Me> = (0..size).map(|position| me(position, NodeId(rng.draw()))).collect();
        let declared = Arc::new(Setup::of(size).declare(cluster, &all, &mut rng));
        let positions = all.iter().enumerate().map(|(position, me)| (me.node, position)).collect();
        let mut town = Self {
            now_us: 0,
            rng,
            nodes: Vec::new(),
            positions,
            queue: BinaryHeap::new(),
            inputs: BTreeMap::new(),
            wakes: vec![u64::MAX; size],
            arranged: 0,
            store: Contents::empty(false),
            pairs_alone,
            gossip_bytes: 0,
            probe_bytes: 0,
        };
        for (position, me) in all.into_iter().enumerate() {
            let kept = Some(Kept::of(Arc::clone(&declared)));
            let durable = Durable { boot: Boot(1), recovery: Recovery::Intact, kept, actors: Vec::new() };
            let mut effects = Effects::default();
            let seed = town.rng.draw_seed();
            let node = Node::new(town.now(position), me, Config::default(), durable, seed, &mut effects);
            town.nodes.push(node);
            town.perform(position, effects);
            // Nobody starts at the same moment.
            let at_us = town.rng.below(1_000_000);
            town.arrange(at_us, position, Input::Tick);
        }
        town
    }

    fn now(&self, position: usize) -> Now {
        Now {
            monotonic: Instant(1_000_000 + self.now_us + position as u64),
            wall: Timestamp(self.now_us / 1_000),
        }
    }

    fn arrange(&mut self, in_us: u64, position: usize, input: Input) {
        self.arranged += 1;
        self.queue.push(Reverse((self.now_us + in_us, self.arranged, position)));
        self.inputs.insert(self.arranged, input);
    }

    fn pass(&mut self, for_us: u64) {
        let until_us = self.now_us + for_us;
        while let Some(&Reverse((at_us, number, position))) = self.queue.peek()
            && at_us <= until_us
        {
            self.queue.pop();
            self.now_us = at_us;
            let Some(input) = self.inputs.remove(&number) else { continue };
            if matches!(input, Input::Tick) {
                self.wakes[position] = u64::MAX;
            }
            let mut effects = Effects::default();
            let now = self.now(position);
            self.nodes[position].handle(now, input, &mut effects);
            self.perform(position, effects);
            self.arm(position);
        }
        self.now_us = until_us;
    }

    fn arm(&mut self, position: usize) {
        let Some(deadline) = self.nodes[position].deadline() else { return };
        let in_us = deadline.0.saturating_sub(self.now(position).monotonic.0).max(1_000);
        if self.now_us + in_us < self.wakes[position] {
            self.wakes[position] = self.now_us + in_us;
            self.arrange(in_us, position, Input::Tick);
        }
    }

    fn perform(&mut self, position: usize, mut effects: Effects) {
        for effect in effects.drain() {
            match effect {
                Effect::Send(envelope) => self.send(envelope),
                Effect::Store(ticket, StoreOp::Keep(_)) => {
                    let kept = Input::Synced(ticket, shared::level::Durability::Synced);
                    self.arrange(1_000, position, kept);
                }
                Effect::Store(ticket, StoreOp::Query(query)) => {
                    if let Ok(found) = answer(&query, &self.store) {
                        self.arrange(50, position, Input::Applied(ticket, Outcome::Query(found)));
                    }
                }
                _ => {}
            }
        }
    }

    fn send(&mut self, envelope: Envelope) {
        let is_gossip = matches!(envelope.body, Body::Digest(_) | Body::Delta(_));
        let bytes = wire::encode(&envelope).len() as u64;
        if is_gossip {
            self.gossip_bytes += bytes;
        } else {
            self.probe_bytes += bytes;
        }
        if is_gossip || !self.pairs_alone {
            let in_us = self.rng.between(100, 900);
            let to = self.positions[&envelope.to];
            self.arrange(in_us, to, Input::Peer(envelope));
        }
    }

    /// The first node learns of the next version, from the second.
    fn tell_news(&mut self) {
        let declared = Arc::clone(self.nodes[0].declared().expect("a member"));
        let state = declared.state.successor(declared.state.hash());
        let newer = Arc::new(Declared { state, secret: declared.secret.clone() });
        let (from, to) = (self.nodes[1].me().node, self.nodes[0].me().node);
        let body = Body::Delta(Delta { declared: Some(newer), actors: Vec::new() });
        let envelope = Envelope { from, boot: Boot(1), to, edition: None, body };
        self.arrange(0, 0, Input::Peer(envelope));
    }

    fn is_everywhere(&self) -> bool {
        self.nodes.iter().all(|node| node.declared().is_some_and(|declared| declared.state.version > 1))
    }
}
