//! `node leave`: living members hand over everything they hold, and go.

use clap::Args;
use shared::id::Name;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, all_known, stage};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Stage the leaving of members that are alive.
///
/// Which of the three is meant? `leave`: the node is alive, and hands over what it holds before it goes; no replica is
/// missing at any time. `replace`: it is lost, and a new node takes its place. `remove`: it is lost, and nobody takes its
/// place. A node that left does not come back: its name and id are not used again. Nothing moves until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node leave node-3",
    "dynamo-ctl node leave node-3 node-4",
    "dynamo-ctl node leave node-3 --dry-run",
])]
pub struct NodeLeave {
    /// Who.
    #[arg(value_name = "NODE", required = true)]
    nodes: Vec<Name>,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeLeave {
    /// Stages them together.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        all_known(&members, &self.nodes)?;
        let leave = |node: &Name| Change::Leave { node: node.clone() };
        stage(app, &members, self.nodes.iter().map(leave).collect(), self.dry.dry_run).await
    }
}
