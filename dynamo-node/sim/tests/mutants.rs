//! Every mutant is caught within a bounded number of seeds, by a check that is meant for it.

use dynamo_core::flaws::Flaws;
use dynamo_sim::check::Check;
use dynamo_sim::mutant::Mutant;
use dynamo_sim::options::Options;
use dynamo_sim::run::run;
use dynamo_sim::trace::Trace;

/// The first seed that catches a mutant is below this.
const SEEDS_MAX: u64 = 250;

fn is_caught(mutant: Mutant, meant: &[Check]) -> bool {
    (0..SEEDS_MAX).any(|seed| {
        let report = run(Options::for_mutant(seed, mutant), Trace::default());
        report.violations.iter().any(|violation| meant.contains(&violation.check))
    })
}

#[test]
fn every_mutant_is_caught_by_a_check_that_is_meant_for_it() {
    let at_large: Vec<&str> = Mutant::ALL
        .iter()
        .filter(|(mutant, _, meant)| !is_caught(*mutant, meant))
        .map(|(_, name, _)| *name)
        .collect();
    assert_eq!(at_large, Vec::<&str>::new());
}

#[test]
fn on_the_stage_of_a_mutant_a_sound_cluster_is_found_sound() {
    for (mutant, name, _) in Mutant::ALL {
        for seed in 0..3 {
            let mut sound = Options { mutant: None, ..Options::for_mutant(seed, *mutant) };
            sound.setup.config.flaws = Flaws::default();
            let report = run(sound, Trace::default());
            assert!(report.violations.is_empty(), "on the stage of {name}: {report}");
        }
    }
}
