//! One test per claim of sections 4.1 to 4.6 of the paper, in the paper's order.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic in a test is a finding")]

mod stage;

use std::collections::{BTreeMap, BTreeSet};

use dynamo_core::message::{Body, Held};
use shared::error::Failure;
use shared::key::{KEY_BYTES_MAX, VALUE_BYTES_MAX};
use shared::quorum::Quorum;
use stage::{How, Stage, texts};

/// §4.1: "The get(key) operation locates the object replicas ... and returns a single object or a list of objects with
/// conflicting versions along with a context."
#[test]
fn s4_1_get_returns_the_object_with_a_context_for_an_absent_key_too() {
    let mut stage = Stage::of(3);
    let nothing = stage.get_with(1, "cart", &How::default()).unwrap();
    assert!(nothing.siblings.is_empty());
    let how = How { context: Some(nothing.context), ..How::default() };
    stage.put_with(2, "cart", Some("milk"), &how).unwrap();
    assert_eq!(stage.get(3, "cart"), ["milk"]);
}

/// §4.1: "Dynamo treats both the key and the object supplied by the caller as an opaque array of bytes."
#[test]
fn s4_1_keys_are_opaque_up_to_their_limit_and_values_up_to_the_clusters() {
    let mut stage = Stage::of(3);
    let long = "k".repeat(KEY_BYTES_MAX);
    stage.put(1, &long, "milk\0\u{1f95b}");
    assert_eq!(stage.get(2, &long), ["milk\0\u{1f95b}"]);
    let max = VALUE_BYTES_MAX as u64;
    let refused = stage.put_with(1, "cart", Some(&"x".repeat(VALUE_BYTES_MAX + 1)), &How::default());
    assert_eq!(refused, Err(Failure::ValueTooLong { bytes: max + 1, max }));
    assert!(stage.get(1, "cart").is_empty(), "what was refused was not written");
}

/// §4.2: "Each node becomes responsible for the region in the ring between it and its predecessor", here a share of Q equal
/// partitions, so that "each node ... receives a roughly equivalent amount of load".
#[test]
fn s4_2_every_node_owns_its_share_of_the_ring() {
    let stage = Stage::of(4);
    let declared = stage.declared(1).unwrap();
    let mut held: BTreeMap<u64, usize> = BTreeMap::new();
    declared.state.ring.lists().iter().flatten().for_each(|node| *held.entry(node.0).or_default() += 1);
    assert_eq!(held.values().sum::<usize>(), 16 * 3);
    assert!(held.values().all(|&partitions| (11..=13).contains(&partitions)), "{held:?}");
}

/// §4.3: "each data item is replicated at N hosts".
#[test]
fn s4_3_a_write_reaches_all_n_replicas_and_no_other_node() {
    let mut stage = Stage::of(5);
    stage.put(1, "cart", "milk");
    let owners: BTreeSet<u64> = stage.owners("cart").into_iter().collect();
    assert_eq!(owners.len(), 3);
    for node in 1..=5 {
        assert_eq!(stage.object(node, "cart").is_some(), owners.contains(&node), "node {node}");
    }
}

/// §4.3: "the preference list for a key is constructed by skipping positions in the ring to ensure that the list contains
/// only distinct physical nodes" — the end of the ring included.
#[test]
fn s4_3_preference_lists_hold_distinct_nodes() {
    for nodes in 3..=7 {
        let declared = Stage::of(nodes).declared(1).unwrap();
        for list in declared.state.ring.lists() {
            let distinct: BTreeSet<_> = list.iter().collect();
            assert_eq!((list.len(), distinct.len()), (3, 3));
        }
    }
}

/// §4.4: "a put() call may return to its caller before the update has been applied at all the replicas", and the get that
/// follows sees it all the same when R+W>N.
#[test]
fn s4_4_a_get_after_a_put_sees_it_though_a_replica_lags() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    stage.split(1, 3);
    stage.split(2, 3);
    stage.update(1, "cart", "eggs");
    stage.heal();
    stage.split(1, 2);
    assert_eq!(stage.get(3, "cart"), ["eggs"], "a stale replica and a fresh one make up the quorum");
}

