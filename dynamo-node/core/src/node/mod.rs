//! Node: the switchboard. It routes each input to one room and decides nothing itself.
//!
//! What happens from outside is here; what other nodes say is `hearing`, what the store has done `completing`, what a new
//! version of the declared state means `entering`.

mod completing;
mod entering;
mod hearing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::{Boot, NodeId};
use shared::wire::admin::Admin;
use shared::wire::client::Request;
use shared::wire::look::Counters;

use crate::admin::agenda::{Agenda, base_of};
use crate::admin::conductor::Conductor;
use crate::admin::founding::Founding;
use crate::anti_entropy::{AntiEntropy, Equal};
use crate::config::Config;
use crate::coordinator::Coordinator;
use crate::desk::{Caller, Desk, Errand, View};
use crate::durable::{Durable, Farewell, Me, Recovery};
use crate::effect::{Effects, Notice, Reply};
use crate::entropy::Entropy;
use crate::hint::Hints;
use crate::ids::Ids;
use crate::input::Input;
use crate::look;
use crate::membership::{CaughtUp, LivenessTable, Members, WaitingRoom};
use crate::message::Body;
use crate::state::Declared;
use crate::state::consensus::{Base, acceptor};
use crate::state::gossip::{Gossip, Known};
use crate::state::keeper::{Duty, Keeper};
use crate::store::Ticket;
use crate::time::{Instant, Now};
use crate::transfer::Transfers;
use crate::version::directory::ActorDirectory;

/// One storage node, as a value: told what happened, it answers with what must now be done.
#[derive(Debug)]
pub struct Node {
    me: Me,
    boot: Boot,
    started: Instant,
    config: Config,
    ids: Ids,
    entropy: Entropy,
    counters: Counters,
    errands: BTreeMap<Ticket, Errand>,
    own: VecDeque<Body>,
    declared: Option<Arc<Declared>>,
    base: Option<Base>,
    has_left: bool,
    linked: BTreeSet<NodeId>,
    actors: ActorDirectory,
    members: Members,
    keeper: Keeper,
    gossip: Gossip,
    founding: Founding,
    agenda: Agenda,
    conductor: Conductor,
    coordinator: Coordinator,
    hints: Hints,
    anti_entropy: AntiEntropy,
    transfers: Transfers,
}

/// Borrows, of distinct fields, the desk and the view that rooms are given, and what gossip speaks of.
macro_rules! desk {
    ($node:expr, $now:expr, $effects:expr) => {
        Desk {
            now: $now,
            me: &$node.me,
            boot: $node.boot,
            edition: $node.base.map(|base| base.edition),
            config: &$node.config,
            ids: &mut $node.ids,
            entropy: &mut $node.entropy,
            errands: &mut $node.errands,
            counters: &mut $node.counters,
            effects: $effects,
            own: &mut $node.own,
        }
    };
}
macro_rules! view {
    ($node:expr) => {
        $node.declared.as_ref().zip($node.base).filter(|_| !$node.has_left).map(|(declared, base)| View {
            declared,
            base,
            members: &$node.members,
            actors: &$node.actors,
        })
    };
}
macro_rules! known {
    ($node:expr) => {
        Known { declared: $node.declared.as_ref().zip($node.base), actors: &$node.actors }
    };
}
use {desk, known, view};

impl Node {
    /// A node that starts with what its store kept. `seed` is 256 bits that the runtime drew.
    ///
    /// What has to be done at once is pushed to `effects`.
    pub fn new(
        now: Now,
        me: Me,
        config: Config,
        durable: Durable,
        seed: [u8; 32],
        effects: &mut Effects,
    ) -> Self {
        let mut entropy = Entropy::new(seed);
        let ids = Ids::new(entropy.draw_u64());
        let mut actors = ActorDirectory::default();
        durable.actors.iter().for_each(|&actor| actors.learn(me.node, actor));
        let heard_of = durable.kept.as_ref().map_or(Boot::default(), |kept| kept.boot);
        let boot = if heard_of < durable.boot { durable.boot } else { heard_of.next() };
        let members = Members {
            me: me.node,
            liveness: LivenessTable::default(),
            caught_up: CaughtUp::default(),
            waiting: WaitingRoom::default(),
            loads: BTreeMap::new(),
        };
        let mut node = Self {
            me,
            boot,
            started: now.monotonic,
            config,
            ids,
            entropy,
            counters: Counters::default(),
            errands: BTreeMap::new(),
            own: VecDeque::new(),
            declared: None,
            base: None,
            has_left: durable.kept.as_ref().is_some_and(|kept| kept.farewell == Some(Farewell::Left)),
            linked: BTreeSet::new(),
            actors,
            members,
            keeper: Keeper::new(durable.kept.clone()),
            gossip: Gossip::default(),
            founding: Founding::default(),
            agenda: Agenda::default(),
            conductor: Conductor::default(),
            coordinator: Coordinator::default(),
            hints: Hints::default(),
            anti_entropy: AntiEntropy::default(),
            transfers: Transfers::default(),
        };
        if let Some(kept) =
            durable.kept.filter(|kept| !matches!(kept.farewell, Some(Farewell::Dismissed { .. })))
        {
            node.start_with(now, kept, durable.recovery == Recovery::LostData, effects);
        }
        node.hear_oneself(now, effects);
        node
    }

