//! Stories of a ring that moves: who joins, leaves, is lost, comes back, and who may decide about it.

use dynamo_sim::Cluster;
use dynamo_sim::stage::Wish;
use shared::error::Failure;
use shared::id::RequestId;
use shared::wire::admin::{Admin, Commit, Done};
use shared::wire::operation::OperationState;
use shared::wire::plan::Change;

fn join(number: usize) -> Change {
    Change::Join { node: name(number), weight: 1, zone: None }
}

fn leave(number: usize) -> Change {
    Change::Leave { node: name(number) }
}

fn name(number: usize) -> shared::id::Name {
    format!("n{number}").parse().expect("a plain name")
}

/// Writes and reads through every running member while time passes, and expects every request to succeed: at once, or, as
/// clients do it, at another member under the same id, where the one that was asked ceases to be one at that moment.
fn work(t: &mut Cluster, ms: u64, count: &mut u32) {
    let until = t.now_ms() + ms;
    while t.now_ms() < until {
        for number in t.running() {
            let (key, value) = (format!("key-{}", *count % 7), format!("value-{count}"));
            let got = t.node(number).read(&key, &Wish::default());
            let got = got.or_else(|_| t.another(number).read(&key, &Wish::default()));
            let context = Some(got.expect("the get is answered").context);
            let wish = Wish { context, id: Some(RequestId(u128::from(*count))), ..Wish::default() };
            let put = t.node(number).write(&key, Some(&value), wish.clone());
            let put = put.or_else(|_| t.another(number).write(&key, Some(&value), wish));
            put.expect("the put is acknowledged");
            assert_eq!(t.another(number).get(&key), [value]);
            *count += 1;
        }
        t.pass(50);
    }
}

/// Everything is where it belongs and equal, and every key has its last value.
fn rests(t: &mut Cluster, members: &[usize], count: u32) {
    t.settle();
    assert_eq!(t.members(), members);
    assert_eq!(t.differences(), None);
    for last in count.saturating_sub(7)..count {
        let key = format!("key-{}", last % 7);
        for &member in members {
            assert_eq!(t.node(member).get(&key), [format!("value-{last}")]);
        }
    }
}

#[test]
fn three_grow_to_six_and_shrink_to_four_under_load_without_a_failed_request() {
    let mut t = Cluster::with_spares(3, 3);
    let mut count = 0;
    work(&mut t, 500, &mut count);
    let grows = t.change(1, vec![join(4), join(5), join(6)]).unwrap();
    while t.operation(grows) != OperationState::Done {
        work(&mut t, 200, &mut count);
    }
    rests(&mut t, &[1, 2, 3, 4, 5, 6], count);
    let shrinks = t.change(4, vec![leave(1), leave(5)]).unwrap();
    while t.operation(shrinks) != OperationState::Done {
        work(&mut t, 200, &mut count);
    }
    work(&mut t, 500, &mut count);
    rests(&mut t, &[2, 3, 4, 6], count);
    for number in [1, 5] {
        assert!(matches!(t.node(number).read("key-1", &Wish::default()), Err(Failure::Left { .. })));
        assert_eq!(t.node(number).holds("key-1"), Vec::<String>::new(), "its space came back");
    }
}

#[test]
fn a_joiner_that_dies_in_the_middle_is_taken_back() {
    let mut t = Cluster::with_spares(4, 1);
    let mut count = 0;
    work(&mut t, 300, &mut count);
    t.limit(1, 1);
    let joins = t.change(2, vec![join(5)]).unwrap();
    t.pass(700);
    t.node(5).lose_power();
    work(&mut t, 3_000, &mut count);
    assert_eq!(t.operation(joins), OperationState::Running);
    t.admin(1, Admin::Cancel { operation: joins }).unwrap();
    assert!(t.ends(joins), "it is taken back though the joiner is down");
    assert_eq!(t.operation(joins), OperationState::Cancelled);
    rests(&mut t, &[1, 2, 3, 4], count);
}

#[test]
fn another_conducts_when_the_conductor_dies() {
    let mut t = Cluster::with_spares(5, 1);
    let mut count = 0;
    work(&mut t, 300, &mut count);
    t.limit(1, 1);
    let joins = t.change(3, vec![join(6)]).unwrap();
    t.pass(300);
    let conductor = t.first_voter();
    t.node(conductor).stop();
    t.pass(6_000);
    t.limit(t.members()[usize::from(t.members()[0] == conductor)], 64);
    t.pass(3_000);
    t.node(conductor).start();
    assert!(t.ends(joins));
    assert_eq!(t.operation(joins), OperationState::Done);
    rests(&mut t, &[1, 2, 3, 4, 5, 6], count);
}