/// §4.4: "the 'Add to Cart' operation can never be forgotten or rejected": two clients write without seeing each other and
/// both versions are kept.
#[test]
fn s4_4_concurrent_writes_are_both_kept() {
    let mut stage = Stage::of(3);
    let seen = stage.context(1, "cart");
    let how = How { context: Some(seen), ..How::default() };
    stage.put_with(1, "cart", Some("milk"), &how).unwrap();
    stage.put_with(2, "cart", Some("eggs"), &how).unwrap();
    assert_eq!(stage.get(3, "cart"), ["eggs", "milk"]);
}

/// §4.4, where we depart: two clients that write through one coordinator are concurrent too; a plain vector clock would let
/// the second silently replace the first.
#[test]
fn s4_4_concurrent_writes_through_one_coordinator_are_both_kept() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    let written = stage.put(1, "cart", "eggs");
    assert_eq!(written.siblings, 2);
    assert_eq!(stage.get(1, "cart"), ["eggs", "milk"]);
}

/// §4.4: "If the counters on the first object's clock are less-than-or-equal to all of the nodes in the second clock, then
/// the first is an ancestor of the second and can be forgotten."
#[test]
fn s4_4_a_write_that_saw_another_replaces_it() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    stage.update(2, "cart", "milk, eggs");
    assert_eq!(stage.get(3, "cart"), ["milk, eggs"]);
}

/// §4.4, figure 3: D3 and D4 descend from D2; a client that read both writes D5, "the reconciled data", whose clock descends
/// from all.
#[test]
fn s4_4_figure_3_branches_are_collapsed_by_a_client_that_saw_both() {
    let mut stage = Stage::of(3);
    stage.put(1, "d", "D1");
    stage.update(1, "d", "D2");
    let how = How { context: Some(stage.context(1, "d")), ..How::default() };
    stage.put_with(2, "d", Some("D3"), &how).unwrap();
    stage.put_with(3, "d", Some("D4"), &how).unwrap();
    assert_eq!(stage.get(1, "d"), ["D3", "D4"]);
    stage.update(1, "d", "D5");
    let got = stage.get_with(2, "d", &How::default()).unwrap();
    assert_eq!(texts(&got), ["D5"]);
    assert!(got.clock.len() >= 3, "three coordinators are in its clock: {:?}", got.clock);
}

/// §4.4: the context "encodes system metadata ... opaque to the caller": it is sealed, and of no use for another key.
#[test]
fn s4_4_a_context_of_another_key_or_a_changed_one_is_refused() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    let context = stage.context(1, "cart");
    let how = How { context: Some(context.clone()), ..How::default() };
    assert_eq!(stage.put_with(1, "other", Some("x"), &how), Err(Failure::ContextForeign));
    let mut bytes = context.as_bytes().to_vec();
    bytes[3] ^= 1;
    let how = How { context: Some(shared::context::Context::new(bytes).unwrap()), ..How::default() };
    assert_eq!(stage.put_with(1, "cart", Some("x"), &how), Err(Failure::ContextForged));
    assert_eq!(stage.get(1, "cart"), ["milk"]);
}

/// §4.5: "any storage node in Dynamo is eligible to receive client get and put operations for any key".
#[test]
fn s4_5_any_node_takes_any_request() {
    let mut stage = Stage::of(5);
    let owners = stage.owners("cart");
    for node in 1..=5 {
        stage.update(node, "cart", &format!("through {node}"));
        for reader in 1..=5 {
            assert_eq!(stage.get(reader, "cart"), [format!("through {node}")]);
        }
    }
    let clock = stage.get_with(1, "cart", &How::default()).unwrap().clock;
    let coordinators: BTreeSet<u64> =
        clock.iter().filter_map(|entry| entry.node).map(|node| node.0).collect();
    assert!(
        coordinators.iter().all(|node| owners.contains(node)),
        "owners mint: {coordinators:?} of {owners:?}"
    );
}

