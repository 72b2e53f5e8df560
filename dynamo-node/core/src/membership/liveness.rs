//! Liveness: Up, Suspect or Down, as this node observes it. Never gossiped (Dynamo §4.8.3: local knowledge suffices), and
//! never a reason to change the ring: that is declared.
//!
//! A node is suspected when a probe has gone unanswered for longer than its link usually takes (`patience`), so that nobody
//! needs to be probed all the time. A silence counts only while this node itself was awake: one that was frozen must not
//! call the others down. A node that flaps has to answer for a while before it is called up again.

use std::collections::BTreeMap;

use shared::id::{Boot, NodeId};
use shared::wire::look::Liveness;

use super::patience::Patience;
use crate::config::Config;
use crate::desk::Desk;
use crate::effect::Notice;
use crate::message::Body;
use crate::state::Edition;
use crate::time::Instant;

/// How many times a node may fall and rise before it has to be steady first.
const FLAPS_FREE: u32 = 3;

/// For how long a flapping node must answer before it is up, in milliseconds; doubled with every further flap.
const STEADY_MS: u64 = 500;

/// The longest that a flapping node has to be steady, in milliseconds.
const STEADY_MAX_MS: u64 = 8_000;

/// After how long without a fall one flap is forgotten, in milliseconds.
const FLAP_FORGOTTEN_MS: u64 = 20_000;

#[derive(Debug)]
struct Observed {
    heard: Instant,
    /// Since when a probe is unanswered.
    asked: Option<Instant>,
    /// When it was last probed.
    pinged: Instant,
    patience: Patience,
    liveness: Liveness,
    since: Instant,
    /// Falls that are not forgotten yet.
    flaps: u32,
    /// When the last fall was, or when one was last forgotten.
    fell: Instant,
    /// Since when it has answered without a break, while it is not called up.
    steady_since: Option<Instant>,
    edition: Option<Edition>,
    boot: Boot,
}

/// How this node observes each of the others.
#[derive(Debug, Default)]
pub(crate) struct LivenessTable {
    peers: BTreeMap<NodeId, Observed>,
    looked: Option<Instant>,
}

/// One node, as it is observed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) node: NodeId,
    pub(crate) liveness: Liveness,
    pub(crate) since: Instant,
    pub(crate) edition: Option<Edition>,
    pub(crate) boot: Boot,
}

impl LivenessTable {
    /// Observes exactly these nodes from now on. A new one is suspect until it is heard.
    pub(crate) fn watch(&mut self, nodes: impl Iterator<Item = NodeId>, now: Instant) {
        let nodes: std::collections::BTreeSet<NodeId> = nodes.collect();
        self.peers.retain(|node, _| nodes.contains(node));
        for node in nodes {
            self.peers.entry(node).or_insert(Observed {
                heard: now,
                asked: Some(now),
                pinged: Instant(0),
                patience: Patience::default(),
                liveness: Liveness::Suspect,
                since: now,
                flaps: 0,
                fell: now,
                steady_since: None,
                edition: None,
                boot: Boot::default(),
            });
        }
    }

    /// Whether a node answers.
    pub(crate) fn is_up(&self, node: NodeId) -> bool {
        self.peers.get(&node).is_some_and(|peer| peer.liveness == Liveness::Up)
    }

    /// Whether a node answers, or has not been silent for long.
    pub(crate) fn is_not_down(&self, node: NodeId) -> bool {
        self.peers.get(&node).is_some_and(|peer| peer.liveness != Liveness::Down)
    }

    /// The nodes that answer.
    pub(crate) fn up(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.peers.iter().filter(|(_, peer)| peer.liveness == Liveness::Up).map(|(&node, _)| node)
    }