    /// Who this node is.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// The declared state in force here; `None`: the node waits for one.
    pub fn declared(&self) -> Option<&Arc<Declared>> {
        self.declared.as_ref()
    }

    /// Whether this node was told that it is no member any more.
    pub fn has_left(&self) -> bool {
        self.has_left
    }

    /// Which start this is, by what it knows of earlier ones: its own count, or what others have heard of.
    pub fn boot(&self) -> Boot {
        self.boot
    }

    /// When the node next wants to be told the time.
    pub fn deadline(&self) -> Option<Instant> {
        let retry_after_ms = self.config.retry_after_ms;
        let of_members = view!(self).map(|view| {
            [
                self.members.liveness.deadline(&self.config),
                self.hints.deadline(retry_after_ms),
                self.members.caught_up.deadline(retry_after_ms),
                self.anti_entropy.deadline(retry_after_ms),
                self.agenda.deadline(),
                self.conductor.deadline(view.state()).filter(|_| self.agenda.is_free()),
                self.transfers.deadline(),
            ]
        });
        of_members
            .into_iter()
            .flatten()
            .flatten()
            .chain(self.gossip.deadline(self.config.gossip_interval_ms).filter(|_| !self.has_left))
            .chain(self.coordinator.deadline())
            .chain(self.founding.deadline())
            .min()
    }

    /// Tells the node one thing that happened; pushes what the world must now do.
    pub fn handle(&mut self, now: Now, input: Input, effects: &mut Effects) {
        match input {
            Input::Client(call, request) => self.client(now, Caller::Client(call), request, effects),
            Input::Look(call, asked) => self.look(now, call, &asked, effects),
            Input::Admin(call, author, admin) => {
                match (admin, self.declared.is_some()) {
                    (Admin::Init(init), _) => {
                        let belongs_to = self.declared.as_ref().map(|declared| &declared.state.name);
                        let mut desk = desk!(self, now, effects);
                        self.founding.init(&mut desk, &mut self.keeper, call, &init, belongs_to);
                    }
                    (_, false) => {
                        let failure = Failure::Waiting { node: self.me.name.to_string() };
                        desk!(self, now, effects).reply(call, Reply::Admin(Err(failure)));
                    }
                    (_, true) if self.has_left => {
                        let failure = Failure::Left { node: self.me.name.to_string() };
                        desk!(self, now, effects).reply(call, Reply::Admin(Err(failure)));
                    }
                    (admin, true) => self.agenda.ask(&mut desk!(self, now, effects), call, author, admin),
                }
                self.put_to_the_vote(now, effects);
            }
            Input::Peer(envelope) => self.peer(now, envelope, effects),
            Input::Applied(ticket, outcome) => self.applied(now, ticket, outcome, effects),
            Input::Synced(ticket, durability) => self.synced(now, ticket, durability, effects),
            Input::Failed(ticket, failure) => self.failed(now, ticket, failure, effects),
            Input::Linked(node) => {
                self.linked.insert(node);
                self.members.liveness.linked(node, &mut desk!(self, now, effects));
                if self.declared.is_none() {
                    self.gossip.hurry();
                    self.tick(now, effects);
                }
            }
            Input::Unlinked(node) => {
                self.linked.remove(&node);
                self.members.liveness.unlinked(node, &mut desk!(self, now, effects));
                self.unreachable(now, node, effects);
            }
            Input::Load(load) => {
                self.members.loads.insert(self.me.node, load);
            }
            Input::Tick => self.tick(now, effects),
        }
        self.hear_oneself(now, effects);
    }

    fn client(&mut self, now: Now, caller: Caller, request: Request, effects: &mut Effects) {
        let mut desk = desk!(self, now, effects);
        let Some(view) = view!(self) else {
            let node = desk.name();
            let failure = if self.has_left { Failure::Left { node } } else { Failure::Waiting { node } };
            return desk.answer(caller, 0, Err(failure));
        };
        self.coordinator.begin(&mut desk, view, caller, request);
    }

