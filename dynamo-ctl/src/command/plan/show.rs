//! `plan show`: what committing would do.

use std::path::PathBuf;

use clap::Args;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::plan::{file, of_what_is_staged, print};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Show what the staged changes would do.
///
/// For every node: replicas and share of the ring before and after, what it takes in and gives up, and the most that its
/// disk will hold on the way (DISK PEAK: everything taken in, nothing given up yet). Then who sends how much to whom, how
/// long that takes at the limits in force, the least live replicas that any partition has on the way, and what stands in
/// the way of a commit. Nothing changes until `plan commit`. Exits 4 if nothing is staged.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan show",
    "dynamo-ctl plan show -o wide",
    "dynamo-ctl plan show -o json | jq '.blockers[].reason'",
    "dynamo-ctl plan show --file friday.json",
])]
pub struct PlanShow {
    /// Show the plan in this file, as it was when it was written, without asking anybody; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl PlanShow {
    /// Asks for the plan, or reads it, and prints it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        if let Some(path) = &self.file {
            let plan = file::read(path).await?;
            print(&mut app.output, plan, None)?;
            return Ok(Exit::Ok);
        }
        let members = Members::find(app).await?;
        let plan = of_what_is_staged(&members).await?;
        let (id, is_free) = (plan.plan.plan.clone().unwrap_or_default(), plan.plan.blockers.is_empty());
        print(&mut app.output, plan, None)?;
        if is_free {
            app.output
                .note(&format!("`dynamo-ctl plan commit {id}` does it; `dynamo-ctl plan clear` forgets it"));
        } else {
            app.output.note("this cannot be committed as it is; `dynamo-ctl plan clear` forgets it");
        }
        Ok(Exit::Ok)
    }
}
