//! `plan propose`: ways to balance, side by side.

use clap::{Args, ValueEnum};
use serde::Serialize;
use shared::wire::plan::{Objective, Proposal};

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::exit::Exit;
use crate::form::change::{ChangeForm, Kind, in_words};
use crate::form::plan::PlanFile;
use crate::members::Members;
use crate::output::{Document, Item, Tone};
use crate::problem::Stop;
use crate::text::{becomes, bytes_for_people, duration_for_people, percent};

/// Show ways to balance the cluster, side by side.
///
/// At least two candidates, each with what it would cost and what it would bring. Nothing is staged: below the table stand
/// the commands that stage each of them, and -o json has the plans as `plan apply` reads them.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan propose",
    "dynamo-ctl plan propose --objective moves --max-moves 100",
    "dynamo-ctl plan propose -o json | jq '.items[0].plan' | dynamo-ctl plan apply -",
])]
pub struct PlanPropose {
    /// What counts: shares by weight, bytes over the network, or replicas with a new place.
    #[arg(long, value_name = "OBJECTIVE", default_value = "load")]
    objective: Aim,
    /// At most so many replicas may move [default: as many as it takes].
    #[arg(long, value_name = "N")]
    max_moves: Option<u32>,
}

/// What a proposal is to be good at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Aim {
    Bytes,
    Load,
    Moves,
}

impl From<Aim> for Objective {
    fn from(aim: Aim) -> Self {
        match aim {
            Aim::Bytes => Self::Bytes,
            Aim::Load => Self::Load,
            Aim::Moves => Self::Moves,
        }
    }
}

impl PlanPropose {
    /// Asks and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let members = Members::find(app).await?;
        let proposals = members.proposals(self.objective.into(), self.max_moves).await?;
        let (partitions, n) = (members.view.partitions, members.view.quorum.n());
        let items: Vec<Candidate> =
            proposals.iter().map(|proposal| Candidate::new(proposal, partitions, n)).collect();
        let after: Vec<String> = items.iter().flat_map(Candidate::how).collect();
        let head = Asked { objective: self.objective.into(), moves_max: self.max_moves };
        app.output.document_then(&Document { kind: "proposals", head, lines: Vec::new(), items }, &after)?;
        Ok(Exit::Ok)
    }
}

/// What was asked for.
#[derive(Debug, Serialize)]
struct Asked {
    objective: Objective,
    moves_max: Option<u32>,
}

/// A way to balance.
#[derive(Debug, Serialize)]
struct Candidate {
    title: String,
    why: String,
    plan: PlanFile,
}

impl Candidate {
    fn new(proposal: &Proposal, partitions: u32, n: u8) -> Self {
        let plan = PlanFile::new(&proposal.plan, partitions, n);
        Self { title: proposal.title.clone(), why: proposal.why.clone(), plan }
    }

    /// Why one would want it, and the commands that stage it.
    fn how(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.title, self.why)];
        if self.plan.plan.changes.is_empty() {
            lines.push("  nothing to stage".to_owned());
        }
        lines.extend(self.plan.plan.changes.iter().map(|change| format!("  dynamo-ctl {}", command(change))));
        lines
    }
}

/// The command that stages a change.
fn command(form: &ChangeForm) -> String {
    let ChangeForm { change, node, weight, zone, is_new_zone, by } = form;
    let weight = weight.unwrap_or(1);
    let zone = zone.as_ref().map(ToString::to_string);
    match change {
        Kind::Join => {
            let zone = zone.map_or_else(String::new, |zone| format!(" --zone {zone}"));
            format!("node join {node} --weight {weight}{zone}")
        }
        Kind::Leave => format!("node leave {node}"),
        Kind::Replace => {
            format!("node replace {node} --by {}", by.as_ref().map(ToString::to_string).unwrap_or_default())
        }
        Kind::Remove => format!("node remove {node}"),
        Kind::Weight => format!("node weight {node} {weight}"),
        Kind::Zone => {
            let new = if *is_new_zone == Some(true) { " --new" } else { "" };
            format!("node zone {node} {}{new}", zone.unwrap_or_default())
        }
    }
}

impl Item for Candidate {
    const KIND: &'static str = "proposal";

    fn headings(wide: bool) -> Vec<&'static str> {
        let mut headings = vec!["PROPOSAL", "PLAN", "MOVES", "BYTES", "TIME", "SKEW", "LIVE"];
        if wide {
            headings.extend(["ZONED", "CHANGES"]);
        }
        headings
    }

    fn cells(&self, wide: bool) -> Vec<(String, Tone)> {
        let plan = &self.plan.plan;
        let permille = |permille: u32| percent(permille.into());
        let mut cells = vec![
            self.title.clone(),
            self.name(),
            plan.replicas_moved.to_string(),
            bytes_for_people(plan.bytes),
            plan.time_ms.map_or_else(|| "-".to_owned(), duration_for_people),
            becomes(&permille(plan.skew_before_permille), &permille(plan.skew_after_permille)),
            format!("{} of {}", plan.live_replicas_least, plan.n),
        ];
        if wide {
            cells.extend([
                becomes(&plan.zoned_before.to_string(), &plan.zoned_after.to_string()),
                in_words(&plan.changes),
            ]);
        }
        cells.into_iter().map(|text| (text, Tone::Plain)).collect()
    }

    fn name(&self) -> String {
        self.plan.plan.plan.clone().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use shared::wire::plan::Change;

    use super::*;
    use crate::form::sample;

    #[test]
    fn every_change_has_a_command_that_the_command_line_understands() {
        use clap::Parser;
        let name = sample::name;
        for change in [
            Change::Join { node: name(4), weight: 2, zone: Some(name(9)) },
            Change::Join { node: name(4), weight: 1, zone: None },
            Change::Leave { node: name(1) },
            Change::Replace { node: name(1), by: name(4) },
            Change::Remove { node: name(1) },
            Change::Weight { node: name(1), weight: 3 },
            Change::Zone { node: name(1), zone: name(9), is_new: true },
        ] {
            let line = format!("dynamo-ctl {}", command(&ChangeForm::from(&change)));
            crate::cli::Cli::try_parse_from(line.split(' '))
                .unwrap_or_else(|error| panic!("{line}: {error}"));
        }
    }
}
