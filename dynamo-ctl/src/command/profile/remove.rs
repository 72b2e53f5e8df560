//! `profile remove`.

use clap::Args;
use shared::id::Name;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::problem::Stop;

/// Remove a profile. Its certificates stay where they are.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl profile remove old"])]
pub struct ProfileRemove {
    /// Which one.
    #[arg(value_name = "NAME")]
    name: Name,
    /// Only say what would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl ProfileRemove {
    /// Takes it out of the file.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let mut profiles = app.profiles()?;
        profiles.remove(&self.name)?;
        let file = profiles.path().display().to_string();
        if self.dry_run {
            app.output.note(&format!("would take the profile {} out of {file}", self.name));
            return Ok(Exit::Ok);
        }
        profiles.save()?;
        app.output.detail(&format!("the profile {} is no longer in {file}", self.name));
        Ok(Exit::Ok)
    }
}
