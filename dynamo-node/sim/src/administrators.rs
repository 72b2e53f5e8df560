//! Administrators: those who change the ring while clients work and things go wrong. One, or two who know nothing of each
//! other.
//!
//! Each stages something, reads the plan and commits it; or takes an operation back, pauses it, limits it. An administrator
//! asks any member, waits a while, and tries elsewhere. When everything is healed, the first of them tidies up: what is
//! lost is replaced or removed, what is paused goes on.

use std::collections::VecDeque;

use dynamo_core::effect::Reply;
use dynamo_core::ids::CallId;
use dynamo_core::input::Input;
use shared::error::Failure;
use shared::id::{Name, OperationId, PlanId};
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::look::{Look, Seen};
use shared::wire::plan::{Author, Change};

use crate::check::Check;
use crate::event::Alarm;
use crate::fault::Class;
use crate::machine::name;
use crate::rng::Rng;
use crate::world::World;

/// How often a deed is tried before it is given up.
const TRIES_MAX: u32 = 4;

/// Who changes the ring in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Government {
    /// How many administrators there are.
    pub administrators: usize,
    /// Whether a member may be lost for good, once: it counts as a disk that is gone.
    pub loses: bool,
    /// Longest time between two deeds of one administrator, in milliseconds.
    pub think_ms: u64,
}

impl Government {
    /// Draws one that goes with these misfortunes: of all disks, no more may be lost than W is there for.
    pub fn of(classes: &[Class], rng: &mut Rng) -> Self {
        let loses = rng.chance(600) && !classes.contains(&Class::Wipe) && !classes.contains(&Class::Damage);
        Self { administrators: rng.pick(&[1, 1, 2]), loses, think_ms: rng.pick(&[300, 800, 2_000]) }
    }
}

/// What an administrator does next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Stage(Vec<Change>),
    Plan,
    Commit { insist: bool },
    Clear,
    Cancel(OperationId),
    Pause(bool),
    Limit(u64, u32),
}

/// One administrator.
#[derive(Debug, Default)]
struct Administrator {
    todo: VecDeque<Deed>,
    waits: Option<CallId>,
    plan: Option<PlanId>,
    tries: u32,
}

/// All of them.
#[derive(Debug)]
pub struct Administrators {
    government: Government,
    all: Vec<Administrator>,
    /// Whether everything is healed, and only what is left open is done.
    is_tidying: bool,
}

impl Administrators {
    /// Administrators that have done nothing yet.
    pub fn new(government: Government) -> Self {
        let all = (0..government.administrators).map(|_| Administrator::default()).collect();
        Self { government, all, is_tidying: false }
    }

    /// Lets each think before the first deed.
    pub fn wake_all(&mut self, world: &mut World) {
        (0..self.all.len()).for_each(|number| self.think(world, number));
    }

    /// From now on only what is left open is done.
    pub fn tidy(&mut self) {
        self.is_tidying = true;
        self.all.iter_mut().for_each(|one| one.todo.clear());
    }

    /// An administrator goes on.
    pub fn act(&mut self, world: &mut World, number: usize) {
        let is_tidying = self.is_tidying;
        let Some(one) = self.all.get_mut(number) else { return };
        if one.waits.is_some() {
            return;
        }
        if one.todo.is_empty() {
            one.tries = 0;
            one.todo = match is_tidying {
                true if number == 0 => what_is_left(world),
                true => VecDeque::new(),
                false => think_of(world),
            };
        }
        let Some(deed) = one.todo.front().cloned() else { return self.think(world, number) };
        self.ask(world, number, &deed);
    }

    /// An administrator has waited long enough.
    pub fn no_verdict(&mut self, world: &mut World, number: usize, call: CallId) {
        if self.is_waiting(number, call) {
            world.sometimes.count("administrator not answered");
            self.again(world, number);
        }
    }

    /// A call was answered.
    pub fn replied(&mut self, world: &mut World, call: CallId, reply: &Reply) {
        let Some(number) = (0..self.all.len()).find(|&number| self.is_waiting(number, call)) else { return };
        world.trace.line(world.now_us, None, || format!("administrator {number} is told: {reply:?}"));
        let Some(one) = self.all.get_mut(number) else { return };
        match reply {
            Reply::Look(Ok(Seen::Plan(plan))) => {
                one.plan = Some(plan.id);
                let stays = plan.shares.iter().filter(|share| share.weight_after > 0);
                let is_lost = |node| world.position_of(node).is_none_or(|at| world.machine(at).is_destroyed);
                let healthy = stays.filter(|share| !is_lost(share.node)).count();
                self.done(world, number);
                if healthy < usize::from(world.setup.quorum.n()) {
                    // What was staged by several would leave too few: nobody insists on that here.
                    self.start_over(number);
                }
            }
            Reply::Admin(Ok(done)) => {
                if let &Done::Committed { version, operation } = done {
                    committed(world, version, operation);
                }
                self.done(world, number);
            }
            Reply::Admin(Err(failure)) | Reply::Look(Err(failure)) => match failure {
                Failure::Waiting { .. } | Failure::Left { .. } | Failure::Busy { .. } => {
                    self.again(world, number);
                }
                Failure::NoMajority { .. } => {
                    world.sometimes.count("no majority for a change");
                    self.again(world, number);
                }
                failure => {
                    world.sometimes.count(match failure {
                        Failure::Conflict { .. } => "change lost to another",
                        Failure::Blocked { .. } => "plan blocked",
                        _ => "change refused",
                    });
                    one.todo.clear();
                    self.done(world, number);
                }
            },
            Reply::Client(_) | Reply::Look(Ok(_)) => {}
        }
    }

