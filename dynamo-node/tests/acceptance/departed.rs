//! Nodes that are members no more start again with all that they had.

use dynamo_testkit::await_until;
use shared::error::Failure;
use shared::wire::cluster::Status;
use shared::wire::look::Liveness;

use crate::stage::Stage;
use crate::steward::LONG;

const KEYS: usize = 60;

/// One node leaves; another dies and is removed. What they had is deleted meanwhile. Both start again with their old data:
/// they serve nothing and say so, nobody takes anything from them, and they are not let in again.
#[test]
fn who_left_or_was_removed_stays_out_with_its_old_data_and_says_so() {
    let mut stage = Stage::of(&["--nodes", "5", "--partitions", "64"]);
    let (kept, deleted) = (stage.write("kept", KEYS), stage.write("deleted", KEYS));
    let (leaver, lost) = (4, 5);

    stage.carry_out(&["leave", &Stage::name(leaver)]);
    stage.await_departed(leaver);
    stage.cluster.kill9(leaver);

    stage.cluster.kill9(lost);
    stage.await_node(lost, "it is down", |node| node.liveness == Some(Liveness::Down));
    let consent = format!("--confirm={}", Stage::name(lost));
    stage.carry_out(&["remove", &Stage::name(lost), &consent]);

    stage.runtime.block_on(deleted.delete(&stage.client, &stage.bucket));
    for n in [leaver, lost] {
        stage.cluster.restart(n);
    }
    for n in [leaver, lost] {
        stage.await_departed(n);
        let again = stage.ctl(&["node", "join", &Stage::name(n)]);
        assert!(again.code == 5 && again.stderr.contains("has left"), "{again:?}");
    }
    assert_eq!(stage.members(), [1, 2, 3]);
    stage.await_calm();
    stage.await_copies(kept.len() + deleted.len());
    for n in stage.members() {
        stage.read_back_at(n, &kept, 3, true);
        stage.runtime.block_on(deleted.miss_at(&stage.door(n), 3));
    }
}

impl Stage {
    /// Waits until a node says to whoever asks, and in its log, that it is no member any more, and the others know it.
    pub(crate) fn await_departed(&self, n: usize) {
        self.await_node(n, "it has left", |node| node.status == Status::Left);
        let mut last = None;
        let says_so = await_until(LONG, || {
            let said = self.runtime.block_on(self.door(n).get("kept-1", 1, false));
            let is_so = matches!(&said, Err(Failure::Left { node }) if *node == Self::name(n));
            last = Some(said);
            is_so
        });
        assert!(says_so, "{} still answers {last:?}", Self::name(n));
        let log = self.cluster.log(n);
        assert!(log.contains("no member of its cluster any more"), "{log}");
    }
}
