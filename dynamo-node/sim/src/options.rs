//! Options: what a seed stands for: the cluster, its clients, and the misfortunes that are switched on.

use crate::administrators::Government;
use crate::fault::Class;
use crate::manners::Manners;
use crate::mutant::Mutant;
use crate::rng::Rng;
use crate::setup::Setup;

/// What a run is, in full. A seed stands for one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// All chance.
    pub seed: u64,
    /// The cluster.
    pub setup: Setup,
    /// The clients.
    pub manners: Manners,
    /// Which misfortunes there are.
    pub classes: Vec<Class>,
    /// At most how often each class of them strikes.
    pub often: u64,
    /// Who changes the ring meanwhile; `None`: nobody.
    pub government: Option<Government>,
    /// How long they last, in microseconds.
    pub duration_us: u64,
    /// Whether it was made rougher.
    pub is_rough: bool,
    /// The mistake that the cluster makes.
    pub mutant: Option<Mutant>,
    /// After so many events the first phase ends, whatever the time.
    pub events_max: u64,
}

impl Options {
    /// The standard swarm: what this seed stands for.
    pub fn of_seed(seed: u64) -> Self {
        // Another stream than the run's, so that the options can be changed by hand without changing all chance.
        let mut rng = Rng::new(seed ^ 0x5eed_0b71_0ce5);
        let mut setup = Setup::of(rng.pick(&[3, 3, 4, 5, 5]));
        setup.partitions = rng.pick(&[8, 16]);
        setup.lanes = rng.index(4) + 1;
        let density = rng.pick(&[150, 300, 500]);
        let classes: Vec<Class> = Class::ALL.into_iter().filter(|_| rng.chance(density)).collect();
        let manners = Manners {
            clients: rng.index(4) + 2,
            keys: rng.index(3) + 1,
            think_ms: rng.pick(&[60, 120, 250]),
            writes_per_mille: rng.pick(&[350, 500, 650]),
            blind_per_mille: rng.pick(&[100, 300, 500]),
            quorums: None,
            // By the seed itself: what else is drawn for a seed stays what it was.
            chains: seed % 2 == 1,
            buffers: rng.chance(300),
        };
        let mut duration_us = rng.between(4_000_000, 9_000_000);
        // Every other pair of seeds, by the seed itself: the other pairs are what they were before rings moved.
        let government = (seed / 2 % 2 == 1).then(|| {
            setup.spares = rng.index(2) + 2;
            duration_us += 6_000_000;
            Government::of(&classes, &mut rng)
        });
        Self {
            seed,
            setup,
            manners,
            classes,
            often: 4,
            government,
            duration_us,
            is_rough: false,
            mutant: None,
            events_max: u64::MAX,
        }
    }

    /// The same, longer and rougher: for a night's batch, not for every test run.
    #[must_use]
    pub fn rougher(mut self) -> Self {
        let mut rng = Rng::new(self.seed ^ 0x0709_4e55);
        self.duration_us = rng.between(8_000_000, 40_000_000);
        self.often = rng.pick(&[4, 8, 16]);
        self.manners.clients = rng.pick(&[2, 5, 9]);
        self.manners.think_ms = rng.pick(&[30, 200, 800]);
        self.manners.keys = rng.pick(&[1, 3, 8]);
        self.setup.delay_max_us = rng.pick(&[900, 10_000, 80_000]);
        self.setup.disk_slowness = rng.pick(&[1, 1, 20]);
        self.is_rough = true;
        self
    }

    /// The runs in which a mutant has its chance: with the misfortunes that bring it out, and no others.
    pub fn for_mutant(seed: u64, mutant: Mutant) -> Self {
        let mut options = Self { mutant: Some(mutant), ..Self::of_seed(seed) };
        mutant.stage(&mut options);
        options
    }
}
