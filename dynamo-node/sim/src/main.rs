//! dynamo-sim: runs seeds, checks them, and prints how to see one again.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use dynamo_sim::mutant::Mutant;
use dynamo_sim::options::Options;
use dynamo_sim::run::{Report, run};
use dynamo_sim::sometimes::Sometimes;
use dynamo_sim::trace::Trace;

/// Runs simulated clusters, each from one seed, and checks what their clients saw.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
#[command(version, about)]
struct Cli {
    /// Run this seed only.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Run so many seeds.
    #[arg(long, default_value_t = 100)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    start: u64,
    /// Print every run as readable lines.
    #[arg(long)]
    trace: bool,
    /// Run each seed longer and rougher than the standard swarm does.
    #[arg(long)]
    rough: bool,
    /// Break the cluster in this way; the run is expected to be caught.
    #[arg(long, value_parser = mutant)]
    mutant: Option<Mutant>,
    /// End the time of misfortunes after so many events of a run.
    #[arg(long)]
    events: Option<u64>,
    /// Go on after a violation.
    #[arg(long)]
    keep_going: bool,
    /// Say only what went wrong, and the totals.
    #[arg(long, short)]
    quiet: bool,
}

fn mutant(name: &str) -> Result<Mutant, String> {
    let known: Vec<&str> = Mutant::ALL.iter().map(|(_, name, _)| *name).collect();
    Mutant::named(name)
        .ok_or_else(|| format!("there is no mutant of that name; there are {}", known.join(", ")))
}

#[expect(clippy::print_stdout, reason = "this is the output room of the program")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    let seeds = cli.seed.map_or(cli.start..cli.start + cli.seeds, |seed| seed..seed + 1);
    let is_batch = seeds.end - seeds.start > 1;
    let (mut events, mut violations, mut sometimes) = (0, 0, Sometimes::default());
    let (mut runs, began) = (0_u64, Instant::now());
    for seed in seeds {
        let report = run_one(&cli, seed);
        if !report.violations.is_empty() || !cli.quiet {
            print!("{}", report.trace);
            println!("{report}");
        }
        runs += 1;
        events += report.events;
        sometimes.merge(&report.sometimes);
        violations += u64::from(!report.violations.is_empty());
        if violations > 0 && !cli.keep_going {
            return ExitCode::FAILURE;
        }
    }
    let ms = began.elapsed().as_millis().max(1);
    println!(
        "{runs} seeds, {events} events, {} events per second\n{sometimes}",
        u128::from(events) * 1_000 / ms
    );
    let missing = sometimes.missing();
    if is_batch && cli.mutant.is_none() && !missing.is_empty() {
        println!("never happened in this batch: {}", missing.join(", "));
        return ExitCode::FAILURE;
    }
    if violations > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn run_one(cli: &Cli, seed: u64) -> Report {
    let mut options =
        cli.mutant.map_or_else(|| Options::of_seed(seed), |mutant| Options::for_mutant(seed, mutant));
    if cli.rough {
        options = options.rougher();
    }
    options.events_max = cli.events.unwrap_or(options.events_max);
    run(options, Trace::keeping(if cli.trace { usize::MAX } else { 0 }))
}
