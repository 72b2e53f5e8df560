//! What placement promises: by example here, and as laws over histories.

mod check;
mod history;
mod laws;
mod optimum;

use shared::id::NodeId;
use shared::token::Partitions;

use super::*;
use check::{loads, partners};
use history::candidate;

fn partitions(count: u32) -> Partitions {
    Partitions::new(count).unwrap()
}

/// Equal nodes, dealt out to so many zones.
fn equal_nodes(nodes: u64, zones: u64) -> Vec<Candidate> {
    (1..=nodes).map(|node| candidate(node, u8::try_from(node % zones).unwrap(), 1)).collect()
}

#[test]
fn too_few_nodes_are_refused() {
    let two = [candidate(1, 1, 1), candidate(2, 2, 1)];
    let refused = Err(NoPlacement::TooFewNodes { n: 3, nodes: 2 });
    assert_eq!(place(&two, partitions(8), 3), refused);
    let ring = place(&two, partitions(8), 2).unwrap();
    assert_eq!(rearrange(&ring, &two, 3).map(|placement| placement.ring), refused);
    let twice = [two[0].clone(), two[1].clone(), two[1].clone()];
    assert_eq!(place(&twice, partitions(8), 3), refused, "a node named twice is one node");
}

#[test]
fn a_weight_of_nothing_is_refused() {
    let idle = [candidate(1, 1, 1), candidate(2, 2, 0), candidate(3, 3, 1)];
    assert_eq!(place(&idle, partitions(8), 2), Err(NoPlacement::NoWeight(NodeId(2))));
}

#[test]
fn equal_nodes_hold_equal_shares() {
    let ring = place(&equal_nodes(5, 5), partitions(1024), 3).unwrap();
    assert!(loads(&ring).values().all(|load| [614, 615].contains(load)), "{:?}", loads(&ring));
}

#[test]
fn a_zone_holds_one_replica_of_each_partition_however_heavy_it_is() {
    let members = [candidate(1, 1, 9), candidate(2, 1, 1), candidate(3, 2, 1), candidate(4, 3, 1)];
    let placement = rearrange(&Ring::new(vec![Vec::new(); 1000]), &members, 2).unwrap();
    let ideal: Vec<u64> = placement.ideal_millireplicas.into_values().collect();
    assert_eq!(ideal, [900_000, 100_000, 500_000, 500_000]);
}

#[test]
fn where_zones_are_few_each_holds_one_replica_of_each_partition_at_least() {
    let members = [candidate(1, 1, 1), candidate(2, 2, 4), candidate(3, 2, 4), candidate(4, 2, 8)];
    let placement = rearrange(&Ring::new(vec![Vec::new(); 1000]), &members, 3).unwrap();
    let ideal: Vec<u64> = placement.ideal_millireplicas.into_values().collect();
    assert_eq!(ideal, [1_000_000, 500_000, 500_000, 1_000_000]);
}

#[test]
fn a_newcomer_takes_a_little_from_everybody() {
    let before = place(&equal_nodes(9, 3), partitions(1024), 3).unwrap();
    let placement = rearrange(&before, &equal_nodes(12, 3), 3).unwrap();
    assert_eq!((placement.replicas_moved, placement.replicas_moved_least), (768, 768));
    let after = loads(&placement.ring);
    let given: Vec<u32> = loads(&before).into_iter().map(|(node, load)| load - after[&node]).collect();
    assert!(given.iter().all(|given| (84..=87).contains(given)), "{given:?}");
}

#[test]
fn a_replacement_takes_exactly_the_places_of_the_one_it_replaces() {
    let members = equal_nodes(7, 3);
    let before = place(&members, partitions(256), 3).unwrap();
    let mut replaced = members.clone();
    replaced[2].node = NodeId(99);
    let renamed = |list: &Vec<NodeId>| {
        list.iter().map(|&node| if node == members[2].node { NodeId(99) } else { node }).collect()
    };
    let expected = Ring::new(before.lists().iter().map(renamed).collect());
    assert_eq!(rearrange(&before, &replaced, 3).unwrap().ring, expected);
}

#[test]
fn a_limit_is_spent_on_the_emptiest() {
    let before = place(&equal_nodes(9, 9), partitions(256), 3).unwrap();
    let placement = rearrange_at_most(&before, &equal_nodes(10, 10), 3, 25).unwrap();
    assert_eq!(placement.replicas_moved, 25);
    assert_eq!(loads(&placement.ring)[&NodeId(10)], 25);
    let most = loads(&placement.ring).into_values().max();
    assert_eq!(most, Some(83), "of 85 or 86 each, the fullest gave");
}

#[test]
fn what_must_move_does_so_beyond_any_limit() {
    let members = equal_nodes(9, 3);
    let before = place(&members, partitions(256), 3).unwrap();
    let placement = rearrange_at_most(&before, &members[1..], 3, 0).unwrap();
    assert_eq!(placement.replicas_moved, loads(&before)[&NodeId(1)]);
    check::keeps_the_rules(&placement.ring, &members[1..], 3).unwrap();
}

#[test]
fn neighbouring_partitions_lie_elsewhere_and_every_node_meets_many() {
    let ring = place(&equal_nodes(12, 3), partitions(1024), 3).unwrap();
    let next = ring.lists().iter().skip(1).chain(ring.lists().first());
    let alike =
        ring.lists().iter().zip(next).filter(|(list, next)| list.iter().any(|node| next.contains(node)));
    assert!(alike.count() <= 10, "of 1024");
    for (node, met) in partners(&ring) {
        assert_eq!(met.len(), 8, "{node} meets all of the other zones");
        assert!(met.values().all(|&times| times <= 512 / 5), "{node}: {met:?}");
    }
}

#[test]
fn nothing_and_nobody_are_no_trouble() {
    assert_eq!(place(&[], partitions(8), 0), Ok(Ring::new(vec![Vec::new(); 8])));
    let placement = rearrange(&Ring::default(), &equal_nodes(4, 2), 3).unwrap();
    assert_eq!((placement.ring, placement.replicas_moved), (Ring::default(), 0));
}
