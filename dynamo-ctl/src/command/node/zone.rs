//! `node zone`: a member's failure zone becomes another.

use std::collections::BTreeSet;

use clap::Args;
use dynamo_client::near::near;
use shared::id::Name;
use shared::wire::cluster::{ClusterView, Status};
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::{DryRun, stage};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::{Problem, Stop};
use crate::text::few;

/// Stage another failure zone for a member.
///
/// Replicas of a partition lie in different zones while there are enough. A zone in which no member is yet wants --new, so
/// that a mistyped one does not pass for it. Nothing moves until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl node zone node-3 rack-b",
    "dynamo-ctl node zone node-3 rack-c --new",
    "dynamo-ctl node zone node-3 rack-b --dry-run",
])]
pub struct NodeZone {
    /// Which.
    #[arg(value_name = "NODE")]
    node: Name,
    /// The zone.
    #[arg(value_name = "ZONE")]
    zone: Name,
    /// No member is in that zone yet.
    #[arg(long)]
    new: bool,
    /// Whether to look only.
    #[command(flatten)]
    dry: DryRun,
}

impl NodeZone {
    /// Stages it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        members.known(&self.node)?;
        if !self.new {
            is_known(&self.zone, &members.view)?;
        }
        let change = Change::Zone { node: self.node.clone(), zone: self.zone.clone(), is_new: self.new };
        stage(app, &members, vec![change], self.dry.dry_run).await
    }
}

/// Whether a member is in the zone, or is staged to be.
fn is_known(zone: &Name, view: &ClusterView) -> Result<(), Problem> {
    let members = view.nodes.iter().filter(|node| !matches!(node.status, Status::Waiting | Status::Left));
    let staged = view.staged.iter().filter_map(|staged| match &staged.change {
        Change::Zone { zone, .. } | Change::Join { zone: Some(zone), .. } => Some(zone),
        _ => None,
    });
    let known: BTreeSet<&Name> = members.map(|node| &node.zone).chain(staged).collect();
    if known.contains(zone) {
        return Ok(());
    }
    let near = near(zone.as_str(), known.iter().copied());
    let hint = match near.first() {
        Some(near) => format!("did you mean {near}? --new makes it a new one"),
        None => "--new makes it a new one".to_owned(),
    };
    let known: Vec<&Name> = known.into_iter().collect();
    Err(Problem::new(Exit::NotFound, "unknown-zone", format!("no member is in a zone `{zone}`"))
        .because(format!("there is {}", few(&known, 10)))
        .try_this(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn a_zone_without_members_is_taken_for_mistyped() {
        let view = sample::view();
        assert_eq!(is_known(&"z1".parse().unwrap(), &view), Ok(()));
        let unknown = is_known(&"z11".parse().unwrap(), &view).unwrap_err();
        assert_eq!((unknown.exit.code(), unknown.code), (4, "unknown-zone"));
        assert!(unknown.hint.unwrap().starts_with("did you mean z1?"));
        assert!(is_known(&"z4".parse().unwrap(), &view).is_err(), "a node that waits makes no zone");
    }
}
