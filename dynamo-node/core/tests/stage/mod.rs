//! A small stage for the paper's claims: nodes in one thread, an instant network, disks in memory.
//!
//! Nothing is lost, delayed or reordered here but what a test says; misfortunes by chance are the simulator's.

#![allow(dead_code, reason = "each test file uses its own part of the stage")]

pub(crate) mod disk;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use dynamo_core::config::Config;
use dynamo_core::durable::{Durable, Me, Recovery};
use dynamo_core::effect::{Effect, Effects, Reply};
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use dynamo_core::message::{Body, Envelope};
use dynamo_core::node::Node;
use dynamo_core::record::Record;
use dynamo_core::row::Row;
use dynamo_core::state::Declared;
use dynamo_core::time::{Instant, Now, Timestamp};
use shared::context::Context;
use shared::error::Failure;
use shared::id::{Boot, BucketId, ClusterId, NodeId, OperationId, RequestId};
use shared::key::Key;
use shared::level::Durability;
use shared::quorum::Quorum;
use shared::token::Partitions;
use shared::wire::admin::{Admin, AdminResult, Commit, Done, Init, InitMember};
use shared::wire::client::{self, Answer, Got, Request, Verb, Written};
use shared::wire::cluster::ClusterView;
use shared::wire::look::{Counters, Look, Seen};
use shared::wire::operation::OperationState;
use shared::wire::plan::{Author, Change, Plan};

use disk::Disk;

/// A cluster on the stage. Nodes are called 1, 2, 3, ...
pub(crate) struct Stage {
    pub(crate) now_ms: u64,
    actors: BTreeMap<u64, Actor>,
    queue: VecDeque<(u64, Input)>,
    replies: BTreeMap<u64, Reply>,
    calls: u64,
    requests: u128,
    /// Messages from the first to the second are lost.
    cut: BTreeSet<(u64, u64)>,
    /// Every message that arrived.
    pub(crate) heard: Vec<Envelope>,
}

struct Actor {
    node: Option<Node>,
    disk: Disk,
    boot: u64,
}

/// How a request is to be made.
#[derive(Clone, Default)]
pub(crate) struct How {
    pub(crate) r: Option<u8>,
    pub(crate) w: Option<u8>,
    pub(crate) strict: Option<bool>,
    pub(crate) context: Option<Context>,
    pub(crate) request: Option<u128>,
    pub(crate) time_to_live_ms: Option<u64>,
}

impl Stage {
    /// A founded cluster of so many nodes with N=3, R=2, W=2 (or as many as there are).
    pub(crate) fn of(nodes: u64) -> Self {
        Self::with(nodes, Quorum::DEFAULT)
    }

    /// A founded cluster.
    pub(crate) fn with(nodes: u64, quorum: Quorum) -> Self {
        let mut stage = Self {
            now_ms: 1_000_000,
            actors: BTreeMap::new(),
            queue: VecDeque::new(),
            replies: BTreeMap::new(),
            calls: 0,
            requests: 0,
            cut: BTreeSet::new(),
            heard: Vec::new(),
        };
        for node in 1..=nodes {
            stage.actors.insert(node, Actor { node: None, disk: Disk::default(), boot: 0 });
            stage.start(node);
        }
        let member = |node| InitMember {
            node: NodeId(node),
            name: format!("node-{node}").parse().unwrap(),
            address: ([127, 0, 0, 1], 7000 + u16::try_from(node).unwrap()).into(),
            zone: "zone".parse().unwrap(),
            weight: 1,
        };
        let init = Init {
            name: "stage".parse().unwrap(),
            quorum,
            partitions: Partitions::new(16).unwrap(),
            strict: false,
            durability: Durability::Synced,
            value_bytes_max: shared::key::VALUE_BYTES_MAX as u64,
            buckets: Vec::new(),
            members: (1..=nodes).map(member).collect(),
        };
        let call = stage.call();
        stage.tell(1, Input::Admin(call, somebody(), Admin::Init(init)));
        stage.settle();
        assert!(matches!(stage.replies.remove(&call.0), Some(Reply::Admin(Ok(_)))), "the cluster is founded");
        stage.pass(2_000);
        stage
    }

