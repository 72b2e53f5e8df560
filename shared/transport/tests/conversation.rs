//! Asking and telling over one connection.

#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

mod stage;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use dynamo_transport::{Incoming, LinkError, Responder, Role, Settings};
use shared::wire::Plane;
use shared::wire::frame::PAYLOAD_BYTES_MAX;
use stage::{authority, echo, node, node_with, pair, soon, tool};
use tokio::task::JoinSet;
use tokio::time::Instant;

async fn ask(incoming: impl Future<Output = Option<Incoming>>) -> (Bytes, Responder) {
    match incoming.await {
        Some(Incoming::Ask { payload, responder }) => (payload, responder),
        other => panic!("an ask was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn many_asks_in_flight_are_answered_out_of_order() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (asking, answering) = pair(&node, &tool).await;
    let mut asks = JoinSet::new();
    for number in 0..1000_u32 {
        let asking = asking.clone();
        asks.spawn(async move {
            let answer = asking.ask(Bytes::copy_from_slice(&number.to_be_bytes()), soon()).await;
            (number, answer)
        });
    }
    let mut held = Vec::new();
    for _ in 0..1000 {
        held.push(ask(answering.next_incoming()).await);
    }
    for (payload, responder) in held.into_iter().rev() {
        responder.answer([&payload[..], b"!"].concat().into());
    }
    while let Some(done) = asks.join_next().await {
        let (number, answer) = done.unwrap();
        assert_eq!(answer.unwrap(), [&number.to_be_bytes()[..], b"!"].concat());
    }
    assert_eq!(asking.asks_under_way(), 0);
}

#[tokio::test]
async fn a_long_payload_does_not_hold_up_short_ones() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let connection = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut asks = JoinSet::new();
    let sizes = std::iter::once(PAYLOAD_BYTES_MAX).chain(std::iter::repeat_n(1000, 20));
    for bytes in sizes {
        let (connection, order) = (connection.clone(), Arc::clone(&order));
        asks.spawn(async move {
            let payload = Bytes::from(vec![7; bytes]);
            assert_eq!(connection.ask(payload.clone(), soon()).await, Ok(payload));
            order.lock().unwrap().push(bytes);
        });
    }
    while let Some(done) = asks.join_next().await {
        done.unwrap();
    }
    assert_eq!(order.lock().unwrap().last(), Some(&PAYLOAD_BYTES_MAX));
}

#[tokio::test]
async fn what_is_told_arrives_in_order_on_both_ends() {
    let authority = authority(1);
    let (one, two) = (node(&authority), node(&authority));
    let (dialled, accepted) = tokio::join!(two.dial(one.local_addr(), Plane::Peer), one.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap());
    assert_eq!(accepted.plane, Plane::Peer);
    for (from, to) in [(&dialled, &accepted.connection), (&accepted.connection, &dialled)] {
        for number in 0..500_u32 {
            from.try_tell(Bytes::copy_from_slice(&number.to_be_bytes())).unwrap();
        }
        for number in 0..500_u32 {
            match to.next_incoming().await {
                Some(Incoming::Tell(payload)) => assert_eq!(payload[..], number.to_be_bytes()),
                other => panic!("{other:?}"),
            }
        }
        let long = Bytes::from(vec![3; 300_000]);
        from.tell(long.clone(), soon()).await.unwrap();
        assert!(matches!(to.next_incoming().await, Some(Incoming::Tell(payload)) if payload == long));
    }
}

#[tokio::test]
async fn telling_into_a_full_queue_fails_and_leaves_the_rest_intact() {
    let authority = authority(1);
    let settings = Settings { queue_messages_max: 4, ..Settings::default() };
    let (one, two) = (node(&authority), node_with(&authority, settings));
    let (dialled, accepted) = tokio::join!(two.dial(one.local_addr(), Plane::Peer), one.accept());
    let (dialled, accepted) = (dialled.unwrap(), accepted.unwrap().connection);
    // The runtime has one thread: nothing is written before this test waits.
    for number in 0..4 {
        dialled.try_tell(Bytes::from(vec![number])).unwrap();
    }
    assert_eq!(dialled.try_tell(Bytes::new()), Err(LinkError::Full { addr: one.local_addr() }));
    dialled.tell(Bytes::from(vec![4]), soon()).await.unwrap();
    for number in 0..5 {
        assert!(
            matches!(accepted.next_incoming().await, Some(Incoming::Tell(payload)) if payload[..] == [number])
        );
    }
}

#[tokio::test]
async fn a_payload_longer_than_any_frame_is_refused_before_it_is_sent() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let connection = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    let long = Bytes::from(vec![0; PAYLOAD_BYTES_MAX + 1]);
    let too_long = LinkError::TooLong { bytes: PAYLOAD_BYTES_MAX + 1, bytes_max: PAYLOAD_BYTES_MAX };
    assert_eq!(connection.ask(long.clone(), soon()).await, Err(too_long.clone()));
    assert_eq!(connection.try_tell(long), Err(too_long));
    stage::assert_answers(&connection).await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_at_the_deadline_and_frees_its_slot() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (asking, answering) = pair(&node, &tool).await;
    let soon_over = Instant::now() + Duration::from_millis(50);
    let error = asking.ask(Bytes::from_static(b"x"), soon_over).await.unwrap_err();
    assert_eq!(error, LinkError::Deadline { addr: node.local_addr() });
    assert_eq!(asking.asks_under_way(), 0);
    // The late answer finds nobody, and the connection lives on.
    ask(answering.next_incoming()).await.1.answer(Bytes::from_static(b"late"));
    tokio::spawn(stage::echo_on(answering));
    stage::assert_answers(&asking).await;
}

