//! Node: the switchboard. It routes each input to one room and decides nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use shared::error::Failure;
use shared::id::{Boot, NodeId};
use shared::level::Durability;
use shared::wire::admin::Admin;
use shared::wire::client::Request;
use shared::wire::look::Counters;

use crate::admin::founding::Founding;
use crate::admin::{self, Origin};
use crate::anti_entropy::{AntiEntropy, Equal};
use crate::config::Config;
use crate::coordinator::Coordinator;
use crate::desk::{Caller, Desk, Errand, View};
use crate::durable::{Durable, Kept, Me, Recovery};
use crate::effect::{Effect, Effects, Notice, Reply};
use crate::entropy::Entropy;
use crate::hint::Hints;
use crate::ids::Ids;
use crate::input::Input;
use crate::membership::{CaughtUp, LivenessTable, Members};
use crate::message::{Body, Envelope, Founding as FoundingSaid};
use crate::state::Declared;
use crate::state::gossip::{self, Gossip};
use crate::store::{Found, Outcome, StoreFailure, Ticket};
use crate::time::{Instant, Now};
use crate::version::directory::ActorDirectory;
use crate::{look, replica};

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
    declared: Option<Arc<Declared>>,
    actors: ActorDirectory,
    members: Members,
    gossip: Gossip,
    founding: Founding,
    coordinator: Coordinator,
    hints: Hints,
    anti_entropy: AntiEntropy,
}

