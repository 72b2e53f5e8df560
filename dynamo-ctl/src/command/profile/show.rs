//! `profile show`.

use clap::Args;
use dynamo_client::{Pair, Profile};
use serde::Serialize;
use shared::id::Name;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::output::{Document, NoItem};
use crate::problem::Stop;

/// Show one profile.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl profile show", "dynamo-ctl profile show prod -o json"])]
pub struct ProfileShow {
    /// Which one [default: the one that is used here].
    #[arg(value_name = "NAME")]
    name: Option<Name>,
}

impl ProfileShow {
    /// Prints it.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let profiles = app.profiles()?;
        let (name, profile) = profiles.choose(self.name.as_ref().or(app.global.profile.as_ref()))?;
        let shown = Shown::new(&name, profile, profiles.current() == Some(&name));
        let lines = shown.lines();
        app.output.document(&Document::<_, NoItem> {
            kind: "profile",
            head: shown,
            lines,
            items: Vec::new(),
        })?;
        Ok(Exit::Ok)
    }
}

/// One profile, its paths absolute.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    current: bool,
    #[serde(flatten)]
    profile: Profile,
}

impl Shown {
    fn new(name: &Name, profile: Profile, current: bool) -> Self {
        Self { name: name.to_string(), current, profile }
    }

    fn lines(&self) -> Vec<String> {
        let profile = &self.profile;
        let current = if self.current { " (current)" } else { "" };
        let mut lines = vec![
            format!("profile    {}{current}", self.name),
            format!("addresses  {}", profile.addresses.join(" ")),
            format!("authority  {}", profile.ca.display()),
        ];
        let pairs = [("admin", &profile.admin), ("operator", &profile.operator), ("client", &profile.client)];
        for (role, pair) in pairs {
            if let Some(Pair { cert, key }) = pair {
                lines.push(format!("{role:<9}  {}, {}", cert.display(), key.display()));
            }
        }
        lines
    }
}