    /// Starts a node with what its disk kept.
    pub(crate) fn start(&mut self, node: u64) {
        let now = self.now();
        let actor = self.actors.get_mut(&node).unwrap();
        actor.boot += 1;
        let me = Me {
            cluster: ClusterId(7),
            node: NodeId(node),
            name: format!("node-{node}").parse().unwrap(),
            address: ([127, 0, 0, 1], 7000 + u16::try_from(node).unwrap()).into(),
            zone: "zone".parse().unwrap(),
        };
        let durable = Durable {
            boot: Boot(actor.boot),
            recovery: if actor.disk.kept.is_none() { Recovery::Fresh } else { Recovery::Intact },
            kept: actor.disk.kept.clone(),
            actors: actor.disk.actors.clone(),
        };
        let mut seed = [u8::try_from(node).unwrap(); 32];
        seed[0] = u8::try_from(actor.boot).unwrap();
        let mut effects = Effects::default();
        actor.node = Some(Node::new(now, me, Config::default(), durable, seed, &mut effects));
        self.perform(node, effects);
    }

    /// A further node starts, with an empty store, and links to all that run: it waits.
    pub(crate) fn arrive(&mut self, node: u64) {
        self.actors.insert(node, Actor { node: None, disk: Disk::default(), boot: 0 });
        self.start(node);
        let others: Vec<u64> = self.actors.keys().copied().filter(|&other| other != node).collect();
        for other in others {
            self.tell(node, Input::Linked(NodeId(other)));
            self.tell(other, Input::Linked(NodeId(node)));
        }
        self.pass(1_500);
    }

    /// Asks a node for a change, and lets time pass until it answers.
    pub(crate) fn admin(&mut self, node: u64, admin: Admin) -> AdminResult {
        self.admins(&[(node, admin)]).remove(0)
    }

    /// Asks several nodes for changes in one moment, and lets time pass until all have answered.
    pub(crate) fn admins(&mut self, wishes: &[(u64, Admin)]) -> Vec<AdminResult> {
        let mut calls = Vec::new();
        for (node, admin) in wishes {
            let call = self.call();
            self.tell(*node, Input::Admin(call, somebody(), admin.clone()));
            calls.push(call);
        }
        self.settle();
        let result = |stage: &mut Self, call: CallId| {
            for _ in 0..400 {
                if let Some(reply) = stage.replies.remove(&call.0) {
                    let Reply::Admin(result) = reply else { panic!("no administrator's reply: {reply:?}") };
                    return result;
                }
                stage.pass(50);
            }
            panic!("no reply at all");
        };
        calls.into_iter().map(|call| result(self, call)).collect()
    }

    /// What a node shows.
    pub(crate) fn look(&mut self, node: u64, look: Look) -> Result<Seen, Failure> {
        let call = self.call();
        self.tell(node, Input::Look(call, look));
        self.settle();
        match self.replies.remove(&call.0) {
            Some(Reply::Look(seen)) => seen,
            other => panic!("nothing is shown but {other:?}"),
        }
    }

    /// The cluster as a node knows it.
    pub(crate) fn cluster(&mut self, node: u64) -> ClusterView {
        match self.look(node, Look::Cluster) {
            Ok(Seen::Cluster(view)) => *view,
            other => panic!("no cluster but {other:?}"),
        }
    }

    /// What committing what is staged would do, as a node sees it.
    pub(crate) fn plan(&mut self, node: u64) -> Plan {
        match self.look(node, Look::Plan { changes: Vec::new() }) {
            Ok(Seen::Plan(plan)) => *plan,
            other => panic!("no plan but {other:?}"),
        }
    }

    /// Stages changes at a node and commits their plan.
    pub(crate) fn change(&mut self, node: u64, changes: &[Change]) -> OperationId {
        let staged = self.admin(node, Admin::Stage { changes: changes.to_vec() });
        assert!(matches!(staged, Ok(Done::Staged { .. })), "{staged:?}");
        let plan = self.plan(node).id;
        match self.admin(node, Admin::Commit(Commit { plan, insist: true, without_majority: None })) {
            Ok(Done::Committed { operation, .. }) => operation,
            other => panic!("not committed: {other:?}"),
        }
    }

    /// Lets time pass until an operation is over; gives how it ended.
    pub(crate) fn wait(&mut self, node: u64, operation: OperationId) -> OperationState {
        for _ in 0..1_200 {
            let view = self.cluster(node);
            let found = view.operations.iter().find(|known| known.id == operation).cloned();
            if let Some(found) = found.filter(|found| found.state.is_over()) {
                return found.state;
            }
            self.pass(100);
        }
        panic!("it does not end: {:#?}", self.cluster(node).operations.first());
    }

