//! Founding: the first declared state, made out of nodes that wait with empty stores.
//!
//! Every node is asked first and promises itself to one founder; only when all have is the state adopted, and only when all
//! have stored it is the administrator told. A node that belongs to a cluster refuses, so that nothing is re-founded.
//!
//! Should the founder die between two adoptions, those that have the state gossip it to those that have not. Until then a
//! node that is promised takes the state from its founder alone: what comes by gossip to a node without a state is what
//! a wiped node gets, and it would be taken for one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use shared::error::Failure;
use shared::id::{BucketId, Name, NodeId};
use shared::map::Bucket;
use shared::wire::admin::{Done, Init, InitMember};

use crate::desk::Desk;
use crate::effect::{Effect, Reply};
use crate::ids::{CallId, OpId};
use crate::message::{Body, Founding as Said};
use crate::ring::placement::{Candidate, place};
use crate::state::keeper::{Keeper, Origin};
use crate::state::{Declared, First, Member, Status};
use crate::time::Instant;
use crate::version::context::Secret;

/// How long all of it may take, and how long a promise to a founder holds, in milliseconds.
const FOUNDING_MS: u64 = 20_000;

/// How often what was not answered is said again, in milliseconds.
const AGAIN_MS: u64 = 300;

/// The founding that this node conducts, and the promise that it has given.
#[derive(Debug, Default)]
pub(crate) struct Founding {
    own: Option<Own>,
    promised: Option<(OpId, Instant)>,
}

#[derive(Debug)]
struct Own {
    call: CallId,
    op: OpId,
    others: Vec<NodeId>,
    declared: Box<Declared>,
    waiting: BTreeSet<NodeId>,
    adopted: BTreeSet<NodeId>,
    is_stored: bool,
    again_at: Instant,
    until: Instant,
}

impl Founding {
    /// An administrator asks this node to found a cluster.
    pub(crate) fn init(
        &mut self,
        desk: &mut Desk<'_>,
        keeper: &mut Keeper,
        call: CallId,
        init: &Init,
        belongs_to: Option<&Name>,
    ) {
        match self.begin(desk, call, init, belongs_to) {
            Ok(own) => self.own = Some(own),
            Err(failure) => desk.reply(call, Reply::Admin(Err(failure))),
        }
        self.say_again(desk);
        self.proceed(desk, keeper);
    }

    /// Another node founds, or answers.
    pub(crate) fn hear(
        &mut self,
        desk: &mut Desk<'_>,
        keeper: &mut Keeper,
        from: NodeId,
        said: Said,
        current: Option<&Declared>,
    ) {
        match said {
            Said::Ask { op, address } => {
                desk.effects.push(Effect::Introduce(from, address));
                let answer = self.promise(desk, op, current);
                desk.send(from, Body::Founding(answer));
            }
            Said::Adopt { op, declared } => self.adopt(desk, keeper, (from, op), declared, current),
            Said::Waiting { op } => self.note(desk, keeper, op, |own| own.waiting.insert(from)),
            Said::Adopted { op } => self.note(desk, keeper, op, |own| own.adopted.insert(from)),
            Said::Refused { op, failure } => self.refused(desk, op, failure),
        }
    }

    /// The founder's own store has the state.
    pub(crate) fn stored(&mut self, desk: &mut Desk<'_>, keeper: &mut Keeper) {
        if let Some(own) = &mut self.own {
            own.is_stored = true;
        }
        self.say_again(desk);
        self.proceed(desk, keeper);
    }

    /// Says again what was not answered; gives up when it has taken too long.
    pub(crate) fn tick(&mut self, desk: &mut Desk<'_>) {
        let now = desk.now.monotonic;
        if self.own.as_ref().is_some_and(|own| now >= own.until) {
            let silent = self.own.as_ref().map(|own| own.silent(desk)).unwrap_or_default();
            self.end(
                desk,
                Err(Failure::Refused { reason: format!("no answer from {silent}; nothing is served yet") }),
            );
        }
        if self.own.as_ref().is_some_and(|own| now >= own.again_at) {
            self.say_again(desk);
        }
    }

