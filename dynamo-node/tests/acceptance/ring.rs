//! The ring changes while clients work, by an administrator's hand, and nodes are killed in the middle of it.

use std::fs;
use std::time::Duration;

use shared::wire::cluster::{ClusterView, Status};
use shared::wire::look::Liveness;

use crate::history::History;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::shoppers::{Crowd, Shoppers};
use crate::stage::Stage;
use crate::steward::CANCELLED;

/// Keys that nobody touches: what there is to move.
const BALLAST: usize = 200;

/// Clients that do not rest for long.
const BUSY: Crowd = Crowd { clients: 16, keys: 30, every: Duration::from_millis(100) };

/// Forty clients at a request a second want ten keys. Two nodes join and two leave, one after the other; in each of the four
/// transfers somebody is killed and started again: the joiner, one whom a joiner reads from, the leaver, and the one who
/// carries the operation on. No request fails, nothing that was acknowledged is lost, nothing that was deleted or
/// replaced comes back, and nobody reads what is older than what he wrote.
#[test]
fn two_join_and_two_leave_with_a_kill_in_each_transfer_and_nothing_is_lost_or_comes_back() {
    let mut stage = Stage::of(&["--nodes", "5", "--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, Crowd { clients: 40, keys: 10, every: Duration::from_secs(1) });

    let six = stage.add(None);
    change(&mut stage, &shoppers, &["join", &Stage::name(six)], |_| six, Without::Stalls);
    let seven = stage.add(None);
    let source = |stage: &Stage| stage.await_source_of(seven);
    change(&mut stage, &shoppers, &["join", &Stage::name(seven)], source, Without::GoesOn);
    // The one who carries operations on is not to be the one who leaves.
    let conductor = stage.conductor();
    let leavers: Vec<usize> = stage.members().into_iter().filter(|n| *n != conductor).collect();
    let (old, new) = (leavers[0], leavers[leavers.len() - 1]);
    change(&mut stage, &shoppers, &["leave", &Stage::name(old)], |_| old, Without::Stalls);
    change(&mut stage, &shoppers, &["leave", &Stage::name(new)], |_| conductor, Without::GoesOn);

    shoppers.await_more(40);
    shoppers.happens("the end");
    let history = shoppers.finish(&stage);
    assert_eq!(stage.members().len(), 5);
    settle_and_judge(&stage, &history, &ballast);
}

/// A cluster of three grows to six and shrinks to four, several nodes at a time, and none of its clients notices.
#[test]
fn a_cluster_of_three_grows_to_six_and_shrinks_to_four_and_no_request_fails() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, BUSY);
    let [four, five, six] = [(); 3].map(|()| Stage::name(stage.add(None)));
    for change in [&["join", &four][..], &["join", &five, &six], &["leave", "node-1", &five]] {
        shoppers.happens(change.join(" "));
        stage.carry_out(change);
        shoppers.happens("done");
        shoppers.await_more(200);
    }
    let history = shoppers.finish(&stage);
    assert_eq!(stage.members(), [2, 3, 4, 6]);
    settle_and_judge(&stage, &history, &ballast);
}

/// The lights go out in the midst of a transfer: members and joiner are killed at once under load. When they are back, the
/// operation goes on by itself, and everything that was acknowledged is there.
#[test]
fn all_are_killed_in_the_midst_of_a_transfer_and_it_goes_on_when_they_are_back() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let four = stage.add(None);
    let load = Load::start(&stage);
    stage.slow_down();
    let operation = stage.commit(&["join", &Stage::name(four)]);
    stage.await_midst(&operation);
    load.await_more(100);
    for n in 1..=four {
        stage.cluster.kill9(n);
    }
    let report = load.abandon(&stage);
    assert!(report.errors.is_empty() && report.lies.is_empty(), "{:#?}", (&report.errors, &report.lies));
    for n in 1..=four {
        stage.cluster.restart(n);
    }
    stage.await_midst(&operation);
    stage.speed_up();
    stage.await_operation(&operation);
    assert_eq!(stage.members(), [1, 2, 3, 4]);
    stage.await_calm();
    for n in stage.members() {
        report.read_back_at(&stage, n);
        stage.read_back_at(n, &ballast, 2, false);
    }
}

/// A joiner dies for good in the midst of being filled. An administrator takes the operation back: the three are as before.
/// Later the joiner is there again with what it had got; it waits as if it had never been let in, and joins after all.
#[test]
fn a_join_is_taken_back_when_its_joiner_is_dead_and_nobody_notices() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, BUSY);
    let four = stage.add(None);
    stage.slow_down();
    let operation = stage.commit(&["join", &Stage::name(four)]);
    stage.await_midst(&operation);
    stage.cluster.kill9(four);
    shoppers.happens("the joiner is killed");
    stage.do_with_ctl(&["op", "cancel", &operation]);
    stage.await_end(&operation, CANCELLED);
    shoppers.happens("it is taken back");
    assert_eq!(stage.members(), [1, 2, 3]);
    stage.await_calm();
    shoppers.await_more(200);

    stage.cluster.restart(four);
    stage.await_node(four, "it waits again", |node| node.status == Status::Waiting);
    stage.speed_up();
    stage.carry_out(&["join", &Stage::name(four)]);
    shoppers.happens("it has joined after all");
    shoppers.await_more(200);
    let history = shoppers.finish(&stage);
    settle_and_judge(&stage, &history, &ballast);
}