    /// Every node that is observed.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Seen> + '_ {
        self.peers.iter().map(|(&node, peer)| Seen {
            node,
            liveness: peer.liveness,
            since: peer.since,
            edition: peer.edition,
            boot: peer.boot,
        })
    }

    /// The version of the declared state that a node was last heard to have stored.
    pub(crate) fn edition_of(&self, node: NodeId) -> Option<Edition> {
        self.peers.get(&node)?.edition
    }

    /// The highest start of a node that was heard of; zero: none.
    pub(crate) fn boot_of(&self, node: NodeId) -> Boot {
        self.peers.get(&node).map(|peer| peer.boot).unwrap_or_default()
    }

    /// A node was heard. True if it is up now and was not before.
    pub(crate) fn heard(
        &mut self,
        node: NodeId,
        boot: Boot,
        edition: Option<Edition>,
        desk: &mut Desk<'_>,
    ) -> bool {
        let Some(peer) = self.peers.get_mut(&node) else { return false };
        peer.edition = edition;
        peer.boot = peer.boot.max(boot);
        peer.heard(node, desk)
    }

    /// A link was lost: the node is suspected at once, and asked at once.
    pub(crate) fn unlinked(&mut self, node: NodeId, desk: &mut Desk<'_>) {
        if let Some(peer) = self.peers.get_mut(&node)
            && peer.liveness == Liveness::Up
        {
            peer.turn(node, Liveness::Suspect, desk);
            peer.pinged = Instant(0);
        }
    }

    /// A link stands: the node is asked at once.
    pub(crate) fn linked(&mut self, node: NodeId, desk: &mut Desk<'_>) {
        if let Some(peer) = self.peers.get_mut(&node) {
            peer.probe(node, desk);
        }
    }

    /// Judges silences and probes those that were not heard. Returns who is down by now and was not before.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>) -> Vec<NodeId> {
        self.forgive_own_sleep(desk.now.monotonic, desk.config);
        let mut downed = Vec::new();
        for (&node, peer) in &mut self.peers {
            if peer.judge(node, desk) && peer.liveness == Liveness::Down {
                downed.push(node);
            }
        }
        self.probe_some(desk);
        downed
    }

    /// When the table next wants to look.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Instant> {
        let looked = self.looked?;
        (!self.peers.is_empty()).then(|| looked.plus_ms(config.ping_interval_ms))
    }

    /// Those that have waited longest since they were heard or probed, up to so many.
    fn probe_some(&mut self, desk: &mut Desk<'_>) {
        let (now, interval_ms) = (desk.now.monotonic, desk.config.ping_interval_ms);
        let last = |peer: &Observed| peer.heard.max(peer.pinged);
        let mut due: Vec<(Instant, NodeId)> = self
            .peers
            .iter()
            .filter(|(_, peer)| now.since_ms(last(peer)) >= interval_ms)
            .map(|(&node, peer)| (last(peer), node))
            .collect();
        due.sort_unstable();
        for (_, node) in due.into_iter().take(desk.config.probes_max) {
            if let Some(peer) = self.peers.get_mut(&node) {
                peer.probe(node, desk);
            }
        }
    }

    /// If this node itself slept, nobody was silent in that time.
    fn forgive_own_sleep(&mut self, now: Instant, config: &Config) {
        let before = self.looked.replace(now).unwrap_or(now);
        let slept_ms = now.since_ms(before).saturating_sub(config.ping_interval_ms);
        if slept_ms > config.ping_interval_ms {
            for peer in self.peers.values_mut() {
                peer.asked = peer.asked.map(|asked| asked.plus_ms(slept_ms).min(now));
                peer.steady_since = None;
            }
        }
    }
}

impl Observed {
    fn probe(&mut self, node: NodeId, desk: &mut Desk<'_>) {
        self.pinged = desk.now.monotonic;
        self.asked = self.asked.or(Some(desk.now.monotonic));
        desk.send(node, Body::Ping);
    }

    fn heard(&mut self, node: NodeId, desk: &mut Desk<'_>) -> bool {
        let now = desk.now.monotonic;
        if let Some(asked) = self.asked.take()
            && self.liveness == Liveness::Up
        {
            self.patience.answered_after(now.0.saturating_sub(asked.0));
        }
        self.heard = now;
        if self.liveness == Liveness::Up {
            return false;
        }
        let steady_since = *self.steady_since.get_or_insert(now);
        if now.since_ms(steady_since) < self.must_be_steady_ms() {
            // It may still answer, and is asked; it is not counted on yet.
            self.turn(node, Liveness::Suspect, desk);
            return false;
        }
        self.turn(node, Liveness::Up, desk)
    }

    fn must_be_steady_ms(&self) -> u64 {
        let beyond = self.flaps.saturating_sub(FLAPS_FREE).min(8);
        if self.flaps < FLAPS_FREE { 0 } else { (STEADY_MS << beyond).min(STEADY_MAX_MS) }
    }

    fn judge(&mut self, node: NodeId, desk: &mut Desk<'_>) -> bool {
        let now = desk.now.monotonic;
        if self.flaps > 0 && now.since_ms(self.fell) >= FLAP_FORGOTTEN_MS {
            self.flaps -= 1;
            self.fell = now;
        }
        let silent_ms = self.asked.map_or(0, |asked| now.since_ms(asked));
        let suspect_after_ms = self.patience.suspect_after_ms(desk.config);
        let liveness = match self.liveness {
            _ if silent_ms >= desk.config.down_after_ms.max(suspect_after_ms) => Liveness::Down,
            Liveness::Up if silent_ms >= suspect_after_ms => Liveness::Suspect,
            unchanged => unchanged,
        };
        if liveness != Liveness::Up && silent_ms >= suspect_after_ms {
            self.steady_since = None;
        }
        self.turn(node, liveness, desk)
    }

    fn turn(&mut self, node: NodeId, liveness: Liveness, desk: &mut Desk<'_>) -> bool {
        let turned = self.liveness != liveness;
        if turned {
            if self.liveness == Liveness::Up {
                self.flaps += 1;
                self.fell = desk.now.monotonic;
                self.steady_since = None;
            }
            self.liveness = liveness;
            self.since = desk.now.monotonic;
            desk.publish(Notice::Liveness { node, liveness });
        }
        turned
    }
}