/// Borrows, of distinct fields, the desk and the view that rooms are given.
macro_rules! desk {
    ($node:expr, $now:expr, $effects:expr) => {
        Desk {
            now: $now,
            me: &$node.me,
            boot: $node.boot,
            config: &$node.config,
            ids: &mut $node.ids,
            entropy: &mut $node.entropy,
            errands: &mut $node.errands,
            counters: &mut $node.counters,
            effects: $effects,
        }
    };
}
macro_rules! view {
    ($node:expr) => {
        $node.declared.as_ref().map(|declared| View {
            declared,
            members: &$node.members,
            actors: &$node.actors,
        })
    };
}

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
        let members =
            Members { me: me.node, liveness: LivenessTable::default(), caught_up: CaughtUp::default() };
        let mut node = Self {
            me,
            boot: durable.boot,
            started: now.monotonic,
            config,
            ids,
            entropy,
            counters: Counters::default(),
            errands: BTreeMap::new(),
            declared: None,
            actors,
            members,
            gossip: Gossip::default(),
            founding: Founding::default(),
            coordinator: Coordinator::default(),
            hints: Hints::default(),
            anti_entropy: AntiEntropy::default(),
        };
        if let Some(Kept { declared, lacks_data }) = durable.kept {
            let lost_now = durable.recovery == Recovery::LostData;
            node.members.caught_up.begin(&declared.state, node.me.node, lacks_data || lost_now);
            node.enter(now, declared, effects);
            if lost_now {
                node.keep(now, effects);
            }
            node.hints.look(&mut desk!(node, now, effects));
            node.tick(now, effects);
        }
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

    /// When the node next wants to be told the time.
    pub fn deadline(&self) -> Option<Instant> {
        let declared = self.declared.is_some();
        let of_members = [
            self.members.liveness.deadline(&self.config),
            self.gossip.deadline(self.config.gossip_interval_ms),
            self.hints.deadline(self.config.retry_after_ms),
            self.members.caught_up.deadline(self.config.retry_after_ms),
            self.anti_entropy.deadline(self.config.retry_after_ms),
        ];
        let of_members = of_members.into_iter().flatten().filter(|_| declared);
        of_members.chain(self.coordinator.deadline()).chain(self.founding.deadline()).min()
    }

    /// Tells the node one thing that happened; pushes what the world must now do.
    pub fn handle(&mut self, now: Now, input: Input, effects: &mut Effects) {
        match input {
            Input::Client(call, request) => self.client(now, Caller::Client(call), request, effects),
            Input::Look(call, asked) => look::ask(&mut desk!(self, now, effects), view!(self), call, &asked),
            Input::Admin(call, _, Admin::Init(init)) => {
                let belongs_to = self.declared.as_ref().map(|declared| &declared.state.name);
                self.founding.init(&mut desk!(self, now, effects), call, &init, belongs_to);
            }
            Input::Admin(call, _, _) => {
                let failure = Failure::Refused { reason: "this node cannot change its ring".to_owned() };
                desk!(self, now, effects).reply(call, Reply::Admin(Err(failure)));
            }
            Input::Peer(envelope) => self.peer(now, envelope, effects),
            Input::Applied(ticket, outcome) => self.applied(now, ticket, outcome, effects),
            Input::Synced(ticket, durability) => self.synced(now, ticket, durability, effects),
            Input::Failed(ticket, failure) => self.failed(now, ticket, failure, effects),
            Input::Linked(node) => self.members.liveness.linked(node, &mut desk!(self, now, effects)),
            Input::Unlinked(node) => {
                self.members.liveness.unlinked(node, &mut desk!(self, now, effects));
                self.unreachable(now, node, effects);
            }
            Input::Load(_) => {}
            Input::Tick => self.tick(now, effects),
        }
    }

    fn client(&mut self, now: Now, caller: Caller, request: Request, effects: &mut Effects) {
        let mut desk = desk!(self, now, effects);
        let Some(view) = view!(self) else {
            let failure = Failure::Waiting { node: desk.name() };
            return desk.answer(caller, 0, Err(failure));
        };
        self.coordinator.begin(&mut desk, view, caller, request);
    }

    fn peer(&mut self, now: Now, envelope: Envelope, effects: &mut Effects) {
        let Envelope { from, to, body, .. } = envelope;
        if to != self.me.node || from == self.me.node {
            return;
        }
        if self.members.liveness.heard(from, &mut desk!(self, now, effects)) {
            self.returned(now, from, effects);
        }
        match body {
            Body::Ping => desk!(self, now, effects).send(from, Body::Pong),
            Body::Pong => {}
            Body::Founding(said) => self.hear_founding(now, from, said, effects),
            Body::Digest(digest) => {
                self.members.liveness.heard_version(from, digest.state.map(|(_, version, _)| version));
                let declared = self.declared.as_deref();
                gossip::hear_digest(&mut desk!(self, now, effects), from, &digest, declared, &self.actors);
            }
            Body::Delta(mut delta) => {
                let declared = self.declared.as_deref();
                if declared.is_none() && self.founding.is_promised(now.monotonic) {
                    delta.declared = None;
                }
                // A member that has no state has an empty store: it was wiped.
                let lacks_data = declared.is_none() || self.members.caught_up.lacks_data();
                let mut desk = desk!(self, now, effects);
                self.gossip.hear_delta(&mut desk, delta, lacks_data, declared, &mut self.actors);
            }
            body => self.hear_as_member(now, from, body, effects),
        }
    }

    /// What only members say to members; a node that waits for its cluster has no answer.
    fn hear_as_member(&mut self, now: Now, from: NodeId, body: Body, effects: &mut Effects) {
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        if !view.state().members.contains_key(&from) {
            return;
        }
        match body {
            Body::Replicate(asked) => replica::take(&mut desk, view, from, asked),
            Body::Read { op, row, known } => replica::read(&mut desk, view, from, op, row, known),
            Body::Forward { op, request } => {
                self.coordinator.begin(&mut desk, view, Caller::Node(from, op), request);
            }
            Body::Stored { op, durability, .. }
                if self.hints.stored(&mut desk, view, from, op, durability) => {}
            Body::AskHints => self.hints.asked_by(&mut desk, from),
            Body::HintsHeld { count } => {
                if count == 0 {
                    self.members.caught_up.no_hints_at(from);
                }
                self.settle(now, effects);
            }
            Body::Compare(said) => {
                let equal = self.anti_entropy.hear(&mut desk, view, from, said);
                self.compared(now, equal, effects);
            }
            body => self.coordinator.hear(&mut desk, view, from, body),
        }
    }

    fn hear_founding(&mut self, now: Now, from: NodeId, said: FoundingSaid, effects: &mut Effects) {
        let declared = self.declared.clone();
        self.founding.hear(&mut desk!(self, now, effects), from, said, declared.as_deref());
    }

    fn applied(&mut self, now: Now, ticket: Ticket, outcome: Outcome, effects: &mut Effects) {
        let is_read = matches!(outcome, Outcome::Query(_));
        let errand = if is_read { self.errands.remove(&ticket) } else { self.errands.get(&ticket).cloned() };
        self.learn_own_actor(&outcome);
        let (Some(errand), Some(view)) = (errand, view!(self)) else { return };
        let mut desk = desk!(self, now, effects);
        match errand {
            Errand::Coordinator(op) => self.coordinator.applied(&mut desk, view, op, outcome),
            Errand::Replica(duty) => replica::applied(&mut desk, &duty, outcome),
            Errand::Handoff(duty) => self.hints.applied(&mut desk, view, duty, outcome),
            Errand::Exchange(duty) => {
                let equal = self.anti_entropy.applied(&mut desk, view, duty, outcome);
                self.compared(now, equal, effects);
            }
            Errand::Look(call) => {
                if let Outcome::Query(Found::HintedOwners(hints)) = outcome {
                    look::status(&mut desk, view, call, self.started, &hints);
                }
            }
            Errand::Adopt(_) | Errand::Nobody => {}
        }
    }

    fn synced(&mut self, now: Now, ticket: Ticket, durability: Durability, effects: &mut Effects) {
        let Some(errand) = self.errands.remove(&ticket) else { return };
        if let Errand::Adopt(duty) = errand {
            return self.adopted(now, duty, effects);
        }
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        match errand {
            Errand::Coordinator(op) => self.coordinator.synced(&mut desk, view, op, durability),
            Errand::Replica(duty) => replica::synced(&mut desk, &duty, durability),
            Errand::Exchange(duty) => {
                let equal = self.anti_entropy.synced(&mut desk, view, &duty, durability);
                self.compared(now, equal, effects);
            }
            Errand::Handoff(_) | Errand::Adopt(_) | Errand::Look(_) | Errand::Nobody => {}
        }
    }

    fn failed(&mut self, now: Now, ticket: Ticket, failure: StoreFailure, effects: &mut Effects) {
        let Some(errand) = self.errands.remove(&ticket) else { return };
        let mut desk = desk!(self, now, effects);
        desk.counters.damaged_records += u64::from(matches!(failure, StoreFailure::Damaged(_)));
        match (errand, view!(self)) {
            (Errand::Coordinator(op), Some(view)) => self.coordinator.failed(&mut desk, view, op, failure),
            (Errand::Replica(duty), _) => replica::failed(&mut desk, &duty, &failure),
            (Errand::Handoff(duty), _) => self.hints.failed(&duty),
            (Errand::Exchange(duty), Some(view)) => {
                let equal = self.anti_entropy.failed(&mut desk, view, duty, &failure);
                self.compared(now, equal, effects);
            }
            (Errand::Look(call), _) => {
                let failure = Failure::StoreFailed { node: desk.name(), reason: failure.to_string() };
                desk.reply(call, Reply::Look(Err(failure)));
            }
            (Errand::Adopt(_), _) => {
                self.gossip.adopted();
                desk.publish(Notice::Warning(format!("the declared state could not be stored: {failure}")));
            }
            _ => {}
        }
    }

    fn tick(&mut self, now: Now, effects: &mut Effects) {
        self.founding.tick(&mut desk!(self, now, effects));
        let Some(declared) = self.declared.clone() else { return };
        for node in self.members.liveness.tick(&mut desk!(self, now, effects)) {
            self.unreachable(now, node, effects);
        }
        self.gossip.tick(&mut desk!(self, now, effects), &declared, &self.actors);
        self.members.ask_hints(&mut desk!(self, now, effects));
        let Some(view) = view!(self) else { return };
        let mut desk = desk!(self, now, effects);
        self.coordinator.tick(&mut desk, view);
        self.hints.tick(&mut desk, view);
        self.anti_entropy.tick(&mut desk, view);
        self.settle(now, effects);
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

    /// Partitions were found equal, or made so: what that is worth is for `caught_up` to say.
    fn compared(&mut self, now: Now, equal: Vec<Equal>, effects: &mut Effects) {
        if equal.is_empty() {
            return;
        }
        for Equal { partition, peer } in equal {
            self.members.caught_up.compared_with(partition, peer);
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
            desk!(self, now, effects).publish(Notice::Compared);
            if lacked_data {
                self.keep(now, effects);
            }
        }
    }

    fn learn_own_actor(&mut self, outcome: &Outcome) {
        if let Outcome::Lane(effected) = outcome
            && let Some(dot) = effected.minted
        {
            self.actors.learn(self.me.node, dot.actor);
        }
    }

    /// What was to be kept is kept: a declared state that is new is in force.
    fn adopted(&mut self, now: Now, duty: admin::Duty, effects: &mut Effects) {
        let admin::Duty { kept, origin } = duty;
        let Kept { declared, lacks_data } = *kept;
        if origin == Origin::Own {
            return;
        }
        self.gossip.adopted();
        if self.declared.is_none() {
            let (state, me) = (&declared.state, self.me.node);
            match origin {
                Origin::Gossip => self.members.caught_up.begin(state, me, lacks_data),
                _ => self.members.caught_up.begin_founded(state, me),
            }
        }
        self.enter(now, declared, effects);
        match origin {
            Origin::Founder => self.founding.stored(&mut desk!(self, now, effects)),
            Origin::Founded { founder, op } => {
                desk!(self, now, effects).send(founder, Body::Founding(FoundingSaid::Adopted { op }));
            }
            Origin::Gossip | Origin::Own => {}
        }
        self.tick(now, effects);
    }

    /// Keeps whether the store lacks data, so that the next start knows.
    fn keep(&mut self, now: Now, effects: &mut Effects) {
        let Some(declared) = &self.declared else { return };
        let kept =
            Kept { declared: Declared::clone(declared), lacks_data: self.members.caught_up.lacks_data() };
        admin::Duty { kept: Box::new(kept), origin: Origin::Own }.keep(&mut desk!(self, now, effects));
    }

    fn enter(&mut self, now: Now, declared: Declared, effects: &mut Effects) {
        let others = declared.state.members.keys().copied().filter(|&node| node != self.me.node);
        self.members.liveness.watch(others, now.monotonic);
        let version = declared.state.version;
        self.declared = Some(Arc::new(declared));
        effects.push(Effect::Publish(Notice::Adopted { version }));
    }
}
