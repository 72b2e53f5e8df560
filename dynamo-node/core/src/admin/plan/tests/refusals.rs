//! Bad input: refused with the reason, what was not done and what to try; nothing staged by halves.

use shared::error::Failure;
use shared::wire::look::Liveness;
use shared::wire::plan::Change;

use super::super::{check, make};
use super::stage::*;

/// Four members; n5 waits, n9 was one once.
fn stage() -> Stage {
    Stage::of(4, 16, (3, 2, 2)).waits(5, "z5").has_left(9)
}

/// Asserts that changes conflict with what is there, and that the reason has all of these words.
#[track_caller]
fn conflicts(stage: &Stage, staged: &[Change], new: &[Change], words: &[&str]) {
    match check(&stage.ground(), staged, new) {
        Err(Failure::Conflict { reason }) => says(&reason, words),
        other => panic!("{new:?} on {staged:?}: {other:?}"),
    }
}

/// Asserts that changes are not allowed, and that the reason has all of these words.
#[track_caller]
fn refused(stage: &Stage, staged: &[Change], new: &[Change], words: &[&str]) {
    match check(&stage.ground(), staged, new) {
        Err(Failure::Refused { reason }) => says(&reason, words),
        other => panic!("{new:?} on {staged:?}: {other:?}"),
    }
}

#[track_caller]
fn says(reason: &str, words: &[&str]) {
    for word in words.iter().chain(&["nothing was staged"]) {
        assert!(reason.contains(word), "`{word}` is missing: {reason}");
    }
}

/// What tells leave, replace and remove apart.
const ALL_THREE: [&str; 3] =
    ["alive hands over what it holds", "gets a successor with the same partitions", "is struck off"];

#[test]
fn what_fits_is_taken() {
    let stage = stage().down(4);
    for new in [
        vec![join(5)],
        vec![leave(1)],
        vec![replace(4, 5)],
        vec![remove(4)],
        vec![weigh(2, 1000)],
        vec![rezone(2, "z3", false)],
        vec![rezone(2, "elsewhere", true)],
        vec![weigh(2, 3), rezone(2, "z3", false)],
        vec![rezone(2, "elsewhere", true), rezone(3, "elsewhere", false)],
        vec![],
    ] {
        assert_eq!(check(&stage.ground(), &[], &new), Ok(()), "{new:?}");
    }
}

#[test]
fn a_member_cannot_join() {
    conflicts(&stage(), &[], &[join(1)], &["n1 is a member already", "node weight n1"]);
}

#[test]
fn a_name_that_another_member_has_is_taken() {
    let mut stage = stage();
    stage.waiting.values_mut().for_each(|newcomer| newcomer.name = called(1));
    conflicts(&stage, &[], &[join(1)], &["the name n1 is taken", "another name"]);
}

#[test]
fn neither_the_name_nor_the_id_of_a_former_member_comes_back() {
    conflicts(&stage(), &[], &[join(9)], &["n9 was a member and has left", "never used again"]);
    conflicts(&stage().down(4), &[], &[replace(4, 9)], &["n9 was a member and has left"]);
    let mut renamed = stage().waits(9, "z9");
    renamed.left.values_mut().for_each(|former| *former = called(8));
    conflicts(&renamed, &[], &[join(9)], &["n9 has the id of", "never used again"]);
    conflicts(&stage(), &[], &[leave(9)], &["n9 has left"]);
}

#[test]
fn a_node_that_nobody_heard_of_or_that_is_of_another_cluster_cannot_join() {
    let words = [
        "no waiting node called n6",
        "certificate of this cluster (00000000000000000000000000000007)",
        "seeds",
    ];
    conflicts(&stage(), &[], &[join(6)], &words);
    conflicts(&stage().down(4), &[], &[replace(4, 6)], &words);
}

#[test]
fn two_nodes_that_wait_under_one_name_are_told_apart_first() {
    let mut stage = stage().waits(6, "z6");
    stage.waiting.values_mut().for_each(|newcomer| newcomer.name = called(5));
    conflicts(&stage, &[], &[join(5)], &["2 waiting nodes call themselves n5"]);
}

#[test]
fn a_node_that_cannot_be_reached_cannot_join() {
    refused(&stage().down(5), &[], &[join(5)], &["n5 waits, but cannot be reached", "start n5"]);
    refused(&stage().down(5).down(4), &[], &[replace(4, 5)], &["n5 waits, but cannot be reached"]);
}

#[test]
fn who_is_no_member_can_neither_leave_nor_change() {
    for change in [leave(6), remove(6), replace(6, 5), weigh(6, 2), rezone(6, "z1", false)] {
        conflicts(&stage(), &[], &[change], &["no member is called n6", "node list"]);
    }
    conflicts(&stage(), &[], &[leave(5)], &["n5 waits, and is no member yet", "node join n5"]);
}

