//! `transfer`: data on the move, and how fast it may go.

mod limit;
mod list;
mod pause;
mod resume;

pub use limit::TransferLimit;
pub use list::TransferList;
pub use pause::TransferPause;
pub use resume::TransferResume;

use serde::Serialize;
use shared::wire::admin::{Admin, Done};
use shared::wire::cluster::TransferLimits;

use crate::app::App;
use crate::exit::Exit;
use crate::members::{Members, strange};
use crate::output::Output;
use crate::problem::Stop;
use crate::text::{bytes_for_people, count};

/// The limits for programs; zero bytes a second: no limit.
#[derive(Debug, Serialize)]
struct LimitsForm {
    bytes_per_second: u64,
    partitions_at_once: u32,
    is_paused: bool,
}

impl From<TransferLimits> for LimitsForm {
    fn from(limits: TransferLimits) -> Self {
        let TransferLimits { bytes_per_second, partitions_at_once, is_paused } = limits;
        Self { bytes_per_second, partitions_at_once, is_paused }
    }
}

/// The limits in one line.
fn line(limits: TransferLimits) -> String {
    let bytes = match limits.bytes_per_second {
        0 => "as fast as it goes".to_owned(),
        bytes => format!("up to {}/s into each node", bytes_for_people(bytes)),
    };
    let at_once = count(limits.partitions_at_once.into(), "partition");
    let paused = if limits.is_paused { "; paused" } else { "" };
    format!("{bytes}, {at_once} at once in the cluster{paused}")
}

fn print(output: &mut Output, limits: TransferLimits, first: &str) -> Result<(), Stop> {
    output.fact(
        "transfer-limits",
        LimitsForm::from(limits),
        vec![format!("{first}{}", line(limits))],
        "limits",
    )?;
    Ok(())
}

/// Has the limits set, unless it is only to be said what they would be, and prints them.
async fn set(
    app: &mut App,
    members: &Members,
    change: Admin,
    limits: TransferLimits,
    dry_run: bool,
) -> Result<Exit, Stop> {
    if dry_run {
        print(&mut app.output, limits, "would be: ")?;
        return Ok(Exit::Ok);
    }
    let Done::Set { .. } = members.change(app, &change).await? else { return Err(strange().into()) };
    print(&mut app.output, limits, "")?;
    Ok(Exit::Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_one_line() {
        let limits = TransferLimits { bytes_per_second: 0, partitions_at_once: 1, is_paused: false };
        assert_eq!(line(limits), "as fast as it goes, 1 partition at once in the cluster");
        let limits = TransferLimits { bytes_per_second: 20 << 20, partitions_at_once: 4, is_paused: true };
        assert_eq!(
            line(limits),
            "up to 20.0MiB/s into each node, 4 partitions at once in the cluster; paused"
        );
    }
}
