//! `node`: who is a member, and who is to be one. Everything here that changes something stages it; `plan commit` does it.

mod join;
mod leave;
mod list;
mod remove;
mod replace;
mod show;
mod weight;
mod zone;

pub use join::NodeJoin;
pub use leave::NodeLeave;
pub use list::NodeList;
pub use remove::NodeRemove;
pub use replace::NodeReplace;
pub use show::NodeShow;
pub use weight::NodeWeight;
pub use zone::NodeZone;

use std::collections::BTreeSet;

use clap::Args;
use shared::id::Name;
use shared::wire::admin::{Admin, Done};
use shared::wire::plan::Change;

use crate::app::App;
use crate::command::plan::{of_these, print};
use crate::exit::Exit;
use crate::form::change::StagedForm;
use crate::members::{Members, strange};
use crate::output::Document;
use crate::problem::{Problem, Stop};

/// Whether a change is only looked at.
#[derive(Debug, Args)]
pub struct DryRun {
    /// Only show the plan that this would give, together with what is staged; stage nothing.
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Stages changes and says how to go on; or shows the plan that they would give.
pub(crate) async fn stage(
    app: &mut App,
    members: &Members,
    changes: Vec<Change>,
    dry_run: bool,
) -> Result<Exit, Stop> {
    if dry_run {
        let plan = of_these(members, changes).await?;
        print(&mut app.output, plan, Some("this would be the plan:"))?;
        app.output.note("nothing was staged");
        return Ok(Exit::Ok);
    }
    let forms: Vec<_> = changes.iter().map(Into::into).collect();
    let Done::Staged { numbers, .. } = members.change(app, &Admin::Stage { changes }).await? else {
        return Err(strange().into());
    };
    let staged = numbers.into_iter().zip(forms).map(|(number, change)| StagedForm {
        number,
        change,
        author: None,
        author_serial: None,
        staged: None,
    });
    let lines = vec!["staged:".to_owned()];
    app.output.document(&Document { kind: "staged", head: (), lines, items: staged.collect() })?;
    app.output.note(
        "nothing moves yet: `dynamo-ctl plan show` tells what would happen, `dynamo-ctl plan commit` does it",
    );
    Ok(Exit::Ok)
}

/// The names, each of which must be known and be named once.
fn all_known(members: &Members, names: &[Name]) -> Result<(), Problem> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(Problem::usage(format!("{name} is named twice")));
        }
        members.known(name)?;
    }
    Ok(())
}
