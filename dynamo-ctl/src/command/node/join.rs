//! `node join`: waiting nodes become members.

use clap::Args;
use shared::id::Name;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, all_known, stage};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Stage waiting nodes as new members.
///
/// A node waits when it runs with a certificate of this cluster, `seeds` that reach it, and an empty store; `node list`
/// shows who does. Several that join in one plan move less than one after the other. Nothing moves until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node join node-4",
    "dynamo-ctl node join node-4 node-5 node-6 --weight 2",
    "dynamo-ctl node join node-4 --dry-run",
    "dynamo-ctl node join node-4 && dynamo-ctl plan show && dynamo-ctl plan commit --wait",
])]
pub struct NodeJoin {
    /// Who, by the names in their certificates.
    #[arg(value_name = "NODE", required = true)]
    nodes: Vec<Name>,
    /// Their share of the ring relative to the others'.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    weight: u32,
    /// Their failure zone [default: the one of each node's own configuration].
    #[arg(long, value_name = "ZONE")]
    zone: Option<Name>,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeJoin {
    /// Stages them together.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        all_known(&members, &self.nodes)?;
        let join =
            |node: &Name| Change::Join { node: node.clone(), weight: self.weight, zone: self.zone.clone() };
        stage(app, &members, self.nodes.iter().map(join).collect(), self.dry.dry_run).await
    }
}
