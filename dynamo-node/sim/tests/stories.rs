//! Stories: what the cluster promises, told one at a time on a small stage.

use dynamo_sim::Cluster;
use dynamo_sim::stage::{Wish, values};
use shared::context::Context;
use shared::error::Failure;
use shared::id::RequestId;

const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1_000;

#[test]
fn waiting_nodes_are_founded_and_serve() {
    let mut t = Cluster::waiting(3, false);
    let refused = t.node(1).write("cart", Some("milk"), Wish::default());
    assert!(matches!(refused, Err(Failure::Waiting { .. })), "{refused:?}");
    t.init().unwrap();
    t.settle();
    for number in 1..=3 {
        assert_eq!(t.node(number).status().whoami.state_version, Some(1));
    }
}

#[test]
fn a_put_survives_the_coordinator_s_crash_and_its_disk() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    t.node(1).wipe();
    assert_eq!(t.node(2).get("cart"), ["milk"]);
    t.node(1).start();
    t.settle();
    assert_eq!(t.node(1).holds("cart"), ["milk"]);
}

#[test]
fn a_hint_returns_home() {
    let mut t = Cluster::of(5);
    let (owners, others) = (t.owners("cart"), t.others("cart"));
    t.node(owners[2]).stop();
    t.pass(3_000);
    t.node(owners[0]).put("cart", "milk");
    t.pass(1_000);
    let hints: usize = others.iter().map(|&other| t.node(other).hints()).sum();
    assert!(hints > 0, "a fallback keeps it");
    t.node(owners[2]).start();
    t.settle();
    assert_eq!(t.node(owners[2]).holds("cart"), ["milk"]);
    assert_eq!(t.differences(), None);
}

/// Three nodes, three replicas: nobody can stand in, so the coordinator itself remembers what the absent one lacks.
#[test]
fn a_hint_returns_home_where_there_is_no_fallback() {
    let mut t = Cluster::of(3);
    t.node(3).stop();
    t.pass(3_000);
    assert_eq!(t.node(1).put("cart", "milk").replicas, 2);
    assert_eq!(t.node(1).hints(), 1);
    t.node(3).start();
    t.settle();
    assert_eq!(t.node(3).holds("cart"), ["milk"]);
    assert_eq!(t.node(1).hints(), 0);
}

#[test]
fn siblings_are_kept_until_somebody_who_saw_them_writes() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    t.node(2).put("cart", "eggs");
    let got = t.node(3).read("cart", &Wish { r: Some(3), ..Wish::default() }).unwrap();
    assert_eq!(values(&got), ["eggs", "milk"]);
    let seen = Wish { context: Some(got.context), ..Wish::default() };
    t.node(1).write("cart", Some("milk and eggs"), seen).unwrap();
    t.settle();
    for number in 1..=3 {
        assert_eq!(t.node(number).holds("cart"), ["milk and eggs"]);
    }
}

/// Both sides of a split take writes, sloppily, and nothing of either is lost when it heals.
#[test]
fn a_split_heals() {
    let mut t = Cluster::of(5);
    let owners = t.owners("cart");
    t.split(&owners);
    t.pass(6_000);
    t.node(owners[0]).put("cart", "milk");
    let other = t.others("cart")[0];
    t.node(other).put("cart", "eggs");
    assert_eq!(t.node(owners[1]).get("cart"), ["milk"]);
    assert_eq!(t.node(other).get("cart"), ["eggs"]);
    t.heal();
    t.settle();
    for owner in owners {
        assert_eq!(t.node(owner).holds("cart"), ["eggs", "milk"]);
    }
    assert_eq!(t.differences(), None);
}

#[test]
fn a_stale_replica_is_repaired_by_a_read() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    t.pass(1_000);
    t.node(3).never_had("cart");
    assert_eq!(t.node(1).get("cart"), ["milk"]);
    t.pass(1_000);
    assert_eq!(t.node(3).holds("cart"), ["milk"]);
}

#[test]
fn a_damaged_record_is_never_served_and_refilled_from_the_others() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    t.pass(1_000);
    t.node(3).damage("cart");
    assert_eq!(t.node(3).get("cart"), ["milk"]);
    t.pass(1_000);
    let alone = t.node(3).read("cart", &Wish { r: Some(3), ..Wish::default() }).unwrap();
    assert_eq!(values(&alone), ["milk"], "all three can read it again");
    assert_eq!(t.differences(), None);
}