    fn is_waiting(&self, number: usize, call: CallId) -> bool {
        self.all.get(number).is_some_and(|one| one.waits == Some(call))
    }

    fn ask(&mut self, world: &mut World, number: usize, deed: &Deed) {
        let plan = self.all.get(number).and_then(|one| one.plan).unwrap_or(PlanId(0));
        let author = Author { name: format!("admin-{number}"), serial: format!("{number:02}") };
        let admin = match deed.clone() {
            Deed::Stage(changes) => Some(Admin::Stage { changes }),
            Deed::Plan => None,
            Deed::Commit { insist } => Some(Admin::Commit(Commit { plan, insist, without_majority: None })),
            Deed::Clear => Some(Admin::Clear { numbers: Vec::new() }),
            Deed::Cancel(operation) => Some(Admin::Cancel { operation }),
            Deed::Pause(pause) => Some(Admin::Pause { pause }),
            Deed::Limit(bytes, partitions) => {
                Some(Admin::Limit { bytes_per_second: Some(bytes), partitions_at_once: Some(partitions) })
            }
        };
        let at = whom(world);
        let call = world.ask(at, |call| match admin {
            Some(admin) => Input::Admin(call, author, admin),
            None => Input::Look(call, Look::Plan { changes: Vec::new() }),
        });
        world.trace.line(world.now_us, Some(at), || format!("administrator {number} {call:?} {deed:?}"));
        let patience_us = world.rng.between(500_000, 9_000_000);
        world.alarm(patience_us, Alarm::NoVerdict(number, call));
        if let Some(one) = self.all.get_mut(number) {
            one.waits = Some(call);
        }
    }

    /// Tries again elsewhere, a few times.
    fn again(&mut self, world: &mut World, number: usize) {
        let Some(one) = self.all.get_mut(number) else { return };
        one.waits = None;
        one.tries += 1;
        if one.tries >= TRIES_MAX {
            one.todo.clear();
        }
        self.think(world, number);
    }

    fn done(&mut self, world: &mut World, number: usize) {
        let Some(one) = self.all.get_mut(number) else { return };
        one.waits = None;
        one.todo.pop_front();
        self.think(world, number);
    }

    fn start_over(&mut self, number: usize) {
        if let Some(one) = self.all.get_mut(number) {
            one.todo = [Deed::Clear].into();
        }
    }

    fn think(&mut self, world: &mut World, number: usize) {
        let most_ms = if self.is_tidying { 300 } else { self.government.think_ms };
        let think_us = world.rng.between(1_000, most_ms * 1_000);
        world.alarm(think_us, Alarm::Administrator(number));
    }
}

/// A commit succeeded: the version that says so carries the operation out, and nobody else's commit made that version.
fn committed(world: &mut World, version: u64, operation: OperationId) {
    world.sometimes.count("change committed");
    let in_force = world.register.operation_of(version);
    let other = world.register.committed.insert(version, operation).filter(|other| *other != operation);
    if other.is_some() || in_force != Some(operation) {
        let what = format!(
            "{operation} was committed as version {version}, which carries out {in_force:?} (and {other:?})"
        );
        world.broken.push((Check::OneRing, what));
    }
}

/// Mostly a member that runs.
fn whom(world: &mut World) -> usize {
    let running = |at: &usize| world.machine(*at).is_running();
    let members: Vec<usize> = world.members().into_iter().filter(running).collect();
    if members.is_empty() || world.rng.chance(50) {
        return world.rng.index(world.machines.len());
    }
    world.rng.pick(&members)
}

/// The names of machines of which this is true.
fn names(world: &World, is: impl Fn(usize) -> bool) -> Vec<Name> {
    let positions = (0..world.machines.len()).filter(|&at| is(at));
    positions.map(|at| world.machine(at).me.name.clone()).collect()
}

fn is_member(world: &World, at: usize) -> bool {
    world.in_force().members.contains_key(&world.machine(at).me.node)
}

fn lost(world: &World) -> Vec<Name> {
    names(world, |at| is_member(world, at) && world.machine(at).is_destroyed)
}

fn healthy(world: &World) -> Vec<Name> {
    names(world, |at| is_member(world, at) && !world.machine(at).is_destroyed)
}

