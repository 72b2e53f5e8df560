//! One of three zones goes dark as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use shared::id::{Name, NodeId};
use shared::wire::look::Liveness;

use crate::ring::judge;
use crate::shoppers::{Crowd, Shoppers};
use crate::stage::Stage;

const ZONES: [&str; 3] = ["a", "b", "c"];

/// Six nodes, two in each of three zones. Both of one zone are killed under load, at once: reads and writes go on without
/// a failed request. They start again and catch up, so that then another zone may be killed, and everything is still read
/// by two owners.
#[test]
fn one_of_three_zones_is_killed_as_a_whole_and_reads_and_writes_go_on() {
    let mut stage = Stage::of(&["--nodes", "6", "--partitions", "64"]);
    stage.spread_over_zones();
    let before = stage.write("before", 60);
    let crowd = Crowd { clients: 16, keys: 30, every: Duration::from_millis(100) };
    let shoppers = Shoppers::start(&stage, crowd);

    let dark = nodes_of(1);
    shoppers.happens("zone b is killed");
    for n in dark {
        stage.cluster.kill9(n);
    }
    shoppers.await_more(crowd.clients * 10);
    for n in dark {
        stage.await_node(n, "it is down", |node| node.liveness == Some(Liveness::Down));
    }
    shoppers.happens("zone b is known to be down");
    let missed = stage.write("missed", 60);
    shoppers.await_more(crowd.clients * 10);
    shoppers.happens("zone b is started");
    for n in dark {
        stage.cluster.restart(n);
    }
    stage.await_calm();
    shoppers.happens("the end");
    let history = shoppers.finish(&stage);
    stage.await_calm();
    let ledger = before.and(missed);
    stage.await_copies(history.keys().len() + ledger.len());

    for n in nodes_of(2) {
        stage.cluster.kill9(n);
    }
    let left = [nodes_of(0), dark].concat();
    for n in &left {
        stage.read_back_at(*n, &ledger, 2, true);
    }
    judge(&stage, &left, &history, &ledger);
}

/// The two nodes of a zone, counted from 0.
fn nodes_of(zone: usize) -> [usize; 2] {
    [zone + 1, zone + 1 + ZONES.len()]
}

impl Stage {
    /// Puts the six nodes into three zones, by an administrator's hand, and sees that replicas follow.
    fn spread_over_zones(&self) {
        for (number, zone) in ZONES.iter().enumerate() {
            let [one, other] = nodes_of(number).map(Self::name);
            self.do_with_ctl(&["node", "zone", &one, zone, "--new"]);
            self.do_with_ctl(&["node", "zone", &other, zone]);
        }
        let operation = self.commit_staged();
        self.await_operation(&operation);
        self.await_calm();
        let zones: BTreeMap<NodeId, Name> =
            self.view().unwrap().nodes.into_iter().map(|node| (node.node, node.zone)).collect();
        for partition in self.ring().partitions {
            let of_owners: BTreeSet<&Name> = partition.owners.iter().map(|owner| &zones[owner]).collect();
            assert_eq!(of_owners.len(), ZONES.len(), "{partition:?} in {zones:?}");
        }
    }
}
