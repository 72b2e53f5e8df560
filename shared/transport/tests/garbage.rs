//! Bytes that mean nothing: they cost their sender its connection, and nobody else anything.

#![allow(clippy::unwrap_used, reason = "a panic here is a finding")]

mod stage;

use dynamo_transport::Role;
use quinn::ConnectionError;
use shared::wire::Plane;
use stage::{assert_answers, authority, bare, echo, long, node, subject, tool};

#[tokio::test]
async fn garbage_on_the_port_disturbs_nobody() {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let connection = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    let socket = tokio::net::UdpSocket::bind(stage::loopback()).await.unwrap();
    let mut state = 1_u32;
    for length in (0..2000).step_by(7) {
        let datagram: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(length)
        .collect();
        socket.send_to(&datagram, node.local_addr()).await.unwrap();
    }
    assert_answers(&connection).await;
    assert_answers(&tool.dial(node.local_addr(), Plane::Look).await.unwrap()).await;
    assert_eq!(node.counters().malformed_frames, 0);
}

/// What a node says to one who opens the streams as he should and then writes this on the quick one.
async fn reason_for(bytes: &[u8]) -> (String, dynamo_transport::Counters) {
    let authority = authority(1);
    let (node, tool) = (node(&authority), tool(&authority, Role::Client));
    echo(&node);
    let good = tool.dial(node.local_addr(), Plane::Client).await.unwrap();
    let issued = authority.issue(&subject(Role::Client), long()).unwrap();
    let (_endpoint, bad) =
        bare(&authority, Some(&issued), Plane::Client.alpn(), node.local_addr()).await.unwrap();
    let (mut quick, mut bulk) = (bad.open_bi().await.unwrap(), bad.open_bi().await.unwrap());
    quick.0.write_all(b"Q").await.unwrap();
    bulk.0.write_all(b"B").await.unwrap();
    let mut welcome = [0];
    quick.1.read_exact(&mut welcome).await.unwrap();
    quick.0.write_all(bytes).await.unwrap();
    let reason = match bad.closed().await {
        ConnectionError::ApplicationClosed(close) => String::from_utf8(close.reason.to_vec()).unwrap(),
        other => panic!("{other}"),
    };
    assert_answers(&good).await;
    (reason, node.counters())
}

#[tokio::test]
async fn a_frame_of_an_impossible_length_ends_the_connection() {
    let (reason, counters) = reason_for(&[0xff; 100]).await;
    assert!(reason.starts_with("a frame of 4294967295 bytes"), "{reason}");
    assert_eq!(counters.malformed_frames, 1);
}

#[tokio::test]
async fn a_long_frame_on_the_quick_stream_ends_the_connection() {
    let (reason, counters) = reason_for(&[0, 2, 0, 0]).await;
    assert!(reason.starts_with("a frame of 131072 bytes"), "{reason}");
    assert_eq!(counters.malformed_frames, 1);
}

#[tokio::test]
async fn a_frame_of_an_unknown_kind_ends_the_connection() {
    let (reason, counters) = reason_for(&[0, 0, 0, 9, 77, 0, 0, 0, 0, 0, 0, 0, 1]).await;
    assert_eq!(reason, "unknown kind of frame: 77");
    assert_eq!(counters.malformed_frames, 1);
}

#[tokio::test]
async fn streams_that_are_none_of_the_protocol_are_refused() {
    let authority = authority(1);
    let node = node(&authority);
    let issued = authority.issue(&subject(Role::Client), long()).unwrap();
    let (_endpoint, bad) =
        bare(&authority, Some(&issued), Plane::Client.alpn(), node.local_addr()).await.unwrap();
    let mut stream = bad.open_bi().await.unwrap();
    stream.0.write_all(b"GET / HTTP/1.1").await.unwrap();
    match bad.closed().await {
        ConnectionError::ApplicationClosed(close) => {
            assert_eq!(&close.reason[..], b"a stream of an unknown kind was opened");
        }
        other => panic!("{other}"),
    }
}
