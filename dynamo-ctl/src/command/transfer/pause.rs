//! `transfer pause`: stops transfers where they are.

use clap::Args;
use shared::wire::admin::Admin;
use shared::wire::cluster::TransferLimits;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::transfer::set;
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Stop transfers where they are.
///
/// What was copied stays; nothing is handed over that was not. Requests are served as before. `transfer resume` goes on.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl transfer pause", "dynamo-ctl transfer pause --dry-run"])]
pub struct TransferPause {
    /// Only say what would be in force.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl TransferPause {
    /// Stops them, and prints what is in force.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let limits = TransferLimits { is_paused: true, ..members.view.limits };
        set(app, &members, Admin::Pause { pause: true }, limits, self.dry_run).await
    }
}
