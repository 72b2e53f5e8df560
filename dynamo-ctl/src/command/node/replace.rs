//! `node replace`: a waiting node takes the place of a lost member.

use clap::Args;
use shared::id::Name;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::remove::consent_to_lose;
use crate::command::node::{DryRun, all_known, stage};
use crate::consent::Confirm;
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Stage a waiting node in the place of a member that is lost.
///
/// The new node takes over the lost one's partitions, weight and zone, and fills them from the other replicas; nothing
/// else moves. Until then those partitions have a replica less, and writes that only the lost node had are gone: see the
/// least live replicas in `plan show`. The lost node never comes back under its name. If it is only down, start it again
/// instead; if it is alive and to go, `node leave` loses no replica on the way; if nobody is to take its place,
/// `node remove`. Nothing moves until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node replace node-3 --by node-4",
    "dynamo-ctl node replace node-3 --by node-4 --confirm=node-3",
    "dynamo-ctl node replace node-3 --by node-4 --dry-run",
])]
pub struct NodeReplace {
    /// The lost member.
    #[arg(value_name = "NODE")]
    node: Name,
    /// The waiting node.
    #[arg(long, value_name = "NEW")]
    by: Name,
    /// Consent.
    #[command(flatten)]
    confirm: Confirm,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeReplace {
    /// Asks, and stages it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        all_known(&members, &[self.node.clone(), self.by.clone()])?;
        let change = Change::Replace { node: self.node.clone(), by: self.by.clone() };
        if !self.dry.dry_run {
            consent_to_lose(app, &members, &self.node, &change, &self.confirm).await?;
        }
        stage(app, &members, vec![change], self.dry.dry_run).await
    }
}