/// A joiner loses its disk in the midst of being filled. It is filled from the beginning, and holds its share in the end.
#[test]
fn a_joiner_that_loses_its_disk_on_the_way_is_filled_again() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, BUSY);
    let four = stage.add(None);
    stage.slow_down();
    let operation = stage.commit(&["join", &Stage::name(four)]);
    stage.await_midst(&operation);
    stage.await_view("some partitions are done with", |view| view.operations[0].settled > 0);
    stage.cluster.kill9(four);
    fs::remove_dir_all(stage.cluster.node(four).join("data")).unwrap();
    stage.cluster.restart(four);
    stage.speed_up();
    stage.await_operation(&operation);
    shoppers.await_more(100);
    let history = shoppers.finish(&stage);
    assert_eq!(stage.members(), [1, 2, 3, 4]);
    settle_and_judge(&stage, &history, &ballast);
}

/// A node dies for good, and another takes its place, while clients work.
#[test]
fn a_dead_node_is_replaced_and_no_request_fails() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, BUSY);
    let lost = Stage::name(2);
    shoppers.happens("node-2 dies");
    stage.cluster.kill9(2);
    stage.await_node(2, "it is down", |node| node.liveness == Some(Liveness::Down));
    let four = Stage::name(stage.add(None));
    shoppers.happens("node-4 takes its place");
    stage.carry_out(&["replace", &lost, "--by", &four, &format!("--confirm={lost}")]);
    shoppers.happens("done");
    shoppers.await_more(200);
    let history = shoppers.finish(&stage);
    stage.cluster.restart(2);
    stage.await_departed(2);
    assert_eq!(stage.members(), [1, 3, 4]);
    settle_and_judge(&stage, &history, &ballast);
}

/// A member is frozen in the midst of a transfer until others have gone on without it. When it is awake again, it still
/// believes in what is over; it is corrected, and nothing is lost to it.
#[test]
fn a_member_that_has_slept_through_a_transfer_does_no_harm() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers = Shoppers::start(&stage, BUSY);
    let four = stage.add(None);
    stage.slow_down();
    let operation = stage.commit(&["join", &Stage::name(four)]);
    stage.await_midst(&operation);
    shoppers.happens("node-2 is frozen");
    stage.cluster.freeze(2);
    stage.await_node(2, "it is down", |node| node.liveness == Some(Liveness::Down));
    let moved = |view: &ClusterView| view.operations[0].handed_over + view.operations[0].settled;
    let before = moved(&stage.view().unwrap());
    stage.speed_up();
    stage.await_view("it goes on without node-2", |view| moved(view) > before + 8);
    shoppers.happens("node-2 is thawed");
    stage.cluster.thaw(2);
    stage.await_operation(&operation);
    shoppers.happens("done");
    shoppers.await_more(200);
    let history = shoppers.finish(&stage);
    settle_and_judge(&stage, &history, &ballast);
}

/// What becomes of an operation while somebody is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Without {
    /// It goes on without them.
    GoesOn,
    /// It waits for them, and says so.
    Stalls,
}

/// Changes the ring under load, and has somebody killed in the midst of it and started again.
fn change(
    stage: &mut Stage,
    shoppers: &Shoppers,
    words: &[&str],
    victim: impl FnOnce(&Stage) -> usize,
    without: Without,
) {
    stage.await_calm();
    stage.slow_down();
    shoppers.happens(words.join(" "));
    let operation = stage.commit(words);
    stage.await_midst(&operation);
    let victim = victim(stage);
    shoppers.happens(format!("kill {}", Stage::name(victim)));
    stage.cluster.kill9(victim);
    stage.await_midst(&operation);
    match without {
        Without::GoesOn => shoppers.await_more(40),
        Without::Stalls => stage.await_stall(&operation, victim),
    }
    shoppers.happens(format!("start {}", Stage::name(victim)));
    stage.cluster.restart(victim);
    stage.speed_up();
    stage.await_operation(&operation);
    shoppers.happens("done");
}

/// Every member is to rest, and each key to have its three copies and no more; then every member is asked for everything.
fn settle_and_judge(stage: &Stage, history: &History, ledger: &Ledger) {
    stage.await_calm();
    stage.await_copies(history.keys().len() + ledger.len());
    judge(stage, &stage.members(), history, ledger);
}

/// Each of these nodes is asked for everything.
pub(crate) fn judge(stage: &Stage, nodes: &[usize], history: &History, ledger: &Ledger) {
    for &n in nodes {
        let door = stage.door(n);
        let mut wrongs = Vec::new();
        for key in history.keys() {
            let last = stage.runtime.block_on(door.get(&key, 2, false)).unwrap();
            wrongs.extend(history.wrongs_of(&key, &last.into_iter().collect()));
        }
        assert!(wrongs.is_empty(), "by {}: {wrongs:#?}", Stage::name(n));
        stage.read_back_at(n, ledger, 2, false);
    }
}
