//! The command line: the only source of the man page and of the completions.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::dev::DevArgs;

const AFTER_HELP: &str = "\
Exit status:
  0  it did what it was told
  1  something that has no code of its own
  2  configuration: a key, a value, a certificate, or the command line
  3  the data directory cannot be used
  4  the address is taken or cannot be bound
  5  the store failed while it ran: start the node again

Signals:
  SIGTERM, SIGINT  stop: finish what is under way, at most five seconds, and close
  SIGHUP           read certificate, key and authority again";

/// A storage node of a Dynamo cluster.
#[derive(Debug, Parser)]
#[command(name = "dynamo-node", version, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `dynamo-node` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node until it is told to stop.
    Run(RunArgs),
    /// Say whether a configuration could be run, and change nothing.
    ///
    /// Reads the file and the certificates that it names. Exits 0 if a node could start with them, and 2 if not.
    Check(CheckArgs),
    /// Run a whole cluster on this machine, to try things out.
    ///
    /// Makes an authority and certificates, starts nodes, creates the cluster, and writes a profile through which
    /// dynamo-ctl and dynamo-top find it. Certificates, data and ports are kept for the next start. Ctrl-C stops it.
    Dev(DevArgs),
}

/// What `run` is told.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Where the configuration is.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "DYNAMO_NODE_CONFIG",
        default_value = "/etc/dynamo/node.toml"
    )]
    pub config: PathBuf,
    /// What is logged to standard error: error, warn, info, debug, trace, or directives such as `info,dynamo_node=debug`.
    ///
    /// Goes before the environment's DYNAMO_LOG, and that before the configuration's `[log] level`.
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

/// What `check` is told.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Where the configuration is.
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "DYNAMO_NODE_CONFIG",
        default_value = "/etc/dynamo/node.toml"
    )]
    pub config: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
