//! `transfer list`: what moves at this moment.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use shared::wire::cluster::ClusterView;
use shared::wire::operation::{Transfer, TransferStage};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::transfer::{LimitsForm, line};
use crate::exit::Exit;
use crate::members::{Members, name_of};
use crate::output::{Document, Format, Item, Output, Tone};
use crate::problem::{Problem, Stop};
use crate::text::{bytes_for_people, count, duration_for_people};

/// How long a member may take before the others are shown without it.
const PATIENCE: Duration = Duration::from_secs(2);

/// List the partitions that are taken in or given up at this moment, by pair of nodes.
///
/// Every member is asked; where one does not answer, the exit status is 3. With -o wide, and for programs, partition by
/// partition. Bytes are what was copied, of what there is by the reports of the other owners.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl transfer list",
    "dynamo-ctl transfer list -o wide",
    "dynamo-ctl transfer list -o json | jq '.items[] | select(.stage == \"stalled\").reason'",
])]
pub struct TransferList {}

impl TransferList {
    /// Asks every member, and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let (mut transfers, mut silent) = (Vec::new(), Vec::new());
        for (address, answer) in members.transfers_of(PATIENCE, |_| true).await {
            match answer {
                Ok(answer) => transfers.extend(answer),
                Err(error) => silent.push(error.cause().unwrap_or_else(|| format!("{address}: {error}"))),
            }
        }
        transfers.sort_by_key(|transfer| (transfer.target, transfer.partition));
        print(&mut app.output, &members.view, &transfers)?;
        match silent.first() {
            None => Ok(Exit::Ok),
            Some(first) => {
                let who = count(silent.len() as u64, "member");
                let error = format!("the transfers of {who} are missing");
                Err(Problem::new(Exit::Partly, "members-missing", error).because(first.clone()).into())
            }
        }
    }
}

fn print(output: &mut Output, view: &ClusterView, transfers: &[Transfer]) -> Result<(), Stop> {
    let items: Vec<TransferForm> = transfers.iter().map(|one| TransferForm::new(one, view)).collect();
    let mut lines = vec![line(view.limits)];
    if items.is_empty() {
        lines.push("nothing moves".to_owned());
    }
    if output.format() == Format::Table {
        let head = ();
        output.document(&Document { kind: "transfers", head, lines, items: by_pair(&items) })?;
    } else {
        let head = LimitsForm::from(view.limits);
        output.document(&Document { kind: "transfers", head, lines, items })?;
    }
    Ok(())
}

/// One partition.
#[derive(Debug, Clone, Serialize)]
struct TransferForm {
    partition: u32,
    operation: String,
    source: Option<String>,
    target: String,
    stage: &'static str,
    reason: Option<String>,
    records: u64,
    bytes: u64,
    bytes_expected: u64,
    stage_ms: u64,
}

impl TransferForm {
    fn new(transfer: &Transfer, view: &ClusterView) -> Self {
        let (stage, reason) = stage(&transfer.stage);
        Self {
            partition: transfer.partition.0,
            operation: transfer.operation.to_string(),
            source: transfer.source.map(|source| name_of(view, source)),
            target: name_of(view, transfer.target),
            stage,
            reason,
            records: transfer.records,
            bytes: transfer.bytes,
            bytes_expected: transfer.bytes_expected,
            stage_ms: transfer.stage_ms,
        }
    }
}

fn stage(stage: &TransferStage) -> (&'static str, Option<String>) {
    match stage {
        TransferStage::Queued => ("queued", None),
        TransferStage::Fencing => ("fencing", None),
        TransferStage::Filling => ("filling", None),
        TransferStage::Paused => ("paused", None),
        TransferStage::Stalled { reason } => ("stalled", Some(reason.clone())),
        TransferStage::Filled => ("filled", None),
        TransferStage::Verifying => ("verifying", None),
        TransferStage::Dropping => ("dropping", None),
    }
}

/// How much of how much; just how much where more came than was expected.
fn of(bytes: u64, expected: u64) -> String {
    if expected <= bytes {
        return bytes_for_people(bytes);
    }
    format!("{} of {}", bytes_for_people(bytes), bytes_for_people(expected))
}

