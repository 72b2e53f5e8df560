//! `plan commit`: does what was planned.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shared::id::{OperationId, PlanId};
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::cluster::ClusterView;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::op::{HowToWait, wait};
use crate::command::plan::{file, of_these, of_what_is_staged, report};
use crate::consent::{Confirm, agreed};
use crate::exit::Exit;
use crate::form::plan::{PlanFile, PlanForm};
use crate::members::{Members, strange};
use crate::output::Output;
use crate::problem::{Problem, Stop};

/// What committing without a majority risks; told before it is done.
const RISKS: [&str; 4] = [
    "committing without a majority begins a new lineage of this cluster.",
    "if the members that are not reached are alive somewhere, they and these go on apart, and both take writes.",
    "who comes back and is a member here takes this state over with its data; who was removed stays out; if they have \
     changed their own state meanwhile, there are two clusters until one side is wiped.",
    "if a majority can be started again, do that instead.",
];

/// Commit the staged changes: partitions begin to move.
///
/// Shows the plan's summary and asks; off a terminal --yes says so beforehand. The very plan that was shown is committed:
/// when the ring or what is staged has changed meanwhile, nothing is done (exit status 5), and so when something stands in
/// the way (exit status 9; --insist overrides what may be overridden). An operation of the cluster carries the plan out,
/// whatever becomes of this tool; `op wait` watches it, and `op cancel` takes back what was not handed over yet.
///
/// When a majority of the members is lost for good, nothing can be agreed on any more. --without-majority commits all the
/// same, with those that can be reached, and begins a new lineage: who comes back and is a member here takes this state over
/// with its data, who was removed stays out. If they are alive somewhere, both sides take writes; if they have changed their
/// own state too, there are two clusters until one side is wiped. It wants the cluster's name as consent, and takes its
/// changes from --file where nothing was staged before the majority was lost.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan commit",
    "dynamo-ctl plan commit 5f0c9a3d11e2b7c4 --yes --wait",
    "dynamo-ctl op wait $(dynamo-ctl plan commit --yes -o name)",
    "dynamo-ctl plan commit --without-majority --file lost.json --confirm=prod",
])]
#[expect(clippy::struct_excessive_bools, reason = "they are switches of the command line")]
pub struct PlanCommit {
    /// The plan that was read; another one is not committed [default: the one that is staged now, which is shown first].
    #[arg(value_name = "PLAN_ID")]
    plan: Option<PlanId>,
    /// Consent beforehand.
    #[arg(short, long)]
    yes: bool,
    /// Override what stands in the way, where it may be overridden.
    #[arg(long)]
    insist: bool,
    /// Go on as `op wait` does.
    #[arg(long)]
    wait: bool,
    /// How to wait.
    #[command(flatten)]
    how: HowToWait,
    /// Commit without the agreement of a majority, which is lost for good.
    #[arg(long, conflicts_with = "yes")]
    without_majority: bool,
    /// The plan to commit without a majority; `-` for standard input [default: what is staged].
    #[arg(long, value_name = "FILE", requires = "without_majority")]
    file: Option<PathBuf>,
    /// Consent to what --without-majority risks: the name of the cluster.
    #[command(flatten)]
    confirm: Confirm,
    /// Only show what would be committed, and whether it could be.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// What came of it, for programs.
#[derive(Debug, Serialize)]
struct Committed {
    operation: String,
    plan: String,
    version: u64,
}

impl PlanCommit {
    /// Looks at the plan, asks, and commits it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        if let (Some(read), None) = (self.plan, &self.file) {
            is_still_staged(read, &members.view)?;
        }
        let plan = self.chosen(&members).await?.plan;
        let id = pinned(self.plan, &plan)?;
        if let Some(problem) = report::blocked(&plan, self.insist) {
            app.output.tell(&report::summary(&plan));
            app.output.tell(&report::objections(&plan));
            return Err(problem.into());
        }
        if self.dry_run {
            return would_commit(&mut app.output, plan);
        }
        self.consent(&mut app.output, &members.view, &plan).await?;
        let (version, operation) = self.commit(app, &members, id, &plan).await?;
        if self.wait {
            app.output.note(&format!("operation {operation} carries plan {id} out"));
            return wait(app, members, operation, &self.how).await;
        }
        let lines = vec![format!("committed: operation {operation} carries plan {id} out")];
        let committed = Committed { operation: operation.to_string(), plan: id.to_string(), version };
        app.output.fact("commit", committed, lines, &operation.to_string())?;
        app.output.note(&format!("`dynamo-ctl op wait {operation}` watches it"));
        Ok(Exit::Ok)
    }

    async fn chosen(&self, members: &Members) -> Result<PlanFile, Problem> {
        let Some(path) = &self.file else { return of_what_is_staged(members).await };
        let plan = file::read(path).await?.plan;
        file::check(&plan, &members.view)?;
        let changes = file::changes(&plan)?;
        if super::apply::is_staged(&members.view, &changes)? {
            return of_what_is_staged(members).await;
        }
        of_these(members, changes).await
    }

    async fn consent(&self, output: &mut Output, view: &ClusterView, plan: &PlanForm) -> Result<(), Problem> {
        output.tell(&report::summary(plan));
        output.tell(&report::objections(plan));
        if self.without_majority {
            output.tell(&RISKS.map(|risk| format!("! {risk}")));
            return self.confirm.wait(output, &view.name).await;
        }
        agreed(output, self.yes, "commit this plan?").await
    }

    async fn commit(
        &self,
        app: &mut App,
        members: &Members,
        id: PlanId,
        plan: &PlanForm,
    ) -> Result<(u64, OperationId), Stop> {
        let without_majority = self.without_majority.then(|| file::changes(plan)).transpose()?;
        let commit = Commit { plan: id, insist: self.insist, without_majority };
        app.if_interrupted = Some("it may be committed all the same; `dynamo-ctl op list` tells".to_owned());
        let done = members.change(app, &Admin::Commit(commit)).await?;
        app.if_interrupted = None;
        match done {
            Done::Committed { version, operation } => Ok((version, operation)),
            _ => Err(strange().into()),
        }
    }
}

