//! How long placement takes for 1,000 nodes in ten zones, with weights from 1 to 4, and 65,536 partitions, N=3; and how
//! little it moves. By hand: `cargo run --release -p dynamo-core --example placement`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up should say so loudly")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "it asks the clock; the core does not"
)]

use std::time::Instant;

use dynamo_core::ring::Ring;
use dynamo_core::ring::placement::{Candidate, Placement, place, rearrange, rearrange_at_most};
use shared::id::NodeId;
use shared::token::Partitions;

const N: u8 = 3;

fn main() {
    let nodes: Vec<Candidate> = (0..1000).map(|number| candidate(number, number % 10)).collect();
    let partitions = Partitions::new(65_536).unwrap();
    let began = Instant::now();
    let ring = place(&nodes, partitions, N).unwrap();
    println!("{:<28} {:>7} ms", "founding", began.elapsed().as_millis());

    let joined = |count: u64| -> Vec<Candidate> {
        let newcomers = (1000..1000 + count).map(|number| candidate(number, number % 10));
        nodes.iter().cloned().chain(newcomers).collect()
    };
    let left = |gone: &dyn Fn(u64) -> bool| -> Vec<Candidate> {
        nodes.iter().filter(|candidate| !gone(candidate.node.0)).cloned().collect()
    };
    let mut replaced = left(&|node| node == 500);
    replaced.push(candidate(5000, 0));
    let doubled = nodes.iter().cloned().map(|mut candidate| {
        candidate.weight *= 1 + u32::from(candidate.node.0 == 7);
        candidate
    });
    let rezoned = nodes.iter().cloned().map(|mut candidate| {
        if candidate.node.0 == 7 {
            candidate.zone = "z3".parse().unwrap();
        }
        candidate
    });
    measure("nothing", &ring, &nodes);
    measure("one joins", &ring, &joined(1));
    measure("ten join", &ring, &joined(10));
    measure("a new zone of a hundred", &ring, &new_zone(&nodes));
    measure("one leaves", &ring, &left(&|node| node == 17));
    measure("one replaced", &ring, &replaced);
    measure("a zone lost", &ring, &left(&|node| node % 10 == 3));
    measure("seven zones of ten lost", &ring, &left(&|node| node % 10 > 2));
    measure("eight zones of ten lost", &ring, &left(&|node| node % 10 > 1));
    measure("one weight doubled", &ring, &doubled.collect::<Vec<_>>());
    measure("one changes its zone", &ring, &rezoned.collect::<Vec<_>>());
    let began = Instant::now();
    let placement = rearrange_at_most(&ring, &joined(10), N, 500).unwrap();
    report("ten join, 500 moves at most", began, &placement);
}

fn candidate(node: u64, zone: u64) -> Candidate {
    let weight = u32::try_from(node * 7 % 4).unwrap() + 1;
    Candidate { node: NodeId(node), zone: format!("z{zone}").parse().unwrap(), weight }
}

fn new_zone(nodes: &[Candidate]) -> Vec<Candidate> {
    nodes.iter().cloned().chain((1000..1100).map(|number| candidate(number, 10))).collect()
}

fn measure(what: &str, before: &Ring, candidates: &[Candidate]) {
    let began = Instant::now();
    let placement = rearrange(before, candidates, N).unwrap();
    report(what, began, &placement);
}

fn report(what: &str, began: Instant, placement: &Placement) {
    let elapsed_ms = began.elapsed().as_millis();
    let (moved, least) = (placement.replicas_moved, placement.replicas_moved_least);
    println!("{what:<28} {elapsed_ms:>7} ms  {moved:>7} moved, {least:>7} at least");
}