#[test]
fn of_two_administrators_one_is_told() {
    let mut t = Cluster::with_spares(3, 1);
    let changes = vec![join(4)];
    t.admin(1, Admin::Stage { changes }).unwrap();
    let plan = t.plan(1);
    let commit = || Admin::Commit(Commit { plan, insist: false, without_majority: None });
    let told = t.admins([(1, commit()), (2, commit())]);
    let done = told.iter().filter(|told| matches!(told, Ok(Done::Committed { .. }))).count();
    let conflicts = told.iter().filter(|told| matches!(told, Err(Failure::Conflict { .. }))).count();
    assert_eq!((done, conflicts), (1, 1), "{told:?}");
}

#[test]
fn a_minority_cannot_commit_and_without_a_majority_a_new_line_begins() {
    let mut t = Cluster::of(5);
    t.node(1).put("cart", "milk");
    t.split(&[1, 2]);
    t.pass(5_000);
    let changes = vec![Change::Weight { node: name(1), weight: 2 }];
    let refused = t.admin(1, Admin::Stage { changes });
    assert!(matches!(refused, Err(Failure::NoMajority { .. })), "{refused:?}");

    let lost: Vec<Change> = (3..=5).map(|number| Change::Remove { node: name(number) }).collect();
    let plan = t.plan_of(1, lost.clone());
    let commit = Commit { plan, insist: true, without_majority: Some(lost) };
    let told = t.admin(1, Admin::Commit(commit));
    let Ok(Done::Committed { operation, .. }) = told else { panic!("{told:?}") };
    assert!(t.ends(operation));
    assert_eq!(t.members(), [1, 2]);

    t.heal();
    t.pass(10_000);
    assert_eq!(t.members(), [1, 2], "the other side is not taken back in");
    for number in 3..=5 {
        let served = t.node(number).read("cart", &Wish::default());
        assert!(matches!(served, Err(Failure::Left { .. })), "{served:?}");
    }
    assert_eq!(t.node(1).get("cart"), ["milk"]);
}

#[test]
fn a_removed_node_that_comes_back_with_old_data_stays_out() {
    let mut t = Cluster::of(4);
    t.node(1).put("cart", "milk");
    t.pass(1_000);
    t.node(4).lose_power();
    t.pass(4_000);
    let removes = t.change(1, vec![Change::Remove { node: name(4) }]).unwrap();
    assert!(t.ends(removes));
    let got = t.node(1).read("cart", &Wish::default()).unwrap();
    let seen = Wish { context: Some(got.context), ..Wish::default() };
    t.node(1).write("cart", None, seen).unwrap();
    t.node(4).start();
    t.pass(5_000);
    assert_eq!(t.members(), [1, 2, 3]);
    assert!(matches!(t.node(4).read("cart", &Wish::default()), Err(Failure::Left { .. })));
    t.settle();
    for number in 1..=3 {
        assert_eq!(t.node(number).get("cart"), ["(deleted)"]);
    }
    let again = t.admin(1, Admin::Stage { changes: vec![join(4)] });
    assert!(again.is_err(), "its id is not used again");
}

#[test]
fn hints_of_a_leaver_go_to_the_present_owners() {
    let mut t = Cluster::of(5);
    let (owners, others) = (t.owners("cart"), t.others("cart"));
    t.node(owners[2]).stop();
    t.pass(3_000);
    t.node(owners[0]).put("cart", "milk");
    t.pass(1_000);
    let keeper = others.iter().copied().find(|&other| t.node(other).hints() > 0).expect("somebody stands in");
    let leaves = t.change_insisting(owners[0], vec![leave(keeper)]).unwrap();
    t.pass(5_000);
    assert_eq!(
        t.operation_at(owners[0], leaves),
        OperationState::Running,
        "what it gives up waits for the absent owner"
    );
    t.node(owners[2]).start();
    assert!(t.ends(leaves));
    assert_eq!(t.node(keeper).hints(), 0);
    t.settle();
    assert_eq!(t.differences(), None);
    for owner in t.owners("cart") {
        assert_eq!(t.node(owner).holds("cart"), ["milk"]);
    }
}

/// An owner is cut off while partitions move away from it and from others. When it is back, and has not heard of that yet,
/// clients write through it.
#[test]
fn a_write_of_an_old_phase_is_not_acknowledged_once_the_next_is_used() {
    let mut t = Cluster::with_spares(3, 3);
    t.split(&[3]);
    t.pass(3_000);
    let joins = (4..=6).map(|number| Change::Join { node: name(number), weight: 2, zone: None });
    t.change_insisting(1, joins.collect()).unwrap();
    t.pass(10_000);
    let keys: Vec<String> = (0..2_000).map(|number| format!("key-{number}")).collect();
    t.heal();
    assert!(t.puts(3, &keys) > 0);
    assert_eq!(t.world.broken, []);
}