/// Whether anything is staged that could be the plan that was read.
fn is_still_staged(read: PlanId, view: &ClusterView) -> Result<(), Problem> {
    if !view.staged.is_empty() {
        return Ok(());
    }
    let stale = Problem::new(Exit::Conflict, "stale-plan", format!("plan {read} is not staged any more"));
    Err(match view.operations.iter().find(|operation| operation.plan == read) {
        Some(operation) => stale
            .because(format!("{} committed it: operation {}", operation.author.name, operation.id))
            .try_this(format!("`dynamo-ctl op wait {}` watches it", operation.id)),
        None => stale.try_this("`dynamo-ctl ring history` tells who changed the ring"),
    })
}

/// The id to commit: of the plan that is staged now, which must be the one that was read.
fn pinned(read: Option<PlanId>, now: &PlanForm) -> Result<PlanId, Problem> {
    let now_id = file::id(now)?.ok_or_else(strange)?;
    match read {
        Some(read) if read != now_id => {
            Err(Problem::new(Exit::Conflict, "stale-plan", "another plan is staged now")
                .because(format!(
                    "what is staged on ring version {} is plan {now_id}, not {read}",
                    now.base_ring_version
                ))
                .try_this("`dynamo-ctl plan show` shows it"))
        }
        _ => Ok(now_id),
    }
}

fn would_commit(output: &mut Output, plan: PlanForm) -> Result<Exit, Stop> {
    let lines =
        [vec!["would commit:".to_owned()], report::summary(&plan), report::objections(&plan)].concat();
    let name = plan.plan.clone().unwrap_or_default();
    output.fact(crate::form::plan::KIND, plan, lines, &name)?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn what_is_committed_already_is_stale() {
        let mut view = sample::view();
        assert_eq!(is_still_staged(PlanId(0xfeed), &view), Ok(()));
        view.staged.clear();
        let stale = is_still_staged(PlanId(0xfeed), &view).unwrap_err();
        assert_eq!(stale.exit.code(), 5);
        assert_eq!(stale.cause.unwrap(), "alice committed it: operation 0123456789abcdef");
        assert_eq!(is_still_staged(PlanId(1), &view).unwrap_err().exit.code(), 5);
    }

    #[test]
    fn only_the_plan_that_was_read_is_committed() {
        let plan = PlanFile::new(&sample::plan(), 8, 3).plan;
        assert_eq!(pinned(None, &plan), Ok(PlanId(0xfeed)));
        assert_eq!(pinned(Some(PlanId(0xfeed)), &plan), Ok(PlanId(0xfeed)));
        let stale = pinned(Some(PlanId(1)), &plan).unwrap_err();
        assert_eq!((stale.exit.code(), stale.code), (5, "stale-plan"));
    }
}
