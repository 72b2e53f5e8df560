//! `transfer limit`: how fast data may move.

use clap::Args;
use shared::wire::admin::Admin;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::transfer::{print, set};
use crate::exit::Exit;
use crate::members::Members;
use crate::problem::Stop;
use crate::text::size;

/// Change how fast transfers may go, at once and for the whole cluster; without an option, show it.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl transfer limit",
    "dynamo-ctl transfer limit --bytes-per-second 20MiB",
    "dynamo-ctl transfer limit --bytes-per-second none --partitions 8",
])]
pub struct TransferLimit {
    /// Bytes a second that each node may take in; `none`: no limit.
    #[arg(long, value_name = "SIZE", value_parser = size_or_none)]
    bytes_per_second: Option<u64>,
    /// Partitions that may be on the move at once, in the whole cluster; at least 1.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    partitions: Option<u32>,
    /// Only say what the limits would be.
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl TransferLimit {
    /// Sets them, and prints what is in force.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let mut limits = members.view.limits;
        if self.bytes_per_second.is_none() && self.partitions.is_none() {
            print(&mut app.output, limits, "")?;
            return Ok(Exit::Ok);
        }
        limits.bytes_per_second = self.bytes_per_second.unwrap_or(limits.bytes_per_second);
        limits.partitions_at_once = self.partitions.unwrap_or(limits.partitions_at_once);
        let change =
            Admin::Limit { bytes_per_second: self.bytes_per_second, partitions_at_once: self.partitions };
        set(app, &members, change, limits, self.dry_run).await
    }
}

/// A number of bytes, or zero for `none`.
fn size_or_none(text: &str) -> Result<u64, String> {
    match text {
        "none" => Ok(0),
        _ => match size(text)? {
            0 => Err("nothing at all would be a pause; `none` is no limit".to_owned()),
            bytes => Ok(bytes),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_size_or_none() {
        assert_eq!(size_or_none("none"), Ok(0));
        assert_eq!(size_or_none("20MiB"), Ok(20 << 20));
        assert!(size_or_none("0").is_err() && size_or_none("fast").is_err());
    }
}
