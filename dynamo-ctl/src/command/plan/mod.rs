//! `plan`: what the staged changes would do, and doing it.
//!
//! | room | noun |
//! |---|---|
//! | `report` | a plan for people |
//! | `file` | a plan out of a file |
//!
//! The others are verbs.

mod apply;
mod clear;
mod commit;
mod diff;
mod export;
mod file;
mod propose;
mod report;
mod show;

pub use apply::PlanApply;
pub use clear::PlanClear;
pub use commit::PlanCommit;
pub use diff::PlanDiff;
pub(crate) use diff::{Changed, document as changed_document};
pub use export::PlanExport;
pub use propose::PlanPropose;
pub use show::PlanShow;

use shared::wire::plan::Change;

use crate::exit::Exit;
use crate::form::plan::PlanFile;
use crate::members::Members;
use crate::output::{Format, Output};
use crate::problem::{Problem, Stop};

/// The plan of what is staged. There is none where nothing is.
async fn of_what_is_staged(members: &Members) -> Result<PlanFile, Problem> {
    if members.view.staged.is_empty() {
        return Err(Problem::new(Exit::NotFound, "nothing-staged", "nothing is staged, so there is no plan")
            .try_this("`dynamo-ctl node join NAME` and its like stage changes; `dynamo-ctl node list` shows who waits"));
    }
    of_these(members, Vec::new()).await
}

/// The plan of these changes on top of what is staged.
pub(crate) async fn of_these(members: &Members, changes: Vec<Change>) -> Result<PlanFile, Problem> {
    let plan = members.plan(changes).await?;
    Ok(PlanFile::new(&plan, members.view.partitions, members.view.quorum.n()))
}

/// Prints a plan: for people a report, for programs what `plan apply` reads.
pub(crate) fn print(output: &mut Output, plan: PlanFile, first: Option<&str>) -> Result<(), Stop> {
    let is_wide = output.format() == Format::Wide;
    let mut lines: Vec<String> = first.map(str::to_owned).into_iter().collect();
    lines.extend(report::summary(&plan.plan));
    lines.extend(report::pairs(&plan.plan, is_wide));
    let after = report::objections(&plan.plan);
    output.document_then(&plan.into_document(lines), &after)?;
    Ok(())
}
