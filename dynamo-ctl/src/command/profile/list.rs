//! `profile list`.

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::profile::roles;
use crate::exit::Exit;
use crate::output::{Document, Item, Tone};
use crate::problem::Stop;

/// List the profiles.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl profile list", "dynamo-ctl profile list -o name"])]
pub struct ProfileList {}

impl ProfileList {
    /// Prints them.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let profiles = app.profiles()?;
        let items: Vec<Listed> = profiles
            .iter()
            .map(|(name, profile)| Listed {
                name: name.to_string(),
                current: profiles.current() == Some(name),
                roles: roles(&profile),
                addresses: profile.addresses,
            })
            .collect();
        if items.is_empty() {
            app.output.note(&format!("there are no profiles in {}", profiles.path().display()));
        }
        app.output.document(&Document { kind: "profiles", head: (), lines: Vec::new(), items })?;
        Ok(Exit::Ok)
    }
}

/// One profile.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    current: bool,
    addresses: Vec<String>,
    roles: Vec<&'static str>,
}

impl Item for Listed {
    const KIND: &'static str = "profile";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["", "PROFILE", "CERTIFICATES", "ADDRESSES"]
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let more = self.addresses.len().saturating_sub(2);
        let addresses = if wide || more == 0 {
            self.addresses.join(" ")
        } else {
            let shown = self.addresses.get(..2).unwrap_or_default().join(" ");
            format!("{shown} and {more} more")
        };
        let current = if self.current { "*" } else { "" };
        let cells = [current.to_owned(), self.name.clone(), self.roles.join(" "), addresses];
        cells.map(|text| (text, Tone::Plain)).to_vec()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
