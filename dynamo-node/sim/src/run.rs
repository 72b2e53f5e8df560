//! Run: one seed from its options to its report: misfortunes and clients, then healing, then judgement.
//!
//! Safety and convergence are separate phases: while misfortunes last nothing has to get through, but nothing may go
//! wrong; when they are over, everything has to become one again in bounded time.

use std::collections::BTreeSet;
use std::fmt;

use dynamo_core::row::Row;
use shared::token::Token;

use crate::administrators::Administrators;
use crate::check::{Check, Circumstances, Violation, check};
use crate::event::Alarm;
use crate::fault::{Misfortune, Schedule, Theatre, heal};
use crate::history::Place;
use crate::manners::{Deed, Errand};
use crate::network::Side;
use crate::options::Options;
use crate::sometimes::Sometimes;
use crate::trace::Trace;
use crate::workload::Workload;
use crate::world::{Happening, World};

/// How often all keys are read to bring the replicas together, before they are said not to come together.
const ROUNDS_MAX: usize = 60;

/// How long a change of the ring may take after everything is healed, in microseconds.
const REST_MAX_US: u64 = 120_000_000;

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// What it was.
    pub options: Options,
    /// Stands for everything that happened.
    pub hash: u64,
    /// How many events there were.
    pub events: u64,
    /// How long it took in the world, in microseconds.
    pub world_us: u64,
    /// What happened, how often.
    pub sometimes: Sometimes,
    /// What went wrong: the first violation of each check that failed.
    pub violations: Vec<Violation>,
    /// Its lines, where they were wanted.
    pub trace: Trace,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, hash, events, world_us, .. } = self;
        write!(f, "seed {} hash {hash:016x} events {events} seconds {}", options.seed, world_us / 1_000_000)?;
        if self.violations.is_empty() {
            return Ok(());
        }
        self.violations.iter().try_for_each(|violation| write!(f, "\nVIOLATION {violation}"))?;
        let mutant = options.mutant.map(|mutant| format!(" --mutant {}", mutant.name())).unwrap_or_default();
        let rough = if options.is_rough { " --rough" } else { "" };
        write!(f, "\n{options:#?}\nreplay: dynamo-sim --seed {}{rough}{mutant} --trace", options.seed)
    }
}

/// Runs a seed's options from beginning to end.
pub fn run(options: Options, trace: Trace) -> Report {
    let world = World::new(options.seed, options.setup.clone(), options.mutant, trace);
    let workload = Workload::new(options.manners.clone());
    let schedule = Schedule::default();
    let administrators = options.government.map(Administrators::new);
    let mut run =
        Run { world, workload, administrators, schedule, is_over: false, violations: Vec::new(), options };
    if let Err(violation) = run.play() {
        run.violations.push(violation);
    }
    Report {
        hash: run.world.hash(),
        events: run.world.events,
        world_us: run.world.now_us,
        sometimes: run.world.sometimes,
        trace: run.world.trace,
        options: run.options,
        violations: run.violations,
    }
}

struct Run {
    options: Options,
    world: World,
    workload: Workload,
    administrators: Option<Administrators>,
    schedule: Schedule,
    /// Whether the time of misfortunes is over.
    is_over: bool,
    violations: Vec<Violation>,
}

impl Run {
    fn play(&mut self) -> Result<(), Violation> {
        self.misfortunes()?;
        self.is_over = true;
        self.world.trace.line(self.world.now_us, None, || "everything is healed".to_owned());
        heal(&mut self.world);
        self.pause(3_000_000)?;
        self.rest()?;
        self.converge()?;
        self.read_last()?;
        self.world.collect_counters();
        self.judge();
        Ok(())
    }

