//! Whole commands against a cluster that is made up: what is asked of it, what is printed, and how they end.

use std::ffi::OsString;
use std::time::Instant;

use shared::error::Failure;
use shared::wire::admin::{Admin, Commit};
use shared::wire::operation::OperationState;
use shared::wire::plan::{Blocker, Change};

use crate::asks_for_json;
use crate::form::sample;
use crate::stage::Stage;

#[test]
fn json_is_recognised_in_a_command_line_that_is_not_understood() {
    let asks = |line: &str| asks_for_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
    for line in ["x -o json", "x statsu -ojson", "x --output=jsonl", "x --output json"] {
        assert!(asks(line), "{line}");
    }
    for line in ["x", "x -o", "x -o table", "x json"] {
        assert!(!asks(line), "{line}");
    }
}

#[tokio::test]
async fn a_node_is_staged_planned_committed_and_waited_for() {
    let stage = Stage::new();
    let listed = stage.run("node list").await;
    assert!(listed.err.contains("`dynamo-ctl node join node-4` stages who waits"), "{listed:?}");
    assert_eq!(stage.run("plan show").await.code, 4, "nothing is staged");

    let dry = stage.run("node join node-4 --dry-run -o json").await;
    assert_eq!((dry.code, &dry.json()["plan"]), (0, &"000000000000feed".into()));
    assert!(stage.with(|fake| fake.told.is_empty()), "nothing was staged");

    let joined = stage.run("node join node-4").await;
    assert_eq!(joined.out, "staged:\nNUMBER  CHANGE\n60      join node-4 (weight 1)\n");
    assert!(joined.err.contains("plan show") && joined.err.contains("plan commit"), "{joined:?}");
    let shown = stage.run("plan show").await;
    assert!(shown.out.starts_with("plan 000000000000feed  from ring version 3\n"), "{shown:?}");
    assert!(shown.err.contains("dynamo-ctl plan commit 000000000000feed"), "{shown:?}");

    let unasked = stage.run("plan commit").await;
    assert_eq!(unasked.code, 2, "nobody can be asked: {unasked:?}");
    assert!(unasked.err.contains("hint: --yes gives it"), "{unasked:?}");
    let dry = stage.run("plan commit --dry-run").await;
    assert!(dry.out.starts_with("would commit:\n"), "{dry:?}");
    assert_eq!(stage.with(|fake| fake.told.len()), 1, "only staging so far");

    let committed = stage.run("plan commit 000000000000feed --yes -o name").await;
    assert_eq!((committed.code, committed.out.as_str()), (0, "0123456789abcdef\n"), "{committed:?}");
    let wanted = Commit { plan: sample::plan().id, insist: false, without_majority: None };
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(Admin::Commit(wanted)));

    stage.with(|fake| {
        fake.transfers = vec![sample::transfer(600)];
        fake.steps.extend((0..6).map(|_| -> crate::stage::Step { Box::new(|_| {}) }));
        fake.steps.push_back(Box::new(|fake| {
            let operation = &mut fake.view.operations[0];
            (operation.state, operation.settled, operation.joint) = (OperationState::Done, 2, 0);
            operation.ended_ms = Some(operation.started_ms + 5000);
            fake.ring.partitions[1].next = None;
        }));
    });
    let waited = stage.run("op wait --progress plain").await;
    assert_eq!(waited.code, 0, "{waited:?}");
    assert!(waited.err.contains("operation 0123456789abcdef  80.0%  running"), "{waited:?}");
    assert!(waited.err.contains("  node-1 -> node-4  80.0%  1/2"), "{waited:?}");
    assert!(waited.out.contains("ended at 2026-11-22T12:00:05Z after 5s\n"), "{waited:?}");
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_and_may_be_overridden_where_it_may() {
    let stage = Stage::new();
    stage.run("node leave node-1").await;
    stage.with(|fake| fake.plan.blockers = sample::plan().blockers);
    let blocked = stage.run("plan commit --yes").await;
    assert_eq!(blocked.code, 9);
    assert!(
        blocked
            .err
            .contains("error: something stands in the way of this plan\ncause: unreachable (node-3)\n")
    );
    stage.with(|fake| {
        let last: Blocker = Blocker { may_insist: false, ..fake.plan.blockers[0].clone() };
        fake.plan.blockers.push(last);
    });
    assert_eq!(stage.run("plan commit --yes --insist").await.code, 9);
    stage.with(|fake| fake.plan.blockers.truncate(1));
    assert_eq!(stage.run("plan commit --yes --insist").await.code, 0);
    assert!(matches!(stage.with(|fake| fake.told.pop()), Some(Admin::Commit(Commit { insist: true, .. }))));
}

