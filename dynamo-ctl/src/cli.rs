//! The command tree: the only source of the manual pages and of the completions.
//!
//! What each verb takes is beside what it does, in [`crate::command`].

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, Parser, Subcommand};
use shared::id::Name;

use crate::command::audit::AuditList;
use crate::command::cert::{CertInit, CertInspect, CertIssue};
use crate::command::cluster::{ClusterInit, ClusterShow};
use crate::command::completion::Completion;
use crate::command::config::ConfigShow;
use crate::command::delete::Delete;
use crate::command::get::Get;
use crate::command::keys::Keys;
use crate::command::man::ManPages;
use crate::command::node::{
    NodeJoin, NodeLeave, NodeList, NodeRemove, NodeReplace, NodeShow, NodeWeight, NodeZone,
};
use crate::command::op::{OpCancel, OpList, OpShow, OpWait};
use crate::command::plan::{PlanApply, PlanClear, PlanCommit, PlanDiff, PlanExport, PlanPropose, PlanShow};
use crate::command::profile::{ProfileAdd, ProfileList, ProfileRemove, ProfileShow, ProfileUse};
use crate::command::put::Put;
use crate::command::ring::{RingDiff, RingHistory, RingOwners, RingShow};
use crate::command::status::Status;
use crate::command::transfer::{TransferLimit, TransferList, TransferPause, TransferResume};
use crate::output::{Colour, Format};
use crate::text;

/// Examples first: they answer most questions.
const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

macro_rules! examples {
    ($($line:literal),+ $(,)?) => { concat!("Examples:", $("\n  ", $line),+) };
}
pub(crate) use examples;

/// The administrator's tool of Dynamo: data in and out, and the state of the cluster.
#[derive(Debug, Parser)]
#[command(
    name = "dynamo-ctl",
    version,
    help_template = TEMPLATE,
    subcommand_required = true,
    disable_help_subcommand = true,
    max_term_width = 100,
    before_help = examples![
        "dynamo-ctl status",
        "dynamo-ctl put cart:42 milk",
        "dynamo-ctl get cart:42",
        "dynamo-ctl keys --prefix cart: -0 | xargs -0 -n1 dynamo-ctl get -o json",
    ]
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Which profile: the cluster, and as whom.
    #[arg(long, global = true, value_name = "NAME", env = "DYNAMO_PROFILE")]
    pub profile: Option<Name>,
    /// Where the profiles are [default: dynamo/config.toml in the XDG configuration folder].
    #[arg(long, global = true, value_name = "FILE", env = "DYNAMO_CONFIG")]
    pub config: Option<PathBuf>,
    /// How long anything that crosses the network may take [default: 10s].
    #[arg(long, global = true, value_name = "DURATION", env = "DYNAMO_TIMEOUT", value_parser = text::duration)]
    pub timeout: Option<Duration>,
    /// How results are written.
    #[arg(short, long, global = true, value_name = "FORMAT", env = "DYNAMO_OUTPUT")]
    pub output: Option<Format>,
    /// Whether to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = false)]
    pub color: Colour,
    /// Say more on standard error; twice and more: what the links do.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

/// What `dynamo-ctl` can do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
pub enum Command {
    Status(Status),
    /// Create a cluster and look at its declared state.
    #[command(subcommand, help_template = TEMPLATE)]
    Cluster(Cluster),
    Get(Get),
    Put(Put),
    Delete(Delete),
    Keys(Keys),
    /// Members, and nodes that wait to become one.
    #[command(subcommand, help_template = TEMPLATE)]
    Node(Node),
    /// Which nodes hold what.
    #[command(subcommand, help_template = TEMPLATE)]
    Ring(Ring),
    /// What the staged changes would do, and doing it.
    #[command(subcommand, help_template = TEMPLATE)]
    Plan(Plan),
    /// Data on the move, and how fast it may go.
    #[command(subcommand, help_template = TEMPLATE)]
    Transfer(Transfer),
    /// Long work, which lives in the cluster.
    #[command(subcommand, help_template = TEMPLATE)]
    Op(Op),
    /// Who changed what, and who was refused.
    #[command(subcommand, help_template = TEMPLATE)]
    Audit(Audit),
    /// The cluster's certificate authority.
    #[command(subcommand, help_template = TEMPLATE)]
    Cert(Cert),
    /// Which clusters there are, and which one is meant.
    #[command(subcommand, help_template = TEMPLATE)]
    Profile(Profile),
    /// What this tool was told, and by whom.
    #[command(subcommand, help_template = TEMPLATE)]
    Config(Config),
    Completion(Completion),
    Man(ManPages),
}

