//! Gossip: a digest to a random member, a delta back; so everyone learns the newest declared state (Dynamo §4.8.1).
//!
//! Liveness is not gossiped. A state of another lineage, or another of the same version, is never taken: it is told.

use shared::id::NodeId;

use crate::admin::{Duty, Origin};
use crate::desk::Desk;
use crate::durable::Kept;
use crate::effect::{Effect, Notice};
use crate::message::{Body, Delta, Digest};
use crate::state::Declared;
use crate::time::Instant;
use crate::version::directory::ActorDirectory;

/// The rounds.
#[derive(Debug, Default)]
pub(crate) struct Gossip {
    last_round: Option<Instant>,
    /// A version that the store is keeping at this moment.
    adopting: Option<u64>,
}

/// What another node's state is to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Same,
    TheirsIsNewer,
    OursIsNewer,
    Forked,
}

impl Gossip {
    /// A round, if it is time: one member at random is told what is known here.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>, declared: &Declared, actors: &ActorDirectory) {
        let now = desk.now.monotonic;
        if self.last_round.is_some_and(|last| now < last.plus_ms(desk.config.gossip_interval_ms)) {
            return;
        }
        self.last_round = Some(now);
        let others: Vec<NodeId> =
            declared.state.members.keys().copied().filter(|&node| node != desk.me.node).collect();
        let drawn = desk.entropy.draw_below(others.len());
        if let Some(&peer) = others.get(drawn) {
            send_digest(desk, peer, Some(declared), actors);
        }
    }

    /// When the next round is due.
    pub(crate) fn deadline(&self, interval_ms: u64) -> Option<Instant> {
        self.last_round.map(|last| last.plus_ms(interval_ms))
    }

    /// Another node sends what was lacking here. `lacks_data`: the store has less than this node once acknowledged.
    pub(crate) fn hear_delta(
        &mut self,
        desk: &mut Desk<'_>,
        delta: Delta,
        lacks_data: bool,
        declared: Option<&Declared>,
        actors: &mut ActorDirectory,
    ) {
        for (node, of_node) in delta.actors {
            for actor in of_node {
                actors.learn(node, actor);
            }
        }
        let Some(newer) = delta.declared else { return };
        let (lineage, version) = (newer.state.lineage, newer.state.version);
        let theirs = Some((lineage, version, newer.state.hash()));
        let belongs =
            newer.state.cluster == desk.me.cluster && newer.state.members.contains_key(&desk.me.node);
        if belongs && compare(declared, theirs) == Stand::TheirsIsNewer && self.adopting != Some(version) {
            self.adopting = Some(version);
            let kept = Box::new(Kept { declared: *newer, lacks_data });
            Duty { kept, origin: Origin::Gossip }.keep(desk);
        }
    }

    /// The store has kept a version, or could not.
    pub(crate) fn adopted(&mut self) {
        self.adopting = None;
    }
}

/// Another node says what it knows: it is sent what it lacks, and asked for what is lacking here.
pub(crate) fn hear_digest(
    desk: &mut Desk<'_>,
    from: NodeId,
    theirs: &Digest,
    declared: Option<&Declared>,
    actors: &ActorDirectory,
) {
    if declared.is_none() {
        desk.effects.push(Effect::Introduce(from, theirs.address));
    }
    let stand = compare(declared, theirs.state);
    if stand == Stand::Forked {
        return desk.publish(Notice::Forked { node: from });
    }
    let count_of = |node| theirs.actors.iter().find(|(of, _)| *of == node).map_or(0, |&(_, count)| count);
    let ours = actors.counts();
    let lacking = ours.iter().filter(|&&(node, count)| count > count_of(node));
    let lacking: Vec<_> = lacking.map(|&(node, _)| (node, actors.of(node))).collect();
    let newer = declared.filter(|_| stand == Stand::OursIsNewer).cloned().map(Box::new);
    if newer.is_some() || !lacking.is_empty() {
        desk.send(from, Body::Delta(Delta { declared: newer, actors: lacking }));
    }
    let known = |node| ours.iter().find(|(of, _)| *of == node).map_or(0, |&(_, count)| count);
    let is_behind = theirs.actors.iter().any(|&(node, count)| count > known(node));
    if stand == Stand::TheirsIsNewer || (is_behind && lacking_nothing(theirs, &ours)) {
        send_digest(desk, from, declared, actors);
    }
}

/// Whether answering with our digest would only be answered in kind: then the delta that was just sent says enough.
fn lacking_nothing(theirs: &Digest, ours: &[(NodeId, u32)]) -> bool {
    ours.iter().all(|&(node, count)| theirs.actors.iter().any(|&(of, theirs)| of == node && theirs >= count))
}

fn send_digest(desk: &mut Desk<'_>, to: NodeId, declared: Option<&Declared>, actors: &ActorDirectory) {
    let state = declared.map(|declared| &declared.state);
    let digest = Digest {
        state: state.map(|state| (state.lineage, state.version, state.hash())),
        actors: actors.counts(),
        address: desk.me.address,
    };
    desk.send(to, Body::Digest(digest));
}

fn compare(ours: Option<&Declared>, theirs: Option<(u64, u64, u128)>) -> Stand {
    match (ours.map(|ours| &ours.state), theirs) {
        (None, None) => Stand::Same,
        (None, Some(_)) => Stand::TheirsIsNewer,
        (Some(_), None) => Stand::OursIsNewer,
        (Some(ours), Some((lineage, _, _))) if ours.lineage != lineage => Stand::Forked,
        (Some(ours), Some((_, version, _))) if ours.version < version => Stand::TheirsIsNewer,
        (Some(ours), Some((_, version, _))) if ours.version > version => Stand::OursIsNewer,
        (Some(ours), Some((_, _, hash))) if ours.hash() == hash => Stand::Same,
        _ => Stand::Forked,
    }
}
