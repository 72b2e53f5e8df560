//! `config show`: flag over environment over file.

use clap::Args;
use serde::Serialize;

use crate::app::{App, Origin};
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::output::{Colour, Document, Format, Item, Tone};
use crate::problem::Stop;

/// Show what stands: flag over environment over file.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl config show",
    "dynamo-ctl config show --origin",
    "DYNAMO_TIMEOUT=2s dynamo-ctl config show --origin -o json",
])]
pub struct ConfigShow {
    /// Tell where each value came from.
    #[arg(long)]
    origin: bool,
}

/// One setting.
#[derive(Debug, Serialize)]
struct Setting {
    name: &'static str,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'static str>,
}

impl ConfigShow {
    /// Prints every setting.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let profiles = app.profiles()?;
        let setting = |name, value, origin: Origin| Setting {
            name,
            value,
            origin: self.origin.then(|| origin.as_str()),
        };
        let mut items = vec![setting("config", profiles.path().display().to_string(), app.origin("config"))];
        let profile_origin = if app.global.profile.is_some() { app.origin("profile") } else { Origin::File };
        match profiles.choose(app.global.profile.as_ref()) {
            Ok((name, profile)) => {
                items.push(setting("profile", name.to_string(), profile_origin));
                items.push(setting("addresses", profile.addresses.join(" "), Origin::File));
                items.push(setting("ca", profile.ca.display().to_string(), Origin::File));
            }
            Err(error) => {
                app.output.note(&error.to_string());
                items.push(setting("profile", String::new(), Origin::Default));
            }
        }
        let timeout = humantime::format_duration(app.timeout()).to_string();
        items.push(setting("timeout", timeout, app.origin("timeout")));
        items.push(setting("output", name_of_format(app.output.format()), app.origin("output")));
        items.push(setting("color", name_of_colour(app.global.color), app.origin("color")));
        app.output.document(&Document { kind: "config", head: (), lines: Vec::new(), items })?;
        Ok(Exit::Ok)
    }
}

fn name_of_format(format: Format) -> String {
    format!("{format:?}").to_lowercase()
}

fn name_of_colour(colour: Colour) -> String {
    format!("{colour:?}").to_lowercase()
}

impl Item for Setting {
    const KIND: &'static str = "setting";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["SETTING", "VALUE", "ORIGIN"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let cells = [self.name.to_owned(), self.value.clone(), self.origin.unwrap_or_default().to_owned()];
        cells.map(|text| (text, Tone::Plain)).to_vec()
    }

    fn name(&self) -> String {
        self.name.to_owned()
    }
}
