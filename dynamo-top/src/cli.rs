//! The command line: the only source of the man page and of the completions.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use shared::id::Name;

/// Live ring load and quorum state of a Dynamo cluster, in the terminal.
///
/// Starts while the cluster is down, stays when nodes die, and changes nothing. Without a terminal it writes what it
/// sees as text, as with --batch.
#[derive(Debug, Clone, Parser)]
#[command(name = "dynamo-top", version)]
pub struct Cli {
    /// Which profile: which cluster, as whom [default: the current one]
    #[arg(short, long, value_name = "NAME", env = "DYNAMO_PROFILE")]
    pub profile: Option<Name>,

    /// The file of profiles [default: dynamo/config.toml in the XDG configuration folder]
    #[arg(long, value_name = "FILE", env = "DYNAMO_CONFIG")]
    pub config: Option<PathBuf>,

    /// Seconds between two looks, at least 0.1
    #[arg(short, long, value_name = "SECS", default_value = "1", value_parser = interval)]
    pub delay: Duration,

    /// Write what is seen as text instead of drawing it
    #[arg(short, long)]
    pub batch: bool,

    /// With --batch: end after so many looks
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub iterations: Option<u64>,

    /// With --batch: how it is written
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Output,
}

/// How a batch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    Table,
    /// One JSON object a line for each look.
    Json,
}

fn interval(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted".to_owned())?;
    if !(0.1..=3600.0).contains(&seconds) {
        return Err("between 0.1 and 3600 seconds are wanted".to_owned());
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_delay_is_neither_nothing_nor_endless() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        for wrong in ["0", "-1", "nan", "inf", "3601", "soon"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
