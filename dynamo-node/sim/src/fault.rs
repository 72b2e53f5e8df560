//! Fault: named misfortunes, and the schedule that a seed makes of them.
//!
//! Swarm testing: each seed switches classes of misfortune on and off, so that some runs are pure in one of them
//! and others have them all at once. Every misfortune ends; the world is healed before convergence is judged.

use crate::disk::Stop;
use crate::network::{Rule, RuleId, Side, What};
use crate::rng::Rng;
use crate::world::World;

/// A class of misfortunes, switched on or off as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Messages are lost.
    Loss,
    /// Messages arrive twice.
    Doubling,
    /// Messages take long.
    SlowNetwork,
    /// Nothing gets through one way.
    OneWay,
    /// Two sides do not reach each other.
    Split,
    /// The owners of a key are cut off from everybody else.
    OwnersAway,
    /// Messages from some machines are held back and let go in another order.
    Clog,
    /// A process ends without a word.
    Kill,
    /// A machine loses power.
    PowerCut,
    /// All machines lose power at once.
    Blackout,
    /// A disk is replaced by an empty one; once in a run.
    Wipe,
    /// A disk is slow.
    SlowDisk,
    /// A disk has no room.
    FullDisk,
    /// A row cannot be read for a while.
    Damage,
    /// A process is stopped and continued.
    Freeze,
    /// A wall clock jumps, by up to a year.
    ClockJump,
}

impl Class {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Loss,
        Self::Doubling,
        Self::SlowNetwork,
        Self::OneWay,
        Self::Split,
        Self::OwnersAway,
        Self::Clog,
        Self::Kill,
        Self::PowerCut,
        Self::Blackout,
        Self::Wipe,
        Self::SlowDisk,
        Self::FullDisk,
        Self::Damage,
        Self::Freeze,
        Self::ClockJump,
    ];
}

impl Class {
    /// A shorter one of them would pass unnoticed.
    fn shortest_us(self) -> u64 {
        // Only after they are called down do others coordinate in their place.
        if self == Self::OwnersAway { 2_000_000 } else { 100_000 }
    }
}

/// One misfortune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misfortune {
    /// Rules of the network.
    Network(Class, Vec<Rule>),
    /// A node stops and is started again.
    Stop(Vec<usize>, Stop),
    /// A node stops and is started again with an empty disk.
    Wipe(usize),
    /// A disk is so many times slower.
    SlowDisk(usize, u64),
    /// A disk has no room.
    FullDisk(usize),
    /// Some rows cannot be read.
    Damage(usize),
    /// A process is stopped and continued.
    Freeze(usize),
    /// A wall clock jumps by so many milliseconds.
    ClockJump(usize, i64),
}

/// A misfortune with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// When it begins, in microseconds of the world.
    pub at_us: u64,
    /// How long it lasts, in microseconds.
    pub for_us: u64,
    /// What happens.
    pub what: Misfortune,
}

/// Where misfortunes strike.
#[derive(Debug, Clone)]
pub struct Theatre {
    /// How many machines there are.
    pub nodes: usize,
    /// The owners of each key that is used.
    pub owners: Vec<Side>,
    /// How long misfortunes last, in microseconds.
    pub duration_us: u64,
    /// At most how often each class strikes.
    pub often: u64,
}

/// The misfortunes of a run, and which rules they have put in force.
#[derive(Debug, Default)]
pub struct Schedule {
    /// In the order in which they were drawn.
    pub scheduled: Vec<Scheduled>,
    rules: Vec<(usize, RuleId)>,
}

impl Schedule {
    /// Draws the misfortunes of these classes.
    pub fn draw(classes: &[Class], theatre: &Theatre, rng: &mut Rng) -> Self {
        let mut scheduled = Vec::new();
        for &class in classes {
            let times = if class == Class::Wipe { 1 } else { rng.between(1, theatre.often) };
            for _ in 0..times {
                let at_us = rng.between(200_000, theatre.duration_us.max(400_000) * 9 / 10);
                let shortest_us = class.shortest_us();
                let longest_us = (4_000_000 * 4 / theatre.often.max(4)).max(shortest_us + 500_000);
                let for_us = rng.between(shortest_us, longest_us);
                let what = draw(class, theatre, at_us, rng);
                scheduled.push(Scheduled { at_us, for_us, what });
            }
        }
        Self { scheduled, rules: Vec::new() }
    }

    /// A misfortune begins.
    pub fn begin(&mut self, number: usize, world: &mut World) {
        let Some(Scheduled { for_us, what, .. }) = self.scheduled.get(number).cloned() else { return };
        world.trace.line(world.now_us, None, || format!("begins: {what:?} for {} ms", for_us / 1_000));
        match what {
            Misfortune::Network(_, rules) => {
                for rule in rules {
                    self.rules.push((number, world.network.add(rule)));
                }
                world.look_at_links();
            }
            Misfortune::Stop(machines, how) => machines.iter().for_each(|&machine| world.stop(machine, how)),
            Misfortune::Wipe(machine) => {
                world.stop(machine, Stop::PowerLost);
                world.wipe(machine);
            }
            Misfortune::SlowDisk(machine, times) => world.machine_mut(machine).disk.slowness = times,
            Misfortune::FullDisk(machine) => world.machine_mut(machine).disk.is_full = true,
            Misfortune::Damage(machine) => damage(world, machine),
            Misfortune::Freeze(machine) => world.freeze(machine, for_us),
            Misfortune::ClockJump(machine, by_ms) => {
                world.machine_mut(machine).clock.wall_offset_ms += by_ms;
                world.sometimes.count("clock jumped");
            }
        }
    }

