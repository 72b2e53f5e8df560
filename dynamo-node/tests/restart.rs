//! kill -9 under load, and what is there afterwards: everything that was acknowledged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a panic here is a finding")]

mod stage;

use std::sync::Arc;

use rustix::process::Signal;
use shared::quorum::Quorum;
use stage::{Stage, request};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

const WRITERS: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_gone_after_kill_9() {
    let stage = Arc::new(Stage::new());
    let mut process = stage.spawn(1);
    stage.found(&[1], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
    let bucket = stage.client(1).await.bucket().await;
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let boot = stage.looker(1).await.whoami().await.boot;
        let acked = Arc::new(Mutex::new(Vec::new()));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (client, acked) = (stage.client(1).await, Arc::clone(&acked));
            writers.spawn(async move {
                for n in 0.. {
                    let key = format!("round-{round}-writer-{writer}-{n}");
                    let put = stage::put(bucket, &key, Some(&key), None);
                    let put = request(shared::wire::client::Verb::Put(put));
                    // The node is gone: whether this one was written is unknown, and nobody was told that it was.
                    let Ok(response) = client.try_ask::<_, shared::wire::client::Response>(&put).await else {
                        return;
                    };
                    response.result.unwrap();
                    acked.lock().await.push(key);
                }
            });
        }
        while acked.lock().await.len() < 300 {
            stage::pause().await;
        }
        process.kill_9();
        // A link takes its time to notice that the other end is gone; the writers need not wait for it.
        writers.abort_all();
        while let Some(ended) = writers.join_next().await {
            assert!(!ended.is_err_and(|error| error.is_panic()), "a write failed");
        }
        acknowledged.append(&mut *acked.lock().await);

        process = stage.spawn(1);
        let looker = stage.looker(1).await;
        assert!(looker.whoami().await.boot > boot);
        looker.await_status("it is whole", |s| s.partitions_compared == s.partitions_owned).await;
        let client = stage.client(1).await;
        for key in &acknowledged {
            assert_eq!(client.value(bucket, key).await.as_deref(), Some(key.as_str()), "in round {round}");
        }
    }
    process.signal(Signal::TERM);
    assert_eq!(process.code().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_member_comes_back_and_gets_what_it_missed() {
    let stage = Stage::new();
    let _others = [stage.spawn(1), stage.spawn(2)];
    let mut third = stage.spawn(3);
    stage.found(&[1, 2, 3], Quorum::DEFAULT).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    third.kill_9();
    for n in 0..50 {
        client.put(bucket, &format!("key-{n}"), Some("value"), None).await.unwrap();
    }
    let _third = stage.spawn(3);
    let looker = stage.looker(3).await;
    looker.await_status("it has what it missed", |status| status.store.records == 50).await;
    for n in [1, 2] {
        let looker = stage.looker(n).await;
        looker.await_status("no hints are left", |status| status.store.hints == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_finishes_what_is_under_way_and_exits_0() {
    let stage = Arc::new(Stage::new());
    let mut process = stage.spawn(1);
    stage.found(&[1], Quorum::new(1, 1, 1).unwrap()).await.unwrap();
    let client = stage.client(1).await;
    let bucket = client.bucket().await;
    client.put(bucket, "key", Some("value"), None).await.unwrap();
    process.signal(Signal::INT);
    assert_eq!(process.code().await, Some(0));

    let _process = stage.spawn(1);
    stage.looker(1).await.await_status("it is whole", |s| s.partitions_compared == s.partitions_owned).await;
    assert_eq!(stage.client(1).await.value(bucket, "key").await.as_deref(), Some("value"));
}