    /// When this room next wants to look.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.own.as_ref().map(|own| own.again_at.min(own.until))
    }

    /// Whether a founder has this node's promise.
    pub(crate) fn is_promised(&self, now: Instant) -> bool {
        self.promised.is_some_and(|(_, until)| now < until)
    }

    fn begin(
        &mut self,
        desk: &mut Desk<'_>,
        call: CallId,
        init: &Init,
        belongs_to: Option<&Name>,
    ) -> Result<Own, Failure> {
        if let Some(name) = belongs_to {
            let reason = format!("{} belongs to the cluster {name} already", desk.me.name);
            return Err(Failure::Conflict { reason });
        }
        if self.own.is_some() {
            return Err(Failure::Conflict {
                reason: format!("{} is founding a cluster already", desk.me.name),
            });
        }
        let declared = Box::new(declare(desk, init)?);
        let op = desk.ids.operation();
        self.promised = Some((op, desk.now.monotonic.plus_ms(FOUNDING_MS)));
        let others: Vec<&InitMember> =
            init.members.iter().filter(|member| member.node != desk.me.node).collect();
        for member in &others {
            desk.effects.push(Effect::Introduce(member.node, member.address));
        }
        Ok(Own {
            call,
            op,
            others: others.iter().map(|member| member.node).collect(),
            declared,
            waiting: BTreeSet::new(),
            adopted: BTreeSet::new(),
            is_stored: false,
            again_at: desk.now.monotonic,
            until: desk.now.monotonic.plus_ms(FOUNDING_MS),
        })
    }

    /// Promises this node to a founder, if it waits and is promised to no other.
    fn promise(&mut self, desk: &Desk<'_>, op: OpId, current: Option<&Declared>) -> Said {
        let now = desk.now.monotonic;
        let refuse = |reason| Said::Refused { op, failure: Failure::Conflict { reason } };
        if let Some(current) = current {
            return refuse(format!("{} belongs to the cluster {} already", desk.me.name, current.state.name));
        }
        match self.promised {
            Some((other, until)) if other != op && now < until => {
                refuse(format!("{} is promised to another founder at this moment", desk.me.name))
            }
            _ => {
                self.promised = Some((op, now.plus_ms(FOUNDING_MS)));
                Said::Waiting { op }
            }
        }
    }

    fn adopt(
        &mut self,
        desk: &mut Desk<'_>,
        keeper: &mut Keeper,
        (founder, op): (NodeId, OpId),
        declared: Box<Declared>,
        current: Option<&Declared>,
    ) {
        let answer = match current {
            Some(current) if *current == *declared => Said::Adopted { op },
            Some(_) => self.promise(desk, op, current),
            None if self.promised.is_some_and(|(promised, _)| promised == op) => {
                let origin = Origin::Founded { founder, op };
                return keeper.adopt(desk, Arc::new(*declared), false, origin);
            }
            None => {
                let reason = format!("{} gave no promise to this founder", desk.me.name);
                Said::Refused { op, failure: Failure::Conflict { reason } }
            }
        };
        desk.send(founder, Body::Founding(answer));
    }

    fn note(
        &mut self,
        desk: &mut Desk<'_>,
        keeper: &mut Keeper,
        op: OpId,
        note: impl FnOnce(&mut Own) -> bool,
    ) {
        if let Some(own) = self.own.as_mut().filter(|own| own.op == op)
            && note(own)
        {
            self.proceed(desk, keeper);
        }
    }

    fn refused(&mut self, desk: &mut Desk<'_>, op: OpId, failure: Failure) {
        if self.own.as_ref().is_some_and(|own| own.op == op) {
            self.end(desk, Err(failure));
        }
    }

    /// When all wait, the state is stored here first; when it is, it goes to the others; when all have it, it is done.
    fn proceed(&mut self, desk: &mut Desk<'_>, keeper: &mut Keeper) {
        let Some(own) = &mut self.own else { return };
        let all = own.others.len();
        if own.adopted.len() == all && own.is_stored {
            let version = own.declared.state.version;
            self.end(desk, Ok(Done::Initialised { version }));
        } else if own.waiting.len() == all && !own.is_storing() {
            own.again_at = desk.now.monotonic.plus_ms(AGAIN_MS);
            own.waiting.insert(desk.me.node);
            keeper.adopt(desk, Arc::new(Declared::clone(&own.declared)), false, Origin::Founder);
        }
    }

    fn say_again(&mut self, desk: &mut Desk<'_>) {
        let address = desk.me.address;
        let Some(own) = &mut self.own else { return };
        own.again_at = desk.now.monotonic.plus_ms(AGAIN_MS);
        let op = own.op;
        for &node in &own.others {
            let said = if own.is_stored && !own.adopted.contains(&node) {
                Said::Adopt { op, declared: own.declared.clone() }
            } else if !own.waiting.contains(&node) {
                Said::Ask { op, address }
            } else {
                continue;
            };
            desk.send(node, Body::Founding(said));
        }
    }

    fn end(&mut self, desk: &mut Desk<'_>, result: Result<Done, Failure>) {
        if let Some(own) = self.own.take() {
            desk.reply(own.call, Reply::Admin(result));
        }
        self.promised = None;
    }
}

