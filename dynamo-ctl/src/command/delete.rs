//! `delete`: a tombstone over what was seen.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use dynamo_client::{DeleteOptions, GetOptions};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::get::not_found;
use crate::command::place::{Place, Whereabouts, WriteArgs};
use crate::command::put::{Done, receipt, would_write};
use crate::exit::Exit;
use crate::problem::Stop;
use crate::stdio;

/// Delete a key.
///
/// The key is read first, and what was read is deleted; with `--context-in`, what an earlier get saw. What somebody
/// else writes meanwhile stays, and is said on standard error. A key that is not there is exit status 4, unless
/// `--if-exists` is given.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl delete cart:42",
    "dynamo-ctl delete cart:42 --if-exists",
    "dynamo-ctl get cart:42 --context-out seen && dynamo-ctl delete cart:42 --context-in seen",
])]
pub struct Delete {
    /// The key.
    #[arg(value_name = "KEY")]
    key: OsString,
    /// Where it is.
    #[command(flatten)]
    place: Place,
    /// How it counts.
    #[command(flatten)]
    write: WriteArgs,
    /// Delete what the context in this file saw, without reading; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    context_in: Option<PathBuf>,
    /// Write the new context to this file.
    #[arg(long, value_name = "FILE")]
    context_out: Option<PathBuf>,
    /// A key that is not there is fine.
    #[arg(long)]
    if_exists: bool,
    /// Only say where the deletion would be written.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Delete {
    /// Reads, and deletes what was read.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let key = self.place.key(&self.key)?;
        let bucket = &self.place.bucket;
        let given = match &self.context_in {
            Some(path) => Some(stdio::context_in(path).await?),
            None => None,
        };
        let client = app.client().await?;
        let (strict, timeout) = (self.write.strictness.wanted(), Some(app.timeout()));
        let context = if let Some(context) = given {
            context
        } else {
            let got = client.get(bucket, &key, &GetOptions { r: None, strict, timeout }).await?;
            if got.siblings.iter().all(|sibling| sibling.value.is_none()) {
                let absent = not_found(&key, bucket);
                if !self.if_exists {
                    return Err(absent.try_this("--if-exists takes that for done").into());
                }
                app.output.note(&absent.error);
                return Ok(Exit::Ok);
            }
            got.context
        };
        if self.dry_run {
            let whereabouts = Whereabouts::of(&client, bucket, &key)?;
            return would_write(&mut app.output, "delete", whereabouts, 0).map_err(Stop::from);
        }
        let options = DeleteOptions {
            context: Some(context),
            w: self.write.w,
            strict,
            durability: self.write.durability,
            timeout,
        };
        let written = client.delete(bucket, &key, &options).await?;
        if let Some(path) = &self.context_out {
            receipt(&mut app.output, path, &written)?;
        }
        Done::new("delete", bucket, &key, &written).tell(&mut app.output, true)?;
        Ok(Exit::Ok)
    }
}