#[test]
fn a_restarted_node_says_not_found_only_when_it_was_compared() {
    let mut t = Cluster::of(3);
    t.node(3).lose_power();
    t.split(&[3]);
    t.node(3).start();
    t.pass(3_000);
    let alone = Wish { r: Some(1), ..Wish::default() };
    let refused = t.node(3).read("cart", &alone);
    assert_eq!(refused, Err(Failure::QuorumNotMet { needed: 1, reached: 0, uncompared: 1 }));
    t.heal();
    t.settle();
    assert_eq!(values(&t.node(3).read("cart", &alone).unwrap()), Vec::<String>::new());
}

#[test]
fn a_cluster_that_was_wholly_down_comes_back_by_itself() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    for number in 1..=3 {
        t.node(number).lose_power();
    }
    for number in 1..=3 {
        t.node(number).start();
    }
    t.settle();
    assert_eq!(t.node(2).get("cart"), ["milk"]);
    assert_eq!(t.node(2).get("nothing"), Vec::<String>::new());
}

#[test]
fn a_retry_through_another_node_leaves_one_write() {
    let mut t = Cluster::of(3);
    let retried = Wish { id: Some(RequestId(77)), ..Wish::default() };
    t.node(1).write("cart", Some("milk"), retried.clone()).unwrap();
    t.node(2).write("cart", Some("milk"), retried).unwrap();
    assert_eq!(t.node(3).get("cart"), ["milk"]);
}

/// The retry reaches the far side of a split, where nothing is known of the first attempt nor of the delete.
#[test]
fn a_deleted_value_stays_deleted_when_its_twin_comes_late() {
    let mut t = Cluster::of(5);
    let (owners, other) = (t.owners("cart"), t.others("cart")[0]);
    let retried = Wish { id: Some(RequestId(77)), ..Wish::default() };
    t.node(owners[0]).write("cart", Some("milk"), retried.clone()).unwrap();
    t.pass(1_000);
    t.split(&owners);
    t.pass(6_000);
    let got = t.node(owners[1]).read("cart", &Wish::default()).unwrap();
    let seen = Wish { context: Some(got.context), ..Wish::default() };
    t.node(owners[1]).write("cart", None, seen).unwrap();
    t.node(other).write("cart", Some("milk"), retried).unwrap();
    t.heal();
    t.settle();
    assert_eq!(t.node(owners[2]).get("cart"), ["(deleted)"]);
}

#[test]
fn a_forged_context_is_refused() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    let got = t.node(1).read("cart", &Wish::default()).unwrap();
    let mut bytes = got.context.as_bytes().to_vec();
    bytes[0] ^= 1;
    let forged = Wish { context: Some(Context::new(bytes).unwrap()), ..Wish::default() };
    assert_eq!(t.node(1).write("cart", Some("eggs"), forged), Err(Failure::ContextForged));
    let foreign = Wish { context: Some(got.context), ..Wish::default() };
    assert_eq!(t.node(1).write("other", Some("eggs"), foreign), Err(Failure::ContextForeign));
}

#[test]
fn a_strict_put_without_enough_owners_writes_nothing() {
    let mut t = Cluster::of(5);
    let owners = t.owners("cart");
    t.node(owners[1]).stop();
    t.node(owners[2]).stop();
    t.pass(6_000);
    let strict = Wish { strict: Some(true), ..Wish::default() };
    let refused = t.node(owners[0]).write("cart", Some("milk"), strict);
    assert!(matches!(refused, Err(Failure::QuorumNotMet { .. })), "{refused:?}");
    assert_eq!(t.node(owners[0]).holds("cart"), Vec::<String>::new());
    assert!(t.node(owners[0]).put("cart", "milk").fallbacks >= 1, "sloppily it can be written");
}

#[test]
fn a_jump_of_the_wall_clock_changes_no_outcome() {
    let mut t = Cluster::of(3);
    t.node(1).put("cart", "milk");
    t.node(1).jump(YEAR_MS);
    t.node(2).jump(-YEAR_MS);
    let got = t.node(2).read("cart", &Wish::default()).unwrap();
    let seen = Wish { context: Some(got.context), ..Wish::default() };
    t.node(2).write("cart", Some("eggs"), seen).unwrap();
    t.node(1).put("cart", "bread");
    t.settle();
    assert_eq!(
        t.node(3).read("cart", &Wish { r: Some(3), ..Wish::default() }).map(|got| values(&got)).unwrap(),
        ["bread", "eggs"]
    );
}

#[test]
fn a_frozen_node_does_not_hold_anybody_up() {
    let mut t = Cluster::of(3);
    t.node(2).freeze(10_000);
    t.node(1).put("cart", "milk");
    assert_eq!(t.node(3).get("cart"), ["milk"]);
    t.pass(10_000);
    t.settle();
    assert_eq!(t.node(2).holds("cart"), ["milk"]);
}