    fn misfortunes(&mut self) -> Result<(), Violation> {
        let owners = self.workload.history.places.iter().map(|place| owners(&self.world, place)).collect();
        let Options { classes, setup, duration_us, often, .. } = &self.options;
        let theatre =
            Theatre { nodes: setup.nodes + setup.spares, owners, duration_us: *duration_us, often: *often };
        self.schedule = Schedule::draw(classes, &theatre, &mut self.world.rng);
        for (number, scheduled) in self.schedule.scheduled.iter().enumerate() {
            self.world.alarm(scheduled.at_us, Alarm::Begin(number));
            self.world.alarm(scheduled.at_us + scheduled.for_us, Alarm::End(number));
        }
        for position in 0..self.world.machines.len() {
            self.world.start(position);
        }
        self.workload.wake_all(&mut self.world);
        if let Some(administrators) = &mut self.administrators {
            administrators.wake_all(&mut self.world);
        }
        if self.options.government.is_some_and(|government| government.loses) {
            let at_us = self.world.rng.between(500_000, self.options.duration_us * 7 / 10);
            self.world.alarm(at_us, Alarm::Loss);
        }
        while self.world.now_us < self.options.duration_us && self.world.events < self.options.events_max {
            self.step()?;
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), Violation> {
        let world = &mut self.world;
        match world.step() {
            None => return Err(self.violation(Check::Conduct, "nothing is arranged any more".to_owned())),
            Some(Happening::Inside) => {}
            Some(Happening::Replied(call, reply)) => {
                if let Some(administrators) = &mut self.administrators {
                    administrators.replied(world, call, &reply);
                }
                self.workload.replied(world, call, *reply);
            }
            Some(Happening::Alarm(alarm)) => self.alarm(alarm),
        }
        let hint_lost = self.world.hint_lost.take().map(|what| (Check::HintHome, what));
        let behind = self.world.behind.take().map(|what| (Check::CaughtUp, what));
        let broken = std::mem::take(&mut self.world.broken);
        for (check, what) in hint_lost.into_iter().chain(behind).chain(broken) {
            if self.violations.iter().all(|before| before.check != check) {
                self.violations.push(self.violation(check, what));
            }
        }
        match self.world.misbehaviour.take() {
            Some(what) => Err(self.violation(Check::Conduct, what)),
            None => Ok(()),
        }
    }

    fn alarm(&mut self, alarm: Alarm) {
        match (alarm, &mut self.administrators) {
            (Alarm::Administrator(number), Some(all)) => return all.act(&mut self.world, number),
            (Alarm::NoVerdict(number, call), Some(all)) => {
                return all.no_verdict(&mut self.world, number, call);
            }
            _ => {}
        }
        match alarm {
            Alarm::Client(client) if !self.is_over => self.workload.act(&mut self.world, client),
            Alarm::Attempt(client, call) => self.workload.attempt_timed_out(&mut self.world, client, call),
            Alarm::Again(client, call) => self.workload.again_now(&mut self.world, client, call),
            Alarm::Begin(number) if !self.is_over => self.schedule.begin(number, &mut self.world),
            Alarm::End(number) if !self.is_over => self.schedule.end(number, &mut self.world),
            Alarm::Loss if !self.is_over => self.lose_a_member(),
            Alarm::Client(_)
            | Alarm::Begin(_)
            | Alarm::End(_)
            | Alarm::Administrator(_)
            | Alarm::NoVerdict(..)
            | Alarm::Loss
            | Alarm::Pause => {}
        }
    }

    /// A member is lost for good, if enough others are there. It may be found again when it is none any more.
    fn lose_a_member(&mut self) {
        let world = &mut self.world;
        let members = world.members();
        let lost = world.machines.iter().position(|machine| machine.is_destroyed);
        if let Some(lost) = lost {
            let node = world.machine(lost).me.node;
            if world.register.former.contains(&node) {
                if world.rng.chance(300) {
                    world.wipe(lost);
                }
                return world.find_again(lost);
            }
        } else if world.machines.iter().any(|machine| machine.was_lost) {
            return;
        } else {
            let lost = world.rng.pick(&members);
            if world.is_dispensable(lost) {
                world.destroy(lost);
            }
        }
        let in_us = world.rng.between(500_000, 3_000_000);
        world.alarm(in_us, Alarm::Loss);
    }

    /// The ring comes to rest, with all but the lost ones there; whoever was lost and is no member any more comes back.
    fn rest(&mut self) -> Result<(), Violation> {
        let Some(administrators) = &mut self.administrators else { return Ok(()) };
        administrators.tidy();
        let until_us = self.world.now_us + REST_MAX_US;
        while let Some((check, open)) = self.is_at_work() {
            if self.world.now_us > until_us {
                return Err(self.violation(check, open));
            }
            self.pause(500_000)?;
        }
        Ok(())
    }

    /// What keeps the ring from being at rest, if anything does.
    fn is_at_work(&mut self) -> Option<(Check, String)> {
        let world = &mut self.world;
        let restless = |what| Some((Check::RingRests, what));
        if let Some(lost) = world.machines.iter().position(|machine| machine.is_destroyed) {
            let node = world.machine(lost).me.node;
            if world.in_force().members.contains_key(&node) {
                let name = &world.machine(lost).me.name;
                return restless(format!("{name} is lost and still a member; {}", standing(world)));
            }
            if world.register.former.contains(&node) {
                world.find_again(lost);
                return restless("a lost machine came back".to_owned());
            }
        }
        if world.in_force().transition.is_some() {
            return restless(standing(world));
        }
        let behind = world.member_that_is_behind().map(|what| (Check::OneRing, what));
        behind.or_else(|| world.former_member_that_serves().map(|what| (Check::StaysOut, what)))
    }

    fn violation(&self, check: Check, what: String) -> Violation {
        Violation { check, at_us: self.world.now_us, what }
    }

    fn pause(&mut self, for_us: u64) -> Result<(), Violation> {
        let until_us = self.world.now_us + for_us;
        self.world.alarm(for_us, Alarm::Pause);
        while self.world.now_us < until_us {
            self.step()?;
        }
        Ok(())
    }

    /// Lets the first client do something, and waits until it is done or given up.
    fn errand(&mut self, errand: Errand) -> Result<(), Violation> {
        while !self.workload.is_idle(0) {
            self.step()?;
        }
        self.workload.begin(&mut self.world, 0, errand);
        while !self.workload.is_idle(0) {
            self.step()?;
        }
        Ok(())
    }

    fn read(&mut self, place: usize, is_last: bool) -> Result<(), Violation> {
        let n = self.options.setup.quorum.n();
        let deed = Deed::Read { is_last };
        self.errand(Errand { place, deed, strict: Some(true), quorum: Some(n), patience_ms: 4_000 })
    }

    fn places(&self) -> usize {
        self.workload.history.places.len()
    }

    /// Reads every key with R=N, so that whoever lags is repaired, until everybody holds the same.
    fn converge(&mut self) -> Result<(), Violation> {
        let mut apart = String::new();
        for _ in 0..ROUNDS_MAX {
            for place in 0..self.places() {
                self.read(place, false)?;
            }
            self.pause(700_000)?;
            match differences(&self.world) {
                None => return Ok(()),
                Some(difference) => apart = difference,
            }
        }
        self.violations.push(self.violation(Check::Convergence, apart));
        Ok(())
    }

    /// Every key must be readable and writable now; the last read of a key is what survival is judged by.
    fn read_last(&mut self) -> Result<(), Violation> {
        for place in 0..self.places() {
            let before = self.answered();
            self.read(place, true)?;
            if self.answered() == before {
                let violation = self.violation(Check::Availability, format!("place {place} cannot be read"));
                self.violations.push(violation);
                continue;
            }
            let deed = Deed::Write { context: None, deletes: false, durability: None, is_forged: false };
            let n = self.options.setup.quorum.n();
            self.errand(Errand { place, deed, strict: Some(true), quorum: Some(n), patience_ms: 4_000 })?;
            if self.answered() == before + 1 {
                let violation =
                    self.violation(Check::Availability, format!("place {place} cannot be written"));
                self.violations.push(violation);
            }
        }
        Ok(())
    }

    fn answered(&self) -> usize {
        use crate::history::Moment::{Acknowledged, ReadEnded};
        let moments = &self.workload.history.moments;
        moments.iter().filter(|(_, moment)| matches!(moment, Acknowledged(_) | ReadEnded(_))).count()
    }

    fn judge(&mut self) {
        if let Some((at_us, what)) = self.workload.forgery.take() {
            self.violations.push(Violation { check: Check::Forgery, at_us, what });
        }
        // A record damaged on one disk is a record lost there, as far as W may promise: what only that disk confirmed goes
        // when the others refill it.
        let happened =
            |is: fn(&Misfortune) -> bool| self.schedule.scheduled.iter().filter(move |one| is(&one.what));
        let wipes = happened(|what| matches!(what, Misfortune::Wipe(_))).count();
        let damages = happened(|what| matches!(what, Misfortune::Damage(_))).count().min(1);
        let losses = usize::from(self.world.machines.iter().any(|machine| machine.was_lost));
        let wiped = u8::try_from(wipes + damages + losses).unwrap_or(u8::MAX);
        let forgot_requests = self.world.sometimes.times("superseded ids overflowed") > 0;
        let quorum = self.options.setup.quorum;
        let quorum_least = if self.administrators.is_some() { quorum.r().max(quorum.w()) } else { 1 };
        let circumstances = Circumstances { n: quorum.n(), wiped, quorum_least, forgot_requests };
        let judgement = check(&self.workload.history, circumstances);
        self.world.sometimes.add("read checked against acknowledged writes", judgement.reads_held);
        self.violations.extend(judgement.violations);
    }
}

/// Where an operation stands, and why it does not go on, as each node tells it.
fn standing(world: &World) -> String {
    let state = world.in_force();
    let Some(transition) = &state.transition else { return "no operation is under way".to_owned() };
    format!("version {} stands: {:?}", state.version, transition.describe())
}

/// The machines that own a place.
fn owners(world: &World, place: &Place) -> Side {
    let state = world.in_force();
    let owners = state.ring.owners(state.partitions.of(Token::of(place.bucket, &place.key)));
    Side::of(owners.iter().filter_map(|&owner| world.position_of(owner)))
}

/// What keeps the disks from being equal, if anything does.
pub fn differences(world: &World) -> Option<String> {
    let state = world.in_force();
    // Whoever was given up for lost and came back keeps what it has, and tells nobody; so does who was dismissed.
    let concerns = |node| state.members.contains_key(&node) || state.left.contains_key(&node);
    let machines = || world.machines.iter().filter(|machine| !machine.was_lost && concerns(machine.me.node));
    let rows: BTreeSet<&Row> = machines().flat_map(|machine| machine.disk.live.objects.keys()).collect();
    for machine in machines() {
        let (name, contents) = (&machine.me.name, &machine.disk.live);
        if contents.hint_count() > 0 {
            return Some(format!("{name} still keeps {} hints", contents.hint_count()));
        }
        if !contents.leaves_are_true() {
            return Some(format!("{name} has a Merkle leaf that is not the sum of its rows"));
        }
    }
    for row in rows {
        let owners = state.ring.owners(state.partitions.of(row.token()));
        let mut held = Vec::new();
        for machine in machines() {
            let record = machine.disk.object(row);
            if owners.contains(&machine.me.node) {
                held.push((&machine.me.name, record.map(dynamo_core::record::Record::to_canonical_bytes)));
            } else if record.is_some() {
                return Some(format!("{} holds {row:?} without owning it", machine.me.name));
            }
        }
        if let [(first, expected), others @ ..] = held.as_slice()
            && let Some((other, _)) = others.iter().find(|(_, record)| record != expected)
        {
            return Some(format!("{first} and {other} hold different records of {row:?}"));
        }
    }
    None
}
