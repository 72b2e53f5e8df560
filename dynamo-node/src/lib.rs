//! The daemon: one storage node, with its disk and its network around the core.
//!
//! | room | noun |
//! |---|---|
//! | [`cli`] | the command line |
//! | [`config`] | a TOML file made into settings, or into words that name the line |
//! | `runtime` | the one task that owns the core: inputs in, effects out |
//! | `inbox` | everything that happens, on its way to the runtime |
//! | `clocks` | the machine's two |
//! | `peers` | a connection to every other node, kept up |
//! | `seeds` | who answers at the addresses that stand in the configuration, while no node is known |
//! | `audit` | who changed what, and who was refused, on disk before anybody is told |
//! | `server` | what callers ask, made into inputs |
//! | [`store`] | the disk: operations in, completions out |
//! | [`pid_file`] | which process has something, for as long as it lives |
//! | [`telemetry`] | log lines, and what is measured |
//! | [`shutdown`] | signals, and the order in which things end |
//! | [`trouble`] | exit codes, and three lines for a person |
//! | [`dev`] | a whole cluster on one machine, to try things out |
//!
//! Deliberately absent: the protocol. It is `dynamo-core`, which is told what happened and answers what to do.

mod audit;
pub mod cli;
mod clocks;
pub mod config;
pub mod dev;
mod inbox;
mod peers;
pub mod pid_file;
mod runtime;
mod seeds;
mod server;
pub mod shutdown;
pub mod store;
pub mod telemetry;
pub mod trouble;

mod daemon;

pub use config::{Config, ConfigError};
pub use daemon::{Daemon, Fault, StartError};
