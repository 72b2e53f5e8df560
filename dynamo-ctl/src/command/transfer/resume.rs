//! `transfer resume`: lets transfers go on.

use clap::Args;
use shared::wire::admin::Admin;
use shared::wire::cluster::TransferLimits;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::transfer::set;
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;

/// Let transfers go on after `transfer pause`.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl transfer resume", "dynamo-ctl transfer resume --dry-run"])]
pub struct TransferResume {
    /// Only say what would be in force.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl TransferResume {
    /// Lets them go on, and prints what is in force.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let limits = TransferLimits { is_paused: false, ..members.view.limits };
        set(app, &members, Admin::Pause { pause: false }, limits, self.dry_run).await
    }
}