impl Item for TransferForm {
    const KIND: &'static str = "transfer";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["PARTITION", "FROM", "TO", "STAGE", "FOR", "RECORDS", "BYTES", "OPERATION", "WHY"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let tone = match self.stage {
            "stalled" | "paused" => Tone::Warning,
            "filled" => Tone::Good,
            _ => Tone::Plain,
        };
        let plain = |text: String| (text, Tone::Plain);
        let (from, to) = self.ends();
        vec![
            plain(self.partition.to_string()),
            plain(from),
            plain(to),
            (self.stage.to_owned(), tone),
            plain(duration_for_people(self.stage_ms)),
            plain(self.records.to_string()),
            plain(of(self.bytes, self.bytes_expected)),
            plain(self.operation.clone()),
            plain(self.reason.clone().unwrap_or_else(|| "-".to_owned())),
        ]
    }

    fn name(&self) -> String {
        self.partition.to_string()
    }
}

impl TransferForm {
    /// Who sends and who takes in, for people; an old copy goes nowhere.
    fn ends(&self) -> (String, String) {
        let dash = || "-".to_owned();
        if matches!(self.stage, "verifying" | "dropping") {
            return (self.target.clone(), dash());
        }
        (self.source.clone().unwrap_or_else(dash), self.target.clone())
    }
}

/// Everything between two nodes.
#[derive(Debug, Default, Serialize)]
struct PairLine {
    source: String,
    target: String,
    partitions: u64,
    bytes: u64,
    bytes_expected: u64,
    /// How many are in each stage.
    stages: BTreeMap<&'static str, u64>,
    reason: Option<String>,
}

fn by_pair(transfers: &[TransferForm]) -> Vec<PairLine> {
    let mut pairs: BTreeMap<(String, String), PairLine> = BTreeMap::new();
    for transfer in transfers {
        let (source, target) = transfer.ends();
        let pair = pairs.entry((source.clone(), target.clone())).or_insert_with(|| PairLine {
            source,
            target,
            ..PairLine::default()
        });
        pair.partitions += 1;
        pair.bytes += transfer.bytes;
        pair.bytes_expected += transfer.bytes_expected;
        *pair.stages.entry(transfer.stage).or_default() += 1;
        if pair.reason.is_none() {
            pair.reason.clone_from(&transfer.reason);
        }
    }
    pairs.into_values().collect()
}

impl Item for PairLine {
    const KIND: &'static str = "pair";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["FROM", "TO", "PARTITIONS", "BYTES", "STAGES", "WHY"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let stages: Vec<String> =
            self.stages.iter().map(|(stage, count)| format!("{count} {stage}")).collect();
        let tone = if self.reason.is_some() { Tone::Warning } else { Tone::Plain };
        vec![
            (self.source.clone(), Tone::Plain),
            (self.target.clone(), Tone::Plain),
            (self.partitions.to_string(), Tone::Plain),
            (of(self.bytes, self.bytes_expected), Tone::Plain),
            (stages.join(", "), tone),
            (self.reason.clone().unwrap_or_else(|| "-".to_owned()), Tone::Plain),
        ]
    }

    fn name(&self) -> String {
        format!("{} -> {}", self.source, self.target)
    }
}

#[cfg(test)]
mod tests {
    use shared::token::PartitionId;

    use super::*;
    use crate::form::sample;
    use crate::output::tests::captured;

    fn printed(format: Format) -> String {
        let stalled = Transfer {
            partition: PartitionId(2),
            stage: TransferStage::Stalled { reason: "node-3 does not answer".into() },
            ..sample::transfer(0)
        };
        let (mut output, out, _) = captured(Some(format), false);
        print(&mut output, &sample::view(), &[sample::transfer(600), stalled]).unwrap();
        out.text()
    }

    #[test]
    fn people_see_pairs_and_whoever_wants_more_sees_partitions() {
        insta::assert_snapshot!(printed(Format::Table) + "\n" + &printed(Format::Wide));
        assert_eq!(printed(Format::Name), "1\n2\n");
        let json: serde_json::Value = serde_json::from_str(&printed(Format::Json)).unwrap();
        assert_eq!(json["items"][1]["reason"], "node-3 does not answer");
        assert_eq!(json["bytes_per_second"], 32 << 20);
    }
}