#[tokio::test]
async fn another_plan_than_the_one_that_was_read_is_not_committed() {
    let stage = Stage::new();
    stage.run("node join node-4").await;
    stage.run("node leave node-1").await;
    let stale = stage.run("plan commit 000000000000feed --yes -o json").await;
    assert_eq!(stale.code, 5);
    let error: serde_json::Value = serde_json::from_str(stale.err.lines().last().unwrap()).unwrap();
    assert_eq!((&error["code"], &error["exit"]), (&"stale-plan".into(), &5.into()));
    let reason = "another administrator was first".to_owned();
    stage.with(|fake| fake.refusal = Some(Failure::Conflict { reason }));
    assert_eq!(stage.run("plan commit --yes").await.code, 5);
    let reason = "node-4 is a member already: nothing was staged; stage something else".to_owned();
    stage.with(|fake| fake.refusal = Some(Failure::Refused { reason }));
    let refused = stage.run("node join node-4").await;
    let told: Vec<&str> = refused.err.lines().collect();
    assert_eq!((refused.code, told[0]), (9, "error: node-4 is a member already: nothing was staged"));
    assert_eq!(told[2], "hint: stage something else");
}

#[tokio::test]
async fn a_plan_goes_into_a_file_and_comes_back_only_to_the_ring_that_it_was_made_for() {
    let stage = Stage::new();
    assert_eq!(stage.run("plan export {}/plan.json").await.code, 4, "nothing is staged");
    stage.run("node join node-4").await;
    assert_eq!(stage.run("plan export {}/plan.json").await.code, 0);
    assert_eq!(stage.run("plan export {}/plan.json").await.code, 9, "it is there already");
    assert_eq!(stage.run("plan export").await.json(), stage.run("plan show -o json").await.json());
    assert!(stage.run("plan apply {}/plan.json").await.err.contains("staged already"));
    let shown = stage.run("plan show --file {}/plan.json").await;
    assert_eq!(shown.out, stage.run("plan show").await.out);
    assert_eq!(stage.run("plan diff {}/plan.json {}/plan.json -o name").await.out, "");
    assert_eq!(stage.run("plan diff -o name").await.out, "0\n1\n2\n3\n4\n5\n");

    let cleared = stage.run("plan clear --dry-run").await;
    assert!(cleared.out.starts_with("would take back:\n"), "{cleared:?}");
    assert_eq!(stage.run("plan clear 61").await.code, 4);
    assert!(stage.run("plan clear").await.out.starts_with("taken back:\n"));
    stage.run("node leave node-1").await;
    assert_eq!(stage.run("plan apply {}/plan.json").await.code, 5, "another change is staged");
    stage.run("plan clear").await;
    assert_eq!(stage.run("plan apply {}/plan.json").await.code, 0);
    stage.run("plan clear").await;

    let told = stage.with(|fake| fake.told.len());
    stage.with(|fake| fake.view.ring_version = 4);
    let stale = stage.run("plan apply {}/plan.json").await;
    assert_eq!(stale.code, 5);
    assert!(stale.err.contains("cause: it starts from ring version 3, and the ring has version 4"));
    stage.with(|fake| fake.view.ring_version = 3);
    let text = std::fs::read_to_string(stage.path("plan.json")).unwrap();
    let foreign = text.replace(&sample::view().cluster.to_string(), &"00".repeat(16));
    std::fs::write(stage.path("foreign.json"), foreign).unwrap();
    assert_eq!(stage.run("plan apply {}/foreign.json").await.code, 9);
    std::fs::write(stage.path("other.json"), text.replace("000000000000feed", "00000000deadbeef")).unwrap();
    assert_eq!(stage.run("plan apply {}/other.json").await.code, 5, "it would not be that plan any more");
    std::fs::write(stage.path("broken.json"), &text[..text.len() / 2]).unwrap();
    assert_eq!(stage.run("plan apply {}/broken.json").await.code, 2);
    assert_eq!(stage.run("plan apply {}/nowhere.json").await.code, 2);
    assert_eq!(stage.with(|fake| fake.told.len()), told, "nothing was staged by halves");
}

