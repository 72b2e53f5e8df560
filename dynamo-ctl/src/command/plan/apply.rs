//! `plan apply`: stages what a plan file holds.

use std::path::PathBuf;

use clap::Args;
use shared::id::PlanId;
use shared::wire::cluster::ClusterView;
use shared::wire::plan::Change;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::node::stage;
use crate::command::plan::{file, of_these};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::{Problem, Stop};

/// Stage the changes of a plan file.
///
/// All of them, or none: a plan from another cluster is refused (exit status 9), and so is one that starts from an older
/// ring, or that would not give the same plan any more, or while other changes are staged (exit status 5). Nothing moves
/// until `plan commit`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan apply friday.json",
    "dynamo-ctl plan apply friday.json --dry-run",
    "dynamo-ctl plan propose -o json | jq '.items[0].plan' | dynamo-ctl plan apply -",
])]
pub struct PlanApply {
    /// The plan; `-` for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only show the plan.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl PlanApply {
    /// Reads, checks, and stages.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let plan = file::read(&self.file).await?.plan;
        let (changes, id) = (file::changes(&plan)?, file::id(&plan)?);
        let members = Members::find(app).await?;
        file::check(&plan, &members.view)?;
        if is_staged(&members.view, &changes)? {
            app.output.note("these changes are staged already; `dynamo-ctl plan show` shows their plan");
            return Ok(Exit::Ok);
        }
        let now = of_these(&members, changes.clone()).await?;
        if let Some(id) = id {
            is_the_same(id, now.plan.plan.as_deref())?;
        }
        stage(app, &members, changes, self.dry_run).await
    }
}

/// Whether just these changes are staged. Others must not be: together they would be another plan.
pub(super) fn is_staged(view: &ClusterView, changes: &[Change]) -> Result<bool, Problem> {
    if view.staged.is_empty() {
        return Ok(false);
    }
    if view.staged.iter().map(|staged| &staged.change).eq(changes) {
        return Ok(true);
    }
    let staged: Vec<String> = view.staged.iter().map(|staged| staged.change.to_string()).collect();
    Err(Problem::new(Exit::Conflict, "others-staged", "other changes are staged")
        .because(format!("together with them this would be another plan: {}", staged.join(", ")))
        .try_this("commit them, or take them back with `dynamo-ctl plan clear`"))
}

/// Whether the cluster makes the same plan of the changes as when the file was written.
fn is_the_same(id: PlanId, now: Option<&str>) -> Result<(), Problem> {
    let now = now.unwrap_or_default();
    if id.to_string() == now {
        return Ok(());
    }
    Err(Problem::new(Exit::Conflict, "stale-plan", "the plan is stale")
        .because(format!("the cluster makes the plan {now} of these changes now, not {id}"))
        .try_this("take the `plan` out of the file to stage its changes all the same"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn a_plan_is_not_mixed_with_what_others_staged() {
        let mut view = sample::view();
        let changes = sample::plan().changes;
        assert_eq!(is_staged(&view, &changes), Ok(true));
        let other = [Change::Leave { node: sample::name(1) }];
        assert_eq!(is_staged(&view, &other).unwrap_err().exit.code(), 5);
        view.staged.clear();
        assert_eq!(is_staged(&view, &other), Ok(false));
    }

    #[test]
    fn what_would_be_another_plan_now_is_stale() {
        assert_eq!(is_the_same(PlanId(0xfeed), Some("000000000000feed")), Ok(()));
        assert_eq!(is_the_same(PlanId(0xfeed), Some("000000000000beef")).unwrap_err().exit.code(), 5);
    }
}
