//! The ring changes while clients work, by an administrator's hand, and nodes are killed in the middle of it.

use std::time::Duration;

use crate::history::History;
use crate::ledger::Ledger;
use crate::shoppers::{Crowd, Shoppers};
use crate::stage::Stage;

/// Keys that nobody touches: what there is to move.
const BALLAST: usize = 200;

/// So slow that a transfer can be met in its midst. It is lifted as soon as that has been seen.
const SLOW: &str = "20KiB";

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
    Change { stage: &mut stage, shoppers: &shoppers, words: &["join", &Stage::name(six)] }
        .with_a_kill(|_| six);
    let seven = stage.add(None);
    Change { stage: &mut stage, shoppers: &shoppers, words: &["join", &Stage::name(seven)] }
        .with_a_kill(|stage| stage.await_source_of(seven));
    // The last that carries operations on is not to be the one who leaves.
    let conductor = stage.conductor();
    let leavers: Vec<usize> = stage.members().into_iter().filter(|n| *n != conductor).collect();
    let (old, new) = (leavers[0], leavers[leavers.len() - 1]);
    Change { stage: &mut stage, shoppers: &shoppers, words: &["leave", &Stage::name(old)] }
        .with_a_kill(|_| old);
    Change { stage: &mut stage, shoppers: &shoppers, words: &["leave", &Stage::name(new)] }
        .with_a_kill(|_| conductor);

    shoppers.await_more(40);
    shoppers.happens("the end");
    let history = shoppers.finish(&stage);
    assert_eq!(stage.members().len(), 5);
    stage.await_calm();
    judge(&stage, &stage.members(), &history, &ballast);
}

/// A cluster of three grows to six and shrinks to four, several nodes at a time, and none of its clients notices.
#[test]
fn a_cluster_of_three_grows_to_six_and_shrinks_to_four_and_no_request_fails() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let ballast = stage.write_long("ballast", BALLAST);
    let shoppers =
        Shoppers::start(&stage, Crowd { clients: 16, keys: 30, every: Duration::from_millis(100) });
    let [four, five, six] = [(); 3].map(|()| Stage::name(stage.add(None)));
    for change in [&["join", &four][..], &["join", &five, &six], &["leave", "node-1", &five]] {
        shoppers.happens(change.join(" "));
        stage.carry_out(change);
        shoppers.happens("done");
        shoppers.await_more(200);
    }
    let history = shoppers.finish(&stage);
    assert_eq!(stage.members(), [2, 3, 4, 6]);
    stage.await_calm();
    judge(&stage, &stage.members(), &history, &ballast);
}

/// A change of the ring under load.
struct Change<'a> {
    stage: &'a mut Stage,
    shoppers: &'a Shoppers,
    words: &'a [&'a str],
}

impl Change<'_> {
    /// Carries it out, and has somebody killed in its midst and started again.
    fn with_a_kill(self, victim: impl FnOnce(&Stage) -> usize) {
        let Self { stage, shoppers, words } = self;
        stage.await_calm();
        stage.do_with_ctl(&["transfer", "limit", "--partitions", "4", "--bytes-per-second", SLOW]);
        shoppers.happens(words.join(" "));
        let operation = stage.commit(words);
        stage.await_midst(&operation);
        let victim = victim(stage);
        shoppers.happens(format!("kill {}", Stage::name(victim)));
        stage.cluster.kill9(victim);
        stage.await_midst(&operation);
        shoppers.await_more(40);
        shoppers.happens(format!("start {}", Stage::name(victim)));
        stage.cluster.restart(victim);
        stage.do_with_ctl(&["transfer", "limit", "--partitions", "16", "--bytes-per-second", "none"]);
        stage.await_operation(&operation);
        shoppers.happens("done");
    }
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