/// §4.5: "R is the minimum number of nodes that must participate in a successful read operation. W is the minimum number of
/// nodes that must participate in a successful write".
#[test]
fn s4_5_r_and_w_are_met_or_the_request_fails() {
    let mut stage = Stage::of(3);
    assert!(stage.put(1, "cart", "milk").replicas >= 2);
    stage.stop(2);
    stage.stop(3);
    stage.pass(6_000);
    let failed = stage.put_with(1, "cart", Some("eggs"), &How::default());
    assert!(matches!(failed, Err(Failure::QuorumNotMet { needed: 2, .. })), "{failed:?}");
    let failed = stage.get_with(1, "cart", &How::default());
    assert!(matches!(failed, Err(Failure::QuorumNotMet { needed: 2, .. })), "{failed:?}");
    let one = How { r: Some(1), w: Some(1), ..How::default() };
    stage.put_with(1, "cart", Some("bread"), &one).unwrap();
    let got = stage.get_with(1, "cart", &one).unwrap();
    assert_eq!(texts(&got), ["bread", "milk"], "the refused write left nothing behind");
}

/// §4.5: zero and more than N are no quorum.
#[test]
fn s4_5_r_and_w_out_of_range_are_refused() {
    let mut stage = Stage::of(3);
    for wrong in [0, 4] {
        let how = How { r: Some(wrong), w: Some(wrong), ..How::default() };
        assert!(matches!(stage.get_with(1, "cart", &how), Err(Failure::BadQuorum { .. })));
        assert!(matches!(stage.put_with(1, "cart", Some("x"), &how), Err(Failure::BadQuorum { .. })));
    }
}

/// §4.5: a read gathers "all existing versions of data for that key from the N highest-ranked reachable nodes"; those that
/// hold the same answer without sending the value again (rule P10).
#[test]
fn s4_5_replicas_that_agree_do_not_send_the_value() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    stage.heard.clear();
    assert_eq!(stage.get(1, "cart"), ["milk"]);
    let same = stage.heard_of(|body| matches!(body, Body::Holding { held: Held::Same, .. }));
    let values = stage.heard_of(|body| matches!(body, Body::Holding { held: Held::Record(_), .. }));
    assert_eq!((same, values), (2, 0));
}

/// §4.6: "all read and write operations are performed on the first N healthy nodes from the preference list": with an owner
/// gone, a fallback keeps the write "with a hint in its metadata", and strict quorums do without it.
#[test]
fn s4_6_a_fallback_keeps_the_write_of_an_absent_owner() {
    let mut stage = Stage::of(5);
    let owners = stage.owners("cart");
    stage.stop(owners[0]);
    stage.pass(6_000);
    let how = How { w: Some(3), ..How::default() };
    let written = stage.put_with(owners[1], "cart", Some("milk"), &how).unwrap();
    assert_eq!((written.replicas, written.fallbacks), (3, 1));
    let strict = How { w: Some(3), strict: Some(true), ..How::default() };
    let refused = stage.put_with(owners[1], "cart", Some("eggs"), &strict);
    assert!(matches!(refused, Err(Failure::QuorumNotMet { needed: 3, .. })), "{refused:?}");
    let kept: usize =
        (1..=5).filter(|node| !owners.contains(node)).map(|node| stage.hints(node, owners[0])).sum();
    assert_eq!(kept, 1);
}

/// §4.6: "Upon detecting that A has recovered, D will attempt to deliver the replica to A. Once the transfer succeeds, D may
/// delete the object from its local store".
#[test]
fn s4_6_a_hint_goes_home_and_is_then_forgotten() {
    let mut stage = Stage::of(5);
    let owners = stage.owners("cart");
    stage.stop(owners[0]);
    stage.pass(6_000);
    stage.put(owners[1], "cart", "milk");
    assert!(stage.object(owners[0], "cart").is_none());
    stage.start(owners[0]);
    stage.pass(6_000);
    assert_eq!(stage.object(owners[0], "cart"), stage.object(owners[1], "cart"));
    for node in 1..=5 {
        assert_eq!(stage.hints(node, owners[0]), 0, "node {node}");
    }
}