fn waiting(world: &World) -> Vec<Name> {
    let state = world.in_force();
    names(world, |at| {
        let machine = world.machine(at);
        let is_new = !is_member(world, at) && !state.left.contains_key(&machine.me.node);
        is_new && !machine.was_lost && machine.is_running()
    })
}

fn think_of(world: &mut World) -> VecDeque<Deed> {
    let running = world.in_force().transition.as_ref().map(|transition| transition.operation);
    let has_staged = !world.in_force().staged.is_empty();
    let is_paused = world.in_force().limits.is_paused;
    let insist = world.rng.chance(300);
    let [plan, commit] = [Deed::Plan, Deed::Commit { insist }];
    let mut todo = VecDeque::new();
    if is_paused && world.rng.chance(600) {
        return [Deed::Pause(false)].into();
    }
    match (running, world.rng.below(20)) {
        (Some(_), 0..8) => {}
        (Some(operation), 8..11) => todo.push_back(Deed::Cancel(operation)),
        (_, 11) => todo.push_back(Deed::Pause(true)),
        (_, 12) => {
            let limit = Deed::Limit(world.rng.pick(&[0, 0, 200, 5_000]), world.rng.pick(&[1, 2, 64]));
            todo.push_back(limit);
        }
        (None, 13) if has_staged => todo.push_back(Deed::Clear),
        (None, 14..17) if has_staged => todo.extend([plan, commit]),
        // Without having read the plan again: mostly stale.
        (_, 17) => todo.push_back(commit),
        _ => {
            let changes = changes(world);
            if !changes.is_empty() {
                todo.push_back(Deed::Stage(changes));
            }
            todo.extend([plan, commit]);
        }
    }
    todo
}

/// One change or two, of which none takes the last healthy copies.
fn changes(world: &mut World) -> Vec<Change> {
    let (lost, healthy, waiting) = (lost(world), healthy(world), waiting(world));
    let n = usize::from(world.setup.quorum.n());
    let rng = &mut world.rng;
    if !lost.is_empty() && rng.chance(600) {
        return give_up(rng, &lost, &healthy, &waiting, n);
    }
    let join =
        |rng: &mut Rng| Change::Join { node: rng.pick(&waiting), weight: rng.pick(&[1, 2, 3]), zone: None };
    match rng.below(10) {
        0..4 if !waiting.is_empty() => vec![join(rng)],
        4..7 if healthy.len() > n => vec![Change::Leave { node: rng.pick(&healthy) }],
        4..7 if !waiting.is_empty() && healthy.len() >= n => {
            vec![join(rng), Change::Leave { node: rng.pick(&healthy) }]
        }
        7..9 => vec![Change::Weight { node: rng.pick(&healthy), weight: rng.pick(&[1, 2, 3, 4]) }],
        _ => {
            let (node, zone) = (rng.pick(&healthy), format!("z{}", rng.between(1, 4)));
            vec![Change::Zone { node, zone: name(&zone), is_new: rng.chance(500) }]
        }
    }
}

fn give_up(rng: &mut Rng, lost: &[Name], healthy: &[Name], waiting: &[Name], n: usize) -> Vec<Change> {
    let node = rng.pick(lost);
    if !waiting.is_empty() && (healthy.len() < n || rng.chance(500)) {
        vec![Change::Replace { node, by: rng.pick(waiting) }]
    } else if healthy.len() >= n {
        vec![Change::Remove { node }]
    } else {
        Vec::new()
    }
}

/// What a healed cluster still needs of an administrator.
fn what_is_left(world: &mut World) -> VecDeque<Deed> {
    let state = world.in_force();
    let (is_paused, limits) = (state.limits.is_paused, state.limits);
    if is_paused {
        return [Deed::Pause(false)].into();
    }
    if limits.bytes_per_second != 0 {
        return [Deed::Limit(0, 64)].into();
    }
    let (lost, healthy, waiting) = (lost(world), healthy(world), waiting(world));
    let state = world.in_force();
    if lost.is_empty() {
        return VecDeque::new();
    }
    if let Some(transition) = &state.transition {
        // It may wait for the one that is lost: an operator would take it back then.
        let began_us = world.register.begun.get(&transition.operation).copied().unwrap_or(0);
        let is_late = world.now_us > began_us + 20_000_000;
        let is_given_up = lost.iter().all(|lost| {
            let member = state.members.values().find(|member| member.name == *lost);
            member.is_some_and(|member| member.status == dynamo_core::state::Status::Lost)
        });
        let may_cancel = is_late && !is_given_up && !transition.is_cancelled;
        return if may_cancel { [Deed::Cancel(transition.operation)].into() } else { VecDeque::new() };
    }
    let has_staged = !state.staged.is_empty();
    let n = usize::from(world.setup.quorum.n());
    let changes = give_up(&mut world.rng, &lost, &healthy, &waiting, n);
    let mut todo: VecDeque<Deed> = if has_staged { [Deed::Clear].into() } else { VecDeque::new() };
    todo.extend([Deed::Stage(changes), Deed::Plan, Deed::Commit { insist: true }]);
    todo
}