/// The declared state.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Cluster {
    Init(ClusterInit),
    Show(ClusterShow),
}

/// Members, and who waits.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Node {
    List(NodeList),
    Show(NodeShow),
    Join(NodeJoin),
    Leave(NodeLeave),
    Replace(NodeReplace),
    Remove(NodeRemove),
    Weight(NodeWeight),
    Zone(NodeZone),
}

/// The ring.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Ring {
    Show(RingShow),
    Owners(RingOwners),
    Diff(RingDiff),
    History(RingHistory),
}

/// Plans.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Plan {
    Show(PlanShow),
    Diff(PlanDiff),
    Commit(PlanCommit),
    Clear(PlanClear),
    Export(PlanExport),
    Apply(PlanApply),
    Propose(PlanPropose),
}

/// Transfers.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Transfer {
    List(TransferList),
    Limit(TransferLimit),
    Pause(TransferPause),
    Resume(TransferResume),
}

/// Operations.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Op {
    List(OpList),
    Show(OpShow),
    Wait(OpWait),
    Cancel(OpCancel),
}

/// The audit.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Audit {
    List(AuditList),
}

/// The certificate authority.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Cert {
    Init(CertInit),
    Issue(CertIssue),
    Inspect(CertInspect),
}

/// Profiles.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Profile {
    List(ProfileList),
    Show(ProfileShow),
    Use(ProfileUse),
    Add(ProfileAdd),
    Remove(ProfileRemove),
}

/// Settings.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each verb says itself what it does, and its help shows that")]
#[command(disable_help_subcommand = true)]
pub enum Config {
    Show(ConfigShow),
}

/// The template of a verb's help.
pub(crate) const VERB_TEMPLATE: &str = TEMPLATE;

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_shows_examples_before_anything_else() {
        fn check(command: &mut clap::Command) {
            let name = command.get_name().to_owned();
            let has_verbs = command.get_subcommands().next().is_some();
            let help = command.render_help().to_string();
            if !has_verbs {
                let (examples, usage) = (help.find("Examples:"), help.find("Usage:"));
                assert!(examples.is_some() && examples < usage, "{name}:\n{help}");
            }
            command.get_subcommands_mut().for_each(check);
        }
        let mut tree = Cli::command();
        tree.build();
        check(&mut tree);
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in ["dynamo-ctl -o json --timeout 1s status", "dynamo-ctl status -o json --timeout 1s"] {
            let cli = parse(line).unwrap();
            assert_eq!(cli.global.output, Some(Format::Json));
            assert_eq!(cli.global.timeout, Some(Duration::from_secs(1)));
        }
    }

    #[test]
    fn a_mistyped_verb_is_answered_with_the_one_that_was_meant() {
        let error = parse("dynamo-ctl statsu").unwrap_err().to_string();
        assert!(error.contains("status"), "{error}");
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for line in [
            "dynamo-ctl get k --strict --sloppy",
            "dynamo-ctl get k --sibling 1 --all",
            "dynamo-ctl put k v --update --context-in f",
            "dynamo-ctl put k",
            "dynamo-ctl put k v --ttl never",
            "dynamo-ctl get",
            "dynamo-ctl node join",
            "dynamo-ctl node join a --weight 0",
            "dynamo-ctl node join a --weight -1",
            "dynamo-ctl node weight a -2",
            "dynamo-ctl node replace a",
            "dynamo-ctl plan commit beef",
            "dynamo-ctl plan commit --file f",
            "dynamo-ctl plan commit --without-majority --yes",
            "dynamo-ctl transfer limit --partitions 0",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