/// §4.6 with as many nodes as replicas: there is no fallback, the coordinator keeps the hint itself, and it does not count.
#[test]
fn s4_6_with_three_nodes_the_coordinator_keeps_the_hint() {
    let mut stage = Stage::of(3);
    stage.stop(3);
    stage.pass(6_000);
    assert_eq!(stage.put(1, "cart", "milk").replicas, 2);
    assert_eq!(stage.hints(1, 3), 1);
    let all = How { w: Some(3), ..How::default() };
    assert!(stage.put_with(1, "cart", Some("eggs"), &all).is_err(), "its own hint never counts towards W");
    stage.start(3);
    stage.pass(6_000);
    assert_eq!(stage.object(3, "cart"), stage.object(1, "cart"));
    assert_eq!(stage.hints(1, 3), 0);
}

/// §4.6: "a write is accepted as long as a single node in the system is capable of receiving the write": with no owner in
/// reach a fallback mints, and what it took reaches the owners when they are back.
#[test]
fn s4_6_a_write_is_taken_with_no_owner_in_reach() {
    let mut stage = Stage::of(6);
    let owners = stage.owners("cart");
    let others: Vec<u64> = (1..=6).filter(|node| !owners.contains(node)).collect();
    owners.iter().for_each(|&owner| stage.stop(owner));
    stage.pass(6_000);
    let written = stage.put(others[0], "cart", "milk");
    assert!(written.fallbacks >= 2, "{written:?}");
    assert_eq!(stage.get(others[1], "cart"), ["milk"], "fallbacks answer reads from what they keep");
    owners.iter().for_each(|&owner| stage.start(owner));
    stage.pass(10_000);
    for owner in owners {
        assert!(stage.object(owner, "cart").is_some(), "owner {owner}");
    }
}

/// §5: "if stale versions were returned in any of the responses, the coordinator updates those nodes with the latest version".
#[test]
fn s5_a_stale_replica_is_repaired_by_a_read() {
    let mut stage = Stage::with(3, Quorum::new(3, 2, 2).unwrap());
    stage.put(1, "cart", "milk");
    stage.split(1, 3);
    stage.split(2, 3);
    stage.update(1, "cart", "eggs");
    assert_ne!(stage.object(3, "cart"), stage.object(1, "cart"));
    stage.heal();
    let seen = stage.get(2, "cart");
    stage.pass(50);
    assert_eq!(seen, ["eggs"]);
    assert_eq!(stage.object(3, "cart"), stage.object(1, "cart"));
}

/// Rule P7: a replica that missed writes while it was away does not make them "not found".
#[test]
fn p7_a_restarted_replica_s_not_found_does_not_count_until_it_was_compared() {
    let mut stage = Stage::of(3);
    stage.stop(3);
    stage.pass(6_000);
    stage.put(1, "cart", "milk");
    // The one that kept the hint is gone, so nothing is delivered; the other owner is there to compare with.
    stage.start(3);
    assert_eq!(stage.get(3, "cart"), ["milk"]);
    stage.pass(4_000);
    stage.stop(1);
    assert_eq!(stage.get(3, "cart"), ["milk"]);
}

