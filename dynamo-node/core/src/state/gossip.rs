//! Gossip: a digest to a random member, a delta back; so everyone learns the newest declared state (Dynamo §4.8.1).
//!
//! Liveness is not gossiped. The state goes to members only: who waits is noted, who has left is told so. A state of
//! another line is taken only where that line says that it branched off ours, and where; anything else is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::id::NodeId;

use super::consensus::Base;
use super::{ClusterState, Declared, Edition};
use crate::desk::Desk;
use crate::durable::Me;
use crate::effect::{Effect, Notice};
use crate::membership::Members;
use crate::message::{ActorsKnown, Body, Delta, Digest, Newcomer};
use crate::time::Instant;
use crate::version::directory::ActorDirectory;

/// How often one node is asked for what it knows because it seems to know more, at most, in milliseconds.
const ASK_AGAIN_MS: u64 = 200;

/// The rounds.
#[derive(Debug, Default)]
pub(crate) struct Gossip {
    last_round: Option<Instant>,
    /// Who was asked for a newer state, and when.
    asked: BTreeMap<NodeId, Instant>,
}

/// What another node's state is to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    Same,
    TheirsIsNewer,
    OursIsNewer,
    Forked,
}

/// What this node knows, as far as gossip speaks of it.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) declared: Option<(&'a Arc<Declared>, Base)>,
    pub(crate) actors: &'a ActorDirectory,
}

impl Gossip {
    /// A round, if it is time: one member at random is told what is known here. A node without a state tells everybody it
    /// is linked to: it knows no members.
    pub(crate) fn tick(
        &mut self,
        desk: &mut Desk<'_>,
        known: Known<'_>,
        members: &Members,
        linked: impl Iterator<Item = NodeId>,
    ) {
        let now = desk.now.monotonic;
        if self.last_round.is_some_and(|last| now < last.plus_ms(desk.config.gossip_interval_ms)) {
            return;
        }
        self.last_round = Some(now);
        self.asked.retain(|_, asked| now < asked.plus_ms(ASK_AGAIN_MS));
        let Some((declared, _)) = known.declared else {
            for peer in linked {
                send_digest(desk, peer, known, members, false);
            }
            return;
        };
        let me = desk.me.node;
        let others: Vec<NodeId> = declared.state.members.keys().copied().filter(|&node| node != me).collect();
        let drawn = desk.entropy.draw_below(others.len());
        if let Some(&peer) = others.get(drawn) {
            send_digest(desk, peer, known, members, false);
        }
    }

    /// A new link stands: the next round is due now.
    pub(crate) fn hurry(&mut self) {
        self.last_round = None;
    }

    /// When the next round is due.
    pub(crate) fn deadline(&self, interval_ms: u64) -> Option<Instant> {
        self.last_round.map(|last| last.plus_ms(interval_ms))
    }

    /// A node has a version that is not known here: it is asked at once, and not too often.
    pub(crate) fn catch_up(
        &mut self,
        desk: &mut Desk<'_>,
        known: Known<'_>,
        members: &Members,
        peer: NodeId,
        theirs: Edition,
    ) {
        let ours = known.declared.map(|(declared, _)| declared.state.edition());
        let is_known = ours.is_some_and(|ours| {
            ours == theirs || (ours.lineage == theirs.lineage && ours.version > theirs.version)
        });
        let now = desk.now.monotonic;
        let was_asked = self.asked.get(&peer).is_some_and(|asked| now < asked.plus_ms(ASK_AGAIN_MS));
        if !is_known && !was_asked {
            self.asked.insert(peer, now);
            send_digest(desk, peer, known, members, false);
        }
    }
}

/// Another node says what it knows: it is sent what it lacks, and asked for what is lacking here.
pub(crate) fn hear_digest(
    desk: &mut Desk<'_>,
    from: NodeId,
    theirs: &Digest,
    known: Known<'_>,
    members: &mut Members,
) {
    note_newcomers(desk, from, theirs, known, members);
    let Some((declared, _)) = known.declared else {
        desk.effects.push(Effect::Introduce(from, theirs.sender.address));
        if theirs.state.is_some() {
            send_digest(desk, from, known, members, true);
        }
        return;
    };
    let stand = compare(known.declared, theirs.state, &theirs.ancestors);
    let is_member = declared.state.members.contains_key(&from);
    if !is_member {
        let has_left = declared.state.left.contains_key(&from);
        if has_left || (theirs.state.is_some() && stand == Stand::OursIsNewer) {
            desk.effects.push(Effect::Introduce(from, theirs.sender.address));
            desk.send(from, farewell(&declared.state, from));
        } else if theirs.state.is_some() && stand == Stand::TheirsIsNewer {
            // It may know why it is a member and this node does not.
            send_digest(desk, from, known, members, true);
        }
        return;
    }
    if stand == Stand::Forked {
        return desk.publish(Notice::Forked { node: from });
    }
    let newer = (stand == Stand::OursIsNewer).then(|| Arc::clone(declared));
    let ours = known.actors.counts();
    let (lacking, wants_counts) = match &theirs.actors {
        ActorsKnown::Tag(tag) => (Vec::new(), *tag != known.actors.tag()),
        ActorsKnown::Counts(theirs) => {
            let lacking: Vec<_> = ours
                .iter()
                .filter(|&&(node, count)| count > count_of(theirs, node))
                .map(|&(node, _)| (node, known.actors.of(node)))
                .collect();
            let is_behind = theirs.iter().any(|&(node, count)| count > count_of(&ours, node));
            // Answering with our digest would only be answered in kind where the delta says enough.
            let wants = is_behind && lacking.is_empty();
            (lacking, wants)
        }
    };
    if newer.is_some() || !lacking.is_empty() {
        desk.send(from, Body::Delta(Delta { declared: newer, actors: lacking }));
    }
    if stand == Stand::TheirsIsNewer || wants_counts {
        send_digest(desk, from, known, members, true);
    }
}

