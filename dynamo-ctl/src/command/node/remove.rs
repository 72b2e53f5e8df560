//! `node remove`: a lost member is struck off.

use clap::Args;
use shared::id::Name;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, stage};
use crate::command::plan::of_these;
use crate::consent::Confirm;
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::{Problem, Stop};
use crate::text::count;

/// Stage the removal of a member that is lost for good.
///
/// What it held is made anew on the others, from the replicas that are left. Until that is done those partitions have a
/// replica less, and writes that only the lost node had are gone: see the least live replicas in `plan show`. The node
/// never comes back under its name. If it is only down, start it again instead; if it is alive and to go, `node leave`
/// loses no replica on the way; if a new node is to take its place, `node replace` moves least. Nothing moves until
/// `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node remove node-3",
    "dynamo-ctl node remove node-3 --confirm=node-3",
    "dynamo-ctl node remove node-3 --dry-run",
])]
pub struct NodeRemove {
    /// Which.
    #[arg(value_name = "NODE")]
    node: Name,
    /// Consent.
    #[command(flatten)]
    confirm: Confirm,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeRemove {
    /// Asks, and stages it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        members.known(&self.node)?;
        let change = Change::Remove { node: self.node.clone() };
        if !self.dry.dry_run {
            consent_to_lose(app, &members, &self.node, &change, &self.confirm).await?;
        }
        stage(app, &members, vec![change], self.dry.dry_run).await
    }
}

/// Asks for consent to take a member for lost, with what is at risk. What the cluster would refuse is refused before.
pub(super) async fn consent_to_lose(
    app: &mut App,
    members: &Members,
    node: &Name,
    change: &Change,
    confirm: &Confirm,
) -> Result<(), Problem> {
    let plan = of_these(members, vec![change.clone()]).await?.plan;
    app.output.tell(&[
        format!(
            "{node} is taken for lost: what only it has is gone for good, and it never comes back under this name."
        ),
        format!(
            "until its partitions are filled anew, some of them have {} live, of {}.",
            count(plan.live_replicas_least.into(), "replica"),
            plan.n
        ),
    ]);
    confirm.wait(&mut app.output, node).await
}
