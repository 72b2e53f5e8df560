//! `profile use`.

use clap::Args;
use shared::id::Name;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::problem::Stop;

/// Make a profile the current one.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl profile use prod"])]
pub struct ProfileUse {
    /// Which one.
    #[arg(value_name = "NAME")]
    name: Name,
    /// Only say what would be changed.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl ProfileUse {
    /// Writes it into the file.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let mut profiles = app.profiles()?;
        let before = profiles.current().map_or_else(|| "none".to_owned(), Name::to_string);
        profiles.set_current(self.name.clone())?;
        if self.dry_run {
            app.output.note(&format!("would change the current profile from {before} to {}", self.name));
            return Ok(Exit::Ok);
        }
        profiles.save()?;
        app.output.detail(&format!("the current profile was {before} and is {} now", self.name));
        Ok(Exit::Ok)
    }
}