impl Own {
    /// The founder counts itself among the waiting once its own store has been asked.
    fn is_storing(&self) -> bool {
        self.waiting.len() > self.others.len()
    }

    fn silent(&self, desk: &Desk<'_>) -> String {
        let members = &self.declared.state.members;
        let answered = if self.is_stored { &self.adopted } else { &self.waiting };
        let silent = self.others.iter().filter(|node| !answered.contains(node));
        let names: Vec<String> =
            silent.filter_map(|node| members.get(node)).map(|member| member.name.to_string()).collect();
        if names.is_empty() { format!("the store of {}", desk.me.name) } else { names.join(", ") }
    }
}

/// The first version, out of what the administrator wants.
fn declare(desk: &mut Desk<'_>, init: &Init) -> Result<Declared, Failure> {
    check(desk, init)?;
    let candidates: Vec<Candidate> = init
        .members
        .iter()
        .map(|member| Candidate { node: member.node, zone: member.zone.clone(), weight: member.weight })
        .collect();
    let ring = place(&candidates, init.partitions, init.quorum.n())
        .map_err(|refused| Failure::Refused { reason: refused.to_string() })?;
    let declared = |member: &InitMember| Member {
        name: member.name.clone(),
        address: member.address,
        zone: member.zone.clone(),
        weight: member.weight,
        status: Status::Active,
    };
    let state = First {
        cluster: desk.me.cluster,
        name: init.name.clone(),
        lineage: desk.entropy.draw_u64(),
        members: init.members.iter().map(|member| (member.node, declared(member))).collect(),
        partitions: init.partitions,
        ring,
        quorum: init.quorum,
        strict: init.strict,
        durability: init.durability,
        value_bytes_max: init.value_bytes_max,
        buckets: buckets(desk, init),
    };
    Ok(Declared { state: state.into(), secret: Secret(desk.entropy.draw_block()) })
}

fn check(desk: &Desk<'_>, init: &Init) -> Result<(), Failure> {
    let refuse = |reason: String| Err(Failure::Refused { reason });
    let max = shared::key::VALUE_BYTES_MAX as u64;
    if init.value_bytes_max == 0 || init.value_bytes_max > max {
        return refuse(format!(
            "a value limit of {} bytes: it lies between 1 and {max}",
            init.value_bytes_max
        ));
    }
    if !init.members.iter().any(|member| member.node == desk.me.node) {
        return refuse(format!("{} itself is not among the members", desk.me.name));
    }
    let mut nodes: BTreeMap<NodeId, &Name> = BTreeMap::new();
    let mut names: BTreeSet<&Name> = BTreeSet::new();
    for member in &init.members {
        if nodes.insert(member.node, &member.name).is_some() {
            return refuse(format!("{} is named twice", member.name));
        }
        if !names.insert(&member.name) {
            return refuse(format!("two nodes have the name {}", member.name));
        }
    }
    Ok(())
}

/// Every bucket gets random bits for an id; `default` is always there.
fn buckets(desk: &mut Desk<'_>, init: &Init) -> BTreeMap<BucketId, Bucket> {
    let default: Name = "default".parse().expect("a plain word is a name");
    let names: BTreeSet<Name> = init.buckets.iter().cloned().chain([default]).collect();
    names.into_iter().map(|name| (BucketId(desk.entropy.draw_u64()), Bucket::plain(name))).collect()
}
