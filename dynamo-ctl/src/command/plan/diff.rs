//! `plan diff`: what changes, partition by partition.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::cli::{VERB_TEMPLATE, examples};
use crate::command::plan::{file, of_what_is_staged};
use crate::exit::Exit;
use crate::form::plan::PlanForm;
use crate::members::Members;
use crate::output::{Document, Item, Tone};
use crate::problem::{Problem, Stop};
use crate::text::count;

/// Show which partitions change their replicas.
///
/// Without a file: from the ring as it is to the plan of what is staged. With one file: from the ring that its plan starts
/// from to that plan. With two: from what the first plan ends with to what the second does; they must start from the
/// same ring. Partitions that do not change are not shown.
#[derive(Debug, Args)]
#[command(help_template = VERB_TEMPLATE, before_help = examples![
    "dynamo-ctl plan diff",
    "dynamo-ctl plan diff friday.json",
    "dynamo-ctl plan diff friday.json monday.json -o csv",
])]
pub struct PlanDiff {
    /// A plan file; `-` for standard input.
    #[arg(value_name = "A")]
    first: Option<PathBuf>,
    /// Another one.
    #[arg(value_name = "B")]
    second: Option<PathBuf>,
}

impl PlanDiff {
    /// Reads or asks, compares and prints.
    pub async fn run(&self, app: &mut App) -> Result<Exit, Stop> {
        let (from, to, items) = match (&self.first, &self.second) {
            (None, _) => {
                let members = Members::find(app).await?;
                moves(&of_what_is_staged(&members).await?.plan)
            }
            (Some(path), None) => moves(&file::read(path).await?.plan),
            (Some(first), Some(second)) => {
                between(&file::read(first).await?.plan, &file::read(second).await?.plan)?
            }
        };
        app.output.document(&document(from, to, items))?;
        Ok(Exit::Ok)
    }
}

/// What is compared.
#[derive(Debug, Serialize)]
pub(crate) struct Compared {
    from: String,
    to: String,
}

/// A partition whose replicas are others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Changed {
    /// Which.
    pub(crate) partition: u32,
    /// In order.
    pub(crate) before: Vec<String>,
    /// In order.
    pub(crate) after: Vec<String>,
}

/// Partitions that change, as a result.
pub(crate) fn document(from: String, to: String, items: Vec<Changed>) -> Document<Compared, Changed> {
    let changed = count(items.len() as u64, "partition");
    let lines = vec![format!("from {from} to {to}: {changed} with other replicas")];
    Document { kind: "ring-diff", head: Compared { from, to }, lines, items }
}

fn called(plan: &PlanForm) -> String {
    plan.plan.as_ref().map_or_else(|| "a plan without an id".to_owned(), |id| format!("plan {id}"))
}

fn moves(plan: &PlanForm) -> (String, String, Vec<Changed>) {
    let moves = plan.moves.iter().map(|step| Changed {
        partition: step.partition,
        before: step.before.clone(),
        after: step.after.clone(),
    });
    (format!("ring version {}", plan.base_ring_version), called(plan), moves.collect())
}

/// What two plans that start from the same ring leave different.
fn between(first: &PlanForm, second: &PlanForm) -> Result<(String, String, Vec<Changed>), Problem> {
    if (&first.cluster, first.base_ring_version) != (&second.cluster, second.base_ring_version) {
        return Err(Problem::new(Exit::Conflict, "other-base", "the plans do not start from the same ring")
            .because(format!(
                "ring version {} of {}, and {} of {}",
                first.base_ring_version, first.cluster, second.base_ring_version, second.cluster
            )));
    }
    let (_, from, first) = moves(first);
    let (_, to, second) = moves(second);
    let mut ends: BTreeMap<u32, Changed> = BTreeMap::new();
    for Changed { partition, before, after } in first {
        // Where the second plan does nothing it stays as it was.
        ends.insert(partition, Changed { partition, before: after, after: before });
    }
    for step in second {
        ends.entry(step.partition).and_modify(|end| end.after.clone_from(&step.after)).or_insert(step);
    }
    Ok((from, to, ends.into_values().filter(|end| end.before != end.after).collect()))
}

impl Item for Changed {
    const KIND: &'static str = "partition";

    fn headings(_: bool) -> Vec<&'static str> {
        vec!["PARTITION", "BEFORE", "AFTER"]
    }

    fn cells(&self, _: bool) -> Vec<(String, Tone)> {
        let marked = |own: &[String], other: &[String], mark: char| {
            let mark_new = |name: &String| {
                if other.contains(name) { name.clone() } else { format!("{mark}{name}") }
            };
            (own.iter().map(mark_new).collect::<Vec<_>>().join(" "), Tone::Plain)
        };
        vec![
            (self.partition.to_string(), Tone::Plain),
            marked(&self.before, &self.after, '-'),
            marked(&self.after, &self.before, '+'),
        ]
    }

    fn name(&self) -> String {
        self.partition.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::plan::{MoveForm, PlanFile};
    use crate::form::sample;

    fn plan(steps: &[(u32, &str)]) -> PlanForm {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect();
        let moves = steps.iter().map(|(partition, after)| MoveForm {
            partition: *partition,
            before: names("a b c"),
            after: names(after),
        });
        PlanForm { moves: moves.collect(), ..PlanFile::new(&sample::plan(), 8, 3).plan }
    }

    fn ends(first: &PlanForm, second: &PlanForm) -> Vec<(u32, String, String)> {
        let (.., changed) = between(first, second).unwrap();
        changed.into_iter().map(|one| (one.partition, one.before.join(" "), one.after.join(" "))).collect()
    }

    #[test]
    fn plans_differ_where_they_end_differently() {
        let first = plan(&[(1, "a b d"), (2, "a b d"), (3, "a b d")]);
        let second = plan(&[(2, "a b d"), (3, "d b c"), (4, "a d c")]);
        let text = |text: &str| text.to_owned();
        assert_eq!(
            ends(&first, &second),
            [
                (1, text("a b d"), text("a b c")),
                (3, text("a b d"), text("d b c")),
                (4, text("a b c"), text("a d c")),
            ]
        );
        let later = PlanForm { base_ring_version: 9, ..plan(&[]) };
        assert_eq!(between(&first, &later).unwrap_err().exit.code(), 5);
    }

    #[test]
    fn who_comes_and_who_goes_is_marked() {
        let (.., changed) = moves(&plan(&[(1, "a d c")]));
        let cells: Vec<String> = changed[0].cells(false).into_iter().map(|(text, _)| text).collect();
        assert_eq!(cells, ["1", "a -b c", "a +d c"]);
    }
}
