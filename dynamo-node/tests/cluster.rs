//! Three daemons over real QUIC: a cluster is founded, keeps what it is told, and misses nobody.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use shared::error::Failure;
use shared::quorum::Quorum;
use shared::wire::admin::Done;
use shared::wire::client::{Response, Verb};
use shared::wire::look::Liveness;
use stage::{Stage, put, request};

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_become_a_cluster_that_keeps_what_it_is_told() {
    let stage = Stage::new();
    let (one, two, three) = (stage.start(1).await, stage.start(2).await, stage.start(3).await);
    let waiting = stage.looker(2).await.whoami().await;
    assert_eq!((waiting.name.as_str(), waiting.state_version), ("node-2", None));
    assert_eq!(waiting.program, env!("CARGO_PKG_VERSION"));
    assert_eq!(stage.found(&[1, 2, 3], Quorum::DEFAULT).await, Ok(Done::Initialised { version: 1 }));

    let (first, second) = (stage.client(1).await, stage.client(2).await);
    let bucket = first.bucket().await;
    let written = first.put(bucket, "cart", Some("apples"), None).await.unwrap();
    assert_eq!((written.siblings, written.fallbacks), (1, 0));
    assert_eq!(second.value(bucket, "cart").await.as_deref(), Some("apples"));

    let seen = second.get(bucket, "cart").await.unwrap();
    second.put(bucket, "cart", Some("pears"), Some(seen.context)).await.unwrap();
    let third = stage.client(3).await;
    assert_eq!(third.value(bucket, "cart").await.as_deref(), Some("pears"));

    let seen = third.get(bucket, "cart").await.unwrap();
    third.put(bucket, "cart", None, Some(seen.context)).await.unwrap();
    assert_eq!(first.value(bucket, "cart").await, None);
    for daemon in [one, two, three] {
        daemon.stop().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_that_saw_nothing_of_each_other_are_both_kept() {
    let stage = Stage::new();
    let _nodes = [stage.start(1).await, stage.start(2).await, stage.start(3).await];
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let (first, second) = (stage.client(1).await, stage.client(2).await);
    let bucket = first.bucket().await;
    first.put(bucket, "cart", Some("apples"), None).await.unwrap();
    let written = second.put(bucket, "cart", Some("pears"), None).await.unwrap();
    assert_eq!(written.siblings, 2);
    let got = first.get(bucket, "cart").await.unwrap();
    let mut values: Vec<_> =
        got.siblings.iter().flat_map(|sibling| &sibling.value).map(shared::key::Value::as_bytes).collect();
    values.sort_unstable();
    assert_eq!(values, [b"apples".as_slice(), b"pears"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_away_is_written_around_and_gets_its_hints_when_it_is_back() {
    let stage = Stage::new();
    let _one = stage.start(1).await;
    let _two = stage.start(2).await;
    let three = stage.start(3).await;
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    let (first, second) = (stage.looker(1).await, stage.looker(2).await);

    drop(three);
    for n in 0..20 {
        client.put(bucket, &format!("key-{n}"), Some("written while one was away"), None).await.unwrap();
    }
    let is_down = |liveness: Liveness| liveness != Liveness::Up;
    first
        .await_status("node 3 is missed", |status| status.peers.iter().any(|peer| is_down(peer.liveness)))
        .await;
    // A coordinator keeps a hint only once it has waited for the absent owner's answer.
    let mut kept = 0;
    while kept < 20 {
        kept = first.status().await.store.hints + second.status().await.store.hints;
        stage::pause().await;
    }

    let _three = stage.start(3).await;
    let third = stage.looker(3).await;
    third.await_status("node 3 has everything", |status| status.store.records == 20).await;
    for looker in [&first, &second] {
        looker.await_status("no hints are left", |status| status.store.hints == 0).await;
    }
    let reader = stage.client(3).await;
    for n in 0..20 {
        assert_eq!(
            reader.value(bucket, &format!("key-{n}")).await.as_deref(),
            Some("written while one was away")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_finishes_what_is_under_way_and_takes_on_no_more() {
    let stage = Stage::new();
    let one = stage.start(1).await;
    let others = [stage.start(2).await, stage.start(3).await];
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    drop(others);

    // No second replica is there to confirm it: it stays under way until its client's patience is over.
    let mut lonely = request(Verb::Put(put(bucket, "key", Some("value"), None)));
    lonely.timeout_ms = 2_000;
    let (under_way, stopped, late) = tokio::join!(
        client.ask::<_, Response>(&lonely),
        async {
            while client.connection.asks_under_way() == 0 {
                stage::pause().await;
            }
            one.stop().await
        },
        async {
            // Until the node is told to stop, it takes requests, and then it says that it is stopping.
            loop {
                match client.get(bucket, "key").await {
                    Err(failure @ Failure::Stopping { .. }) => break failure,
                    _ => stage::pause().await,
                }
            }
        },
    );
    assert!(under_way.result.is_err(), "{under_way:?}");
    assert_eq!(stopped, Ok(()));
    assert_eq!(late, Failure::Stopping { node: "node-1".into() });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_was_wholly_down_comes_back_by_itself() {
    let stage = Stage::new();
    let nodes = [stage.start(1).await, stage.start(2).await, stage.start(3).await];
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    client.put(bucket, "kept", Some("over the night"), None).await.unwrap();
    for daemon in nodes {
        daemon.stop().await.unwrap();
    }

    let _nodes = [stage.start(1).await, stage.start(2).await, stage.start(3).await];
    let looker = stage.looker(2).await;
    assert_eq!(looker.whoami().await.state_version, Some(1));
    looker
        .await_status("every partition is compared", |status| {
            status.partitions_owned > 0 && status.partitions_compared == status.partitions_owned
        })
        .await;
    let client = stage.client(2).await;
    // The others may still be comparing: their answers count a moment later.
    let value = loop {
        match client.get(bucket, "kept").await {
            Ok(got) => break got.siblings,
            Err(Failure::QuorumNotMet { .. } | Failure::DeadlinePassed { .. }) => stage::pause().await,
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(value.len(), 1);
    assert_eq!(value[0].value.as_ref().unwrap().as_bytes(), b"over the night");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_belongs_to_a_cluster_is_not_founded_into_another() {
    let stage = Stage::new();
    let _nodes = [stage.start(1).await, stage.start(2).await];
    stage.found(&[2], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
    let members = [stage.looker(1).await.whoami().await, stage.looker(2).await.whoami().await];
    assert_eq!(members[1].address, stage.address(2));
    let failure = stage.found_with(1, &members, Quorum::new(2, 1, 2).unwrap()).await.unwrap_err();
    assert!(failure.to_string().contains("node-2"), "{failure}");
    assert_eq!(stage.looker(1).await.whoami().await.state_version, None);
}