#[tokio::test]
async fn a_refused_and_a_forgotten_ask_are_told_so_in_words() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (asking, answering) = pair(&node, &tool).await;
    let refusing = async {
        ask(answering.next_incoming()).await.1.refuse("not today");
        drop(ask(answering.next_incoming()).await.1);
    };
    let asks = async {
        let first = asking.ask(Bytes::new(), soon()).await.unwrap_err();
        (first, asking.ask(Bytes::new(), soon()).await.unwrap_err())
    };
    let ((first, second), ()) = tokio::join!(asks, refusing);
    assert_eq!(first.to_string(), format!("{} did not take the request: not today", node.local_addr()));
    assert!(second.to_string().ends_with("the request was dropped without an answer"), "{second}");
}

#[tokio::test]
async fn no_more_asks_are_read_than_may_be_in_flight() {
    let authority = authority(1);
    let node = node_with(&authority, Settings { asks_in_flight_max: 2, ..Settings::default() });
    let tool = tool(&authority, Role::Client);
    let (asking, answering) = pair(&node, &tool).await;
    let mut asks = JoinSet::new();
    for _ in 0..3 {
        let asking = asking.clone();
        asks.spawn(async move { asking.ask(Bytes::from_static(b"x"), soon()).await });
    }
    let first = ask(answering.next_incoming()).await;
    let second = ask(answering.next_incoming()).await;
    let third = tokio::time::timeout(Duration::from_millis(100), answering.next_incoming()).await;
    assert!(third.is_err(), "{third:?}");
    first.1.answer(Bytes::new());
    let third = ask(answering.next_incoming()).await;
    second.1.answer(Bytes::new());
    third.1.answer(Bytes::new());
    while let Some(done) = asks.join_next().await {
        assert_eq!(done.unwrap(), Ok(Bytes::new()));
    }
}

#[tokio::test]
async fn asks_under_way_fail_with_the_reason_when_the_other_end_closes() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (asking, answering) = pair(&node, &tool).await;
    let closing = async {
        let asked = ask(answering.next_incoming()).await;
        answering.close("maintenance");
        drop(asked);
    };
    let (answer, ()) = tokio::join!(asking.ask(Bytes::new(), soon()), closing);
    let words = answer.unwrap_err().to_string();
    assert!(words.ends_with("the other end closed it: maintenance"), "{words}");
    assert_eq!(asking.closed().await, asking.try_tell(Bytes::new()).unwrap_err());
    assert!(!asking.is_open());
    assert!(asking.next_incoming().await.is_none());
}

#[tokio::test]
async fn a_connection_that_nobody_holds_is_closed() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    let (asking, answering) = pair(&node, &tool).await;
    asking.try_tell(Bytes::from_static(b"never taken")).unwrap();
    drop(asking);
    let words = answering.closed().await.to_string();
    assert!(words.ends_with("it is no longer needed"), "{words}");
}
