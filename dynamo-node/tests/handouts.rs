//! What is handed out beside `dynamo-node` is what its command line says. `UPDATE=1` writes it anew.

use std::path::Path;

use clap::CommandFactory;
use dynamo_node::cli::Cli;
use dynamo_testkit::handout::{Handouts, Section};

const EXIT_STATUS: Section = Section::Terms(
    "EXIT STATUS",
    &[
        ("0", "It did what it was told."),
        ("1", "Something that has no code of its own."),
        ("2", "Configuration: a key, a value, a certificate, or the command line."),
        ("3", "The data directory cannot be used, or is another node's."),
        ("4", "The address is taken or cannot be bound."),
        ("5", "The store failed while it ran: start the node again."),
    ],
);

const PROGRAM: &[Section] = &[
    Section::Examples(&[
        ("Try things out with three nodes on this machine:", "dynamo-node dev"),
        (
            "Run a node, after seeing whether it could start:",
            "dynamo-node check -c node.toml\ndynamo-node run -c node.toml",
        ),
    ]),
    EXIT_STATUS,
    Section::SeeAlso(&[
        "dynamo-node-run",
        "dynamo-node-check",
        "dynamo-node-dev",
        "dynamo-ctl",
        "dynamo-top",
    ]),
];

const RUN: &[Section] = &[
    Section::Examples(&[
        ("Run a node with a configuration of one's own:", "dynamo-node run --config /srv/dynamo/node.toml"),
        ("Have it take over renewed certificates:", "kill -HUP \"$(cat /run/dynamo/node.pid)\""),
    ]),
    Section::Terms(
        "SIGNALS",
        &[
            ("SIGTERM, SIGINT", "Stop: finish what is under way, at most five seconds, and close."),
            ("SIGHUP", "Read certificate, key and authority again. What cannot be used changes nothing."),
        ],
    ),
    EXIT_STATUS,
    Section::Terms(
        "FILES",
        &[
            ("/etc/dynamo/node.toml", "The configuration, where no other is named."),
            (
                "data_dir",
                "The folder that the configuration names: all of the node's data. One node, one folder.",
            ),
            (
                "pid_file",
                "The file that the configuration may name: locked, and holding the process id, while the node runs.",
            ),
        ],
    ),
    Section::SeeAlso(&["dynamo-node", "dynamo-node-check", "dynamo-ctl"]),
];

const CHECK: &[Section] = &[
    Section::Examples(&[(
        "In a unit file, before the node is stopped:",
        "dynamo-node check && systemctl restart dynamo-node",
    )]),
    EXIT_STATUS,
    Section::SeeAlso(&["dynamo-node", "dynamo-node-run"]),
];

const DEV: &[Section] = &[
    Section::Examples(&[
        ("Three nodes, and a first value:", "dynamo-node dev\ndynamo-ctl put cart:42 milk"),
        (
            "A second cluster beside the first, on any free ports:",
            "dynamo-node dev --name second --base-port 0\ndynamo-ctl --profile dev-second status",
        ),
        ("Begin anew with five nodes:", "dynamo-node dev --clean --nodes 5"),
        (
            "Beside it, in another terminal, a fourth node, and let it in:",
            "dynamo-node dev --join\ndynamo-ctl node join node-4\ndynamo-ctl plan show\ndynamo-ctl plan commit",
        ),
        (
            "See what a crash does, and bring the node back:",
            "kill -9 \"$(cat ~/.local/state/dynamo/dev/node-3/pid)\"\ndynamo-node run --config ~/.local/state/dynamo/dev/node-3/node.toml",
        ),
    ]),
    Section::Terms(
        "OUTPUT",
        &[
            (
                "ready PROFILE ADDRESSES",
                "The first line on standard output, once every node has compared all it holds; the addresses are separated by commas. What follows it is for people.",
            ),
            ("ready PROFILE NODE ADDRESS", "The same of --join, once the node listens."),
            (
                "standard error",
                "A node that ends stays down; how it ended, and the command that starts it again, are said here.",
            ),
        ],
    ),
    Section::Terms(
        "SIGNALS",
        &[(
            "SIGINT, SIGTERM, SIGHUP",
            "Stop every node, those started again by hand included, and exit 0. With --join: stop the node that was added.",
        )],
    ),
    EXIT_STATUS,
    Section::Terms(
        "FILES",
        &[
            (
                "$XDG_STATE_HOME/dynamo/dev",
                "The folder, where no other is named; with --name NAME, dynamo/dev-NAME.",
            ),
            (
                "dev.toml",
                "In it: what the cluster was made with. Without this file, --clean removes nothing.",
            ),
            (
                "certificates/",
                "In it: the cluster's authority, and certificates of an administrator, an operator and a client.",
            ),
            (
                "node-1/node.toml, pid, log, data/",
                "In it, for each node: its configuration, which may be changed, its process, what it logged, and its data.",
            ),
            (
                "node-4/",
                "In it, likewise, a node that was added with --join. Whoever removes the folder has its data removed, and `dynamo-node dev` no longer starts it.",
            ),
            (
                "$XDG_CONFIG_HOME/dynamo/config.toml",
                "The profiles. The cluster's becomes the current one if there is none, or one of another development cluster.",
            ),
        ],
    ),
    Section::SeeAlso(&["dynamo-node", "dynamo-node-run", "dynamo-ctl", "dynamo-top"]),
];

fn handouts() -> Handouts {
    Handouts {
        command: Cli::command(),
        date: "2026-11-22",
        sections: |page| {
            let sections = match page {
                "dynamo-node-run" => RUN,
                "dynamo-node-check" => CHECK,
                "dynamo-node-dev" => DEV,
                _ => PROGRAM,
            };
            sections.to_vec()
        },
    }
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
