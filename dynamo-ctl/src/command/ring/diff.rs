//! `ring diff`: what changed between two versions of the ring.

use clap::Args;
use shared::wire::cluster::ClusterView;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::plan::{Changed, changed_document};
use crate::command::ring::past::{self, Lists};
use crate::exit::Exit;
use crate::members::{Members, name_of};
use crate::problem::Stop;

/// Show which partitions have other replicas than in an earlier version of the ring.
///
/// Without a version: since before the last change. With one: since that version. With two: from the first to the second.
/// While partitions move, the ring of now is the one that they move to. `ring history` lists the versions.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl ring diff",
    "dynamo-ctl ring diff 4",
    "dynamo-ctl ring diff 4 9 -o csv",
])]
pub struct RingDiff {
    /// From this version.
    #[arg(value_name = "VERSION")]
    from: Option<u64>,
    /// To this one [default: now].
    #[arg(value_name = "VERSION")]
    to: Option<u64>,
}

impl RingDiff {
    /// Rebuilds both, compares and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let view = &members.view;
        let ring = members.ring().await?;
        let called = |version: u64| format!("ring version {version}");
        let (from, from_called) = if let Some(version) = self.from {
            (version, called(version))
        } else {
            let newest = past::newest_change(view)?;
            (newest.saturating_sub(1), format!("before {}", called(newest)))
        };
        let to = self.to.unwrap_or(view.ring_version);
        let items = compare(view, &past::at(view, &ring, from)?, &past::at(view, &ring, to)?);
        app.output.document(&changed_document(from_called, called(to), items))?;
        Ok(Exit::Ok)
    }
}

fn compare(view: &ClusterView, from: &Lists, to: &Lists) -> Vec<Changed> {
    let named = |nodes: &[_]| nodes.iter().map(|node| name_of(view, *node)).collect();
    let differing = from.iter().zip(to).zip(0..).filter(|((before, after), _)| before != after);
    differing
        .map(|((before, after), partition)| Changed { partition, before: named(before), after: named(after) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample::{ring, view};

    #[test]
    fn only_what_differs_is_shown() {
        let view = view();
        let rings = [1, 3].map(|version| past::at(&view, &ring(), version).unwrap());
        let changed = compare(&view, &rings[0], &rings[1]);
        assert_eq!(changed.iter().map(|one| one.partition).collect::<Vec<_>>(), [0, 1]);
        assert_eq!(changed[1].after, ["node-1", "node-2", "node-4"]);
        assert_eq!(compare(&view, &rings[1], &rings[1]), []);
    }
}
