//! `man`: the manual pages, for the packager.

use std::path::PathBuf;

use clap::Args;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::handouts;
use crate::problem::{Problem, Stop};

/// Print or write the manual pages.
///
/// With a folder, every page is written into it; without one, the first page is printed.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples!["dynamo-ctl man | man -l -", "dynamo-ctl man /usr/local/share/man/man1"])]
pub struct ManPages {
    /// The folder to write to; it is made if it is missing.
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl ManPages {
    /// Prints or writes.
    pub fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let pages = handouts::manual()?;
        let Some(dir) = &self.dir else {
            if let Some(page) = pages.iter().find(|page| page.name == "dynamo-ctl.1") {
                app.output.bytes(&page.contents)?;
            }
            return Ok(Exit::Ok);
        };
        std::fs::create_dir_all(dir).map_err(|error| Problem::file("make", dir, &error))?;
        for page in &pages {
            let path = dir.join(&page.name);
            std::fs::write(&path, &page.contents).map_err(|error| Problem::file("write", &path, &error))?;
        }
        app.output.detail(&format!("{} pages in {}", pages.len(), dir.display()));
        Ok(Exit::Ok)
    }
}