    /// A misfortune ends.
    pub fn end(&mut self, number: usize, world: &mut World) {
        let Some(Scheduled { what, .. }) = self.scheduled.get(number).cloned() else { return };
        world.trace.line(world.now_us, None, || format!("ends: {what:?}"));
        match what {
            Misfortune::Network(..) => {
                self.rules
                    .iter()
                    .filter(|(of, _)| *of == number)
                    .for_each(|(_, id)| world.network.remove(*id));
                world.look_at_links();
            }
            Misfortune::Stop(machines, _) => machines.iter().for_each(|&machine| world.start(machine)),
            Misfortune::Wipe(machine) => world.start(machine),
            Misfortune::SlowDisk(machine, _) => {
                world.machine_mut(machine).disk.slowness = world.setup.disk_slowness;
            }
            Misfortune::FullDisk(machine) => world.machine_mut(machine).disk.is_full = false,
            Misfortune::Damage(machine) => world.machine_mut(machine).disk.live.damaged.clear(),
            Misfortune::Freeze(_) | Misfortune::ClockJump(..) => {}
        }
    }
}

/// Ends every misfortune: all machines run, all disks work, everybody reaches everybody.
pub fn heal(world: &mut World) {
    world.network.heal();
    for position in 0..world.machines.len() {
        let machine = world.machine_mut(position);
        machine.disk.slowness = 1;
        machine.disk.is_full = false;
        machine.disk.live.damaged.clear();
        world.start(position);
    }
    world.look_at_links();
}

fn damage(world: &mut World, machine: usize) {
    world.was_damaged = true;
    let World { machines, rng, .. } = world;
    let Some(machine) = machines.get_mut(machine) else { return };
    let rows: Vec<_> = machine.disk.live.objects.keys().cloned().collect();
    machine.disk.live.damaged.extend(rows.into_iter().filter(|_| rng.chance(500)));
}

fn draw(class: Class, theatre: &Theatre, at_us: u64, rng: &mut Rng) -> Misfortune {
    let nodes = theatre.nodes;
    let machine = rng.index(nodes);
    let one = Side::of([machine]);
    let some = Side::of((0..nodes).filter(|_| rng.chance(500)));
    let network = |rules| Misfortune::Network(class, rules);
    let rule = |from, to, what| Rule { from, to, what };
    match class {
        Class::Loss => {
            let per_mille = rng.pick(&[20, 100, 400]);
            network(vec![rule(some, Side::ALL, What::Lose { per_mille })])
        }
        Class::Doubling => {
            network(vec![rule(Side::ALL, Side::ALL, What::Double { per_mille: rng.pick(&[50, 300]) })])
        }
        Class::SlowNetwork => {
            let max_us = rng.pick(&[20_000, 150_000, 900_000]);
            network(vec![rule(Side::ALL, some, What::Delay { min_us: 0, max_us })])
        }
        Class::OneWay => {
            let (from, to) = if rng.chance(500) { (one, one.others()) } else { (one.others(), one) };
            network(vec![rule(from, to, What::Cut)])
        }
        Class::Split => {
            network(vec![rule(some, some.others(), What::Cut), rule(some.others(), some, What::Cut)])
        }
        Class::OwnersAway => {
            let owners = rng.pick(&theatre.owners);
            network(vec![rule(owners, owners.others(), What::Cut), rule(owners.others(), owners, What::Cut)])
        }
        Class::Clog => {
            let until = |rng: &mut Rng| at_us + rng.between(50_000, 2_000_000);
            let machines = (0..nodes).filter(|&machine| machine == 0 || machine % 2 == 1);
            let clogs = machines
                .map(|machine| rule(Side::of([machine]), Side::ALL, What::Clog { until_us: until(rng) }));
            network(clogs.collect())
        }
        Class::Kill => Misfortune::Stop(vec![machine], Stop::Killed),
        Class::PowerCut => Misfortune::Stop(vec![machine], Stop::PowerLost),
        Class::Blackout => Misfortune::Stop((0..nodes).collect(), Stop::PowerLost),
        Class::Wipe => Misfortune::Wipe(machine),
        Class::SlowDisk => Misfortune::SlowDisk(machine, rng.pick(&[5, 50, 300])),
        Class::FullDisk => Misfortune::FullDisk(machine),
        Class::Damage => Misfortune::Damage(machine),
        Class::Freeze => Misfortune::Freeze(machine),
        Class::ClockJump => {
            let day_ms = 24 * 60 * 60 * 1_000;
            let by_ms = rng.pick(&[200, 60_000, 3_600_000, day_ms, 365 * day_ms]);
            Misfortune::ClockJump(machine, if rng.chance(500) { by_ms } else { -by_ms })
        }
    }
}