/// Rule P7, when only such answers are left: the reply says so rather than "not found".
#[test]
fn p7_a_lone_uncompared_replica_says_that_it_does_not_know() {
    let mut stage = Stage::of(3);
    [1, 2, 3].into_iter().for_each(|node| stage.stop(node));
    stage.start(3);
    let one = How { r: Some(1), ..How::default() };
    let failed = stage.get_with(3, "cart", &one);
    assert!(
        matches!(
            failed,
            Err(Failure::QuorumNotMet { uncompared: 1, .. } | Failure::DeadlinePassed { uncompared: 1, .. })
        ),
        "{failed:?}"
    );
    stage.start(1);
    stage.start(2);
    stage.pass(4_000);
    assert_eq!(
        stage.get(3, "cart"),
        Vec::<String>::new(),
        "a cluster that was wholly down comes back by itself"
    );
}

/// Rule P7 after a wipe: none of the node's answers count until it was refilled by enough others.
#[test]
fn p7_a_wiped_node_is_refilled_before_its_answers_count() {
    let mut stage = Stage::of(3);
    let keys: Vec<String> = (0..40).map(|number| format!("key-{number}")).collect();
    keys.iter().for_each(|key| drop(stage.put(1, key, "milk")));
    stage.stop(3);
    stage.wipe(3);
    stage.start(3);
    stage.pass(10_000);
    for key in &keys {
        assert_eq!(stage.object(3, key), stage.object(1, key), "{key}");
    }
    stage.stop(1);
    assert_eq!(stage.get(3, "key-0"), ["milk"]);
}

/// The simulator's seed 2146: a wiped node crashed before it was refilled. At its next start it found a store that looked
/// whole, compared with one owner as a node may that lost nothing, and then answered "not found" for what it had once
/// acknowledged. That it lacks data is now kept with the declared state until it is refilled.
#[test]
fn p7_a_wiped_node_that_crashes_before_it_is_refilled_still_knows_that_it_lost_data() {
    let mut stage = Stage::of(3);
    stage.split(1, 2);
    stage.split(1, 3);
    stage.put(2, "cart", "milk");
    stage.stop(3);
    stage.wipe(3);
    stage.heal();
    stage.stop(2);
    stage.start(3);
    stage.pass(4_000);
    stage.stop(3);
    stage.start(3);
    stage.pass(4_000);
    let answer = stage.get_with(3, "cart", &How::default());
    let uncounted = Err(1);
    let counted = answer.map_err(|failure| match failure {
        Failure::QuorumNotMet { uncompared, .. } | Failure::DeadlinePassed { uncompared, .. } => uncompared,
        other => panic!("another failure: {other:?}"),
    });
    assert_eq!(counted.map(|got| texts(&got)), uncounted, "1 never had it and 3 lost it");
    stage.start(2);
    stage.pass(6_000);
    assert_eq!(stage.get(3, "cart"), ["milk"]);
}

/// The simulator's seed 31163: a restarted node compared itself with one that had been wiped. Neither held what the third
/// knew, so that they were equal, and the restarted one's "not found" counted.
#[test]
fn p7_being_equal_to_a_wiped_node_proves_nothing() {
    let mut stage = Stage::of(3);
    stage.split(1, 2);
    stage.split(2, 3);
    stage.put(1, "cart", "milk");
    [1, 2, 3].into_iter().for_each(|node| stage.stop(node));
    stage.wipe(1);
    stage.heal();
    // What 1 and 3 kept for 2 is out of the way: 1 was wiped, and 3 stays down.
    stage.start(2);
    stage.start(1);
    stage.pass(6_000);
    let answer = stage.get_with(2, "cart", &How { r: Some(1), ..How::default() });
    assert!(answer.is_err(), "nobody here would know: {answer:?}");
    stage.start(3);
    stage.pass(8_000);
    assert_eq!(stage.get(2, "cart"), ["milk"]);
}

