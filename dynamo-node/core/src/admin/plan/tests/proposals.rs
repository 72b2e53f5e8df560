//! Ways to balance: each can be staged, and they differ in what they lead to.

use shared::wire::plan::{Change, Objective, Proposal};

use super::super::{check, propose};
use super::stage::*;

#[track_caller]
fn proposals(
    stage: &Stage,
    staged: &[Change],
    objective: Objective,
    moves_max: Option<u32>,
) -> Vec<Proposal> {
    let proposals = propose(&stage.ground(), staged, objective, moves_max).unwrap();
    for Proposal { title, why, plan } in &proposals {
        assert_eq!(stage.plan(&plan.changes), *plan, "{title}: staging its changes gives its plan");
        assert_eq!(check(&stage.ground(), &[], &plan.changes), Ok(()), "{title}");
        assert!(moves_max.is_none_or(|most| plan.replicas_moved <= most), "{title}");
        let extends = staged.iter().all(|change| plan.changes.contains(change));
        assert_eq!(extends, !why.contains("clear that first"), "{title}: {why}");
    }
    proposals
}

fn titles(proposals: &[Proposal]) -> Vec<&str> {
    proposals.iter().map(|proposal| proposal.title.as_str()).collect()
}

fn find<'a>(proposals: &'a [Proposal], title: &str) -> &'a Proposal {
    proposals
        .iter()
        .find(|proposal| proposal.title == title)
        .unwrap_or_else(|| panic!("{:?}", titles(proposals)))
}

#[test]
fn there_are_always_two() {
    let even = Stage::of(4, 16, (3, 2, 2));
    for objective in [Objective::Load, Objective::Bytes, Objective::Moves] {
        assert_eq!(titles(&proposals(&even, &[], objective, None)), ["as it is", "finer weights"]);
        assert!(proposals(&even.clone().waits(5, "z5"), &[join(5)], objective, None).len() >= 2);
        assert!(proposals(&even, &[leave(1)], objective, None).len() >= 2);
        assert!(proposals(&even, &[weigh(1, 2)], objective, None).len() >= 2);
    }
}

#[test]
fn the_best_comes_first() {
    let stage = Stage::of(4, 64, (3, 2, 2)).waits(5, "z5");
    let fewest = proposals(&stage, &[join(5)], Objective::Moves, None);
    assert!(fewest.is_sorted_by_key(|proposal| proposal.plan.replicas_moved), "{:?}", titles(&fewest));
    assert_eq!(titles(&fewest)[0], "part of the way");
    assert_eq!(titles(&proposals(&stage, &[join(5)], Objective::Load, None))[0], "as staged");
}

#[test]
fn a_part_of_the_way_moves_less() {
    let stage = Stage::of(6, 64, (3, 2, 2));
    let found = proposals(&stage, &[weigh(1, 3)], Objective::Moves, None);
    let (whole, part) = (find(&found, "as staged"), find(&found, "part of the way"));
    assert!(part.plan.replicas_moved < whole.plan.replicas_moved);
    assert_eq!(part.plan.changes, [weigh(1, 2)], "half way from 1 to 3");
}

#[test]
fn a_bound_on_moves_is_kept() {
    let stage = Stage::of(6, 64, (3, 2, 2));
    let whole = stage.plan(&[weigh(1, 3)]).replicas_moved;
    let bounded = proposals(&stage, &[weigh(1, 3)], Objective::Load, Some(whole / 2));
    let part = find(&bounded, "part of the way");
    assert!(part.plan.replicas_moved > 0, "and it is made use of");
    assert!(!titles(&bounded).contains(&"as staged"));
}

#[test]
fn a_bound_that_nothing_keeps_is_said() {
    let stage = Stage::of(5, 64, (3, 2, 2));
    let reason = propose(&stage.ground(), &[leave(1)], Objective::Moves, Some(3)).unwrap_err().to_string();
    assert!(reason.contains("nothing was proposed") && reason.contains("within 3"), "{reason}");
}

#[test]
fn weights_make_up_for_loads_that_differ() {
    let stage =
        (1..=5).fold(Stage::of(6, 64, (3, 2, 2)), |stage, node| stage.reports(node, 32_000, 1_000_000));
    let heavy = stage.clone().reports(6, 64_000, 968_000);
    let found = proposals(&heavy, &[], Objective::Load, None);
    let plan = &find(&found, "by load").plan;
    assert!(share(plan, 6).replicas_after < share(plan, 6).replicas_before, "{:?}", plan.shares);
    let nearly = proposals(&stage.reports(6, 33_000, 999_000), &[], Objective::Load, None);
    assert!(!titles(&nearly).contains(&"by load"), "within a tenth there is nothing to mend");
    assert!(
        !titles(&proposals(&heavy, &[], Objective::Bytes, None)).contains(&"by load"),
        "it was not asked for"
    );
}

#[test]
fn weights_follow_the_disks_where_all_report() {
    let stage = Stage::of(6, 64, (3, 2, 2)).reports(6, 1_000, 2_000_000);
    assert!(!titles(&proposals(&stage, &[], Objective::Bytes, None)).contains(&"by disk"));
    let stage = (1..=5).fold(stage, |stage, node| stage.reports(node, 1_000, 1_000_000));
    let found = proposals(&stage, &[], Objective::Bytes, None);
    let plan = &find(&found, "by disk").plan;
    assert!(share(plan, 6).replicas_after > share(plan, 1).replicas_after * 3 / 2, "{:?}", plan.shares);
}

#[test]
fn members_that_hold_uneven_shares_may_keep_them() {
    let settled = Stage::of(6, 64, (3, 2, 2)).weighs(1, 4).weighs(2, 3);
    let ring = settled.target(&[]).ring;
    let stage = Stage { ring, ..Stage::of(6, 64, (3, 2, 2)) }.waits(7, "z7");
    let found = proposals(&stage, &[join(7)], Objective::Moves, None);
    let (as_staged, fewest) = (find(&found, "as staged"), find(&found, "fewest moves"));
    assert!(fewest.plan.replicas_moved < as_staged.plan.replicas_moved);
    assert!(share(&fewest.plan, 7).replicas_after > 0);
}

#[test]
fn who_waits_is_proposed_to_join() {
    let stage = Stage::of(4, 64, (3, 2, 2)).waits(5, "z5").waits(6, "z6");
    let found = proposals(&stage, &[], Objective::Load, None);
    assert_eq!(find(&found, "with who waits").plan.changes, [join(5), join(6)]);
}

#[test]
fn a_successor_keeps_the_weight_that_it_inherits() {
    let mut stage = Stage::of(5, 64, (3, 2, 2)).waits(6, "z6").down(5).reports(6, 0, 9_000_000);
    for node in 1..=5 {
        stage = stage.reports(node, 1_000 * node, 1_000_000 * node);
    }
    for proposal in proposals(&stage, &[replace(5, 6)], Objective::Load, None) {
        assert!(proposal.plan.changes.contains(&replace(5, 6)), "{}", proposal.title);
        assert_eq!(share(&proposal.plan, 6).weight_after, 1, "{}", proposal.title);
    }
}

#[test]
fn what_does_not_fit_is_not_balanced_either() {
    assert!(propose(&Stage::of(4, 16, (3, 2, 2)).ground(), &[join(9)], Objective::Load, None).is_err());
}