    /// How many objects lie on a node's disk.
    pub(crate) fn objects(&self, node: u64) -> usize {
        self.actors[&node].disk.objects.len()
    }

    /// Stops a node; the others notice when it does not answer.
    pub(crate) fn stop(&mut self, node: u64) {
        self.actors.get_mut(&node).unwrap().node = None;
        self.actors.get_mut(&node).unwrap().disk.pens.clear();
        self.queue.retain(|(to, _)| *to != node);
    }

    /// Loses a node's disk. It starts as a stranger with its old certificate.
    pub(crate) fn wipe(&mut self, node: u64) {
        self.actors.get_mut(&node).unwrap().disk = Disk::default();
    }

    /// Loses every message between two nodes.
    pub(crate) fn split(&mut self, left: u64, right: u64) {
        self.cut.extend([(left, right), (right, left)]);
    }

    /// Ends all splits.
    pub(crate) fn heal(&mut self) {
        self.cut.clear();
    }

    /// Lets time pass, in steps in which everything settles.
    pub(crate) fn pass(&mut self, ms: u64) {
        for _ in 0..ms.div_ceil(50) {
            self.now_ms += 50;
            let due: Vec<u64> =
                self.actors.iter().filter(|(_, actor)| actor.node.is_some()).map(|(&node, _)| node).collect();
            due.into_iter().for_each(|node| self.queue.push_back((node, Input::Tick)));
            self.settle();
        }
    }

    /// Handles everything that has happened until nothing more does.
    pub(crate) fn settle(&mut self) {
        while let Some((node, input)) = self.queue.pop_front() {
            let now = self.now();
            if let Input::Peer(envelope) = &input {
                self.heard.push(envelope.clone());
            }
            let mut effects = Effects::default();
            if let Some(node) = &mut self.actors.get_mut(&node).unwrap().node {
                node.handle(now, input, &mut effects);
            }
            self.perform(node, effects);
        }
    }

    fn perform(&mut self, node: u64, mut effects: Effects) {
        for effect in effects.drain() {
            match effect {
                Effect::Send(envelope) => {
                    let to = envelope.to.0;
                    let alive = self.actors.get(&to).is_some_and(|actor| actor.node.is_some());
                    if alive && !self.cut.contains(&(node, to)) {
                        self.queue.push_back((to, Input::Peer(envelope)));
                    }
                }
                Effect::Store(ticket, op) => {
                    let done = self.actors.get_mut(&node).unwrap().disk.perform(ticket, op);
                    self.queue.extend(done.into_iter().map(|input| (node, input)));
                }
                Effect::Reply(call, reply) => {
                    self.replies.insert(call.0, reply);
                }
                Effect::Publish(_) | Effect::Introduce(..) | Effect::Measure(_) => {}
            }
        }
    }

    fn now(&self) -> Now {
        Now { monotonic: Instant(self.now_ms * 1_000), wall: Timestamp(self.now_ms) }
    }

    fn call(&mut self) -> CallId {
        self.calls += 1;
        CallId(self.calls)
    }

    fn tell(&mut self, node: u64, input: Input) {
        self.queue.push_back((node, input));
    }

    /// Lets a node hear something that nobody on the stage said.
    pub(crate) fn say(&mut self, envelope: Envelope) {
        self.queue.push_back((envelope.to.0, Input::Peer(envelope)));
        self.settle();
    }

    /// The declared state as a node has it.
    pub(crate) fn declared(&self, node: u64) -> Option<Arc<Declared>> {
        self.actors[&node].node.as_ref().and_then(|node| node.declared().cloned())
    }

    /// Whether a node's disk says that it lacks what the node once acknowledged.
    pub(crate) fn lacks_data(&self, node: u64) -> Option<bool> {
        self.actors[&node].disk.kept.as_ref().map(|kept| kept.lacks_data)
    }

    /// The default bucket.
    pub(crate) fn bucket(&self) -> BucketId {
        let declared = self.actors.keys().find_map(|&node| self.declared(node)).unwrap();
        *declared.state.buckets.keys().next().unwrap()
    }

    /// The row of a key.
    pub(crate) fn row(&self, key: &str) -> Row {
        Row::new(self.bucket(), Key::new(key.to_owned()).unwrap())
    }

    /// The owners of a key, in order.
    pub(crate) fn owners(&self, key: &str) -> Vec<u64> {
        let declared = self.actors.keys().find_map(|&node| self.declared(node)).unwrap();
        let partition = declared.state.partitions.of(self.row(key).token());
        declared.state.ring.owners(partition).iter().map(|node| node.0).collect()
    }