#[tokio::test]
async fn what_is_severe_wants_the_name_of_what_is_at_stake() {
    let stage = Stage::new();
    for line in ["node remove node-3", "node replace node-3 --by node-4"] {
        let unasked = stage.run(line).await;
        assert_eq!(unasked.code, 2, "{unasked:?}");
        assert!(unasked.err.contains("hint: --confirm=node-3 gives it"), "{unasked:?}");
        assert_eq!(stage.run(&format!("{line} --confirm=node-2")).await.code, 2);
        assert_eq!(stage.run(&format!("{line} --dry-run")).await.code, 0, "looking wants no consent");
    }
    let asked = stage.run("node remove node-3").await;
    assert!(asked.err.contains("some of them have 2 replicas live, of 3"), "{asked:?}");
    assert!(stage.with(|fake| fake.told.is_empty()));
    assert_eq!(stage.run("node replace node-3 --by node-4 --confirm=node-3").await.code, 0);
    let (node, by) = (sample::name(3), sample::name(4));
    let wanted = Admin::Stage { changes: vec![Change::Replace { node, by }] };
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(wanted));

    let risky = stage.run("plan commit --without-majority").await;
    assert_eq!(risky.code, 2);
    assert!(risky.err.contains("! committing without a majority begins a new lineage"), "{risky:?}");
    assert!(risky.err.contains("hint: --confirm=prod gives it"), "{risky:?}");
}

#[tokio::test]
async fn a_lost_majority_is_gone_without_from_a_file() {
    let stage = Stage::new();
    stage.run("node join node-4").await;
    stage.run("plan export {}/plan.json").await;
    stage.run("plan clear").await;
    let line = "plan commit --without-majority --file {}/plan.json --confirm=prod";
    assert_eq!(stage.run(line).await.code, 0);
    let Some(Admin::Commit(commit)) = stage.with(|fake| fake.told.pop()) else { panic!("no commit") };
    assert_eq!(commit.without_majority, Some(sample::plan().changes));
}

#[tokio::test]
async fn names_that_are_not_known_are_answered_with_those_that_are() {
    let stage = Stage::new();
    for (code, line, said) in [
        (4, "node join node-44", "did you mean node-4?"),
        (4, "node show nobody", "`dynamo-ctl node list` shows members"),
        (4, "node zone node-1 z11", "did you mean z1? --new makes it a new one"),
        (2, "node leave node-1 node-1", "node-1 is named twice"),
        (4, "op show beef", "the ring was never changed"),
        (4, "op wait", "the ring was never changed"),
        (4, "ring diff 17", "the ring has the version 3 now"),
        (4, "ring owners cart --bucket defualt", "did you mean default?"),
    ] {
        let ran = stage.run(line).await;
        assert_eq!(ran.code, code, "{line}: {ran:?}");
        assert!(ran.err.contains(said), "{line}: {ran:?}");
        assert_eq!(ran.out, "", "{line}");
    }
    assert!(stage.with(|fake| fake.told.is_empty()));
}

#[tokio::test]
async fn waiting_ends_with_its_time_but_the_operation_goes_on() {
    let stage = Stage::new();
    stage.with(|fake| fake.view.operations = vec![sample::operation()]);
    let late = stage.run("op wait 0123 --timeout 1s -o json").await;
    assert_eq!(late.code, 8, "{late:?}");
    assert_eq!(late.out, "");
    let lines: Vec<serde_json::Value> =
        late.err.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["kind"], &lines[0]["permille"]), (&"progress".into(), &500.into()));
    let last = lines.last().unwrap();
    assert_eq!((&last["code"], &last["exit"]), (&"not-finished".into(), &8.into()));
    assert!(last["hint"].as_str().unwrap().contains("dynamo-ctl op wait 0123456789abcdef"));
}

