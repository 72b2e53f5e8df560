//! What may be said on the command line of `dynamo-node dev`, and nothing of what it means.
//!
//! Defaults are not given here: what an earlier start has kept goes before them, and a flag that was not given must
//! not look like one that contradicts it.

use std::path::PathBuf;

use shared::id::Name;
use shared::token::Partitions;

/// What `--join` cannot be said with: each is about the cluster as a whole, which is there already.
const OF_THE_CLUSTER: [&str; 5] = ["nodes", "replicas", "partitions", "base_port", "clean"];

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

    /// Add a node to the cluster that runs already: node-4, or the next that is free
    ///
    /// It gets a certificate of the cluster's authority, a free port, and the cluster's nodes for seeds; it then waits to
    /// be let in with `dynamo-ctl node join`. Ctrl-C stops this node only. Without NODE, one that was added before and is
    /// stopped is started again, with its data; with NODE, just that one; with --new, never. `dynamo-node dev` by itself
    /// starts every node whose folder is there, added ones included: remove the folder of one that is not wanted any more.
    #[arg(long, value_name = "NODE", require_equals = true, conflicts_with_all = OF_THE_CLUSTER)]
    pub join: Option<Option<Name>>,

    /// With --join: add another node, also if one that was added before is stopped
    #[arg(long, requires = "join")]
    pub new: bool,

    /// With --join: the failure zone of the node that is added [default: default]
    #[arg(long, value_name = "ZONE", requires = "join")]
    pub zone: Option<Name>,

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
    fn a_node_is_added_with_a_name_or_without() {
        assert_eq!(parsed(&["--join"]).unwrap().join, Some(None));
        let named = parsed(&["--join=node-4", "--zone", "b"]).unwrap();
        assert_eq!(named.join, Some(Some("node-4".parse().unwrap())));
        assert_eq!(named.zone, Some("b".parse().unwrap()));
        assert!(parsed(&["--join", "--new"]).unwrap().new);
    }

    #[test]
    fn numbers_out_of_range_are_refused_with_the_range() {
        for (arguments, reason) in [
            (["--nodes", "0"], "1..=64"),
            (["--replicas", "17"], "1..=16"),
            (["--partitions", "100"], "power of two"),
            (["--partitions", "many"], "a number"),
            (["--name", "a b"], "not a name"),
            (["--join", "--clean"], "cannot be used with"),
            (["--zone", "a"], "--join"),
        ] {
            let refused = parsed(&arguments).unwrap_err();
            assert!(refused.contains(reason), "{arguments:?}: {refused}");
        }
    }
}
