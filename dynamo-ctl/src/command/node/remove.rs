//! `node remove`: a lost member is struck off.

use clap::Args;
use shared::id::Name;
use shared::wire::cluster::{NodeView, Status};
use shared::wire::look::Liveness;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, stage};
use crate::consent::Confirm;
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

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
        let node = members.known(&self.node)?;
        if !self.dry.dry_run {
            app.output.tell(&before_it_is_struck_off(&self.node, still_alive(node)));
            self.confirm.wait(&mut app.output, &self.node).await?;
        }
        let change = Change::Remove { node: self.node.clone() };
        stage(app, &members, vec![change], self.dry.dry_run).await
    }
}

/// Whether the answering member sees it alive, or it is that member itself.
pub(super) fn still_alive(node: &NodeView) -> bool {
    let is_member = matches!(node.status, Status::Joining | Status::Active | Status::Leaving);
    is_member && matches!(node.liveness, Some(Liveness::Up) | None)
}

/// What is at risk, for whoever is about to agree.
pub(super) fn before_it_is_struck_off(node: &Name, is_alive: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "{node} is taken for lost: what only it has is gone for good, and it never comes back under this name."
    )];
    if is_alive {
        lines.push(format!(
            "! {node} answers: `dynamo-ctl node leave {node}` has it hand over what it holds, and loses nothing."
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn whoever_would_strike_off_a_living_node_is_told_of_leaving() {
        let alive = sample::view().nodes.iter().map(still_alive).collect::<Vec<_>>();
        assert_eq!(alive, [true, true, false, false], "node-3 is down, node-4 no member");
        assert!(before_it_is_struck_off(&sample::name(1), true)[1].contains("node leave node-1"));
        assert_eq!(before_it_is_struck_off(&sample::name(3), false).len(), 1);
    }
}
