//! `op list`: what is under way, and what was last.

use clap::Args;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::operation::OperationForm;
use crate::members::Members;
use crate::output::Document;
use crate::problem::Stop;

/// List operations: the one under way, and the last that ended, the newest first.
///
/// MOVED counts partitions whose new owners answer. `ring history` shows all that ever changed the ring.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl op list",
    "dynamo-ctl op list -o wide",
    "dynamo-ctl op list -o json | jq '.items[] | select(.state == \"running\")'",
])]
pub struct OpList {}

impl OpList {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let view = Members::find(app).await?.view;
        let items: Vec<OperationForm> =
            view.operations.iter().map(|operation| OperationForm::new(operation, &view)).collect();
        if items.is_empty() {
            app.output.note("there is no operation");
        }
        app.output.document(&Document { kind: "operations", head: (), lines: Vec::new(), items })?;
        Ok(Exit::Ok)
    }
}