#[test]
fn weights_lie_between_one_and_a_thousand() {
    refused(&stage(), &[], &[weigh(1, 0)], &["weight of 0 for n1", "between 1 and 1000", "has to leave"]);
    refused(&stage(), &[], &[weigh(1, 1001)], &["weight of 1001 for n1", "between 1 and 1000"]);
    for weight in [0, 1001] {
        let join = Change::Join { node: called(5), weight, zone: None };
        refused(&stage(), &[], &[join], &["for n5", "between 1 and 1000"]);
    }
    conflicts(&stage(), &[], &[weigh(1, 1)], &["n1 has the weight 1 already"]);
}

#[test]
fn a_mistyped_zone_does_not_pass_for_a_new_one() {
    refused(&stage(), &[], &[rezone(1, "z44", false)], &["no member is in zone z44", "n1", "--new"]);
    refused(&stage(), &[], &[rezone(1, "z4", true)], &["first in zone z4", "n4 is in it already"]);
    conflicts(&stage(), &[], &[rezone(1, "z1", false)], &["n1 is in zone z1 already"]);
    let into = |zone| Change::Join { node: called(5), weight: 1, zone: Some(name(zone)) };
    refused(&stage(), &[], &[into("z44")], &["no member is in zone z44", "n5", "configured for z5"]);
    for zone in ["z5", "z1"] {
        assert_eq!(check(&stage().ground(), &[], &[into(zone)]), Ok(()), "its own, or a member's");
    }
}

#[test]
fn nothing_is_staged_twice_nor_against_what_is_staged() {
    let stage = stage().waits(6, "z6").down(4);
    conflicts(&stage, &[join(5)], &[join(5)], &["`join n5 (weight 1)` is staged already", "plan clear"]);
    let against: [(&[Change], Change); 9] = [
        (&[leave(1)], weigh(1, 2)),
        (&[weigh(1, 2)], leave(1)),
        (&[weigh(1, 2)], weigh(1, 3)),
        (&[remove(4)], replace(4, 5)),
        (&[replace(4, 5)], remove(4)),
        (&[replace(4, 5)], join(5)),
        (&[replace(4, 5)], replace(4, 6)),
        (&[join(5)], replace(4, 5)),
        (&[rezone(4, "z1", false)], remove(4)),
    ];
    for (staged, new) in against {
        conflicts(&stage, staged, &[new], &["contradicts", "staged already", "plan clear"]);
        assert_eq!(check(&stage.ground(), &[], staged), Ok(()), "alone it is fine");
    }
}

#[test]
fn one_bad_change_spoils_the_good_ones_given_with_it() {
    conflicts(&stage(), &[], &[weigh(1, 2), join(5), leave(6)], &["no member is called n6"]);
}

#[test]
fn fewer_members_than_a_quorum_are_refused_and_joins_along_with_it_help() {
    let stage = Stage::of(3, 16, (3, 2, 2)).waits(5, "z5");
    refused(&stage, &[leave(1)], &[leave(2)], &["without n1, n2", "1 member left", "needs 2", "stage joins"]);
    assert_eq!(check(&stage.ground(), &[], &[leave(1)]), Ok(()), "two can serve; the plan has a blocker");
    assert_eq!(check(&stage.ground(), &[leave(1)], &[leave(2), join(5)]), Ok(()));
    assert!(make(&stage.ground(), &[leave(1), leave(2)]).is_err());
}

#[test]
fn what_is_dead_cannot_leave_and_the_reason_says_what_is_meant() {
    let stage = stage().down(4);
    refused(&stage, &[], &[leave(4)], &["n4 is down", "node replace n4", "node remove n4"]);
    refused(&stage, &[], &[leave(4)], &ALL_THREE);
}

#[test]
fn what_is_alive_is_not_given_up_for_lost() {
    for change in [remove(4), replace(4, 5)] {
        refused(
            &stage(),
            &[],
            std::slice::from_ref(&change),
            &["n4 is up", "give its copy up", "node leave n4"],
        );
        refused(&stage(), &[], std::slice::from_ref(&change), &ALL_THREE);
        let suspect = stage().seen(4, Liveness::Suspect);
        refused(&suspect, &[], &[change], &["n4 has missed answers", "wait"]);
    }
}

#[test]
fn a_member_in_the_middle_of_a_plan_that_has_lost_its_ground_is_named() {
    let stage = stage();
    let reason = make(&stage.ground(), &[join(6)]).unwrap_err().to_string();
    assert!(reason.contains("nothing was planned") && reason.contains("n6"), "{reason}");
    conflicts(&stage, &[join(6)], &[weigh(1, 2)], &["what was staged earlier no longer fits", "n6"]);
}
