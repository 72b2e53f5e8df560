//! `op show`: one operation.

use clap::Args;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::op::print;
use crate::exit::Exit;
use crate::form::operation::OperationForm;
use crate::members::Members;
use crate::problem::Stop;

/// Show an operation: what it changes, how far it is, and why it is not further.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl op show 0123456789abcdef",
    "dynamo-ctl op show 0123 -o json | jq .stalled",
])]
pub struct OpShow {
    /// Which; the beginning of its id will do.
    #[arg(value_name = "ID")]
    id: String,
}

impl OpShow {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let form = OperationForm::new(members.operation(&self.id)?, &members.view);
        print(&mut app.output, form)?;
        Ok(Exit::Ok)
    }
}