/// A comparison asked for a whole page of records at once: with large values the answer outgrew the longest frame, never
/// arrived, and the node was never refilled.
#[test]
fn p7_a_wiped_node_is_refilled_with_large_values_in_messages_that_fit_a_frame() {
    let mut stage = Stage::of(3);
    let large = "x".repeat(VALUE_BYTES_MAX * 2 / 3);
    let keys: Vec<String> = (0..60).map(|number| format!("key-{number}")).collect();
    let first = stage.row(&keys[0]).token();
    let partitions = stage.declared(1).unwrap().state.partitions;
    let together =
        |stage: &Stage, key: &&String| partitions.of(stage.row(key).token()) == partitions.of(first);
    let keys: Vec<&String> = keys.iter().filter(|key| together(&stage, key)).collect();
    assert!(keys.len() >= 2, "several in one partition, and so on one page");
    for key in &keys {
        stage.put(1, key, &large);
    }
    stage.stop(3);
    stage.wipe(3);
    stage.heard.clear();
    stage.start(3);
    stage.pass(10_000);
    for key in &keys {
        assert_eq!(stage.object(3, key), stage.object(1, key), "{key}");
    }
    let longest = stage.heard.iter().map(|envelope| shared::wire::encode(envelope).len()).max().unwrap();
    assert!(longest <= VALUE_BYTES_MAX + KEY_BYTES_MAX, "{longest}");
}

/// Rule P3: a put that is sent twice, through two coordinators, is one write.
#[test]
fn p3_a_retried_put_leaves_one_write() {
    let mut stage = Stage::of(3);
    let how = How { request: Some(4242), ..How::default() };
    stage.put_with(1, "cart", Some("milk"), &how).unwrap();
    stage.put_with(2, "cart", Some("milk"), &how).unwrap();
    assert_eq!(stage.get(3, "cart"), ["milk"]);
    assert_eq!(stage.counters(2).duplicate_requests, 1);
}

/// A put's answer covers the write and what its writer had seen. Were it to cover siblings that the writer never read, the
/// next put with it would silently replace them. The simulator's chained clients did so without any fault.
#[test]
fn a_put_beside_unseen_siblings_gives_no_context_to_replace_them_with() {
    let mut stage = Stage::of(3);
    let first = stage.put(1, "cart", "milk");
    let how = How { context: first.context, ..How::default() };
    assert!(how.context.is_some(), "alone, the write may be replaced at once");
    assert!(stage.put(2, "cart", "eggs").context.is_none());
    let second = stage.put_with(1, "cart", Some("oat milk"), &how).unwrap();
    assert!(second.context.is_none(), "eggs were not read");
    assert_eq!(stage.get(3, "cart"), ["eggs", "oat milk"]);
}

/// A delete is a write that saw what it deletes; what was written beside it stays.
#[test]
fn a_delete_hides_what_it_saw_and_nothing_else() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    let how = How { context: Some(stage.context(1, "cart")), ..How::default() };
    stage.put(2, "cart", "eggs");
    stage.put_with(3, "cart", None, &how).unwrap();
    assert_eq!(stage.get(1, "cart"), ["-", "eggs"]);
    let how = How { context: Some(stage.context(1, "cart")), ..How::default() };
    stage.put_with(2, "cart", None, &how).unwrap();
    assert_eq!(stage.get(1, "cart"), ["-"]);
}

/// A value with a time to live hides when it is over, on every replica alike.
#[test]
fn an_expired_value_is_not_found() {
    let mut stage = Stage::of(3);
    let how = How { time_to_live_ms: Some(1_000), ..How::default() };
    stage.put_with(1, "session", Some("token"), &how).unwrap();
    assert_eq!(stage.get(2, "session"), ["token"]);
    stage.pass(1_500);
    assert!(stage.get(2, "session").is_empty());
}

/// Two of three nodes were killed a moment before a read: it waited for them until its deadline, long after they had been
/// called down.
#[test]
fn a_read_does_not_wait_for_nodes_that_are_down_by_now() {
    let mut stage = Stage::of(3);
    stage.put(1, "cart", "milk");
    stage.stop(2);
    stage.stop(3);
    // Suspected, and asked all the same.
    stage.pass(3_000);
    let failure = stage.get_with(1, "cart", &How::default()).unwrap_err();
    assert_eq!(failure, Failure::QuorumNotMet { needed: 2, reached: 1, uncompared: 0 });
}