    fn look(
        &mut self,
        now: Now,
        call: crate::ids::CallId,
        asked: &shared::wire::look::Look,
        effects: &mut Effects,
    ) {
        let rooms =
            look::Rooms { transfers: &self.transfers, conductor: &self.conductor, has_left: self.has_left };
        look::ask(&mut desk!(self, now, effects), view!(self), &rooms, call, asked);
    }

    fn tick(&mut self, now: Now, effects: &mut Effects) {
        self.founding.tick(&mut desk!(self, now, effects));
        self.gossip_round(now, effects);
        if view!(self).is_none() {
            return;
        }
        for node in self.members.liveness.tick(&mut desk!(self, now, effects)) {
            self.unreachable(now, node, effects);
        }
        self.members.ask_hints(&mut desk!(self, now, effects));
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        self.coordinator.tick(&mut desk, view);
        self.hints.tick(&mut desk, view);
        self.anti_entropy.tick(&mut desk, view);
        self.settle(now, effects);
        self.move_partitions(now, effects);
        self.put_to_the_vote(now, effects);
    }

    fn gossip_round(&mut self, now: Now, effects: &mut Effects) {
        if !self.has_left {
            let linked = self.linked.iter().copied();
            let mut desk = desk!(self, now, effects);
            self.gossip.tick(&mut desk, known!(self), &self.members, linked);
        }
    }

    /// What is wanted of consensus: an administrator's change, or the next step of a transition.
    fn put_to_the_vote(&mut self, now: Now, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        let above = acceptor::promised(&self.keeper, view.base);
        self.agenda.tick(&mut desk, view, above);
        if self.agenda.is_free() {
            let hints = hints_left(&self.hints, &self.coordinator);
            let own = || self.transfers.progress(view, hints);
            if let Some(next) = self.conductor.tick(&mut desk, view, own) {
                self.agenda.step(&mut desk, view, above, next);
            }
        }
    }

    /// Goes on with what moves here.
    fn move_partitions(&mut self, now: Now, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        for (_, partition, purpose, course) in self.anti_entropy.taken() {
            self.transfers.took(&mut desk, partition, purpose, course);
        }
        let under_way = &self.anti_entropy;
        let wants = self.transfers.tick(&mut desk, view, |want| under_way.is_under_way(want));
        self.anti_entropy.give_up(|want| self.transfers.is_useless(want));
        for want in wants {
            self.anti_entropy.begin(&mut desk, view, want);
        }
        let transfers = &mut self.transfers;
        self.anti_entropy.release(&mut desk, || transfers.may_go(now.monotonic, view.state()));
    }

    /// A node is heard that was not up: it may want its hints, and it may keep some for this node.
    fn returned(&mut self, now: Now, node: NodeId, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        if view.members.caught_up.asks_hints_of(node) {
            desk.send(node, Body::AskHints);
        }
        self.hints.tick(&mut desk, view);
        self.anti_entropy.tick(&mut desk, view);
    }

    fn unreachable(&mut self, now: Now, node: NodeId, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        self.coordinator.unreachable(&mut desk!(self, now, effects), view, node);
    }

    /// Partitions were found equal, or made so: what that is worth is for others to say.
    fn compared(&mut self, now: Now, equal: Vec<Equal>, effects: &mut Effects) {
        if self.transfers.is_active() {
            for equal in &equal {
                self.transfers.compared(&mut desk!(self, now, effects), *equal);
            }
            self.move_partitions(now, effects);
        }
        if equal.is_empty() {
            return;
        }
        let Some(state) = self.declared.as_ref().map(|declared| &declared.state) else { return };
        for Equal { partition, peer, .. } in equal {
            // An old copy that was verified, or a joiner's, is no evidence of what there is.
            if state.placed(partition).readers().contains(&peer) {
                self.members.caught_up.compared_with(partition, peer);
            }
        }
        self.settle(now, effects);
        if let Some(view) = view!(self) {
            self.anti_entropy.tick(&mut desk!(self, now, effects), view);
        }
    }

    fn settle(&mut self, now: Now, effects: &mut Effects) {
        let Some(declared) = &self.declared else { return };
        let Members { liveness, caught_up, .. } = &mut self.members;
        let lacked_data = caught_up.lacks_data();
        if caught_up.settle(&declared.state, liveness.up()) {
            let mut desk = desk!(self, now, effects);
            desk.publish(Notice::Compared);
            if lacked_data {
                self.keeper.change(&mut desk, |kept| kept.lacks_data = false, Duty::Nothing);
            }
        }
    }
}

/// What this node may still have to bring home: hints that it keeps, and puts that may leave one.
fn hints_left(hints: &Hints, coordinator: &Coordinator) -> u64 {
    hints.count().map_or(1, |count| count + coordinator.puts_under_way() as u64)
}
