//! `node weight`: a member's share becomes another.

use clap::Args;
use shared::id::Name;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, stage};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Stage another weight for a member.
///
/// A node of weight 2 holds twice as many replicas as one of weight 1, as far as there are enough nodes and zones to put
/// the others on. Nothing moves until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node weight node-3 2",
    "dynamo-ctl node weight node-3 2 --dry-run -o json",
])]
pub struct NodeWeight {
    /// Which.
    #[arg(value_name = "NODE")]
    node: Name,
    /// Its share relative to the others'; at least 1.
    #[arg(value_name = "WEIGHT", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    weight: u32,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeWeight {
    /// Stages it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        members.known(&self.node)?;
        let change = Change::Weight { node: self.node.clone(), weight: self.weight };
        stage(app, &members, vec![change], self.dry.dry_run).await
    }
}