/// What a node is told that is no member by this state.
pub(crate) fn farewell(state: &ClusterState, node: NodeId) -> Body {
    Body::Farewell { version: state.version, for_good: state.left.contains_key(&node) }
}

/// What the delta of a member brings that is to be adopted here.
pub(crate) fn newer_in(
    me: &Me,
    delta_state: Option<Arc<Declared>>,
    declared: Option<(&Arc<Declared>, Base)>,
) -> Option<Arc<Declared>> {
    let newer = delta_state?;
    let theirs = Base { edition: newer.state.edition(), hash: newer.state.hash() };
    let belongs = newer.state.cluster == me.cluster && newer.state.members.contains_key(&me.node);
    let stand = compare(declared, Some(theirs), &newer.state.ancestors);
    (belongs && stand == Stand::TheirsIsNewer).then_some(newer)
}

/// What is told of this node by its own description.
pub(crate) fn newcomer(desk: &Desk<'_>, members: &Members) -> Newcomer {
    Newcomer {
        name: desk.me.name.clone(),
        address: desk.me.address,
        zone: desk.me.zone.clone(),
        load: members.loads.get(&desk.me.node).copied(),
    }
}

fn note_newcomers(
    desk: &mut Desk<'_>,
    from: NodeId,
    theirs: &Digest,
    known: Known<'_>,
    members: &mut Members,
) {
    let now = desk.now.monotonic;
    let state = known.declared.map(|(declared, _)| &declared.state);
    let is_known = |node: NodeId| {
        node == desk.me.node
            || state.is_some_and(|state| state.members.contains_key(&node) || state.left.contains_key(&node))
    };
    if let Some(load) = theirs.sender.load {
        members.loads.insert(from, load);
    }
    if theirs.state.is_none() && !is_known(from) {
        desk.effects.push(Effect::Introduce(from, theirs.sender.address));
        members.waiting.heard_of(from, theirs.sender.clone(), 0, now);
    }
    for (node, newcomer, ago_ms) in &theirs.waiting {
        if !is_known(*node) {
            members.waiting.heard_of(*node, newcomer.clone(), *ago_ms, now);
        }
    }
}

fn count_of(counts: &[(NodeId, u32)], node: NodeId) -> u32 {
    counts.iter().find(|(of, _)| *of == node).map_or(0, |&(_, count)| count)
}

fn send_digest(desk: &mut Desk<'_>, to: NodeId, known: Known<'_>, members: &Members, in_full: bool) {
    let state = known.declared.map(|(declared, _)| &declared.state);
    let actors = if in_full {
        ActorsKnown::Counts(known.actors.counts())
    } else {
        ActorsKnown::Tag(known.actors.tag())
    };
    let waiting = members.waiting.iter(desk.now.monotonic);
    let digest = Digest {
        state: known.declared.map(|(_, base)| base),
        ancestors: state.map(|state| state.ancestors.clone()).unwrap_or_default(),
        actors,
        sender: newcomer(desk, members),
        your_boot: members.liveness.boot_of(to),
        waiting: waiting.map(|(node, newcomer, ago_ms)| (node, newcomer.clone(), ago_ms)).collect(),
    };
    desk.send(to, Body::Digest(digest));
}

/// A line that says where it branched off ours is newer than what came before the branch; nothing else is comparable.
pub(crate) fn compare(
    ours: Option<(&Arc<Declared>, Base)>,
    theirs: Option<Base>,
    their_ancestors: &[Edition],
) -> Stand {
    let (Some((declared, ours)), Some(theirs)) = (ours, theirs) else {
        return match (ours, theirs) {
            (None, Some(_)) => Stand::TheirsIsNewer,
            (Some(_), None) => Stand::OursIsNewer,
            _ => Stand::Same,
        };
    };
    let (mine, other) = (ours.edition, theirs.edition);
    let has_branched_after = |ancestors: &[Edition], of: Edition| {
        ancestors.iter().any(|at| at.lineage == of.lineage && at.version >= of.version)
    };
    if mine.lineage != other.lineage {
        return if has_branched_after(their_ancestors, mine) {
            Stand::TheirsIsNewer
        } else if has_branched_after(&declared.state.ancestors, other) {
            Stand::OursIsNewer
        } else {
            Stand::Forked
        };
    }
    match mine.version.cmp(&other.version) {
        std::cmp::Ordering::Less => Stand::TheirsIsNewer,
        std::cmp::Ordering::Greater => Stand::OursIsNewer,
        std::cmp::Ordering::Equal if ours.hash == theirs.hash => Stand::Same,
        std::cmp::Ordering::Equal => Stand::Forked,
    }
}
