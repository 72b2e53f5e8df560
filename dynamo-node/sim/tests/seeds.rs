//! A few hundred seeds of the standard swarm on every test run, and that a seed is a run.

use std::thread;

use dynamo_sim::options::Options;
use dynamo_sim::run::{Report, run};
use dynamo_sim::sometimes::Sometimes;
use dynamo_sim::trace::Trace;

const SEEDS: u64 = 300;
const THREADS: u8 = 2;

fn run_seed(seed: u64) -> Report {
    run(Options::of_seed(seed), Trace::default())
}

#[test]
fn the_standard_swarm_finds_nothing_and_leaves_nothing_untried() {
    let part = |first: u64| -> Sometimes {
        let mut sometimes = Sometimes::default();
        for seed in (first..SEEDS).step_by(usize::from(THREADS)) {
            let report = run_seed(seed);
            assert!(report.violations.is_empty(), "{report}");
            sometimes.merge(&report.sometimes);
        }
        sometimes
    };
    let parts = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || part(u64::from(first)))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut sometimes = Sometimes::default();
    parts.iter().for_each(|part| sometimes.merge(part));
    assert_eq!(sometimes.missing(), Vec::<&str>::new(), "never happened in {SEEDS} seeds");
}

#[test]
fn a_seed_run_twice_is_the_same_run() {
    for seed in [1, 4, 89, 1083, 2146] {
        let (first, second) = (run_seed(seed), run_seed(seed));
        assert_eq!((first.hash, first.events), (second.hash, second.events), "seed {seed}");
    }
    assert_ne!(run_seed(1).hash, run_seed(2).hash);
}