    /// The object that a node holds of a key.
    pub(crate) fn object(&self, node: u64, key: &str) -> Option<Arc<Record>> {
        self.actors[&node].disk.object_of(&self.row(key))
    }

    /// How many hints a node keeps for another.
    pub(crate) fn hints(&self, node: u64, owner: u64) -> usize {
        self.actors[&node].disk.hints.keys().filter(|(kept_for, _)| kept_for.0 == owner).count()
    }

    /// What a node has counted.
    pub(crate) fn counters(&mut self, node: u64) -> Counters {
        let call = self.call();
        self.tell(node, Input::Look(call, Look::Status));
        self.settle();
        match self.replies.remove(&call.0) {
            Some(Reply::Look(Ok(Seen::Status(status)))) => status.counters,
            other => panic!("no status but {other:?}"),
        }
    }

    /// How many messages of a kind have arrived.
    pub(crate) fn heard_of(&self, kind: impl Fn(&Body) -> bool) -> usize {
        self.heard.iter().filter(|envelope| kind(&envelope.body)).count()
    }

    fn ask(&mut self, node: u64, id: Option<u128>, verb: Verb) -> Result<Answer, Failure> {
        self.requests += 1;
        let id = RequestId(id.unwrap_or(self.requests));
        let request = Request { id, sent_ms: self.now_ms, timeout_ms: 4_000, verb };
        let call = self.call();
        self.tell(node, Input::Client(call, request));
        self.settle();
        for _ in 0..100 {
            if let Some(reply) = self.replies.remove(&call.0) {
                let Reply::Client(response) = reply else { panic!("no client's reply: {reply:?}") };
                return response.result;
            }
            self.pass(50);
        }
        panic!("no reply at all");
    }

    /// Reads through a node.
    pub(crate) fn get_with(&mut self, node: u64, key: &str, how: &How) -> Result<Got, Failure> {
        let key = Key::new(key.to_owned()).unwrap();
        let verb = Verb::Get(client::Get { bucket: self.bucket(), key, r: how.r, strict: how.strict });
        self.ask(node, None, verb).map(|answer| match answer {
            Answer::Got(got) => got,
            other => panic!("not a get's answer: {other:?}"),
        })
    }

    /// Reads through a node and gives the values only, in order.
    pub(crate) fn get(&mut self, node: u64, key: &str) -> Vec<String> {
        texts(&self.get_with(node, key, &How::default()).unwrap())
    }

    /// What a reader through a node has seen.
    pub(crate) fn context(&mut self, node: u64, key: &str) -> Context {
        self.get_with(node, key, &How::default()).unwrap().context
    }

    /// Writes through a node.
    pub(crate) fn put_with(
        &mut self,
        node: u64,
        key: &str,
        value: Option<&str>,
        how: &How,
    ) -> Result<Written, Failure> {
        let put = client::Put {
            bucket: self.bucket(),
            key: Key::new(key.to_owned()).unwrap(),
            value: value.map(|text| Bytes::from(text.to_owned()).into()),
            context: how.context.clone(),
            w: how.w,
            strict: how.strict,
            durability: None,
            time_to_live_ms: how.time_to_live_ms,
        };
        self.ask(node, how.request, Verb::Put(put)).map(|answer| match answer {
            Answer::Written(written) => written,
            other => panic!("not a put's answer: {other:?}"),
        })
    }

    /// Writes through a node without having seen anything.
    pub(crate) fn put(&mut self, node: u64, key: &str, value: &str) -> Written {
        self.put_with(node, key, Some(value), &How::default()).unwrap()
    }

    /// Reads through a node, then writes with what was seen.
    pub(crate) fn update(&mut self, node: u64, key: &str, value: &str) -> Written {
        let how = How { context: Some(self.context(node, key)), ..How::default() };
        self.put_with(node, key, Some(value), &how).unwrap()
    }
}

/// The values of an answer, sorted; tombstones as `-`.
pub(crate) fn texts(got: &Got) -> Vec<String> {
    let text = |sibling: &client::Sibling| {
        let value = sibling.value.as_ref();
        value.map_or("-".to_owned(), |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let mut texts: Vec<String> = got.siblings.iter().map(text).collect();
    texts.sort();
    texts
}

/// The administrator of every story.
fn somebody() -> Author {
    Author { name: "admin".to_owned(), serial: "01".to_owned() }
}
