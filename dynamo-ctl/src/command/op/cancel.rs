//! `op cancel`: takes an operation back.

use clap::Args;
use shared::wire::admin::{Admin, Done};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::op::print;
use crate::exit::Exit;
use crate::form::operation::{OperationForm, state};
use crate::members::{Members, strange};
use crate::problem::{Problem, Stop};
use crate::text::count;

/// Take an operation back.
///
/// Partitions that were not handed over yet stay where they were, and what was copied of them is dropped; partitions that
/// were handed over move back, unless a node that would take them in again is down: those stay where they are now. What is
/// done already is taken back by staging the opposite.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl op cancel 0123456789abcdef",
    "dynamo-ctl op cancel 0123 --dry-run",
])]
pub struct OpCancel {
    /// Which; the beginning of its id will do.
    #[arg(value_name = "ID")]
    id: String,
    /// Only say what would be taken back.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl OpCancel {
    /// Asks for it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let operation = members.operation(&self.id)?;
        let (id, stay) = (operation.id, operation.waiting + operation.joint);
        let (back, form) =
            (operation.handed_over + operation.settled, OperationForm::new(operation, &members.view));
        if operation.state.is_over() {
            return Err(Problem::new(Exit::Conflict, "operation-over", format!("operation {id} is over"))
                .because(format!("it is {}", state(&operation.state)))
                .try_this("stage the opposite to take back what it did")
                .into());
        }
        let stay = count(stay.into(), "partition");
        let what = format!("{stay} stay where they were, {back} move back");
        if self.dry_run {
            print(&mut app.output, form)?;
            app.output.note(&format!("would cancel it: {what}"));
            return Ok(Exit::Ok);
        }
        let Done::Cancelling { version } = members.change(app, &Admin::Cancel { operation: id }).await?
        else {
            return Err(strange().into());
        };
        let lines = vec![format!("operation {id} is being taken back: {what}")];
        let head = Cancelling { operation: id.to_string(), version };
        app.output.fact("cancelling", head, lines, &id.to_string())?;
        app.output.note(&format!("`dynamo-ctl op wait {id}` watches it"));
        Ok(Exit::Ok)
    }
}

/// What came of it, for programs.
#[derive(Debug, serde::Serialize)]
struct Cancelling {
    operation: String,
    version: u64,
}