#[tokio::test]
async fn waiting_outlives_the_node_that_is_asked() {
    let stage = Stage::new();
    stage.with(|fake| {
        fake.view.operations = vec![sample::operation()];
        fake.steps.extend((0..6).map(|_| -> crate::stage::Step { Box::new(|_| {}) }));
        fake.steps.push_back(Box::new(|fake| fake.view.operations[0].state = OperationState::Done));
    });
    let begun = Instant::now();
    let (waited, ()) = tokio::join!(stage.run("op wait --progress none"), stage.kill(0));
    assert_eq!((waited.code, waited.err.as_str()), (0, ""), "after {:?}", begun.elapsed());
}

#[tokio::test]
async fn what_was_cancelled_is_no_success() {
    let stage = Stage::new();
    stage.with(|fake| fake.view.operations = vec![sample::operation()]);
    let dry = stage.run("op cancel 0123 --dry-run").await;
    assert!(dry.err.contains("1 partition stay where they were, 1 move back"), "{dry:?}");
    assert_eq!(stage.run("op cancel 0123").await.code, 0);
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(Admin::Cancel { operation: sample::OPERATION }));
    stage.with(|fake| fake.view.operations[0].state = OperationState::Cancelled);
    let waited = stage.run("op wait --progress none").await;
    assert_eq!(waited.code, 14, "{waited:?}");
    assert!(waited.err.contains("error: operation 0123456789abcdef was cancelled"), "{waited:?}");
    assert_eq!(stage.run("op cancel 0123").await.code, 5, "it is over");
    assert_eq!(stage.run("op list -o name").await.out, "0123456789abcdef\n");
}

#[tokio::test]
async fn limits_are_shown_and_set() {
    let stage = Stage::new();
    let limits = stage.run("transfer limit").await;
    assert_eq!(limits.out, "up to 32.0MiB/s into each node, 4 partitions at once in the cluster\n");
    let dry = stage.run("transfer limit --bytes-per-second none --dry-run").await;
    assert_eq!(dry.out, "would be: as fast as it goes, 4 partitions at once in the cluster\n");
    assert!(stage.with(|fake| fake.told.is_empty()));
    let set = stage.run("transfer limit --bytes-per-second 20MiB --partitions 2 -o json").await;
    assert_eq!(set.json()["bytes_per_second"], 20 << 20);
    let wanted = Admin::Limit { bytes_per_second: Some(20 << 20), partitions_at_once: Some(2) };
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(wanted));
    assert!(stage.run("transfer pause").await.out.ends_with("; paused\n"));
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(Admin::Pause { pause: true }));
    stage.run("transfer resume").await;
    assert_eq!(stage.with(|fake| fake.told.pop()), Some(Admin::Pause { pause: false }));
}

#[tokio::test]
async fn members_that_cannot_tell_of_their_transfers_make_the_list_partial() {
    let stage = Stage::new();
    stage.with(|fake| fake.transfers = vec![sample::transfer(600)]);
    let listed = stage.run("transfer list").await;
    assert_eq!(listed.code, 3, "node-3 is down: {listed:?}");
    assert!(listed.out.contains("node-3  node-4  1           600B of 1000B  1 filling"), "{listed:?}");
    assert!(listed.err.starts_with("error: the transfers of 1 member are missing\n"), "{listed:?}");
}

#[tokio::test]
async fn the_ring_is_shown_now_and_as_it_was() {
    let stage = Stage::new();
    assert!(stage.run("ring show").await.out.contains("1 partition on the move"));
    assert_eq!(stage.run("ring diff -o name").await.out, "0\n1\n");
    assert_eq!(stage.run("ring history -o name").await.out, "3\n1\n");
    let owners = stage.run("ring owners cart:42 -o json").await.json();
    assert_eq!(owners["items"].as_array().unwrap().len(), 4, "owners and whoever stands in: {owners}");
    assert_eq!(owners["items"][0]["role"], "owner");
    let proposals = stage.run("plan propose --objective moves --max-moves 9").await;
    assert!(
        proposals.out.contains("quick: quick because\n  dynamo-ctl node join node-4 --weight 1\n"),
        "{proposals:?}"
    );
}
