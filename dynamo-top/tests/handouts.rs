//! What is handed out beside `dynamo-top` is what its command line says. `UPDATE=1` writes it anew.

use std::path::Path;

use clap::CommandFactory;
use dynamo_testkit::handout::{Handouts, Section};
use dynamo_top::cli::Cli;

const SECTIONS: &[Section] = &[
    Section::Examples(&[
        ("Look at the current cluster:", "dynamo-top"),
        ("Ten looks, two seconds apart, as JSON lines:", "dynamo-top --batch -n 10 -d 2 -o json"),
    ]),
    Section::Terms("KEYS", &[("q, Ctrl-C", "Quit."), ("?", "Help, and away again.")]),
    Section::Terms(
        "STATES",
        &[
            (
                "U, S, D, ?",
                "The first letter: the node is up, its numbers are stale (3 seconds), it is down (10 seconds), it was only just asked.",
            ),
            (
                "N, C, W, ?",
                "The second letter: normal, comparing what it holds with other owners, waiting for a cluster, not known.",
            ),
        ],
    ),
    Section::Terms(
        "EXIT STATUS",
        &[
            ("0", "It showed what there was to see."),
            ("1", "The terminal or the pipe cannot be used."),
            ("2", "The command line or the profile is wrong."),
            ("12", "With --batch: no node has ever answered."),
        ],
    ),
    Section::Terms(
        "ENVIRONMENT",
        &[
            ("DYNAMO_PROFILE, DYNAMO_CONFIG", "What --profile and --config say, where they are not given."),
            ("NO_COLOR", "If it is set, no colours are used."),
        ],
    ),
    Section::Terms("FILES", &[("$XDG_CONFIG_HOME/dynamo/config.toml", "The profiles.")]),
    Section::SeeAlso(&["dynamo-ctl", "dynamo-node"]),
];

fn handouts() -> Handouts {
    Handouts { command: Cli::command(), date: "2026-11-22", sections: |_| SECTIONS.to_vec() }
}

#[test]
fn handouts_are_fresh() {
    handouts().compare(Path::new(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn handouts_are_understood_by_mandoc_and_the_shells() {
    for missing in handouts().check() {
        eprintln!("{missing} is not there: not checked");
    }
}
