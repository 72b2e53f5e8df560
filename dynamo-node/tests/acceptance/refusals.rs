//! What cannot be done to a ring is refused with the reason, and nothing is staged by halves.

use std::fs;

use shared::error::Failure;
use shared::wire::admin::Admin;
use shared::wire::cluster::Status;
use shared::wire::plan::Change;

use crate::stage::Stage;

/// Exit codes of `dynamo-ctl`, as its manual has them.
const USAGE: i32 = 2;
const NOT_FOUND: i32 = 4;
const CONFLICT: i32 = 5;
const REFUSED: i32 = 9;

/// A command, its exit code, and a part of what it says.
type Refusal<'a> = (&'a [&'a str], i32, &'a str);

/// Everything that an administrator may get wrong about a node, with a node that waits under its own name, and one that
/// waits under the name of a member.
#[test]
fn what_cannot_be_done_to_a_node_is_refused_with_the_reason_and_nothing_is_staged() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    let four = stage.add(None);
    stage.refuse(&[
        (&["join", "node-1"], CONFLICT, "node-1 is a member already"),
        (&["join", "node-4", "node-1"], CONFLICT, "node-1 is a member already"),
        (&["join", "node-9"], NOT_FOUND, "no node is called `node-9`"),
        (&["join", "node-4", "--zone", "nowhere"], REFUSED, "no member is in zone nowhere"),
        (&["join", "node-4", "--weight", "0"], USAGE, "0 is not in 1.."),
        (&["join", "node-4", "--weight", "-1"], USAGE, "-1 is not in 1.."),
        (&["leave", "node-9"], NOT_FOUND, "no node is called `node-9`"),
        (&["leave", "node-4"], CONFLICT, "node-4"),
        (&["leave", "node-1", "node-2"], REFUSED, "there would be 1 member left"),
        (&["weight", "node-1", "0"], USAGE, "0 is not in 1.."),
        (&["weight", "node-1", "1"], CONFLICT, "has the weight 1 already"),
        (&["weight", "node-9", "2"], NOT_FOUND, "no node is called `node-9`"),
        (&["zone", "node-1", "nowhere"], NOT_FOUND, "no member is in a zone `nowhere`"),
        (&["replace", "node-1", "--by", "node-4", "--confirm=node-1"], REFUSED, "node-1 is up"),
        (&["remove", "node-1", "--confirm=node-1"], REFUSED, "node-1 is up"),
    ]);
    let told = |change| stage.ask(&Admin::Stage { changes: vec![change] }).unwrap_err();
    let name = || Stage::name(1).parse().unwrap();
    for failure in [
        told(Change::Weight { node: name(), weight: 0 }),
        told(Change::Zone { node: name(), zone: "nowhere".parse().unwrap(), is_new: false }),
    ] {
        assert!(matches!(failure, Failure::Refused { .. }), "{failure:?}");
    }

    // Gone before it was let in.
    stage.cluster.kill9(four);
    stage.await_view("node-4 is forgotten", |view| {
        view.nodes.iter().all(|node| node.name.as_str() != "node-4")
    });
    stage.refuse(&[(&["join", "node-4"], NOT_FOUND, "no node is called `node-4`")]);

    stage.cluster.add_as("node-1", None);
    stage.await_view("another node-1 waits", |view| {
        view.nodes.iter().any(|node| node.name.as_str() == "node-1" && node.status == Status::Waiting)
    });
    stage.refuse(&[(&["join", "node-1"], CONFLICT, "the name node-1 is taken")]);
}

/// Too few left for N is no matter of staging, as joins may be staged with it: the commit is refused.
#[test]
fn too_few_left_for_all_replicas_is_not_committed_unless_somebody_insists() {
    let stage = Stage::of(&["--partitions", "64"]);
    let ledger = stage.write("before", 60);
    stage.do_with_ctl(&["node", "leave", "node-3"]);
    let refused = stage.ctl(&["plan", "commit", "--yes"]);
    assert!(refused.code == REFUSED && refused.stderr.contains("N=3 replicas need 3"), "{refused:?}");
    let view = stage.view().unwrap();
    assert!(view.staged.len() == 1 && view.operations.is_empty(), "{view:#?}");
    stage.do_with_ctl(&["plan", "clear"]);
    assert!(stage.view().unwrap().staged.is_empty());
    stage.read_back(&ledger);
}

/// A plan is for one state of one cluster: it is not committed, nor staged out of a file, when that is another.
#[test]
fn a_plan_that_is_stale_or_of_another_cluster_is_refused() {
    let mut stage = Stage::of(&["--partitions", "64"]);
    stage.add(None);
    stage.do_with_ctl(&["node", "weight", "node-1", "2"]);
    stage.do_with_ctl(&["plan", "export", "plan.json"]);
    let [file, foreign] = ["plan.json", "foreign.json"].map(|name| stage.home().join(name));
    let text = fs::read_to_string(&file).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cluster = stage.view().unwrap().cluster.to_string();
    assert!(text.contains(&cluster), "{text}");
    fs::write(&foreign, text.replace(&cluster, &"0".repeat(cluster.len()))).unwrap();

    stage.do_with_ctl(&["node", "weight", "node-2", "3"]);
    let stale = stage.ctl(&["plan", "commit", read["plan"].as_str().unwrap(), "--yes"]);
    assert!(stale.code == CONFLICT && stale.stderr.contains("another plan"), "{stale:?}");
    stage.do_with_ctl(&["plan", "clear"]);
    let other = stage.ctl(&["plan", "apply", "foreign.json"]);
    assert!(other.code == REFUSED && other.stderr.contains("another cluster"), "{other:?}");
    stage.carry_out(&["join", "node-4"]);
    let stale = stage.ctl(&["plan", "apply", "plan.json"]);
    assert!(stale.code == CONFLICT && stale.stderr.contains("stale"), "the ring is another: {stale:?}");
    assert!(stage.view().unwrap().staged.is_empty());
}

impl Stage {
    fn refuse(&self, refusals: &[Refusal<'_>]) {
        for (words, code, part) in refusals {
            let said = self.ctl(&[&["node"], *words].concat());
            assert!(said.code == *code && said.stderr.contains(part), "{words:?}: {said:?}");
            let staged = self.view().unwrap().staged;
            assert!(staged.is_empty(), "{words:?} has staged {staged:?}");
        }
    }
}
