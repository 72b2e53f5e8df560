//! `plan export`: the plan as a file.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::plan::of_what_is_staged;
use crate::exit::Exit;
use crate::form::plan::PlanFile;
use crate::members::Members;
use crate::problem::{Problem, Stop};

/// Write the plan of what is staged to a file.
///
/// The file is JSON: the version of its shape, the cluster, the version of the ring that the plan starts from, the plan's
/// id, its changes, and what they would do. It can be kept, reviewed, compared (`plan diff`), and applied as long as the
/// ring has not changed.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan export friday.json",
    "dynamo-ctl plan export | jq .changes",
    "dynamo-ctl plan export friday.json && dynamo-ctl plan clear && dynamo-ctl plan apply friday.json",
])]
pub struct PlanExport {
    /// Where to; `-` for standard output.
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
}

impl PlanExport {
    /// Asks for the plan and writes it.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let plan = of_what_is_staged(&members).await?;
        let text = text(&plan)?;
        if self.file == Path::new("-") {
            app.output.bytes(text.as_bytes())?;
            app.output.flush()?;
        } else {
            write(&self.file, &text, self.force)?;
            app.output.detail(&format!("the plan is in {}", self.file.display()));
        }
        Ok(Exit::Ok)
    }
}

fn text(plan: &PlanFile) -> Result<String, Stop> {
    Ok(serde_json::to_string_pretty(plan).map_err(std::io::Error::from)? + "\n")
}

fn write(path: &Path, text: &str, replace: bool) -> Result<(), Problem> {
    let mut options = OpenOptions::new();
    options.write(true);
    if replace {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Problem::new(Exit::Refused, "file-exists", format!("{} is there already", path.display()))
                .try_this("--force replaces it")
        }
        _ => Problem::file("write", path, &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_is_replaced_only_by_force() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("plan.json");
        write(&path, "long before", false).unwrap();
        assert_eq!(write(&path, "new", false).unwrap_err().exit.code(), 9);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "long before");
        write(&path, "new", true).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
    }
}
