//! What may be said on the command line of `dynamo-node dev`, and nothing of what it means.
//!
//! Defaults are not given here: what an earlier start has kept goes before them, and a flag that was not given must
//! not look like one that contradicts it.

use std::path::PathBuf;

use shared::id::Name;
use shared::token::Partitions;

/// Arguments of `dynamo-node dev`.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
pub struct DevArgs {
    /// How many nodes [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=64))]
    pub nodes: Option<u8>,

    /// How many replicas each key has [default: 3, or as many as there are nodes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    pub replicas: Option<u8>,

    /// Into how many partitions the ring is cut, a power of two [default: 1024]
    #[arg(long, value_name = "Q", value_parser = partitions)]
    pub partitions: Option<Partitions>,

    /// Where certificates, data and logs are kept [default: dynamo/dev in the XDG state folder]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,

    /// The first node's UDP port, the others' following; 0 for any that are free [default: 7700]
    #[arg(long, value_name = "P")]
    pub base_port: Option<u16>,

    /// Tells several clusters apart: the profile is called dev-NAME, and so is the default folder
    #[arg(long, value_name = "NAME")]
    pub name: Option<Name>,

    /// Remove what an earlier start has kept, data included, and begin anew
    #[arg(long)]
    pub clean: bool,
}

fn partitions(text: &str) -> Result<Partitions, String> {
    let count = text.parse().map_err(|_| "a number is wanted".to_owned())?;
    Partitions::new(count).map_err(|wrong| wrong.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        dev: DevArgs,
    }

    fn parsed(arguments: &[&str]) -> Result<DevArgs, String> {
        let line = [&["dev"], arguments].concat();
        Line::try_parse_from(line).map(|line| line.dev).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_said_is_nothing_wanted() {
        assert_eq!(parsed(&[]).unwrap(), DevArgs::default());
    }

    #[test]
    fn numbers_out_of_range_are_refused_with_the_range() {
        for (arguments, reason) in [
            (["--nodes", "0"], "1..=64"),
            (["--replicas", "17"], "1..=16"),
            (["--partitions", "100"], "power of two"),
            (["--partitions", "many"], "a number"),
            (["--name", "a b"], "not a name"),
        ] {
            let refused = parsed(&arguments).unwrap_err();
            assert!(refused.contains(reason), "{arguments:?}: {refused}");
        }
    }
}
