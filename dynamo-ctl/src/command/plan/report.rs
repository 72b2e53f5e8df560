//! A plan for people: what it is made of, what it costs, what it risks, and what stands in its way.

use std::collections::BTreeMap;

use crate::exit::Exit;
use crate::form::change::in_words;
use crate::form::plan::{BlockerForm, PlanForm};
use crate::problem::Problem;
use crate::text::{aligned, becomes, bytes_for_people, count, duration_for_people, few, percent};

/// Pairs that are shown unless all are asked for.
const PAIRS_SHOWN_MAX: usize = 16;

/// Partitions that stand for all of their kind.
const EXAMPLES_MAX: usize = 5;

/// What it is, and what it would do.
pub(super) fn summary(plan: &PlanForm) -> Vec<String> {
    let id = plan.plan.as_deref().unwrap_or("without an id");
    let mut lines = vec![format!("plan {id}  from ring version {}", plan.base_ring_version)];
    lines.extend(plan.changes.iter().map(|change| format!("  {}", in_words(std::slice::from_ref(change)))));
    if plan.partitions > 0 {
        lines.extend(effects(plan));
    }
    lines
}

fn effects(plan: &PlanForm) -> [String; 5] {
    let time = match plan.time_ms {
        Some(ms) => format!("about {} at the limits in force", duration_for_people(ms.max(1000))),
        None => "as fast as it goes, since there is no limit".to_owned(),
    };
    let examples = few(&plan.live_replicas_examples, EXAMPLES_MAX);
    let is_whole = plan.live_replicas_least >= plan.n;
    let examples =
        if examples.is_empty() || is_whole { String::new() } else { format!(" (partitions {examples})") };
    let permille = |permille: u32| percent(permille.into());
    [
        format!(
            "{} a new place; no plan to these shares moves fewer than {}",
            if plan.replicas_moved == 1 {
                "1 replica gets".to_owned()
            } else {
                format!("{} replicas get", plan.replicas_moved)
            },
            plan.replicas_moved_least
        ),
        format!("{} to copy, {time}", bytes_for_people(plan.bytes)),
        format!("live replicas on the way: at least {} of {}{examples}", plan.live_replicas_least, plan.n),
        format!(
            "partitions in as many zones as there can be: {} of {}",
            becomes(&plan.zoned_before.to_string(), &plan.zoned_after.to_string()),
            plan.partitions
        ),
        format!(
            "skew: {} (how far the most loaded node is above its share)",
            becomes(&permille(plan.skew_before_permille), &permille(plan.skew_after_permille))
        ),
    ]
}

/// Who sends to whom.
pub(super) fn pairs(plan: &PlanForm, all: bool) -> Vec<String> {
    let shown = if all { plan.pairs.len() } else { PAIRS_SHOWN_MAX };
    let rows: Vec<Vec<String>> = plan
        .pairs
        .iter()
        .take(shown)
        .map(|pair| {
            vec![
                format!("  {} -> {}", pair.source, pair.target),
                count(pair.partitions.into(), "partition"),
                bytes_for_people(pair.bytes),
            ]
        })
        .collect();
    let mut lines = aligned(&rows);
    let more = plan.pairs.len().saturating_sub(shown);
    if more > 0 {
        lines.push(format!("  and {}; -o wide shows all", count(more as u64, "more pair")));
    }
    lines
}

/// What stands in the way, node by node, and what an operator should know.
pub(super) fn objections(plan: &PlanForm) -> Vec<String> {
    let mut by_node: BTreeMap<Option<&str>, Vec<&BlockerForm>> = BTreeMap::new();
    for blocker in &plan.blockers {
        by_node.entry(blocker.node.as_deref()).or_default().push(blocker);
    }
    let blockers = by_node.into_iter().flat_map(|(node, blockers)| {
        let title = format!("! in the way at {}:", node.unwrap_or("the cluster as a whole"));
        std::iter::once(title).chain(blockers.into_iter().map(|blocker| format!("    {}", one(blocker))))
    });
    blockers.chain(plan.warnings.iter().map(|warning| format!("warning: {warning}"))).collect()
}

fn one(blocker: &BlockerForm) -> String {
    let partitions = few(&blocker.partitions, EXAMPLES_MAX);
    let partitions = if partitions.is_empty() { partitions } else { format!(" (partitions {partitions})") };
    let insist = if blocker.may_insist { "; --insist overrides it" } else { "" };
    format!("{}: {}{partitions}{insist}", blocker.code, blocker.reason)
}

/// What kind of thing is in the way, and where.
fn in_short(blocker: &BlockerForm) -> String {
    format!("{} ({})", blocker.code, blocker.node.as_deref().unwrap_or("the cluster as a whole"))
}

/// Why it cannot be committed, if it cannot. The reasons in full are among the [`objections`].
pub(super) fn blocked(plan: &PlanForm, insists: bool) -> Option<Problem> {
    let left: Vec<&BlockerForm> =
        plan.blockers.iter().filter(|blocker| !(insists && blocker.may_insist)).collect();
    let first = left.first()?;
    let reasons: Vec<String> = left.iter().map(|blocker| in_short(blocker)).collect();
    let problem = Problem::new(Exit::Refused, "blocked", "something stands in the way of this plan")
        .because(reasons.join(", "));
    Some(if left.iter().all(|blocker| blocker.may_insist) {
        problem.try_this("mend it, or commit with --insist if you know better")
    } else if first.code == "transfer" {
        problem.try_this("`dynamo-ctl op wait` waits until the operation under way is done")
    } else {
        problem.try_this("mend it first; `dynamo-ctl plan show` looks again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::plan::PlanFile;
    use crate::form::sample;
    use crate::output::Format;
    use crate::output::tests::captured;

    fn printed(plan: PlanFile, format: Format) -> String {
        let (mut output, out, _) = captured(Some(format), false);
        super::super::print(&mut output, plan, None).unwrap();
        out.text()
    }

    fn sample() -> PlanFile {
        PlanFile::new(&sample::plan(), 8, 3)
    }

    #[test]
    fn a_plan_says_what_it_does_and_what_is_in_the_way() {
        insta::assert_snapshot!(printed(sample(), Format::Table));
    }

    #[test]
    fn of_many_pairs_a_few_are_shown_unless_all_are_asked_for() {
        let mut plan = sample();
        let pair = plan.plan.pairs[0].clone();
        plan.plan.pairs = vec![pair; 40];
        assert!(printed(plan.clone(), Format::Table).contains("  and 24 more pairs; -o wide shows all"));
        assert_eq!(printed(plan, Format::Wide).matches("node-1 -> node-4").count(), 40);
    }

    #[test]
    fn a_plan_written_by_hand_shows_what_there_is() {
        let mut plan = sample();
        let PlanForm { cluster, base_ring_version, changes, .. } = plan.plan;
        plan.plan = PlanForm { cluster, base_ring_version, changes, ..PlanForm::default() };
        plan.items.clear();
        assert_eq!(
            printed(plan, Format::Table),
            "plan without an id  from ring version 3\n  join node-4 (weight 1)\n"
        );
    }

    #[test]
    fn blockers_that_may_be_overridden_give_way_to_insistence() {
        let mut plan = sample().plan;
        let problem = blocked(&plan, false).unwrap();
        assert_eq!((problem.exit.code(), problem.code), (9, "blocked"));
        assert!(problem.hint.unwrap().contains("--insist"));
        assert_eq!(blocked(&plan, true), None);
        plan.blockers[0].may_insist = false;
        assert!(blocked(&plan, true).is_some());
    }
}
