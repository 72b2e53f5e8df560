//! Liveness: Up, Suspect or Down, as this node observes it. Never gossiped (Dynamo §4.8.3: local knowledge suffices).
//!
//! A silence counts only while this node itself was awake: one that was frozen must not call the others down.

use std::collections::BTreeMap;

use shared::id::NodeId;
use shared::wire::look::Liveness;

use crate::config::Config;
use crate::desk::Desk;
use crate::effect::Notice;
use crate::message::Body;
use crate::time::Instant;

#[derive(Debug)]
struct Observed {
    heard: Instant,
    pinged: Instant,
    liveness: Liveness,
    since: Instant,
    state_version: Option<u64>,
}

/// How this node observes each of the others.
#[derive(Debug, Default)]
pub(crate) struct LivenessTable {
    peers: BTreeMap<NodeId, Observed>,
    looked: Option<Instant>,
}

impl LivenessTable {
    /// Observes exactly these nodes from now on. A new one is suspect until it is heard.
    pub(crate) fn watch(&mut self, nodes: impl Iterator<Item = NodeId>, now: Instant) {
        let nodes: Vec<NodeId> = nodes.collect();
        self.peers.retain(|node, _| nodes.contains(node));
        for node in nodes {
            self.peers.entry(node).or_insert(Observed {
                heard: now,
                pinged: Instant(0),
                liveness: Liveness::Suspect,
                since: now,
                state_version: None,
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

    /// Every node that is observed, how, since when, and with which version of the declared state.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (NodeId, Liveness, Instant, Option<u64>)> + '_ {
        self.peers.iter().map(|(&node, peer)| (node, peer.liveness, peer.since, peer.state_version))
    }

    /// A node was heard. True if it was not up before.
    pub(crate) fn heard(&mut self, node: NodeId, desk: &mut Desk<'_>) -> bool {
        let now = desk.now.monotonic;
        let Some(peer) = self.peers.get_mut(&node) else { return false };
        peer.heard = now;
        peer.turn(node, Liveness::Up, desk)
    }

    /// A node said which version of the declared state it has.
    pub(crate) fn heard_version(&mut self, node: NodeId, version: Option<u64>) {
        if let Some(peer) = self.peers.get_mut(&node) {
            peer.state_version = version;
        }
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
            peer.pinged = desk.now.monotonic;
            desk.send(node, Body::Ping);
        }
    }

    /// Judges silences and asks those that were not heard. Returns who is down by now and was not before.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>) -> Vec<NodeId> {
        self.forgive_own_sleep(desk.now.monotonic, desk.config);
        let mut downed = Vec::new();
        for (&node, peer) in &mut self.peers {
            if peer.judge(node, desk) && peer.liveness == Liveness::Down {
                downed.push(node);
            }
            peer.ask(node, desk);
        }
        downed
    }

    /// When the table next wants to look.
    pub(crate) fn deadline(&self, config: &Config) -> Option<Instant> {
        let looked = self.looked?;
        (!self.peers.is_empty()).then(|| looked.plus_ms(config.ping_interval_ms))
    }

    /// If this node itself slept, nobody was silent in that time.
    fn forgive_own_sleep(&mut self, now: Instant, config: &Config) {
        let before = self.looked.replace(now).unwrap_or(now);
        let slept_ms = now.since_ms(before).saturating_sub(config.ping_interval_ms);
        if slept_ms > config.ping_interval_ms {
            for peer in self.peers.values_mut() {
                peer.heard = peer.heard.plus_ms(slept_ms).min(now);
            }
        }
    }
}

impl Observed {
    fn judge(&mut self, node: NodeId, desk: &mut Desk<'_>) -> bool {
        let silent_ms = desk.now.monotonic.since_ms(self.heard);
        let liveness = match self.liveness {
            _ if silent_ms >= desk.config.down_after_ms => Liveness::Down,
            Liveness::Up if silent_ms >= desk.config.suspect_after_ms => Liveness::Suspect,
            unchanged => unchanged,
        };
        self.turn(node, liveness, desk)
    }

    fn ask(&mut self, node: NodeId, desk: &mut Desk<'_>) {
        let interval_ms = desk.config.ping_interval_ms;
        let now = desk.now.monotonic;
        if now.since_ms(self.heard.max(self.pinged)) >= interval_ms {
            self.pinged = now;
            desk.send(node, Body::Ping);
        }
    }

    fn turn(&mut self, node: NodeId, liveness: Liveness, desk: &mut Desk<'_>) -> bool {
        let turned = self.liveness != liveness;
        if turned {
            self.liveness = liveness;
            self.since = desk.now.monotonic;
            desk.publish(Notice::Liveness { node, liveness });
        }
        turned
    }
}
