//! `ring history`: how the ring came to be what it is.

use clap::Args;
use serde::Serialize;
use shared::wire::cluster::RingChange;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::change::{ChangeForm, in_words};
use crate::members::Members;
use crate::output::{Document, Item, Tone};
use crate::problem::Stop;
use crate::text::moment;

/// List every change of the ring that is remembered, the newest first.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl ring history",
    "dynamo-ctl ring history -o json | jq '.items[0].changes'",
])]
pub struct RingHistory {}

impl RingHistory {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let items: Vec<Version> = members.view.history.iter().map(Version::from).collect();
        app.output.document(&Document { kind: "ring-history", head: (), lines: Vec::new(), items })?;
        Ok(Exit::Ok)
    }
}

/// A version of the ring.
#[derive(Debug, Serialize)]
struct Version {
    #[serde(rename = "ring_version")]
    number: u64,
    at: String,
    author: String,
    /// Null: the founding.
    operation: Option<String>,
    changes: Vec<ChangeForm>,
    replicas_moved: u32,
    /// Whether the ring before it can be rebuilt.
    is_remembered: bool,
}

impl From<&RingChange> for Version {
    fn from(change: &RingChange) -> Self {
        Self {
            number: change.ring_version,
            at: moment(change.at_ms),
            author: change.author.clone(),
            operation: change.operation.map(|operation| operation.to_string()),
            changes: change.changes.iter().map(ChangeForm::from).collect(),
            replicas_moved: change.replicas_moved,
            is_remembered: !change.before.is_empty(),
        }
    }
}

impl Item for Version {
    const KIND: &'static str = "ring-version";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["RING", "WHEN", "BY", "MOVED", "CHANGES"];
        if wide {
            headings.push("OPERATION");
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let founding = || "the founding".to_owned();
        let mut cells = vec![
            self.number.to_string(),
            self.at.clone(),
            self.author.clone(),
            self.replicas_moved.to_string(),
            self.operation.as_ref().map_or_else(founding, |_| in_words(&self.changes)),
        ];
        if wide {
            cells.push(self.operation.clone().unwrap_or_else(|| "-".to_owned()));
        }
        cells.into_iter().map(|text| (text, Tone::Plain)).collect()
    }

    fn name(&self) -> String {
        self.number.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::sample;

    #[test]
    fn the_founding_is_the_first_version() {
        let rows: Vec<String> = sample::view()
            .history
            .iter()
            .map(|change| {
                Version::from(change).cells(false).into_iter().map(|(text, _)| text + "|").collect()
            })
            .collect();
        assert_eq!(
            rows,
            [
                "3|2026-11-22T12:00:00Z|alice|2|join node-4 (weight 1)|",
                "1|2026-11-22T12:00:00Z|alice|24|the founding|"
            ]
        );
    }
}
